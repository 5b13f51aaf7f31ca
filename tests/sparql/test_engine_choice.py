"""Which queries are analysis at first sight."""

from __future__ import annotations

from pathlib import Path

import pytest

from nosograph.sparql.engine_choice import is_plainly_analysis


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
