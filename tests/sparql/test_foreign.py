"""Names by which an engine is given orders are found, and names that only look like them are not."""

from __future__ import annotations

import pytest

from nosograph.sparql.foreign import foreign_words


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SELECT (<java:java.lang.Runtime>(1) AS ?x) {}", "<java:java.lang.Runtime>"),
        ("SELECT * { ?s <JAVA:a.B> ?o }", "<JAVA:a.B>"),
        ("PREFIX x: <java:> SELECT * { ?s x:a.B ?o }", "x:a.B"),
        ("PREFIX xsd: <http://e.org/f#> SELECT (xsd:load(1) AS ?x) {}", "xsd:load"),
        ("SELECT (bif:file_to_string('a') AS ?x) {}", "bif:file_to_string"),
        ("SELECT * { ?s ?p ?o FILTER(<http://e.org/f>\n# a comment (\n(?o)) }", "<http://e.org/f>"),
        ("SELECT * { ?x <http://jena.apache.org/ARQ/property#splitIRI> ?y }",
         "<http://jena.apache.org/ARQ/property#splitIRI>"),
    ],
)  # fmt: skip
def test_an_order_is_found(text: str, word: str) -> None:
    """However the name is written."""
    assert foreign_words(text) == word


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?n) { ?s a <http://e.org/C> }",
        "SELECT (<http://www.w3.org/2001/XMLSchema#integer>('1') AS ?x) {}",
        "SELECT (xsd:integer('1') AS ?x) { FILTER(?y IN (1, 2)) }",
        "SELECT * { ?s ?p 'java:x', \"a(b)\" } # bif:x(1)",
        "SELECT * { ?s <http://e.org/a>/(<http://e.org/b>|^<http://e.org/c>) ?o }",
        "SELECT * { ?s <http://e.org/p> ?o FILTER (?o > 1) }",
    ],
)
def test_sparql_of_its_own_is_none(text: str) -> None:
    """Casts, paths, lists of values and text in strings."""
    assert foreign_words(text) == ""
