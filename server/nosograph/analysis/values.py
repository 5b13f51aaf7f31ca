"""Takes from a value what an operator or function needs: its boolean, its number, its text."""

from __future__ import annotations

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.relations import Form, Operand, escaped, spelled_scalar
from nosograph.analysis.scopes import Scope
from nosograph.analysis.types import EXACT, NUMBERS, STRINGS, Type, Types

NEVER = "NULL::VARCHAR"


def as_boolean(scope: Scope, value: Operand) -> str:
    """Return the SQL of an effective boolean value (SPARQL §17.2.2)."""
    if value.form is Form.BOOLEAN:
        return value.sql
    if value.form is Form.STRING and not value.language:
        return f"({value.sql} <> '')"
    if value.form in (Form.INTEGER, Form.DECIMAL):
        return f"({value.sql} <> 0)"
    if value.form is Form.DOUBLE:
        return f"({value.sql} <> 0 AND NOT isnan({value.sql}))"
    if value.form is not Form.ID or value.types & {Type.LANGUAGE, Type.VALUED, Type.DOUBLE}:
        raise NotTranslated("the boolean value of a term that may be of many types")
    cases = []
    if Type.BOOLEAN in value.types:
        cases.append(f"WHEN {_is(scope, value, Type.BOOLEAN)} THEN {scope.terms(value)}.value = 'true'")
    if Type.STRING in value.types:
        cases.append(f"WHEN {_is(scope, value, Type.STRING)} THEN {scope.terms(value)}.value <> ''")
    if value.types & EXACT:
        cases.append(f"WHEN {_is(scope, value, *EXACT)} THEN {scope.terms(value)}.scaled <> 0")
    return f"(CASE {' '.join(cases)} END)" if cases else Form.BOOLEAN.null


def _is(scope: Scope, value: Operand, *types: Type) -> str:
    return f"{scope.terms(value)}.type IN {scope.numbers(frozenset(types), value)}"


def is_of(scope: Scope, value: Operand, types: Types) -> str:
    """Return the SQL of whether a value is of one of some types; NULL where it is unbound."""
    if value.form is Form.SPELLED:
        raise NotTranslated("the type of a calculated value")
    present = value.types & types
    if value.form is Form.STRING and value.language and present and not value.types <= types:
        test = f"{value.language} IS NULL" if Type.STRING in present else f"{value.language} IS NOT NULL"
        return f"(CASE WHEN {value.sql} IS NOT NULL THEN {test} END)"
    if not present or value.types <= types:
        answer = "true" if present else "false"
        return answer if value.sure else f"(CASE WHEN {value.sql} IS NOT NULL THEN {answer} END)"
    if value.form is not Form.ID:
        raise NotTranslated("the type of a calculated value")
    return f"({_is(scope, value, *present)})"


def text_of(scope: Scope, value: Operand, types: Types = STRINGS) -> tuple[str, str]:
    """Return the SQL of the text of a string, and of its language tag or nothing; other values are errors.

    Args:
        scope: what the value sees.
        value: the value.
        types: the strings that are none.
    """
    present = value.types & types
    if not present and value.form is not Form.SPELLED:
        return NEVER, ""
    if value.form is Form.STRING:
        if Type.STRING not in types:
            return f"(CASE WHEN {value.language} IS NOT NULL THEN {value.sql} END)", value.language
        if Type.LANGUAGE not in types and value.language:
            return f"(CASE WHEN {value.language} IS NULL THEN {value.sql} END)", ""
        return value.sql, value.language
    if value.form is not Form.ID:
        raise NotTranslated("the text of a calculated value")
    alias = scope.terms(value)
    language = f"{alias}.language" if Type.LANGUAGE in present else ""
    if value.types <= types:
        return f"{alias}.value", language
    return f"(CASE WHEN {_is(scope, value, *present)} THEN {alias}.value END)", language


def number_of(scope: Scope, value: Operand, *, calculated: bool = False) -> tuple[Form, str]:
    """Return the form and the SQL of a number; other values are errors.

    Args:
        scope: what the value sees.
        value: the value.
        calculated: whether the type of the result depends on the type of the number, so that it must be known.
    """
    if value.form in (Form.INTEGER, Form.DECIMAL, Form.DOUBLE):
        return value.form, value.sql
    if value.form is Form.SPELLED or Type.VALUED in value.types:
        raise NotTranslated("a number of a type that is not known")
    present = value.types & NUMBERS
    if value.form is not Form.ID or not present:
        return Form.INTEGER, Form.INTEGER.null
    if present == {Type.INTEGER}:
        return Form.INTEGER, f"{scope.terms(value)}.whole"
    if present == {Type.DOUBLE}:
        return Form.DOUBLE, f'{scope.terms(value)}."real"'
    if present <= EXACT and (not calculated or present == {Type.DECIMAL}):
        return Form.DECIMAL, f"{scope.terms(value)}.scaled"
    raise NotTranslated("numbers of several types")


def as_spelled(scope: Scope, value: Operand) -> Operand:
    """Return a value as N-Triples spell it."""
    if value.form is Form.SPELLED:
        return value
    if value.form is Form.DOUBLE:
        raise NotTranslated("the spelling of a calculated double")
    if not value.types:
        return Operand(Form.SPELLED, NEVER, value.types)
    if value.form is not Form.ID:
        sql = spelled_scalar(value.form, value.sql, value.language)
        return Operand(Form.SPELLED, sql, value.types, sure=value.sure)
    alias = scope.terms(value)
    cases = []
    if Type.IRI in value.types:
        cases.append(f"WHEN {_is(scope, value, Type.IRI)} THEN '<' || {alias}.value || '>'")
    if Type.NODE in value.types:
        cases.append(f"WHEN {_is(scope, value, Type.NODE)} THEN '_:' || {alias}.value")
    if value.types & STRINGS:
        text = f"""'"' || {escaped(f"{alias}.value")} || '"' || coalesce('@' || {alias}.language, '')"""
        cases.append(f"WHEN {_is(scope, value, *STRINGS)} THEN {text}")
    if value.types - STRINGS - {Type.IRI, Type.NODE}:
        if value.foreign:
            raise NotTranslated("the spelling of a literal of the query beside calculated values")
        datatype = f"(SELECT datatype FROM types WHERE types.type = {alias}.type)"
        cases.append(
            f"""WHEN {value.sql} IS NOT NULL THEN '"' || {escaped(f"{alias}.value")} || '"^^<' || {datatype} || '>'"""
        )
    return Operand(Form.SPELLED, f"(CASE {' '.join(cases)} END)", value.types, sure=value.sure)
