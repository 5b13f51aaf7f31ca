"""Queries that ask the search index answer as if its hits were triples, in both engines."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pyoxigraph
import pytest
from engines import multiset
from pyoxigraph import Literal, NamedNode, Quad, QueryResultsFormat
from rdf_tests import rows_of

from nosograph.analysis.database import AnalysisDatabase
from nosograph.errors import QuerySyntaxError, SearchUnavailable, TextSearchError
from nosograph.rdf.formats import SPARQL_CSV, SPARQL_JSON
from nosograph.rdf.names import NOSO
from nosograph.release.opening import Release
from nosograph.search.database import SearchDatabase
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm
from nosograph.store import text_search
from nosograph.store.embedded import EmbeddedStore, open_embedded
from nosograph.store.interface import Query
from nosograph.store.text_search import TextSearch

WORDS = ("raynaud", "sclero", "skin", "MONDO:0005100", "zzzyx", "fever or pain")
SETTINGS = Settings(query_workers=1, query_timeout=60.0)
QUERIES = (
    'SELECT * { ?c noso:textMatch "sclero" }',
    'SELECT * { ?c noso:textMatch "sclero" ; a noso:Condition ; skos:prefLabel ?label }',
    'SELECT * { ?c a noso:Condition ; skos:prefLabel ?label ; noso:textMatch "sclero" . }',
    'SELECT * { ?c noso:textMatch "sclero", "skin" }',
    'SELECT * { ?c noso:textMatch "sclero" . ?d noso:textMatch "raynaud" . ?c ?p ?d }',
    'SELECT * { ?c a noso:Condition OPTIONAL { ?c noso:textMatch "sclero" ; skos:prefLabel ?l } }',
    'SELECT * { { ?c noso:textMatch "raynaud" } UNION { ?c noso:textMatch "sclero" } ?c a ?type }',
    'SELECT ?c { ?c a noso:Condition FILTER NOT EXISTS { ?c noso:textMatch "sclero" } }',
    'SELECT ?c { ?c a noso:Finding FILTER(EXISTS { ?c noso:hasSymptom? ?d . ?d noso:textMatch "skin" }) }',
    'SELECT ?c { ?c a noso:Condition MINUS { ?c noso:textMatch "sclero" } }',
    'SELECT ?c (COUNT(?f) AS ?n) { { SELECT ?c { ?c noso:textMatch "skin" } } ?f rdf:subject ?c } GROUP BY ?c',
    'SELECT * { ?c noso:textMatch "zzzyx" OPTIONAL { ?c ?p ?o } }',
    'SELECT * { ?c noso:textMatch "MONDO:0005100" . ?c skos:prefLabel ?l BIND(STRLEN(?l) AS ?n) FILTER(?n > 3) }',
    'SELECT * { BIND("x" AS ?x) ?c noso:textMatch "raynaud" . ?c skos:prefLabel ?l . }',
    'ASK { ?c noso:textMatch "sclero" ; a noso:Condition }',
)


@pytest.fixture(scope="module")
def store(release: Release) -> Iterator[EmbeddedStore]:
    """Return the store of the curated release, with its search index."""
    opened = open_embedded(release, SETTINGS)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def index(release: Release) -> SearchDatabase:
    """Return the search index of the curated release."""
    return SearchDatabase(release.search_database, release.vocabulary)


@pytest.fixture(scope="module")
def as_triples(release: Release, index: SearchDatabase) -> pyoxigraph.Store:
    """Return the release's triples in memory, and with them a triple for each hit of each search."""
    store = pyoxigraph.Store()
    for quad in pyoxigraph.Store.read_only(str(release.store_folder)).quads_for_pattern(
        None, None, None, pyoxigraph.DefaultGraph()
    ):
        store.add(quad)
    for words in WORDS:
        for iri in index.find(words, 10_000).iris:
            store.add(Quad(NamedNode(iri), NamedNode(str(NOSO.textMatch)), Literal(words)))
    return store


def ask(store: EmbeddedStore, text: str) -> Any:
    """Return the JSON of an answer."""
    return json.loads(store.answer(Query(text)).read())


@pytest.mark.parametrize("text", QUERIES)
def test_hits_are_as_triples(store: EmbeddedStore, as_triples: pyoxigraph.Store, release: Release, text: str) -> None:
    """Wherever a pattern stands, the answer is the one that triples of the predicate would give."""
    found = rows_of(store.answer(Query(text)).read(), QueryResultsFormat.JSON)

    expected = as_triples.query(text, prefixes=release.base.prefixes()).serialize(format=QueryResultsFormat.JSON)
    known = rows_of(expected, QueryResultsFormat.JSON)
    assert isinstance(found, list) == isinstance(known, list)
    if isinstance(found, list) and isinstance(known, list):
        assert multiset(found) == multiset(known)
        assert found or "zzzyx" in text or "?p ?d" in text
    else:
        assert found is known is True


@pytest.fixture(scope="module")
def analysis(release: Release) -> Iterator[AnalysisDatabase]:
    """Return the analysis file of the curated release."""
    opened = AnalysisDatabase.open(release.analysis_database, release.base.prefixes())
    yield opened
    opened.close()


