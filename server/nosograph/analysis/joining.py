"""Joins relations: solutions are compatible where each variable that both bind has the same term (SPARQL §18.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand, Relation, SqlColumn
from nosograph.analysis.scopes import Scope
from nosograph.analysis.translation import Translation
from nosograph.analysis.values import as_spelled

FEW: Final = 200_000
"""Triples up to which solutions are compared one by one where no variable is sure to be bound in both."""


def compatible(left: SqlColumn, left_sql: str, right: SqlColumn, right_sql: str) -> str:
    """Return the condition that a variable of two solutions does not keep them apart."""
    if left.form is not right.form or left.form is Form.DOUBLE:
        raise NotTranslated("a join of a calculated value with a term of the data")
    condition = f"{left_sql} = {right_sql}"
    unsure = [f"{sql} IS NULL" for column, sql in ((left, left_sql), (right, right_sql)) if not column.sure]
    return f"({' OR '.join([condition, *unsure])})" if unsure else condition


def join(
    context: Translation,
    left: Relation,
    right: Relation,
    *,
    optional: bool = False,
    aliases: tuple[str, str] | None = None,
    condition: str = "true",
    terms: tuple[str, str] = ("", ""),
) -> Relation:
    """Return the join of two relations.

    Args:
        context: the state of the translation.
        left: the first.
        right: the second.
        optional: whether solutions of the first that fit none of the second are kept (OPTIONAL).
        aliases: the names of the two in ``condition``.
        condition: what else has to hold.
        terms: joins that ``condition`` needs, for each of the two.
    """
    first, second = aliases or (context.alias(), context.alias())
    shared = [variable for variable in left.columns if variable in right.columns]
    sure = [variable for variable in shared if left.columns[variable].sure and right.columns[variable].sure]
    if shared and not sure and context.catalogue.triples > FEW:
        raise NotTranslated("a join on variables that may all be unbound")
    columns: dict[str, SqlColumn] = {}
    selected = []
    for variable in [*left.columns, *(name for name in right.columns if name not in left.columns)]:
        columns[variable], sql = _joined(context, variable, (left, first), (right, second), optional=optional)
        selected.append(f"{sql} AS {context.name(variable)}")
    conditions = [
        compatible(
            left.columns[variable],
            f"{first}.{context.name(variable)}",
            right.columns[variable],
            f"{second}.{context.name(variable)}",
        )
        for variable in shared
    ]
    if condition != "true":
        conditions.append(condition)
    kind = "LEFT JOIN" if optional else "JOIN"
    inner = f"({right.sql}) {second}"
    if terms[1]:
        inner = f"({inner}{terms[1]})"
    return Relation(
        f"SELECT {', '.join(selected) or '1 AS one'} FROM ({left.sql}) {first}{terms[0]} {kind} {inner} "
        f"ON {' AND '.join(conditions) or 'true'}",
        columns,
    )


def _joined(
    context: Translation, variable: str, left: tuple[Relation, str], right: tuple[Relation, str], *, optional: bool
) -> tuple[SqlColumn, str]:
    """Return the column of a variable in a join, and its SQL."""
    name = context.name(variable)
    one, other = left[0].columns.get(variable), right[0].columns.get(variable)
    if one is None:
        assert other is not None
        return SqlColumn(other.form, other.types, other.sure and not optional, other.foreign), f"{right[1]}.{name}"
    if other is None:
        return one, f"{left[1]}.{name}"
    if one.sure:
        if other.sure and not optional:
            return SqlColumn(
                one.form, one.types & other.types, True, one.foreign and other.foreign
            ), f"{left[1]}.{name}"
        return one, f"{left[1]}.{name}"
    column = SqlColumn(one.form, one.types | other.types, other.sure and not optional, one.foreign or other.foreign)
    return column, f"coalesce({left[1]}.{name}, {right[1]}.{name})"


def union(context: Translation, left: Relation, right: Relation) -> Relation:
    """Return the solutions of both relations, as often as they have them."""
    differing = [
        variable
        for variable in left.columns.keys() & right.columns.keys()
        if left.columns[variable].form is not right.columns[variable].form
    ]
    if differing:
        left, right = (_spelled(context, relation, differing) for relation in (left, right))
    variables = list(dict.fromkeys([*left.columns, *right.columns]))
    columns = {}
    for variable in variables:
        found = [relation.columns[variable] for relation in (left, right) if variable in relation.columns]
        columns[variable] = SqlColumn(
            found[0].form,
            frozenset().union(*(column.types for column in found)),
            len(found) == 2 and all(column.sure for column in found),
            any(column.foreign for column in found),
        )
    parts = (
        ", ".join(
            context.name(variable)
            if variable in relation.columns
            else f"{columns[variable].form.null} AS {context.name(variable)}"
            for variable in variables
        )
        for relation in (left, right)
    )
    first, second = (selected or "1 AS one" for selected in parts)
    return Relation(f"SELECT {first} FROM ({left.sql}) UNION ALL SELECT {second} FROM ({right.sql})", columns)


def _spelled(context: Translation, relation: Relation, variables: list[str]) -> Relation:
    """Return a relation in which some variables are held as N-Triples spell them."""
    alias = context.alias()
    sight = {name: (column, f"{alias}.{context.name(name)}") for name, column in relation.columns.items()}
    scope = Scope(context, sight)
    columns = dict(relation.columns)
    selected = []
    for variable, (column, sql) in sight.items():
        if variable in variables:
            value = as_spelled(scope, Operand(column.form, sql, column.types, sure=column.sure, foreign=column.foreign))
            columns[variable] = SqlColumn(value.form, value.types, column.sure)
            sql = value.sql
        selected.append(f"{sql} AS {context.name(variable)}")
    return Relation(f"SELECT {', '.join(selected)} FROM ({relation.sql}) {alias}{scope.joins()}", columns)


def all_sure(left: Relation, right: Relation, variables: Iterable[str]) -> bool:
    """Return whether two relations bind some variables in every solution."""
    return all(relation.columns[variable].sure for relation in (left, right) for variable in variables)


def without(context: Translation, left: Relation, right: Relation, shared: Iterable[str]) -> Relation:
    """Return the solutions of the first for which the second has none with the same values of some variables.

    Both bind these variables in every solution. The engine answers it in half the time of NOT EXISTS, which it turns
    into a join with the distinct values of the first.
    """
    first, second = context.alias(), context.alias()
    same = [
        compatible(
            left.columns[name], f"{first}.{context.name(name)}", right.columns[name], f"{second}.{context.name(name)}"
        )
        for name in shared
    ]
    sql = f"SELECT {first}.* FROM ({left.sql}) {first} ANTI JOIN ({right.sql}) {second} ON {' AND '.join(same)}"
    return Relation(sql, left.columns)


def minus(context: Translation, left: Relation, right: Relation) -> Relation:
    """Return the solutions of the first that are compatible with none of the second that binds a variable of theirs."""
    shared = [variable for variable in left.columns if variable in right.columns]
    if not shared:
        return left
    if all_sure(left, right, shared):
        return without(context, left, right, shared)
    first, second = context.alias(), context.alias()
    conditions, both = [], []
    for variable in shared:
        one, other = f"{first}.{context.name(variable)}", f"{second}.{context.name(variable)}"
        conditions.append(compatible(left.columns[variable], one, right.columns[variable], other))
        both.append(f"({one} IS NOT NULL AND {other} IS NOT NULL)")
    sure = any(left.columns[variable].sure and right.columns[variable].sure for variable in shared)
    if not sure and context.catalogue.triples > FEW:
        raise NotTranslated("MINUS on variables that may all be unbound")
    if not sure:
        conditions.append(f"({' OR '.join(both)})")
    return Relation(
        f"SELECT {first}.* FROM ({left.sql}) {first} WHERE NOT EXISTS "
        f"(SELECT 1 FROM ({right.sql}) {second} WHERE {' AND '.join(conditions)})",
        left.columns,
    )
