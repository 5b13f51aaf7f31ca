"""Translates the order of solutions and their limits (SPARQL 1.1 Query §15)."""

from __future__ import annotations

from typing import Any

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand
from nosograph.analysis.scopes import Scope
from nosograph.analysis.translation import Translation
from nosograph.analysis.types import EXACT, ORDERED, STRINGS, Type


def order_keys(scope: Scope, value: Operand) -> list[str]:
    """Return the SQL of the keys that put a value into the order of ORDER BY.

    Raises:
        NotTranslated: its order is not defined, or not known here.
    """
    if not value.types:
        return []
    if value.constant is not None:
        return []
    if value.form in (Form.INTEGER, Form.DECIMAL, Form.BOOLEAN, Form.IRI):
        return [value.sql]
    if value.form is Form.STRING and not value.language:
        return [value.sql]
    if value.form is not Form.ID:
        raise NotTranslated("ORDER BY a calculated value of several types")
    if not value.foreign and in_order(value):
        return [value.sql]
    literals = value.types - {Type.IRI}
    alias = scope.terms(value)
    rank = f"({alias}.type NOT IN {scope.numbers(frozenset({Type.IRI}), value)})"
    if literals <= EXACT:
        resources = [rank, f"(CASE WHEN NOT {rank} THEN {alias}.value END)"] if Type.IRI in value.types else []
        return [*resources, f"{alias}.scaled"]
    if in_order(value):
        tagged = [f"({alias}.language IS NULL)", f"{alias}.language"] if literals & STRINGS else []
        return [rank, f"{alias}.value", *tagged]
    raise NotTranslated("ORDER BY terms of several types")


def in_order(value: Operand) -> bool:
    """Return whether terms of a value's types stand in the file in the order of ORDER BY."""
    return any(value.types <= kinds for kinds in ORDERED)


def row_limit(context: Translation, part: Any) -> str:
    """Return the SQL of LIMIT and OFFSET."""
    limit = "" if part.length is None else f" LIMIT {context.bind(part.length)}"
    return f"{limit} OFFSET {context.bind(part.start)}" if part.start else limit
