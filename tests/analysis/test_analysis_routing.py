"""Which queries have one right answer alone, and which are analysis at first sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from nosograph.analysis.parsing import parse_query
from nosograph.analysis.routing import is_determined, is_plainly_analysis

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


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o . } GROUP BY ?p",
        "PREFIX x: <http://e.org/> SELECT ?s { ?s a x:Fact ; x:date ?d } ORDER BY ?d ?s LIMIT 20",
        "SELECT ?s { ?s <http://e.org/label> ?l FILTER CONTAINS(LCASE(STR(?l)), 'skin') }",
        "SELECT DISTINCT ?o { ?s <http://e.org/p>/<http://e.org/q> ?o }",
        "select (sum(?x) as ?n) { graph <http://e.org/g> { ?s ?p ?x } }",
    ],
)
def test_what_reads_much_is_analysis(text: str) -> None:
    """Counting, sorting and searching without a resource to start from."""
    assert is_plainly_analysis(text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?l { <http://e.org/a> <http://e.org/label> ?l }",
        "SELECT (COUNT(*) AS ?n) { <http://e.org/a> ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { ?s ?p <http://e.org/a> . ?s ?q ?r }",
        "SELECT ?s { ?s ?p <http://e.org/a> } ORDER BY ?s",
        "PREFIX x: <http://e.org/> SELECT ?l { ?s x:code 'A1' ; x:label ?l } ORDER BY ?l",
        "SELECT ?l { VALUES ?s { <http://e.org/a> } ?s <http://e.org/label> ?l } ORDER BY ?l",
        "SELECT * { ?s ?p ?o } LIMIT 10",
        "ASK { ?s ?p ?o }",
        "SELECT ?s { ?s ?p ?o } # COUNT",
        "SELECT ?count { ?count ?p 'ORDER BY' }",
    ],
)
def test_what_starts_somewhere_is_a_look_up_first(text: str) -> None:
    """A query with a resource to start from, or that neither counts nor sorts, begins in the store."""
    assert not is_plainly_analysis(text)


def test_text_that_is_no_query_is_none() -> None:
    """The lexical test takes any text."""
    assert not is_plainly_analysis("")
    assert not is_plainly_analysis("'''")
    assert is_plainly_analysis("COUNT " * 10_000)


def test_the_queries_of_the_benchmark_are_told_apart() -> None:
    """Of the project's own queries those with a point to start from are look-ups, the others analysis."""
    folder = Path(__file__).parents[2] / "benchmarks" / "queries"

    analysis = {path.stem for path in folder.glob("*.rq") if is_plainly_analysis(path.read_text(encoding="utf-8"))}

    assert analysis == {
        "12-search-label",
        "13-top-findings",
        "14-count-predicates",
        "15-top-sources",
        "16-count-everything",
    }
