"""Finds what a query uses that belongs to other servers: their full-text search, which here would match nothing."""

from __future__ import annotations

from typing import Final

from nosograph.errors import QueryRefused
from nosograph.sparql.lexing import Kind, line_and_column, tokens

FULL_TEXT: Final = (
    "http://jena.apache.org/text#",
    "http://aws.amazon.com/neptune/vocab/v01/services/fts",
    "http://franz.com/ns/allegrograph/2.2/textindex/",
    "http://www.bigdata.com/rdf/search#",
    "http://www.ontotext.com/connectors/",
    "http://www.ontotext.com/owlim/lucene#",
    "http://www.openrdf.org/contrib/lucenesail#",
    "http://www.openlinksw.com/schemas/bif#",
    "http://qlever.cs.uni-freiburg.de/builtin-functions/",
    "https://qlever.cs.uni-freiburg.de/builtin-functions/",
    "https://qlever.cs.uni-freiburg.de/textSearch/",
    "tag:stardog:api:property:textMatch",
    "tag:stardog:api:search:",
)
"""Beginnings of the IRIs by which other servers are asked for full-text search."""

_BUILT_IN: Final = "bif"
"""The prefix by which Virtuoso calls its own functions, without a declaration."""


_SIGNS: Final = (*FULL_TEXT, f"{_BUILT_IN}:")


def refuse_full_text(text: str) -> None:
    """Check that a query asks for no full-text search of another server; a prefix that is only declared is none.

    Raises:
        QueryRefused: it does.
    """
    if not any(sign in text for sign in _SIGNS):
        return
    prefixes = {_BUILT_IN}
    declared = ""
    previous = ""
    for token in tokens(text):
        word = text[token.start : token.end]
        if token.kind is Kind.NAME and previous == "PREFIX":
            declared = word.removesuffix(":")
        elif token.kind is Kind.IRI and declared:
            if word[1:].startswith(FULL_TEXT):
                prefixes.add(declared)
            else:
                prefixes.discard(declared)
            declared = ""
        elif (token.kind is Kind.IRI and word[1:].startswith(FULL_TEXT)) or (
            token.kind is Kind.NAME and word.partition(":")[0] in prefixes
        ):
            line, column = line_and_column(text, token.start)
            raise QueryRefused(
                f"{word} at line {line}, column {column} is the full-text search of another server.",
                hint='Write ?resource noso:textMatch "words", which asks the search index of this release.',
            )
        previous = word.upper() if token.kind is Kind.WORD else ""
