"""The types of terms that the analysis file tells apart: what a translation may assume of a value rests on them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

XSD: Final = "http://www.w3.org/2001/XMLSchema#"
LANG_STRING: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


class Type(StrEnum):
    """What a term is."""

    NODE = "node"
    """A blank node."""
    IRI = "iri"
    STRING = "string"
    LANGUAGE = "language"
    """A string with a language tag."""
    INTEGER = "integer"
    """An xsd:integer that fits 64 bits."""
    DECIMAL = "decimal"
    """An xsd:decimal with at most 18 digits before and 18 behind the point."""
    DOUBLE = "double"
    BOOLEAN = "boolean"
    DATE = "date"
    """An xsd:date of the years 1 to 9999 without a time zone."""
    LOCAL_TIME = "localTime"
    """An xsd:dateTime of those years in whole seconds without a time zone."""
    TIME = "time"
    """An xsd:dateTime of those years in whole seconds in UTC, spelled with Z."""
    VALUED = "valued"
    """Any other literal, well-formed or not, of a datatype whose values the store knows."""
    OTHER = "other"
    """A literal of a datatype that the store does not know."""


Types = frozenset[Type]

RESOURCES: Final = frozenset({Type.NODE, Type.IRI})
STRINGS: Final = frozenset({Type.STRING, Type.LANGUAGE})
EXACT: Final = frozenset({Type.INTEGER, Type.DECIMAL})
NUMBERS: Final = EXACT | {Type.DOUBLE}
DATES: Final = frozenset({Type.DATE, Type.LOCAL_TIME, Type.TIME})
UNKNOWN: Final = frozenset({Type.VALUED, Type.OTHER})
ALL: Final = frozenset(Type)

BY_SPELLING: Final = RESOURCES | STRINGS | {Type.BOOLEAN} | DATES
"""Types of which two values are equal only where the terms are the same."""

ORDERED: Final = (
    frozenset({Type.IRI, *STRINGS}),
    frozenset({Type.IRI, Type.BOOLEAN}),
    *(frozenset({Type.IRI, kind}) for kind in DATES),
)
"""Sets of types whose values stand in the file in the order of ORDER BY (SPARQL 1.1 Query §15.1)."""

DATATYPES: Final = {
    Type.STRING: XSD + "string",
    Type.LANGUAGE: LANG_STRING,
    Type.INTEGER: XSD + "integer",
    Type.DECIMAL: XSD + "decimal",
    Type.DOUBLE: XSD + "double",
    Type.BOOLEAN: XSD + "boolean",
    Type.DATE: XSD + "date",
    Type.LOCAL_TIME: XSD + "dateTime",
    Type.TIME: XSD + "dateTime",
}
"""Type → the datatype that every literal of it has."""

KNOWN_DATATYPES: Final = tuple(
    XSD + name
    for name in (
        *("integer", "decimal", "double", "float", "boolean", "date", "dateTime", "time"),
        *("gYear", "gYearMonth", "gMonth", "gMonthDay", "gDay"),
        *("duration", "dayTimeDuration", "yearMonthDuration", "dateTimeStamp"),
        *("byte", "short", "int", "long", "unsignedByte", "unsignedShort", "unsignedInt", "unsignedLong"),
        *("positiveInteger", "negativeInteger", "nonPositiveInteger", "nonNegativeInteger"),
    )
)
"""Datatypes whose values the store knows."""

SCALE: Final = 10**18
"""What a decimal is multiplied by to be held as a whole number."""

_YEAR: Final = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LEAP_YEAR: Final = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][48]|[13579][26])00|[2468]000)"
_DAY: Final = "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))"
_CALENDAR: Final = f"({_YEAR}-{_DAY}|{_LEAP_YEAR}-02-29)"
_CLOCK: Final = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"

LITERAL_FORMS: Final[Mapping[Type, str]] = {
    Type.INTEGER: "(0|-?[1-9][0-9]{0,18})",
    Type.DECIMAL: "-?[0-9]{1,18}([.][0-9]{1,18})?",
    Type.DOUBLE: "(-?[0-9]+([.][0-9]+)?|-?INF|NaN)",
    Type.BOOLEAN: "(true|false)",
    Type.DATE: _CALENDAR,
    Type.LOCAL_TIME: f"{_CALENDAR}T{_CLOCK}",
    Type.TIME: f"{_CALENDAR}T{_CLOCK}Z",
}
"""Type of literal → regular expression of the lexical forms that it has in the file; an integer also fits 64 bits."""
