"""Patterns that ask the search index are found where SPARQL sees a triple pattern, and nowhere else."""

from __future__ import annotations

import pyoxigraph
import pytest

import vocabularies
from nosograph.errors import TextSearchError
from nosograph.rdf.names import NOSO
from nosograph.sparql.text_search import find_text_matches

PREFIXES = vocabularies.base().prefixes()
FULL = f"<{NOSO.textMatch}>"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ('{ ?c noso:textMatch "x" }', [("x", None, "?c", "")]),
        (f'{{ $c {FULL} """x\\u00e9 "y\\"""" . ?c a ?t }}', [('xé "y"', None, "$c", "")]),
        ("{ (?c ?rank) noso:textMatch ('a' 20) }", [("a", 20, "?c", "?rank")]),
        ('{ ?c a ?t ; noso:textMatch "a", "b" ; noso:textMatch "c" . }', [(text, None, "?c", "") for text in "abc"]),
        (
            '{ ?c noso:textMatch "a" FILTER(?c != ?d) ?d noso:textMatch "b" }',
            [("a", None, "?c", ""), ("b", None, "?d", "")],
        ),
        ('{ { SELECT ?c { ?c noso:textMatch "a" } } OPTIONAL { ?c ?p ?o } }', [("a", None, "?c", "")]),
        ('{ ?s ?p ?o FILTER(?o > 1 && NOT EXISTS { ?s noso:textMatch "a" }) }', [("a", None, "?s", "")]),
    ],
)
def test_patterns_are_found(query: str, expected: list[tuple[str, int | None, str, str]]) -> None:
    """A pattern tells its words, how many hits it wants, and the variables of the hit and of its rank."""
    found = find_text_matches(f"SELECT * {query}", PREFIXES)

    assert found is not None
    assert [(entry.words, entry.most, entry.variable, entry.rank) for entry in found.patterns] == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'noso:textMatch' } # ?c noso:textMatch 'x'",
        "SELECT * { VALUES ?p { noso:textMatch } VALUES (?p ?q) { (noso:textMatch 'x') } ?s ?p ?o }",
        "SELECT * { noso:textMatch rdfs:label ?label . ?s ?p noso:textMatch FILTER(?p IN (noso:textMatch, ?s)) }",
        'CONSTRUCT { ?s noso:textMatch "x" } WHERE { ?s ?p ?o }',
        'SELECT * { SERVICE <http://example.org/> { ?s noso:textMatch "x" OPTIONAL { ?s noso:textMatch "y" } } }',
        "PREFIX noso: <http://example.org/> SELECT * { ?s noso:textMatch ?o }",
        'SELECT * { ?s noso:textMatches "x" ; <textMatch> "y" }',
        "DESCRIBE noso:textMatch",
    ],
)
def test_what_only_looks_like_a_pattern_is_left_alone(query: str) -> None:
    """Strings, comments, terms, templates, inline data and what another service is asked are no pattern."""
    pyoxigraph.Store().query(query, prefixes=PREFIXES | {"": "http://example.org/"}, base_iri="http://example.org/")

    assert find_text_matches(query, PREFIXES) is None


@pytest.mark.parametrize("text", ["{ ?c noso:textMatch 'x' ]", "{ ?c noso:textMatch 'x", "} ?c noso:textMatch 'x' {"])
def test_a_text_that_cannot_parse_has_no_pattern(text: str) -> None:
    """What is wrong with it is for the engine to say."""
    assert find_text_matches(f"SELECT * {text}", PREFIXES) is None


@pytest.mark.parametrize(
    ("pattern", "column", "what"),
    [
        ("?c noso:textMatch ?words", 15, "a plain string"),
        ("?c noso:textMatch 'x'@en", 15, "a plain string"),
        ("?c noso:textMatch ('x' 0)", 15, "a plain string"),
        ("?c noso:textMatch ('x' ?n)", 15, "a plain string"),
        (f"?c noso:textMatch ('x' {'9' * 5000})", 15, "a plain string"),
        ("condition:a noso:textMatch 'x'", 24, "a variable"),
        ("[] noso:textMatch 'x'", 15, "a variable"),
        ("(?c ?c) noso:textMatch 'x'", 20, "a variable"),
        ("?d ?p [ a ?t ; noso:textMatch 'x' ]", 27, "a variable"),
        ("<< ?c noso:textMatch 'x' >> ?p ?o", 18, "a variable"),
        ("?c noso:textMatch/skos:broader ?o", 15, "a path"),
        ("?c (skos:broader|noso:textMatch) ?o", 29, "a path"),
        ("?c ^noso:textMatch ?o", 16, "a path"),
        ("(?c ?rank) noso:textMatch 'x' ; a ?t", 44, "in brackets"),
    ],
)
def test_what_cannot_be_answered_is_refused(pattern: str, column: int, what: str) -> None:
    """The message says where it stands, why, and how a search is written."""
    query = f"SELECT * {{ {pattern} }}"
    pyoxigraph.Store().query(query, prefixes=PREFIXES)

    with pytest.raises(TextSearchError, match=what) as caught:
        find_text_matches(query, PREFIXES)

    assert (caught.value.line, caught.value.column) == (1, column)
    assert "noso:textMatch" in caught.value.hint


def test_the_short_form_of_construct_is_refused() -> None:
    """Its pattern is its template, which takes no inline data."""
    with pytest.raises(TextSearchError, match="CONSTRUCT WHERE"):
        find_text_matches("CONSTRUCT WHERE { ?c noso:textMatch 'x' ; ?p ?o }", PREFIXES)


def test_triples_around_a_pattern_stay_one_graph_pattern() -> None:
    """A blank node before and after a pattern is the same, which two basic graph patterns could not share (§5.1.1)."""
    query = "SELECT ?c { ?d ?p _:node . ?c noso:textMatch 'x' . _:node ?q ?c FILTER(?c != ?d) _:node ?r ?d }"
    found = find_text_matches(query, PREFIXES)
    assert found is not None

    replaced = found.replaced(lambda _: ["http://example.org/a"])

    assert replaced.count("http://example.org/a") == 1
    pyoxigraph.Store().query(replaced, prefixes=PREFIXES)


def test_an_index_puts_nothing_but_iris_into_a_query() -> None:
    """What is no IRI could close the block and write another query."""
    found = find_text_matches("SELECT * { ?c noso:textMatch 'x' }", PREFIXES)
    assert found is not None

    with pytest.raises(ValueError, match="IRI"):
        found.replaced(lambda _: ["http://example.org/> } { ?s ?p ?o } #"])
