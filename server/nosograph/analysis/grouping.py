"""Translates GROUP BY and the aggregates whose result does not depend on an order (SPARQL 1.1 Query §11, §18.5.1)."""

from __future__ import annotations

from typing import Any

from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Variable

from nosograph.analysis.expressions import Expressions
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand, Relation, SqlColumn, scalar, spelled_scalar
from nosograph.analysis.scopes import Scope
from nosograph.analysis.sequence import in_order
from nosograph.analysis.translation import Translation
from nosograph.analysis.types import DATATYPES, NUMBERS, SCALE, Type
from nosograph.analysis.values import as_spelled, number_of

ZERO = f"""'"0"^^<{DATATYPES[Type.INTEGER]}>'"""


def translate_group(
    context: Translation, expressions: Expressions, part: CompValue, relation: Relation, scope: Scope, alias: str
) -> Relation:
    """Return one row for each group, with a column for each aggregate.

    Args:
        context: the state of the translation.
        expressions: translates what is grouped by and aggregated.
        part: the aggregates and the groups.
        relation: what is grouped.
        scope: what expressions see of it.
        alias: its name there.

    Raises:
        NotTranslated: an aggregate is not one that is translated.
    """
    grouped = part.p.expr is not None
    keys = {}
    by = []
    for expression in part.p.expr or []:
        value = expressions.value(expression, scope)
        if value.form is Form.DOUBLE:
            raise NotTranslated("groups of calculated doubles")
        if value.language:
            value = as_spelled(scope, value)
        if not value.types:  # it is bound in no row, so that nothing is grouped by it
            value = Operand(Form.ID, Form.ID.null, value.types)
        if isinstance(expression, Variable):
            keys[str(expression)] = value
        if value.types and value.constant is None:
            by.append(value.sql)
    columns = {}
    selected = []
    for aggregate in part.A:
        value = _aggregate(expressions, scope, relation, aggregate, keys, grouped=grouped)
        columns[str(aggregate.res)] = SqlColumn(value.form, value.types, value.sure, value.foreign)
        selected.append(f"{value.sql} AS {context.name(str(aggregate.res))}")
    if grouped and not by:
        raise NotTranslated("groups by what is not bound")
    tail = f" GROUP BY {', '.join(dict.fromkeys(by))}" if grouped else ""
    return Relation(
        f"SELECT {', '.join(selected) or '1 AS one'} FROM ({relation.sql}) {alias}{scope.joins()}{tail}", columns
    )


def _aggregate(
    expressions: Expressions,
    scope: Scope,
    relation: Relation,
    aggregate: Any,
    keys: dict[str, Operand],
    *,
    grouped: bool,
) -> Operand:
    name = aggregate.name.removeprefix("Aggregate_")
    distinct = "DISTINCT " if aggregate.distinct else ""
    if name == "Sample":
        if str(aggregate.vars) not in keys or not isinstance(aggregate.vars, Variable):
            raise NotTranslated("SAMPLE")
        return keys[str(aggregate.vars)]
    if name == "Count" and aggregate.vars == "*":
        if not distinct:
            return scalar(Form.INTEGER, "count(*)", sure=True)
        named = [scope.variable(variable).sql for variable in relation.columns]
        if not named or any(column.form is Form.DOUBLE for column in relation.columns.values()):
            raise NotTranslated("COUNT(DISTINCT *) of nothing")
        return scalar(Form.INTEGER, f"count(DISTINCT row({', '.join(named)}))", sure=True)
    value = expressions.value(aggregate.vars, scope)
    if name == "Count":
        if distinct and value.form is Form.DOUBLE:
            raise NotTranslated("COUNT(DISTINCT) of calculated doubles")
        sql = as_spelled(scope, value).sql if value.language else value.sql
        return scalar(Form.INTEGER, f"count({distinct}{sql})", sure=True)
    if name in ("Sum", "Avg"):
        return _sum(scope, name, distinct, value, grouped=grouped)
    if name in ("Min", "Max"):
        return _extreme(scope, name.lower(), value)
    raise NotTranslated(f"the aggregate {name}")


def _sum(scope: Scope, name: str, distinct: str, value: Operand, *, grouped: bool) -> Operand:
    """Return SUM or AVG; one value that is no number makes both an error, and of nothing both are the integer 0."""
    form, sql = number_of(scope, value, calculated=True)
    if form is Form.DOUBLE:
        raise NotTranslated("sums of doubles, which depend on their order")
    total = f"sum({distinct}{sql}::HUGEINT)"
    complete = f"count({sql}) = count(*)"
    if form is Form.INTEGER:
        complete += f" AND coalesce({total}, 0) BETWEEN {-(2**63)} AND {2**63 - 1}"
        if name == "Sum":
            return scalar(form, f"(CASE WHEN {complete} THEN coalesce({total}, 0)::BIGINT END)")
        total = f"({total} * {SCALE})"
    if name == "Avg":
        total = f"({total} // nullif(count({distinct}{sql}), 0))"
    if grouped:
        return scalar(Form.DECIMAL, f"(CASE WHEN {complete} THEN {total} END)")
    spelled = spelled_scalar(Form.DECIMAL, f"({total})")
    return Operand(Form.SPELLED, f"(CASE WHEN count(*) = 0 THEN {ZERO} WHEN {complete} THEN {spelled} END)", NUMBERS)


def _extreme(scope: Scope, name: str, value: Operand) -> Operand:
    """Return MIN or MAX, by the order of ORDER BY; a value that is an error makes it one."""
    form, sql = value.form, value.sql
    if form is Form.ID and not value.foreign and value.constant is None and in_order(value):
        return Operand(form, f"(CASE WHEN count({sql}) = count(*) THEN {name}({sql}) END)", value.types)
    if value.types and value.types <= NUMBERS:
        form, sql = number_of(scope, value, calculated=True)
    if form not in (Form.INTEGER, Form.DECIMAL) and not (form is Form.STRING and not value.language):
        raise NotTranslated(f"{name.upper()} of terms of several types")
    return scalar(form, f"(CASE WHEN count({sql}) = count(*) THEN {name}({sql}) END)")
