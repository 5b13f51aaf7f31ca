"""Translates the functions of SPARQL whose result SQL gives alike (SPARQL 1.1 Query §17.4); the others are not here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rdflib.term import Literal

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.regexes import is_plain_pattern, matches_nothing
from nosograph.analysis.relations import FORM_TYPES, Form, Operand, scalar
from nosograph.analysis.scopes import Scope
from nosograph.analysis.translation import stored_term
from nosograph.analysis.types import (
    ALL,
    DATATYPES,
    DATES,
    NUMBERS,
    RESOURCES,
    SCALE,
    STRINGS,
    UNKNOWN,
    Type,
    Types,
)
from nosograph.analysis.values import NEVER, is_of, number_of, text_of

Arguments = list[Operand]


@dataclass(frozen=True)
class Function:
    """A function that is translated.

    Attributes:
        arguments: takes the expressions of its arguments from the parsed call.
        translate: gives its value.
    """

    arguments: Callable[[Any], list[Any]]
    translate: Callable[[Scope, Arguments], Operand]


def _one(call: Any) -> list[Any]:
    return [call.arg]


def _two(call: Any) -> list[Any]:
    return [call.arg1, call.arg2]


def _named(*names: str) -> Callable[[Any], list[Any]]:
    return lambda call: [getattr(call, name) for name in names if getattr(call, name) is not None]


def _text(sql: str, language: str, source: Operand) -> Operand:
    types = source.types & STRINGS if language else FORM_TYPES[Form.STRING]
    return Operand(Form.STRING, sql, types or FORM_TYPES[Form.STRING], language)


def _str(scope: Scope, arguments: Arguments) -> Operand:
    (value,) = arguments
    if value.form is Form.STRING or value.form is Form.IRI:
        return scalar(Form.STRING, value.sql, sure=value.sure)
    if value.constant is not None and value.form is not Form.ID:
        return scalar(Form.STRING, scope.context.bind(stored_term(value.constant).value), sure=True)
    if value.form in (Form.INTEGER, Form.BOOLEAN):
        return scalar(Form.STRING, f"({value.sql})::VARCHAR")
    if value.form is not Form.ID:
        raise NotTranslated("STR of a calculated value")
    alias = scope.terms(value)
    if Type.NODE not in value.types:
        return scalar(Form.STRING, f"{alias}.value", sure=value.sure)
    nodes = scope.numbers(frozenset({Type.NODE}), value)
    return scalar(Form.STRING, f"(CASE WHEN {alias}.type NOT IN {nodes} THEN {alias}.value END)")


def _lang(scope: Scope, arguments: Arguments) -> Operand:
    (value,) = arguments
    literals = ALL - RESOURCES
    if value.form is Form.STRING and value.language:
        return scalar(Form.STRING, f"(CASE WHEN {value.sql} IS NOT NULL THEN coalesce({value.language}, '') END)")
    if value.form is Form.ID and value.constant is None:
        alias = scope.terms(value)
        return scalar(
            Form.STRING, f"(CASE WHEN {is_of(scope, value, literals)} THEN coalesce({alias}.language, '') END)"
        )
    return scalar(Form.STRING, f"(CASE WHEN {is_of(scope, value, literals)} THEN '' END)")


def _datatype(scope: Scope, arguments: Arguments) -> Operand:
    (value,) = arguments
    if value.form is Form.ID and not value.foreign:
        alias = scope.terms(value)
        return scalar(Form.IRI, f"(SELECT types.datatype FROM types WHERE types.type = {alias}.type)")
    if value.form is Form.SPELLED or value.types & UNKNOWN:
        raise NotTranslated("the datatype of a literal of another type")
    cases = "".join(
        f" WHEN {is_of(scope, value, frozenset({kind}))} THEN {scope.context.bind(DATATYPES[kind])}"
        for kind in sorted(value.types - RESOURCES)
    )
    return scalar(Form.IRI, f"(CASE{cases} END)" if cases else NEVER)


def _is(types: Types) -> Callable[[Scope, Arguments], Operand]:
    def translate(scope: Scope, arguments: Arguments) -> Operand:
        (value,) = arguments
        if types == NUMBERS and Type.VALUED in value.types:
            raise NotTranslated("isNumeric of a literal of another type")
        return scalar(Form.BOOLEAN, is_of(scope, value, types), sure=value.sure)

    return translate


def _case(name: str) -> Callable[[Scope, Arguments], Operand]:
    def translate(scope: Scope, arguments: Arguments) -> Operand:
        (value,) = arguments
        catalogue = scope.context.catalogue
        differs = catalogue.lower_differs if name == "lower" else catalogue.upper_differs
        if differs or (value.constant is not None and not str(value.constant).isascii()):
            raise NotTranslated("letter case beyond what SQL and the store agree on")
        sql, language = text_of(scope, value)
        return _text(f"{name}({sql})", language, value)

    return translate


def _length(scope: Scope, arguments: Arguments) -> Operand:
    return scalar(Form.INTEGER, f"length({text_of(scope, arguments[0])[0]})")


def _fitting(scope: Scope, arguments: Arguments) -> tuple[str, str, str]:
    """Return two texts and the language of the first; errors where they do not fit (§17.4.3.1.2)."""
    (first, language), (second, other) = (text_of(scope, value) for value in arguments)
    if other:
        test = f"{other} IS NULL" if not language else f"({other} IS NULL OR {other} = {language})"
        second = f"(CASE WHEN {test} THEN {second} END)"
    return first, second, language


def _test(sql: str) -> Callable[[Scope, Arguments], Operand]:
    def translate(scope: Scope, arguments: Arguments) -> Operand:
        first, second, _ = _fitting(scope, arguments)
        return scalar(Form.BOOLEAN, sql.format(first, second))

    return translate


def _before_or_after(sql: str) -> Callable[[Scope, Arguments], Operand]:
    def translate(scope: Scope, arguments: Arguments) -> Operand:
        first, second, language = _fitting(scope, arguments)
        found = f"contains({first}, {second})"
        part = f"(CASE WHEN {found} THEN {sql.format(first, second)} WHEN NOT {found} THEN '' END)"
        tag = f"(CASE WHEN {found} THEN {language} END)" if language else ""
        if not language:
            return scalar(Form.STRING, part)
        return Operand(Form.STRING, part, STRINGS, tag)

    return translate


def _substring(scope: Scope, arguments: Arguments) -> Operand:
    numbers = arguments[1:]
    for lowest, number in zip((1, 0), numbers, strict=False):
        constant = number.constant
        if not isinstance(constant, Literal) or number.form is not Form.INTEGER or int(constant) < lowest:
            raise NotTranslated("SUBSTR with calculated or negative positions")
    sql, language = text_of(scope, arguments[0])
    return _text(f"substr({', '.join([sql, *(number.sql for number in numbers)])})", language, arguments[0])


def _concat(scope: Scope, arguments: Arguments) -> Operand:
    parts = [text_of(scope, value) for value in arguments]
    if any(language for _, language in parts):
        raise NotTranslated("CONCAT of strings with language tags")
    return scalar(Form.STRING, f"({' || '.join(sql for sql, _ in parts)})" if parts else "''")


def _regex(scope: Scope, arguments: Arguments) -> Operand:
    pattern, ignores = _pattern(arguments[1], arguments[2:])
    sql, _ = text_of(scope, arguments[0])
    flags = ", 'i'" if ignores else ""
    return scalar(Form.BOOLEAN, f"regexp_matches({sql}, {scope.context.bind(pattern)}{flags})")


def _replace(scope: Scope, arguments: Arguments) -> Operand:
    pattern, ignores = _pattern(arguments[1], arguments[3:])
    replacement = arguments[2].constant
    if not isinstance(replacement, Literal) or arguments[2].types != FORM_TYPES[Form.STRING]:
        raise NotTranslated("REPLACE by what is calculated")
    if {"$", "\\"} & set(str(replacement)) or matches_nothing(pattern):
        raise NotTranslated("REPLACE with groups, or of nothing")
    sql, language = text_of(scope, arguments[0])
    bound = f"{scope.context.bind(pattern)}, {scope.context.bind(str(replacement))}"
    return _text(f"regexp_replace({sql}, {bound}, '{'gi' if ignores else 'g'}')", language, arguments[0])


def _pattern(value: Operand, flags: Arguments) -> tuple[str, bool]:
    """Return a regular expression that both engines read alike, and whether it ignores letter case."""
    if not isinstance(value.constant, Literal) or value.types != FORM_TYPES[Form.STRING]:
        raise NotTranslated("a regular expression that is calculated")
    flag = str(flags[0].constant) if flags else ""
    if flag not in ("", "i") or (flags and flags[0].types != FORM_TYPES[Form.STRING]):
        raise NotTranslated("flags of a regular expression")
    if not is_plain_pattern(str(value.constant)):
        raise NotTranslated("a regular expression that engines may read differently")
    return str(value.constant), flag == "i"


def _language_matches(scope: Scope, arguments: Arguments) -> Operand:
    tag, written = (text_of(scope, value, FORM_TYPES[Form.STRING])[0] for value in arguments)
    constant = arguments[1].constant
    if constant is None or not str(constant).isascii():
        raise NotTranslated("LANGMATCHES with a calculated range")
    if str(constant) == "*":
        return scalar(Form.BOOLEAN, f"({tag} <> '')")
    return scalar(
        Form.BOOLEAN, f"(lower({tag}) = lower({written}) OR starts_with(lower({tag}), lower({written}) || '-'))"
    )


def _part_of_time(start: int, length: int, types: Types) -> Callable[[Scope, Arguments], Operand]:
    def translate(scope: Scope, arguments: Arguments) -> Operand:
        (value,) = arguments
        if Type.VALUED in value.types or value.form is not Form.ID:
            raise NotTranslated("parts of times of other types")
        if not value.types & types:
            return scalar(Form.INTEGER, Form.INTEGER.null)
        part = f"substr({scope.terms(value)}.value, {start}, {length})::BIGINT"
        if value.types <= types:
            return scalar(Form.INTEGER, part)
        return scalar(Form.INTEGER, f"(CASE WHEN {is_of(scope, value, types)} THEN {part} END)")

    return translate


def _rounded(sql: str) -> Callable[[Scope, Arguments], Operand]:
    def translate(scope: Scope, arguments: Arguments) -> Operand:
        form, number = number_of(scope, arguments[0], calculated=True)
        if form is Form.INTEGER:
            return scalar(form, number)
        if form is Form.DOUBLE:
            raise NotTranslated("rounded doubles")
        rest = f"((({number}) % {SCALE} + {SCALE}) % {SCALE})"
        return scalar(form, f"({sql.format(n=number, r=rest, s=SCALE)})")

    return translate


def _absolute(scope: Scope, arguments: Arguments) -> Operand:
    form, number = number_of(scope, arguments[0], calculated=True)
    if form is Form.INTEGER:
        return scalar(form, f"(CASE WHEN {number} > {-(2**63)} THEN abs({number}) END)")
    return scalar(form, f"abs({number})")


def _hash(name: str) -> Callable[[Scope, Arguments], Operand]:
    def translate(scope: Scope, arguments: Arguments) -> Operand:
        sql, _ = text_of(scope, arguments[0], FORM_TYPES[Form.STRING])
        if Type.LANGUAGE in arguments[0].types:
            raise NotTranslated("digests of strings with language tags")
        return scalar(Form.STRING, f"{name}({sql})")

    return translate


def _iri(scope: Scope, arguments: Arguments) -> Operand:
    (value,) = arguments
    if value.types == {Type.IRI}:
        return value
    raise NotTranslated("IRIs made of strings")


def _tagged(scope: Scope, arguments: Arguments) -> Operand:
    language = arguments[1].constant
    if not isinstance(language, Literal) or not str(language).isalpha() or not str(language).isascii():
        raise NotTranslated("STRLANG with a calculated tag")
    if Type.LANGUAGE in arguments[0].types:
        raise NotTranslated("STRLANG of strings with language tags")
    sql, _ = text_of(scope, arguments[0], FORM_TYPES[Form.STRING])
    tag = f"(CASE WHEN {sql} IS NOT NULL THEN {scope.context.bind(str(language).lower())} END)"
    return Operand(Form.STRING, sql, frozenset({Type.LANGUAGE}), tag)


FUNCTIONS: Final[Mapping[str, Function]] = {
    "Builtin_STR": Function(_one, _str),
    "Builtin_LANG": Function(_one, _lang),
    "Builtin_DATATYPE": Function(_one, _datatype),
    "Builtin_LANGMATCHES": Function(_two, _language_matches),
    "Builtin_isIRI": Function(_one, _is(frozenset({Type.IRI}))),
    "Builtin_isURI": Function(_one, _is(frozenset({Type.IRI}))),
    "Builtin_isBLANK": Function(_one, _is(frozenset({Type.NODE}))),
    "Builtin_isLITERAL": Function(_one, _is(ALL - RESOURCES)),
    "Builtin_isNUMERIC": Function(_one, _is(NUMBERS)),
    "Builtin_LCASE": Function(_one, _case("lower")),
    "Builtin_UCASE": Function(_one, _case("upper")),
    "Builtin_STRLEN": Function(_one, _length),
    "Builtin_CONTAINS": Function(_two, _test("contains({0}, {1})")),
    "Builtin_STRSTARTS": Function(_two, _test("starts_with({0}, {1})")),
    "Builtin_STRENDS": Function(_two, _test("ends_with({0}, {1})")),
    "Builtin_STRBEFORE": Function(_two, _before_or_after("substr({0}, 1, strpos({0}, {1}) - 1)")),
    "Builtin_STRAFTER": Function(_two, _before_or_after("substr({0}, strpos({0}, {1}) + length({1}))")),
    "Builtin_SUBSTR": Function(_named("arg", "start", "length"), _substring),
    "Builtin_CONCAT": Function(lambda call: list(call.arg or ()), _concat),
    "Builtin_REGEX": Function(_named("text", "pattern", "flags"), _regex),
    "Builtin_REPLACE": Function(_named("arg", "pattern", "replacement", "flags"), _replace),
    "Builtin_YEAR": Function(_one, _part_of_time(1, 4, DATES)),
    "Builtin_MONTH": Function(_one, _part_of_time(6, 2, DATES)),
    "Builtin_DAY": Function(_one, _part_of_time(9, 2, DATES)),
    "Builtin_HOURS": Function(_one, _part_of_time(12, 2, DATES - {Type.DATE})),
    "Builtin_MINUTES": Function(_one, _part_of_time(15, 2, DATES - {Type.DATE})),
    "Builtin_ABS": Function(_one, _absolute),
    "Builtin_FLOOR": Function(_one, _rounded("{n} - {r}")),
    "Builtin_CEIL": Function(_one, _rounded("{n} - {r} + CASE WHEN {r} > 0 THEN {s} ELSE 0 END")),
    "Builtin_ROUND": Function(_one, _rounded("{n} - {r} + CASE WHEN {r} * 2 >= {s} THEN {s} ELSE 0 END")),
    "Builtin_MD5": Function(_one, _hash("md5")),
    "Builtin_SHA1": Function(_one, _hash("sha1")),
    "Builtin_SHA256": Function(_one, _hash("sha256")),
    "Builtin_IRI": Function(_one, _iri),
    "Builtin_URI": Function(_one, _iri),
    "Builtin_STRLANG": Function(_two, _tagged),
}
"""Name of a function in the parsed query → how it is translated."""
