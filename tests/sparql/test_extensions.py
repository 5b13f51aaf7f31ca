"""Full-text search that other servers offer is told from IRIs and words that merely look like it."""

from __future__ import annotations

import pytest

from nosograph.errors import QueryRefused
from nosograph.sparql.extensions import refuse_full_text

LUCENE = "http://www.ontotext.com/connectors/lucene"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("PREFIX text: <http://jena.apache.org/text#> ASK { ?s text:query 'skin' }", 54),
        ("PREFIX bds: <http://www.bigdata.com/rdf/search#> ASK { ?s bds:search 'skin' }", 59),
        (f"PREFIX luc: <{LUCENE}#> PREFIX inst: <{LUCENE}/instance#> ASK {{ ?s a inst:x }}", 136),
        ("ASK { ?s <http://jena.apache.org/text#query> 'skin' }", 10),
        ("ASK { ?label bif:contains 'skin' }", 14),
        ("ASK { ?s <tag:stardog:api:search:textMatch> 'skin' }", 10),
        ("ASK { (?s ?score) <tag:stardog:api:property:textMatch> 'skin' }", 19),
        ("PREFIX ql: <http://qlever.cs.uni-freiburg.de/builtin-functions/> ASK { ?s ql:contains-word 'skin' }", 75),
        ("ASK { SERVICE <https://qlever.cs.uni-freiburg.de/textSearch/> { ?t ?p 'skin' } }", 15),
        ("PREFIX f: <http://aws.amazon.com/neptune/vocab/v01/services/fts#> ASK { SERVICE f:search { ?s ?p ?o } }", 81),
        ("PREFIX fti: <http://franz.com/ns/allegrograph/2.2/textindex/> ASK { ?s fti:match 'skin' }", 72),
    ],
)
def test_full_text_search_is_refused(text: str, column: int) -> None:
    """The message names the word and where it stands, and says what to write instead."""
    with pytest.raises(QueryRefused, match=f"line 1, column {column} ") as caught:
        refuse_full_text(text)

    assert "noso:textMatch" in caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX text: <http://jena.apache.org/text#> ASK { ?s ?p ?o }",
        "ASK { ?s ?p 'http://jena.apache.org/text#query bif:contains' } # bif:contains",
        "PREFIX bif: <http://example.org/bif/> ASK { ?s bif:contains 'skin' }",
        "PREFIX text: <http://jena.apache.org/text#> PREFIX text: <http://example.org/> ASK { ?s text:query 1 }",
    ],
)
def test_what_only_looks_like_it_is_not_refused(text: str) -> None:
    """A prefix that is declared and not used, a text, a comment and another meaning of a prefix are harmless."""
    refuse_full_text(text)
