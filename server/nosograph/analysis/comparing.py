"""Translates comparisons: equality of values and terms, and the order of values (SPARQL §17.3, §17.4.1.7)."""

from __future__ import annotations

import dataclasses
from typing import Final

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand
from nosograph.analysis.scopes import Scope
from nosograph.analysis.types import ALL, DATES, NUMBERS, RESOURCES, SCALE, STRINGS, Type
from nosograph.analysis.values import is_of, number_of, text_of


def equal(scope: Scope, left: Operand, right: Operand) -> str:
    """Return the SQL of whether two values are equal; NULL where that is an error."""
    if Form.SPELLED in (left.form, right.form):
        raise NotTranslated("equality of calculated values of several types")
    for one, other in ((left, right), (right, left)):
        if Type.VALUED in one.types and not other.types <= _APART:
            raise NotTranslated("equality of literals of other types")
    if any(Type.OTHER in one.types and not other.types <= _APART for one, other in ((left, right), (right, left))):
        return _with_unknown(scope, left, right)
    return _equal(scope, left, right)


_APART: Final = RESOURCES | {Type.LANGUAGE}
"""What a literal of a datatype that is not known differs from without error."""


def _with_unknown(scope: Scope, left: Operand, right: Operand) -> str:
    """Return the SQL of equality where literals of unknown datatypes may be met: equal as terms, else an error."""
    unknown, other = frozenset({Type.OTHER}), ALL - _APART
    errors = [
        f"({is_of(scope, one, unknown)} AND {is_of(scope, another, other)})"
        for one, another in ((left, right), (right, left))
        if Type.OTHER in one.types
    ]
    same = f"WHEN {_same(scope, left, right)} THEN true " if _as_ids(left, right) else ""
    known = [dataclasses.replace(value, types=value.types - unknown) for value in (left, right)]
    if not all(value.types for value in known):
        rest = f"WHEN {left.sql} IS NOT NULL AND {right.sql} IS NOT NULL THEN false"
    else:
        rest = f"ELSE {_equal(scope, *known)}"
    return f"(CASE {same}WHEN {' OR '.join(errors)} THEN NULL {rest} END)"


def _equal(scope: Scope, left: Operand, right: Operand) -> str:
    times = (left.types | right.types) & DATES
    if len(times) > 1 and {Type.LOCAL_TIME, Type.TIME} <= times:
        raise NotTranslated("equality of times with and without a time zone")
    numbers = left.types & NUMBERS, right.types & NUMBERS
    if not (numbers[0] and numbers[1]) or (
        numbers[0] | numbers[1] == {Type.INTEGER} and {left.form, right.form} & {Form.ID} and _as_ids(left, right)
    ):
        return _same(scope, left, right)
    if not left.types <= NUMBERS or not right.types <= NUMBERS:
        return _mixed(scope, left, right)
    return _numbers(scope, "=", left, right)


def same_term(scope: Scope, left: Operand, right: Operand) -> str:
    """Return the SQL of whether two values are the same term."""
    if Form.SPELLED in (left.form, right.form):
        raise NotTranslated("sameTerm of calculated values of several types")
    if left.types & NUMBERS and right.types & NUMBERS and not _as_ids(left, right):
        raise NotTranslated("sameTerm of calculated numbers")
    return _same(scope, left, right)


def _as_ids(left: Operand, right: Operand) -> bool:
    return all(value.form is Form.ID or value.constant is not None for value in (left, right))


