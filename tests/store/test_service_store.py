"""Queries are answered from a service that holds the release, and as the release would answer them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from built_release import pristine
from fake_service import JSON, FakeService, fill, running_service, wait_until

from nosograph.errors import (
    OtherRelease,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    ResultTooLarge,
    SettingsError,
    StoreError,
    StoreFailed,
    StoreUnavailable,
)
from nosograph.rdf.formats import SPARQL_CSV, SPARQL_JSON, TURTLE, Format
from nosograph.release.opening import Release
from nosograph.release.service_copy import ServiceCopy, service_copy
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm
from nosograph.store.conformance import Consequence, general_probes
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.interface import Query
from nosograph.store.service_store import ServiceStore, open_store_of, read_credentials
from nosograph.store.workers.service_worker import PROVED

__all__ = ["pristine"]

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
EACH = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"


@pytest.fixture(scope="module")
def copy(pristine: Release) -> ServiceCopy:
    """Return how the release stands in a service."""
    return service_copy(pristine)


@pytest.fixture(scope="module")
def shared(pristine: Release, copy: ServiceCopy) -> Iterator[FakeService]:
    """Return a service that holds the release."""
    with running_service() as service:
        fill(service, copy, pristine)
        yield service


@pytest.fixture
def fake(shared: FakeService, pristine: Release, copy: ServiceCopy) -> Iterator[FakeService]:
    """Return the service, which behaves before and after the test."""
    shared.asked.clear()
    yield shared
    shared.answer = lambda asked: None
    fill(shared, copy, pristine)


def settings_for(fake: FakeService, **changes: Any) -> Settings:
    """Return settings of a small server."""
    chosen = {"query_workers": 1, "store_connections": 1, "analysis_workers": 0, "query_timeout": 60.0, **changes}
    return Settings(store=fake.query, **chosen)


@pytest.fixture(scope="module")
def store(shared: FakeService, pristine: Release) -> Iterator[ServiceStore]:
    """Return a store that asks the service."""
    opened = open_store_of(pristine, settings_for(shared, query_result=1))
    assert isinstance(opened, ServiceStore)
    opened.start()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def own(pristine: Release) -> Iterator[EmbeddedStore]:
    """Return the release's own store."""
    opened = open_store_of(pristine, Settings(query_workers=1, analysis_workers=0))
    yield opened
    opened.close()


def query_of(text: str, format: Format | None = None, **fields: Any) -> Query:
    """Return a query that is answered in a format."""
    formats = dict.fromkeys((QueryForm.SELECT, QueryForm.ASK), format or SPARQL_JSON)
    formats |= dict.fromkeys((QueryForm.CONSTRUCT, QueryForm.DESCRIBE), format or TURTLE)
    return Query(text, formats, **fields)


def number(store: EmbeddedStore, text: str, **fields: Any) -> int:
    """Return the one number of an answer."""
    with store.answer(query_of(text, **fields)) as answer:
        return int(json.loads(answer.read())["results"]["bindings"][0]["n"]["value"])


def texts_of(fake: FakeService) -> list[str]:
    """Return the queries that a service was asked."""
    return [asked["query"][0] for asked in fake.asked]


def test_the_service_answers(store: ServiceStore, fake: FakeService, copy: ServiceCopy) -> None:
    """Every triple of the release counts once, and nothing else that the service holds."""
    assert number(store, COUNT) == copy.triples

    asked = next(each for each in fake.asked if COUNT in each["query"][0])
    assert asked["default-graph-uri"] == [copy.union]
    assert asked["named-graph-uri"] == list(copy.graphs)


@pytest.mark.parametrize(
    ("text", "format"),
    [
        (EACH, SPARQL_CSV),
        ("SELECT ?c ?l { ?c a noso:Condition ; skos:prefLabel ?l } ORDER BY ?l", SPARQL_JSON),
        ("CONSTRUCT { ?c skos:prefLabel ?l } { ?c a noso:Condition ; skos:prefLabel ?l }", TURTLE),
        ("ASK { ?c a noso:Condition }", SPARQL_JSON),
        ("ASK { ?c a <absent> }", SPARQL_JSON),
        ("DESCRIBE ?c { ?c a noso:Condition }", TURTLE),
    ],
)
def test_answers_are_those_of_the_release(
    store: ServiceStore, own: EmbeddedStore, fake: FakeService, text: str, format: Format
) -> None:
    """In each form and format, with the prefixes of the release and its base."""
    query = query_of(text, format)

    with store.answer(query) as found, own.answer(query) as expected:
        assert sorted(found.read().splitlines()) == sorted(expected.read().splitlines())


