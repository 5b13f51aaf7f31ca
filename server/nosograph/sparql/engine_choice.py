"""Names the engines that answer queries, and finds by tokens which queries are analysis at first sight."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from nosograph.sparql.lexing import Kind, Token, tokens


class Engine(StrEnum):
    """An engine, by the name under which it is chosen and told; ``AUTOMATIC`` leaves the choice to the query."""

    AUTOMATIC = "automatic"
    STORE = "store"
    ANALYSIS = "analysis"


_ANALYTIC: Final = frozenset(
    {
        *("COUNT", "SUM", "AVG", "MIN", "MAX", "GROUP", "HAVING", "ORDER", "DISTINCT"),
        *("REGEX", "CONTAINS", "STRSTARTS", "STRENDS", "LCASE", "UCASE"),
    }
)
"""Words of a query that reads much before it answers."""

_RDF_TYPE: Final = ("a", "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>", "rdf:type")
_CONSTANTS: Final = frozenset({Kind.IRI, Kind.NAME, Kind.STRING})
_ENDS: Final = frozenset({".", ";", ",", "}"})


def is_plainly_analysis(text: str) -> bool:
    """Return whether a query counts, sorts or searches text without a resource to start from, by its tokens alone.

    A query that has a constant as the subject, or as the object of anything but a class, is a look-up first.
    """
    capitals = text.upper()
    if not any(word in capitals for word in _ANALYTIC):
        return False
    analytic = False
    depth = 0
    before: list[str] = ["", ""]
    previous: Token | None = None
    for token in tokens(text):
        word = text[token.start : token.end]
        upper = word.upper() if token.kind is Kind.WORD else ""
        if upper == "VALUES":
            return False
        analytic = analytic or upper in _ANALYTIC
        if token.kind is Kind.MARK:
            depth += (word == "(") - (word == ")")
        ends = previous is not None and previous.kind in _CONSTANTS and not depth and word in _ENDS
        if ends and before[0] not in (*_RDF_TYPE, "GRAPH", "FROM", "NAMED", ""):
            return False
        if token.kind in _CONSTANTS and not depth and before[1] in ("{", ".", "}"):
            return False
        before = [before[1], word if token.kind is not Kind.WORD or word == "a" else upper]
        previous = token
    return analytic