def _same(scope: Scope, left: Operand, right: Operand) -> str:
    """Return the SQL of whether values whose types make them equal only as terms are the same."""
    if not left.types & right.types:
        known = [value.sql for value in (left, right) if not value.sure]
        if not known:
            return "false"
        return f"(CASE WHEN {' AND '.join(f'{sql} IS NOT NULL' for sql in known)} THEN false END)"
    if _as_ids(left, right) and Form.ID in (left.form, right.form):
        return f"({scope.context.as_id(left).sql} = {scope.context.as_id(right).sql})"
    if left.form is right.form and left.form is not Form.ID:
        languages = f" AND {left.language or 'NULL'} IS NOT DISTINCT FROM {right.language or 'NULL'}"
        tagged = languages if left.language or right.language else ""
        if tagged:
            return (
                f"(CASE WHEN {left.sql} IS NOT NULL AND {right.sql} IS NOT NULL "
                f"THEN {left.sql} = {right.sql}{tagged} END)"
            )
        return f"({left.sql} = {right.sql})"
    term, calculated = (left, right) if left.form is Form.ID else (right, left)
    if term.form is not Form.ID:
        raise NotTranslated("equality of calculated values of several types")
    alias = scope.terms(term)
    numbers = scope.numbers(calculated.types, term)
    if calculated.form is Form.STRING:
        test = f"{alias}.value = {calculated.sql}"
        if calculated.language or Type.LANGUAGE in term.types & calculated.types:
            test += f" AND {alias}.language IS NOT DISTINCT FROM {calculated.language or 'NULL'}"
    elif calculated.form is Form.IRI:
        test = f"{alias}.value = {calculated.sql}"
    elif calculated.form is Form.BOOLEAN:
        test = f"({alias}.value = 'true') = {calculated.sql}"
    elif calculated.form is Form.INTEGER:
        test = f"{alias}.whole = {calculated.sql}"
    else:
        raise NotTranslated("equality of calculated values of several types")
    return (
        f"(CASE WHEN {term.sql} IS NULL OR {calculated.sql} IS NULL THEN NULL "
        f"ELSE {alias}.type IN {numbers} AND {test} END)"
    )


def _mixed(scope: Scope, left: Operand, right: Operand) -> str:
    """Return the SQL of equality where one side may be a number or something else."""
    number = _numbers(scope, "=", left, right)
    if left.types <= NUMBERS or right.types <= NUMBERS:
        return f"(CASE WHEN {left.sql} IS NULL OR {right.sql} IS NULL THEN NULL ELSE coalesce({number}, false) END)"
    if not _as_ids(left, right):
        raise NotTranslated("equality of values of several types")
    same = f"({scope.context.as_id(left).sql} = {scope.context.as_id(right).sql})"
    return f"coalesce({number}, {same})"


def compare(scope: Scope, operator: str, left: Operand, right: Operand) -> str:
    """Return the SQL of ``<``, ``>``, ``<=`` or ``>=`` of two values; NULL where that is an error."""
    if Form.SPELLED in (left.form, right.form):
        raise NotTranslated("order of calculated values of several types")
    common = left.types & right.types
    if Type.VALUED in left.types | right.types or Type.OTHER in common:
        raise NotTranslated("order of literals of other types")
    if common & (RESOURCES | {Type.LANGUAGE}):
        raise NotTranslated("order of resources or of strings with language tags")
    if common & DATES and len((left.types | right.types) & DATES) > 1:
        raise NotTranslated("order of dates and times of several kinds")
    parts = []
    if left.types & NUMBERS and right.types & NUMBERS:
        parts.append(_numbers(scope, operator, left, right))
    for kinds in (frozenset({Type.STRING}), frozenset({Type.BOOLEAN}), *(frozenset({kind}) for kind in DATES)):
        if kinds & common:
            if Form.BOOLEAN in (left.form, right.form):
                raise NotTranslated("order of calculated booleans")
            one, other = (_spelling(scope, value, kinds) for value in (left, right))
            parts.append(f"({one} {operator} {other})")
    if not parts:
        return Form.BOOLEAN.null
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def _spelling(scope: Scope, value: Operand, kinds: frozenset[Type]) -> str:
    """Return the SQL of the lexical form of values of one type, whose order is that of their values."""
    if value.form is Form.STRING or kinds & STRINGS:
        return text_of(scope, value, kinds)[0]
    alias = scope.terms(value)
    if value.types <= kinds:
        return f"{alias}.value"
    return f"(CASE WHEN {alias}.type IN {scope.numbers(kinds, value)} THEN {alias}.value END)"


def _numbers(scope: Scope, operator: str, left: Operand, right: Operand) -> str:
    """Return the SQL of a comparison of numbers; NULL where one is none."""
    (left_form, left_sql), (right_form, right_sql) = number_of(scope, left), number_of(scope, right)
    if Form.DOUBLE in (left_form, right_form):
        if left_form is not right_form:
            raise NotTranslated("comparison of doubles with other numbers")
        if operator == "=":
            return f"({left_sql} = {right_sql} AND NOT isnan({left_sql}))"
        raise NotTranslated("order of doubles")
    if left_form is right_form:
        return f"({left_sql} {operator} {right_sql})"
    sides = [
        sql if form is Form.DECIMAL else f"({sql}::HUGEINT * {SCALE})"
        for form, sql in ((left_form, left_sql), (right_form, right_sql))
    ]
    return f"({sides[0]} {operator} {sides[1]})"