@pytest.mark.parametrize(
    "fields", [{"default_graphs": ("https://w3id.org/nosograph/graph/facts",)}, {"engine": Engine.ANALYSIS}]
)
def test_a_dataset_of_its_own_is_asked_of_the_release(
    store: ServiceStore, own: EmbeddedStore, fake: FakeService, fields: dict[str, Any]
) -> None:
    """As is what names the analysis engine: the service is not asked."""
    assert number(store, COUNT, **fields) == number(own, COUNT, **fields)

    assert not any(COUNT in text for text in texts_of(fake))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("SELECT * { ?s ?p }", QuerySyntaxError),
        ("INSERT DATA { <urn:a> <urn:b> 1 }", QuerySyntaxError),
        ("SELECT * { ?s ?p ?o } ; DROP ALL", QuerySyntaxError),
        ("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }", QueryRefused),
        ("SELECT (<java:java.lang.System.exit>(0) AS ?x) {}", QueryRefused),
    ],
)
def test_nothing_but_a_query_is_sent(store: ServiceStore, fake: FakeService, text: str, error: type[Exception]) -> None:
    """A text is parsed here first, and calls to functions of engines stay here."""
    with pytest.raises(error):
        store.answer(query_of(text))

    assert texts_of(fake) == []


def test_what_the_service_does_not_take_the_release_answers(
    store: ServiceStore, fake: FakeService, copy: ServiceCopy
) -> None:
    """An engine that knows less of SPARQL answers 400 to what is a query."""
    fake.answer = lambda asked: (400, {}, b"unknown word") if COUNT in asked["query"][0] else None

    assert number(store, COUNT) == copy.triples
    assert sum(COUNT in text for text in texts_of(fake)) == 1


def test_a_graph_that_may_have_been_cut_is_asked_of_the_release(store: ServiceStore, fake: FakeService) -> None:
    """An engine may cut a long graph and not say so, so one beyond the longest that was compared is not relied on."""
    lines = "".join(f"<urn:{number}> <urn:p> <urn:o> .\n" for number in range(PROVED + 1)).encode()
    fake.answer = lambda asked: (200, {"Content-Type": "application/n-triples"}, lines)

    with store.answer(query_of("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 1")) as answer:
        assert answer.size < 1000
    assert len(fake.asked) == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ((500, {}, b"out of memory"), StoreFailed),
        ((503, {"Retry-After": "9"}, b""), StoreUnavailable),
        ((200, {"Content-Type": JSON, "X-SPARQL-MaxRows": "1"}, b'{"head":{},"results":{"bindings":[]}}'), StoreFailed),
        ((200, {"Content-Type": JSON}, b'{"head":{"vars":["n"]},"results":{"bind'), StoreFailed),
    ],
)
def test_errors_of_the_service_are_errors(
    store: ServiceStore, fake: FakeService, reply: tuple[int, dict[str, str], bytes], error: type[Exception]
) -> None:
    """Nothing that is not whole is taken for an answer."""
    fake.answer = lambda asked: reply if COUNT in asked["query"][0] else None

    with pytest.raises(error):
        store.answer(query_of(COUNT))


def test_an_answer_beyond_the_bound_is_an_error(store: ServiceStore, fake: FakeService) -> None:
    """The bound is that of every answer."""
    row = json.dumps({"s": {"type": "literal", "value": "x" * 1000}})
    content = '{"head":{"vars":["s"]},"results":{"bindings":[' + ",".join([row] * 1200) + "]}}"
    fake.answer = lambda asked: (
        (200, {"Content-Type": JSON}, content.encode()) if "?long" in asked["query"][0] else None
    )

    with pytest.raises(ResultTooLarge):
        store.answer(query_of("SELECT ?s ?long { ?s ?p ?long }"))


def test_the_deadline_holds(store: ServiceStore, fake: FakeService) -> None:
    """The worker that waits is ended, whatever the service does, and others go on."""
    with running_service():
        waiting = fake.lock
        with waiting, pytest.raises(QueryTimeout):
            store.answer(query_of(COUNT, timeout=0.5))

    assert number(store, COUNT) > 0


def test_another_release_is_seen_at_once(
    store: ServiceStore, fake: FakeService, copy: ServiceCopy, pristine: Release
) -> None:
    """Also where it takes the place between the answer and its delivery, and a filled service is used again."""
    statement = pyoxigraph.NamedNode(copy.statement)

    def replace(asked: dict[str, list[str]]) -> None:
        if COUNT in asked["query"][0]:
            fake.store.remove_graph(statement)

    fake.answer = replace
    with pytest.raises(OtherRelease, match="no release as a whole"):
        store.answer(query_of(COUNT))

    def fill_anew(asked: dict[str, list[str]]) -> None:
        if COUNT in asked["query"][0]:
            fake.store.remove_graph(statement)
            fake.store.load(copy.statement_triples(), format=pyoxigraph.RdfFormat.N_TRIPLES, to_graph=statement)

    fill_anew({"query": [COUNT]})
    fake.answer = fill_anew
    with pytest.raises(OtherRelease, match="filled anew"):
        store.answer(query_of(COUNT))
    fake.answer = lambda asked: None
    assert number(store, COUNT) == copy.triples