@pytest.mark.parametrize("text", [text for text in QUERIES if "zzzyx" not in text and "hasSymptom?" not in text])
def test_analysis_answers_alike(
    store: EmbeddedStore, analysis: AnalysisDatabase, release: Release, index: SearchDatabase, text: str
) -> None:
    """The engine for analysis is asked the same query, and gives the same answer; no empty block, nor ``?`` paths."""
    searched = TextSearch(index, release.base.prefixes()).answered(text)
    assert searched is not None
    output = io.BytesIO()

    analysis.answer(searched, SPARQL_JSON, output)

    found = rows_of(output.getvalue(), QueryResultsFormat.JSON)
    expected = rows_of(store.answer(Query(text)).read(), QueryResultsFormat.JSON)
    if isinstance(found, list) and isinstance(expected, list):
        assert multiset(found) == multiset(expected)
    else:
        assert found is expected is True


def test_ranks_are_those_of_the_search(store: EmbeddedStore, index: SearchDatabase) -> None:
    """The rank counts from 1 in the order of the search page, and a number asks for the best alone."""
    text = 'SELECT ?c ?rank { (?c ?rank) noso:textMatch ("sclero" 3) } ORDER BY ?rank'

    rows = ask(store, text)["results"]["bindings"]

    assert [row["c"]["value"] for row in rows] == [hit.iri for hit in index.search("sclero").hits[:3]]
    assert [int(row["rank"]["value"]) for row in rows] == [1, 2, 3]


def test_nothing_is_guessed(store: EmbeddedStore, index: SearchDatabase) -> None:
    """The search page corrects a misspelt word and leaves words out; a query finds what it says, or nothing."""
    assert index.search("raynuad").corrected and index.search("raynaud xylophone").partial

    for words in ("raynuad", "raynaud xylophone"):
        assert ask(store, f'SELECT * {{ ?c noso:textMatch "{words}" }}')["results"]["bindings"] == []


def test_construct_and_other_formats(store: EmbeddedStore) -> None:
    """A template may have the predicate; every format is there."""
    graph = store.answer(Query('CONSTRUCT { ?c noso:textMatch "x" } WHERE { ?c noso:textMatch "raynaud" }')).read()
    table = store.answer(Query('SELECT ?c { ?c noso:textMatch "raynaud" }', {QueryForm.SELECT: SPARQL_CSV})).read()

    assert b'noso:textMatch "x"' in graph
    assert table.startswith(b"c\r\nhttps://")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ('"..."', "has a word"),
        (f'"{"x" * 201}"', "200 characters"),
        (f'"{"x " * 13}"', "12 words"),
        ('("skin" 10001)', "10,000 hits"),
        (", ".join(f'"{number}"' for number in range(11)), "10 text searches"),
    ],
)
def test_bounds_are_told(store: EmbeddedStore, words: str, what: str) -> None:
    """What is longer, or more, than is searched for is an error that names the bound, never a part of the answer."""
    with pytest.raises(TextSearchError, match=what) as caught:
        store.answer(Query(f"SELECT * {{\n  ?c noso:textMatch {words} }}"))

    assert (caught.value.line, caught.value.column) == (2, 6)


def test_more_hits_than_a_query_takes_are_an_error(
    index: SearchDatabase, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that finds too much says how much, and the best are there for who asks for them."""
    monkeypatch.setattr(text_search, "MOST_HITS", 3)
    search = TextSearch(index, release.base.prefixes())
    total = index.find("skin", 1).total

    with pytest.raises(TextSearchError, match=f"{total} resources"):
        search.answered('SELECT * { ?c noso:textMatch "skin" }')
    best = search.answered('SELECT * { ?c noso:textMatch ("skin" 2) }')

    assert best is not None and best.count("<https://") == 2


def test_syntax_errors_are_those_of_the_text_that_was_sent(store: EmbeddedStore) -> None:
    """The hits move no line and no column of a message, and no error."""
    with pytest.raises(QuerySyntaxError) as caught:
        store.answer(Query('SELECT * { ?c noso:textMatch "skin" .\n ?c a noso:Condition .\n ?c ?p }'))

    assert caught.value.line == 3
    store.check(Query('SELECT * { ?c noso:textMatch "skin" }'))


def test_a_release_without_an_index_says_so(release: Release, tmp_path: Any) -> None:
    """A missing index and a damaged one are the server's fault, and other queries are answered."""
    without = EmbeddedStore(release, SETTINGS)
    damaged = tmp_path / "search.sqlite"
    damaged.write_bytes(b"no database" * 1000)
    broken = EmbeddedStore(release, SETTINGS, SearchDatabase(damaged, release.vocabulary))
    try:
        for store, what in ((without, "no search index"), (broken, "cannot be read")):
            with pytest.raises(SearchUnavailable, match=what):
                store.answer(Query('SELECT * { ?c noso:textMatch "skin" }'))
        assert ask(without, "ASK { ?s ?p ?o }")["boolean"] is True
    finally:
        without.close()
        broken.close()


def test_a_search_with_ranks_begins_in_the_store(store: EmbeddedStore) -> None:
    """The hits are what the query starts from, so that sorting them is no analysis, and waits for no worker of it."""
    text = 'SELECT ?c { (?c ?rank) noso:textMatch ("skin" 4) } ORDER BY ?rank'

    answer = store.answer(Query(text))

    assert answer.engine is Engine.STORE
    assert len(json.loads(answer.read())["results"]["bindings"]) == 4
