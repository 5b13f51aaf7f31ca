"""Which queries have one right answer alone."""

from __future__ import annotations

import pytest

from nosograph.analysis.parsing import parse_query
from nosograph.analysis.routing import is_determined

DETERMINED = [
    "SELECT * { ?s ?p ?o }",
    "SELECT DISTINCT ?s { ?s ?p ?o }",
    "ASK { ?s ?p ?o }",
    "SELECT ?s ?p { ?s ?p ?o } ORDER BY ?p DESC(?s)",
    "SELECT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 10 OFFSET 20",
    "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 10",
    "SELECT DISTINCT ?s { ?s ?p ?o } ORDER BY ?s LIMIT 3",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p LIMIT 10",
    "SELECT ?p (COUNT(*) AS ?n) (SUM(?o) AS ?m) { ?s ?p ?o } GROUP BY ?p ORDER BY ?p LIMIT 10",
    "SELECT (MIN(?o) AS ?m) { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
    "SELECT ?s { { SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s } FILTER(?n > 1) }",
]
FREE = [
    "SELECT ?s { ?s ?p ?o } LIMIT 10",
    "SELECT ?s { ?s ?p ?o } OFFSET 10",
    "SELECT ?s ?p { ?s ?p ?o } ORDER BY ?s LIMIT 10",
    "SELECT ?s ?p { ?s ?p ?o } ORDER BY ?s",
    "SELECT * { ?s ?p ?o } ORDER BY ?s ?o LIMIT 10",
    "SELECT ?s { ?s ?p ?o } ORDER BY STR(?s) LIMIT 10",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) LIMIT 10",
    "SELECT ?p ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ?s ORDER BY ?n ?p LIMIT 10",
    "SELECT REDUCED ?s { ?s ?p ?o }",
    "SELECT (SAMPLE(?s) AS ?x) { ?s ?p ?o }",
    "SELECT ?p (SAMPLE(?s) AS ?x) { ?s ?p ?o } GROUP BY ?p",
    "SELECT (GROUP_CONCAT(?s) AS ?x) { ?s ?p ?o }",
    "SELECT (RAND() AS ?x) {}",
    "SELECT ?s (UUID() AS ?x) { ?s ?p ?o }",
    "SELECT ?s { ?s ?p ?o FILTER(?o < NOW()) }",
    "SELECT ?s { { SELECT ?s { ?s ?p ?o } LIMIT 5 } ?s ?q ?r }",
    "ASK { ?s ?p ?o FILTER(RAND() < 0.5) }",
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 5",
    "DESCRIBE ?s { ?s ?p ?o }",
]


@pytest.mark.parametrize("text", DETERMINED)
def test_one_answer_is_right(text: str) -> None:
    """Multisets, total orders and aggregates that do not depend on an order have one answer."""
    assert is_determined(parse_query(text))


@pytest.mark.parametrize("text", FREE)
def test_several_answers_are_right(text: str) -> None:
    """Cut or tied sequences, and functions that choose, may be answered in several ways."""
    assert not is_determined(parse_query(text))