@pytest.fixture
def away(pristine: Release, copy: ServiceCopy) -> Iterator[tuple[FakeService, ServiceStore]]:
    """Return a service that went away, and the store that has noticed it."""
    with running_service() as fake:
        fill(fake, copy, pristine)
        store = ServiceStore(pristine, settings_for(fake), watch=0.1)
        store.start()
        try:
            fake.answer = lambda asked: (503, {}, b"")
            wait_until(lambda: store.statistics().workers == 0)
            yield fake, store
        finally:
            store.close()


@pytest.mark.slow
def test_a_service_that_returns_is_asked_again(away: tuple[FakeService, ServiceStore], copy: ServiceCopy) -> None:
    """Readiness follows the service while nobody asks; no other release is taken for this one."""
    fake, store = away
    assert store.statistics().trouble

    fake.answer = lambda asked: None

    wait_until(lambda: store.statistics().workers > 0)
    assert number(store, COUNT) == copy.triples


@pytest.mark.slow
def test_a_service_that_returns_with_other_answers_is_not_asked(
    away: tuple[FakeService, ServiceStore], copy: ServiceCopy
) -> None:
    """An engine that was renewed meanwhile, and answers wrongly now, answers nobody until it does not any more."""
    fake, store = away
    wrong = b'{"head":{"vars":["n"]},"results":{"bindings":[]}}'

    fake.answer = lambda asked: (200, {"Content-Type": JSON}, wrong) if "COUNT" in asked["query"][0] else None

    wait_until(lambda: isinstance(asked_of(store), OtherRelease))
    fake.answer = lambda asked: None
    wait_until(lambda: asked_of(store) is None)
    assert number(store, COUNT) == copy.triples


def asked_of(store: ServiceStore) -> StoreError | None:
    """Return the error of a query that the service has to answer; None where it has none."""
    try:
        with store.answer(query_of("SELECT ?s { ?s ?p ?o } LIMIT 1")):
            return None
    except StoreError as error:
        return error


def test_a_service_without_the_release_is_refused(pristine: Release, copy: ServiceCopy) -> None:
    """A server does not start, and a release does not take another's place."""
    with running_service() as fake:
        store = ServiceStore(pristine, settings_for(fake))
        try:
            with pytest.raises(OtherRelease):
                store.start()
        finally:
            store.close()


def test_an_engine_that_answers_otherwise_is_worked_round_or_refused(
    pristine: Release, copy: ServiceCopy, own: EmbeddedStore
) -> None:
    """Where words tell which queries are concerned, the release answers them; where none do, the service is refused."""
    wrong = b'{"head":{"vars":["x"]},"results":{"bindings":[]}}'
    order = "SELECT ?x { VALUES ?x { 2 1 } } ORDER BY ?x"
    with running_service() as fake:
        fill(fake, copy, pristine)
        fake.answer = lambda asked: (200, {"Content-Type": JSON}, wrong) if "ORDER" in asked["query"][0] else None
        store = ServiceStore(pristine, settings_for(fake))
        try:
            store.start()
            with store.answer(query_of(order)) as found, own.answer(query_of(order)) as expected:
                assert found.read() == expected.read()
            fake.answer = lambda asked: (200, {"Content-Type": JSON}, wrong) if "COUNT" in asked["query"][0] else None
            report = store.compare()
        finally:
            store.close()

    assert {result.probe for result in report.refused} >= {"named graphs", "default graph", "count of nothing"}
    assert all(result.consequence is Consequence.REFUSED for result in report.refused)
    assert "cannot be used" in report.to_text()


def test_credentials_come_from_a_file(tmp_path: Path) -> None:
    """And a file that cannot be read is named."""
    file = tmp_path / "credentials"
    file.write_text("bearer abc\n")

    assert read_credentials(file) == "Bearer abc"
    assert read_credentials(None) == ""
    with pytest.raises(SettingsError, match="cannot be read"):
        read_credentials(tmp_path / "absent")


def test_the_words_of_probes_are_found_in_linear_time() -> None:
    """They are looked for in every query, also in one that was written to make that slow."""
    probes = general_probes()
    assert len(probes) > 40
    for probe in probes:
        assert probe.words is not None and ".*" not in probe.words
        if probe.words:
            assert re.search(probe.words, probe.query, re.IGNORECASE), probe.name
