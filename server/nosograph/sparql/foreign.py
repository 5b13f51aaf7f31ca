"""Finds in a query what an engine would take for an order of its own, though it is only a name in SPARQL."""

from __future__ import annotations

import re
from typing import Final

from nosograph.sparql.lexing import Kind, tokens
from nosograph.sparql.names import names

_SCHEMES: Final = ("java:", "bif:", "sql:", "javascript:", "file:")
"""Schemes of IRIs by which Jena loads a class and Virtuoso calls a procedure of its database."""

_SIGNS: Final = re.compile("|".join(map(re.escape, _SCHEMES)), re.IGNORECASE)
_CAST: Final = "http://www.w3.org/2001/XMLSchema#"
_PROPERTY_FUNCTIONS: Final = (
    "http://jena.apache.org/",
    "http://jena.hpl.hp.com/",
    "http://www.openlinksw.com/schemas/",
    "http://www.ontotext.com/",
    "http://www.openrdf.org/",
    "http://www.opengis.net/def/function/",
    "http://spinrdf.org/",
    "tag:stardog:",
    "http://aws.amazon.com/neptune/",
)
"""Beginnings of the names by which engines call properties and graphs that they compute."""


def foreign_words(text: str) -> str:
    """Return the first name in a query that is, or may be, a function or an order of some engine; empty if none is.

    A name before a bracket is a call, unless it is a cast to a type of XML Schema (SPARQL 1.1 Query §17.5); a
    collection behind a predicate looks the same, and counts.
    """
    if not ("(" in text or _SIGNS.search(text) or any(start in text for start in _PROPERTY_FUNCTIONS)):
        return ""
    ends = {token.start for token in tokens(text) if token.kind is Kind.MARK and text[token.start] == "("}
    following = _following(text)
    for name in names(text):
        iri = name.iri if name.iri is not None else name.text
        if iri.lower().startswith(_SCHEMES) or iri.startswith(_PROPERTY_FUNCTIONS):
            return name.text
        if following.get(name.end) in ends and not (iri.startswith(_CAST) or iri.startswith("xsd:")):
            return name.text
    return ""


def _following(text: str) -> dict[int, int]:
    """Return the end of each token → the start of the one after it."""
    found, end = {}, -1
    for token in tokens(text):
        if end >= 0:
            found[end] = token.start
        end = token.end
    return found
