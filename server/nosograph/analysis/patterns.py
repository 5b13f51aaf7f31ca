"""Translates graph patterns to relations (SPARQL 1.1 Query §18.5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Literal, URIRef, Variable

from nosograph.analysis.expressions import Expressions
from nosograph.analysis.grouping import translate_group
from nosograph.analysis.joining import all_sure, compatible, join, minus, union, without
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand, Relation, SqlColumn
from nosograph.analysis.scopes import Scope
from nosograph.analysis.sequence import order_keys, row_limit
from nosograph.analysis.tables import Tables
from nosograph.analysis.translation import Translation
from nosograph.analysis.triples import GRAPH, translate_triples
from nosograph.analysis.types import Type
from nosograph.analysis.values import as_spelled


class Patterns:
    """Translates the patterns of one query, from one place in its dataset.

    Args:
        context: the state of the translation.
        tables: what triples are matched against.
    """

    def __init__(self, context: Translation, tables: Tables) -> None:
        self._context = context
        self._tables = tables
        self.expressions = Expressions(context, self._exists)
        self._translations: Mapping[str, Callable[[Any], Relation]] = {
            "BGP": lambda part: translate_triples(context, tables, list(part.triples)),
            "Join": lambda part: join(context, self.translate(part.p1), self.translate(part.p2)),
            "LeftJoin": self._optional,
            "Union": lambda part: union(context, self.translate(part.p1), self.translate(part.p2)),
            "Minus": self._minus,
            "Filter": self._filter,
            "Extend": self._extend,
            "Graph": self._graph,
            "ToMultiSet": self._multiset,
            "Project": self._project,
            "Distinct": self._distinct,
            "OrderBy": self._ordered,
            "Slice": self._slice,
            "AggregateJoin": self._aggregated,
        }

    def translate(self, part: CompValue) -> Relation:
        """Return the relation of a part of a query.

        Raises:
            NotTranslated: it is not one that is translated.
        """
        translation = self._translations.get(part.name)
        if translation is None:
            raise NotTranslated(f"the pattern {part.name}")
        return translation(part)

    def scope(self, relation: Relation, alias: str, outer: Scope | None = None) -> Scope:
        """Return what an expression sees of a relation under an alias."""
        return Scope(self._context, self._sight(relation, alias), outer)

    def _sight(self, relation: Relation, alias: str) -> dict[str, tuple[SqlColumn, str]]:
        name = self._context.name
        return {variable: (column, f"{alias}.{name(variable)}") for variable, column in relation.columns.items()}

    def _filter(self, part: CompValue) -> Relation:
        relation = self.translate(part.p)
        if isinstance(part.expr, CompValue) and part.expr.name == "Builtin_NOTEXISTS":
            left = self._without(relation, part.expr.graph)
            if left is not None:
                return left
        alias = self._context.alias()
        scope = self.scope(relation, alias)
        condition = self.expressions.condition(part.expr, scope)
        return Relation(
            f"SELECT {alias}.* FROM ({relation.sql}) {alias}{scope.joins()} WHERE {condition}", relation.columns
        )

    def _optional(self, part: CompValue) -> Relation:
        left, right = self.translate(part.p1), self.translate(part.p2)
        if part.expr.name == "TrueFilter" if isinstance(part.expr, CompValue) else False:
            return join(self._context, left, right, optional=True)
        first, second = self._context.alias(), self._context.alias()
        if any(
            not relation.columns[v].sure
            for v in left.columns.keys() & right.columns.keys()
            for relation in (left, right)
        ):
            raise NotTranslated("OPTIONAL with a filter on variables that may be unbound")
        sight = self._sight(right, second) | self._sight(left, first)
        scope = Scope(self._context, sight)
        condition = self.expressions.condition(part.expr, scope)
        if any(not sql.startswith((f"{first}.", f"{second}.")) for sql in scope.requested()):
            raise NotTranslated("OPTIONAL with a filter on calculated values")
        return join(
            self._context,
            left,
            right,
            optional=True,
            aliases=(first, second),
            condition=condition,
            terms=(scope.joins(f"{first}."), scope.joins(f"{second}.")),
        )

    def _minus(self, part: CompValue) -> Relation:
        return minus(self._context, self.translate(part.p1), self.translate(part.p2))

    def _extend(self, part: CompValue) -> Relation:
        relation = self.translate(part.p)
        variable = str(part.var)
        if variable in relation.columns:
            raise NotTranslated("BIND to a variable that is used already")
        alias = self._context.alias()
        scope = self.scope(relation, alias)
        value = self.expressions.value(part.expr, scope)
        column, sql = self.column(scope, value)
        return Relation(
            f"SELECT {alias}.*, {sql} AS {self._context.name(variable)} FROM ({relation.sql}) {alias}{scope.joins()}",
            {**relation.columns, variable: column},
        )

    def column(self, scope: Scope, value: Operand) -> tuple[SqlColumn, str]:
        """Return how a value is held in a column of a relation, and its SQL."""
        if value.constant is not None:
            value = self._context.as_id(value)
        elif value.language:
            value = as_spelled(scope, value)
        return SqlColumn(value.form, value.types, value.sure, value.foreign), value.sql

    def _graph(self, part: CompValue) -> Relation:
        if isinstance(part.term, URIRef):
            number = self._context.find(part.term)
            return self.inside(number if number is not None else -(2**30)).translate(part.p)
        variable = str(part.term)
        relation = self.inside(None).translate(part.p)
        if GRAPH not in relation.columns or not relation.columns[GRAPH].sure or variable in relation.columns:
            raise NotTranslated("GRAPH with a variable around a pattern that may not tell its graph")
        columns = {variable if name == GRAPH else name: column for name, column in relation.columns.items()}
        context = self._context
        selected = ", ".join(
            f"{context.name(old)} AS {context.name(new)}" for old, new in zip(relation.columns, columns, strict=True)
        )
        return Relation(f"SELECT {selected} FROM ({relation.sql})", columns)

    def inside(self, graph: int | None) -> Patterns:
        """Return the translation of what stands inside GRAPH."""
        return (
            _InsideGraph(self._context, self._tables.inside(graph))
            if graph is None
            else Patterns(self._context, self._tables.inside(graph))
        )

    def _multiset(self, part: CompValue) -> Relation:
        if part.p.name != "values":
            return self.translate(part.p)
        rows: list[dict[str, Any]] = [
            {str(variable): term for variable, term in row.items() if isinstance(term, (URIRef, Literal))}
            for row in part.p.res
        ]
        variables = list(dict.fromkeys(str(variable) for row in part.p.res for variable in row))
        if not variables or not rows:
            raise NotTranslated("VALUES without rows or variables")
        context = self._context
        columns = {}
        for variable in variables:
            values = [context.as_id(context.constant(row[variable])) for row in rows if variable in row]
            types = frozenset[Type]().union(*(value.types for value in values))
            columns[variable] = SqlColumn(
                Form.ID, types, len(values) == len(rows), any(value.foreign for value in values)
            )
        cells = (
            ", ".join(
                f"{context.bind(context.number(row[name]))}::INTEGER" if name in row else Form.ID.null
                for name in variables
            )
            for row in rows
        )
        names = ", ".join(context.name(variable) for variable in variables)
        table = f"(VALUES {', '.join(f'({cell})' for cell in cells)}) {context.alias()}({names})"
        return Relation(f"SELECT * FROM {table}", columns)

    def _project(self, part: CompValue) -> Relation:
        relation = self.translate(part.p)
        return self.projected(relation, [str(variable) for variable in part.PV])

    def projected(self, relation: Relation, variables: list[str]) -> Relation:
        """Return a relation with just some variables; those that it has not are unbound."""
        name = self._context.name
        columns = {
            variable: relation.columns.get(variable, SqlColumn(Form.ID, frozenset(), sure=False))
            for variable in variables
        }
        selected = ", ".join(
            name(variable) if variable in relation.columns else f"{Form.ID.null} AS {name(variable)}"
            for variable in variables
        )
        return Relation(f"SELECT {selected or '1 AS one'} FROM ({relation.sql})", columns)

    def _distinct(self, part: CompValue) -> Relation:
        relation = self.translate(part.p)
        if part.p.name == "OrderBy" or any(column.form is Form.DOUBLE for column in relation.columns.values()):
            raise NotTranslated("DISTINCT of calculated doubles")
        return Relation(f"SELECT DISTINCT * FROM ({relation.sql})", relation.columns)

    def _ordered(self, part: CompValue) -> Relation:
        """Return the rows of a sub-query without its order, which only LIMIT in it could need."""
        return self.translate(part.p)

    def _slice(self, part: CompValue) -> Relation:
        """Return the rows of a sub-query with LIMIT or OFFSET."""
        relation, keys = self.sequence(part.p)
        alias = self._context.alias()
        return Relation(
            f"SELECT {', '.join(f'{alias}.{self._context.name(v)}' for v in relation.columns) or '1 AS one'} "
            f"FROM ({relation.sql}) {alias} ORDER BY {', '.join(f'{alias}.{key}' for key in keys)}"
            f"{row_limit(self._context, part)}",
            relation.columns,
        )

    def sequence(self, part: CompValue) -> tuple[Relation, list[str]]:
        """Return the rows of a query, with one more column for each key of ORDER BY, and the keys' SQL.

        The keys end with all columns, so that rows that the query leaves in any order have one that does not change.
        """
        distinct = part.name == "Distinct"
        inner = part.p if distinct else part
        if inner.name != "Project":
            raise NotTranslated(f"the pattern {inner.name} below LIMIT or ORDER BY")
        variables = [str(variable) for variable in inner.PV]
        ordered = inner.p if inner.p.name == "OrderBy" else None
        relation = self.translate(ordered.p if ordered is not None else inner.p)
        if distinct and any(column.form is Form.DOUBLE for column in relation.columns.values()):
            raise NotTranslated("DISTINCT of calculated doubles")
        alias = self._context.alias()
        scope = self.scope(relation, alias)
        conditions = ordered.expr if ordered is not None else []
        keys = []
        extra = []
        for condition in conditions:
            if distinct and not (isinstance(condition.expr, Variable) and str(condition.expr) in variables):
                raise NotTranslated("DISTINCT in the order of what it leaves out")
            direction = "DESC NULLS LAST" if condition.order == "DESC" else "ASC NULLS FIRST"
            for sql in order_keys(scope, self.expressions.value(condition.expr, scope)):
                name = self._context.alias("k")
                extra.append(f"{sql} AS {name}")
                keys.append(f"{name} {direction}")
        shown = self.projected(Relation("", relation.columns), variables).columns
        names = self._context.name
        selected = [
            f"{alias}.{names(v)}" if v in relation.columns else f"{Form.ID.null} AS {names(v)}" for v in variables
        ]
        sql = (
            f"SELECT {'DISTINCT ' if distinct else ''}{', '.join([*selected, *extra]) or '1 AS one'} "
            f"FROM ({relation.sql}) {alias}{scope.joins()}"
        )
        keys += [f"{names(variable)} NULLS FIRST" for variable in variables] or ["one"]
        return Relation(sql, shown), keys

    def _aggregated(self, part: CompValue) -> Relation:
        relation = self.translate(part.p.p)
        alias = self._context.alias()
        return translate_group(self._context, self.expressions, part, relation, self.scope(relation, alias), alias)

    def _without(self, relation: Relation, part: CompValue) -> Relation | None:
        """Return the solutions that have none in a pattern without filters; None where that is more than a join."""
        if part.name == "Filter":
            return None
        _require_plain(part)
        inner = self.translate(part)
        shared = [variable for variable in relation.columns if variable in inner.columns]
        if not shared or not all_sure(relation, inner, shared):
            return None
        return without(self._context, relation, inner, shared)

    def _exists(self, part: CompValue, outer: Scope) -> str:
        """Return the condition that a pattern has a solution once the variables around it are put in (§18.6)."""
        filters = []
        while part.name == "Filter":
            filters.append(part.expr)
            part = part.p
        _require_plain(part)
        relation = self.translate(part)
        alias = self._context.alias()
        scope = self.scope(relation, alias, outer)
        conditions = []
        for variable, column in relation.columns.items():
            around = outer.lookup(variable)
            if around is not None:
                if not column.sure:
                    raise NotTranslated("EXISTS with a variable that may be unbound inside")
                conditions.append(compatible(around[0], around[1], column, f"{alias}.{self._context.name(variable)}"))
        conditions += [self.expressions.condition(expression, scope) for expression in filters]
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"EXISTS (SELECT 1 FROM ({relation.sql}) {alias}{scope.joins()}{where})"


class _InsideGraph(Patterns):
    """Translates what stands inside GRAPH with a variable: only patterns of which each row tells its graph."""

    def translate(self, part: CompValue) -> Relation:
        """Return the relation of a pattern, in which a column more says the graph."""
        if part.name not in ("BGP", "Join", "Union", "Filter"):
            raise NotTranslated(f"the pattern {part.name} inside GRAPH with a variable")
        return super().translate(part)


def _require_plain(part: CompValue) -> None:
    """Refuse a pattern in which putting in the variables around it is more than a join."""
    if part.name in ("Join", "Union"):
        _require_plain(part.p1)
        _require_plain(part.p2)
    elif part.name == "Graph":
        _require_plain(part.p)
    elif part.name != "BGP" and not (part.name == "ToMultiSet" and part.p.name == "values"):
        raise NotTranslated(f"the pattern {part.name} inside EXISTS")
