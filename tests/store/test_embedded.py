"""An embedded store answers every form in every format, about the dataset that was asked for."""

from __future__ import annotations

import asyncio
import contextlib
import csv
import dataclasses
import io
import itertools
import json
import os
import signal
import threading
import time
import xml.dom.minidom
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest

from nosograph.errors import (
    ClientGone,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    ResultNotExpressible,
    ResultTooLarge,
    StoreBusy,
    StoreError,
)
from nosograph.rdf import formats
from nosograph.settings import Settings
from nosograph.sparql.form import QueryForm
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.interface import Query
from vocabularies import base

EXAMPLE = "http://example.org/"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"

Ask = Callable[..., Query]


def count(store: EmbeddedStore, query: Query) -> int:
    """Return the number that a query binds to ?n."""
    return int(json.loads(store.answer(query).read())["results"]["bindings"][0]["n"]["value"])


def engine(format: formats.Format) -> pyoxigraph.RdfFormat:
    """Return the engine's format for a media type."""
    found = pyoxigraph.RdfFormat.from_media_type(format.media_type)
    assert found is not None
    return found


@pytest.mark.parametrize("format", formats.SELECT_FORMATS, ids=lambda format: format.name)
def test_select_is_answered_in_every_format(store: EmbeddedStore, ask: Ask, format: formats.Format) -> None:
    """The rows are the same in JSON, XML, CSV and TSV, and the answer knows its size."""
    answer = store.answer(ask("SELECT ?label { e:n7 e:label ?label }", format))

    content = answer.read()
    assert (answer.form, answer.format, answer.size) == (QueryForm.SELECT, format, len(content))
    assert b"".join(answer.chunks()) == content
    assert "node 7 é" in content.decode()


@pytest.mark.parametrize("format", formats.ASK_FORMATS, ids=lambda format: format.name)
@pytest.mark.parametrize(("end", "truth"), [("e:n1", "true"), ("e:n2", "false")])
def test_ask_is_answered_in_every_format(
    store: EmbeddedStore, ask: Ask, format: formats.Format, end: str, truth: str
) -> None:
    """CSV and TSV hold the one word; JSON and XML what their specifications say."""
    content = store.answer(ask(f"ASK {{ e:n0 e:next {end} }}", format)).read().decode()

    if format in (formats.SPARQL_CSV, formats.SPARQL_TSV):
        assert content.strip() == truth
    elif format is formats.SPARQL_JSON:
        assert str(json.loads(content)["boolean"]).lower() == truth
    else:
        assert xml.dom.minidom.parseString(content).getElementsByTagName("boolean")[0].firstChild.data == truth


@pytest.mark.parametrize("format", formats.GRAPH_FORMATS, ids=lambda format: format.name)
@pytest.mark.parametrize("limit", [9, 5500], ids=["small", "streamed"])
def test_construct_is_answered_in_every_format(
    store: EmbeddedStore, ask: Ask, format: formats.Format, limit: int
) -> None:
    """Small and large graphs read back to the triples that were constructed."""
    where = f"{{ {{ SELECT ?s ?p ?o {{ ?s ?p ?o }} ORDER BY ?s ?p ?o LIMIT {limit} }} }}"
    answer = store.answer(ask(f"CONSTRUCT {{ ?s ?p ?o }} {where}", format))

    content = answer.read()
    found = {quad.triple for quad in pyoxigraph.parse(content, engine(format))}
    assert len(found) == limit
    assert content == b"".join(answer.chunks())


def test_turtle_binds_the_prefixes_that_it_uses(store: EmbeddedStore, ask: Ask) -> None:
    """Terms of known vocabularies are written short, one block per subject, and no other prefix is declared."""
    text = "CONSTRUCT { ?s a skos:Concept ; skos:prefLabel ?l } { ?s e:label ?l } ORDER BY ?s LIMIT 2"
    content = store.answer(ask("PREFIX skos: <http://www.w3.org/2004/02/skos/core#> " + text)).read().decode()

    assert "@prefix skos:" in content
    assert content.count("@prefix") <= 2
    assert content.count("<http://example.org/n") == 2


def test_json_ld_is_compacted_with_the_prefixes_that_it_uses(store: EmbeddedStore, ask: Ask) -> None:
    """A constructed graph in JSON-LD has short names and a context that holds no more than they need."""
    text = "CONSTRUCT { e:n1 a skos:Concept ; skos:prefLabel ?l } { e:n1 e:label ?l }"
    answer = store.answer(ask("PREFIX skos: <http://www.w3.org/2004/02/skos/core#> " + text, formats.JSON_LD))

    assert json.loads(answer.read()) == {
        "@context": {"skos": "http://www.w3.org/2004/02/skos/core#"},
        "@graph": [{"@id": "http://example.org/n1", "@type": "skos:Concept", "skos:prefLabel": "node 1 é"}],
    }


def test_an_iri_that_json_ld_cannot_tell_from_a_compact_one_is_refused(store: EmbeddedStore, ask: Ask) -> None:
    """The client is told what JSON-LD cannot write, and asks for another format."""
    with pytest.raises(ResultNotExpressible, match="skos:x"):
        store.answer(
            ask(
                "CONSTRUCT { <skos:x> a <http://www.w3.org/2004/02/skos/core#Concept> } WHERE {}",
                formats.JSON_LD,
            )
        )


def test_results_are_abbreviated_with_the_base_of_the_release(stored: Any, limits: Settings, ask: Ask) -> None:
    """The prefixes of data stand for IRIs of the release that is asked, whatever base the settings name."""
    moved = dataclasses.replace(stored, base=base("http://example.org/"))
    text = "CONSTRUCT { <http://example.org/condition/a> e:p <http://example.org/condition/b> } {}"
    store = EmbeddedStore(moved, limits)
    try:
        content = store.answer(ask(text)).read().decode()
    finally:
        store.close()

    assert content.startswith("@prefix condition: <http://example.org/condition/> .\n")
    assert "condition:a <http://example.org/p> condition:b ." in content


@pytest.mark.parametrize("format", [*formats.SELECT_FORMATS, *formats.GRAPH_FORMATS], ids=lambda format: format.name)
def test_carriage_returns_are_read_back(store: EmbeddedStore, ask: Ask, format: formats.Format) -> None:
    """Every format keeps carriage returns and line feeds apart, in XML too, whose parsers make the one the other."""
    wanted = "a\rb\r\nc\n"
    is_graph = format in formats.GRAPH_FORMATS
    text = r"CONSTRUCT { e:s e:p 'a\rb\r\nc\n' } {}" if is_graph else r"SELECT ('a\rb\r\nc\n' AS ?x) {}"

    content = store.answer(ask(text, format)).read()

    if is_graph:
        assert [quad.object.value for quad in pyoxigraph.parse(content, engine(format))] == [wanted]
    elif format is formats.SPARQL_CSV:
        assert next(itertools.islice(csv.reader(io.StringIO(content.decode(), newline="")), 1, None)) == [wanted]
    elif format is formats.SPARQL_XML:
        assert xml.dom.minidom.parseString(content).getElementsByTagName("literal")[0].firstChild.data == wanted
    else:
        solutions = pyoxigraph.parse_query_results(
            content, pyoxigraph.QueryResultsFormat.from_media_type(format.media_type)
        )
        assert [solution["x"].value for solution in solutions] == [wanted]


def test_describe_is_answered(store: EmbeddedStore, ask: Ask) -> None:
    """DESCRIBE gives the statements about the resource."""
    answer = store.answer(ask("DESCRIBE e:n5", formats.N_TRIPLES))

    assert answer.form is QueryForm.DESCRIBE
    assert len(list(pyoxigraph.parse(io.BytesIO(answer.read()), pyoxigraph.RdfFormat.N_TRIPLES))) == 2


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (formats.SPARQL_XML, "SELECT ('\\u0001' AS ?x) {}"),
        (formats.RDF_XML, "CONSTRUCT { e:s e:p '\\u0001' } {}"),
        (formats.RDF_XML, "CONSTRUCT { e:s <http://example.org/12> 'x' } {}"),
    ],
)
def test_what_xml_cannot_hold_is_an_error(store: EmbeddedStore, ask: Ask, format: formats.Format, text: str) -> None:
    """Control characters and predicates that are no XML names give an error that says so, never broken XML."""
    with pytest.raises(ResultNotExpressible, match="XML") as caught:
        store.answer(ask(text, format))

    assert "another format" in caught.value.hint


def test_queries_that_name_no_graph_see_the_union(store: EmbeddedStore, ask: Ask) -> None:
    """Without FROM and parameters the default graph is the union of all named graphs."""
    assert count(store, ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")) == 4000 + 3600


@pytest.mark.parametrize(
    ("clause", "pattern", "expected"),
    [
        ("FROM e:graph\\/dense", "?s ?p ?o", 3600),
        ("FROM<http://example.org/graph/ring>FROM e:graph\\/dense", "?s ?p ?o", 7600),
        ("FROM e:graph\\/dense", "GRAPH ?g { ?s ?p ?o }", 0),
        ("FROM NAMED e:graph\\/dense", "?s ?p ?o", 0),
        ("FROM NAMED e:graph\\/dense", "GRAPH ?g { ?s ?p ?o }", 3600),
        ("", "GRAPH e:graph\\/ring { ?s ?p ?o }", 4000),
        ("FROM e:unknown", "?s ?p ?o", 0),
    ],
)
def test_from_makes_the_dataset(store: EmbeddedStore, ask: Ask, clause: str, pattern: str, expected: int) -> None:
    """FROM and FROM NAMED give exactly the graphs that they name (SPARQL 1.1 Query §13.2)."""
    assert count(store, ask(f"SELECT (COUNT(*) AS ?n) {clause} WHERE {{ {pattern} }}")) == expected


@pytest.mark.parametrize(
    ("default", "named", "pattern", "expected"),
    [
        (("graph/dense",), (), "?s ?p ?o", 3600),
        (("graph/dense", "graph/ring"), (), "?s ?p ?o", 7600),
        (("graph/dense",), (), "GRAPH ?g { ?s ?p ?o }", 0),
        ((), ("graph/dense",), "?s ?p ?o", 0),
        ((), ("graph/dense",), "GRAPH ?g { ?s ?p ?o }", 3600),
        (("graph/ring",), ("graph/dense",), "?s ?p ?o . FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } }", 4000),
        (("unknown",), (), "?s ?p ?o", 0),
    ],
)
def test_parameters_replace_from(
    store: EmbeddedStore, ask: Ask, default: tuple[str, ...], named: tuple[str, ...], pattern: str, expected: int
) -> None:
    """The protocol's graph parameters win over FROM in the text (SPARQL 1.1 Protocol §2.1.4)."""
    text = f"SELECT (COUNT(*) AS ?n) FROM e:nowhere WHERE {{ {pattern} }}"
    graphs = {
        "default_graphs": tuple(EXAMPLE + name for name in default),
        "named_graphs": tuple(EXAMPLE + name for name in named),
    }

    assert count(store, ask(text, **graphs)) == expected


def test_a_graph_parameter_that_is_no_iri_is_an_error(store: EmbeddedStore, ask: Ask) -> None:
    """The message names the parameter's value."""
    with pytest.raises(QuerySyntaxError, match="no such thing"):
        store.answer(ask("ASK {}", default_graphs=("no such thing",)))


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("SELECT * { ?s ?p }", 1, 18, "found '}'"),
        ("SELECT * {\r\n  ?s ?p ?o\r\n", 3, 1, "the end of the query"),
        ("SELECT *\n{ ?s nowhere:name ?o }", 2, 6, "prefix nowhere: is not declared"),
        ("SELECT *\n{ ?s skos:prefLabel ?o . ?o nowhere:name ?n }", 2, 29, "prefix nowhere: is not declared"),
        ("SELECT ?x WHERE { ?x a ?y . FILTER(?x > ) }", 1, 41, "a variable"),
        ("SELECT ?x WHERE { ?x a ?y } LIMIT ?x", 1, 35, "a number"),
        ("SELECT ?a,?b { ?a ?b ?c }", 1, 10, "','"),
        ("\ufeffSELECT ?a,?b { ?a ?b ?c }", 1, 10, "','"),
        ("# é😀\nASK { 'a' ?b 'c\n' }", 2, 14, ""),
        ("SELECT * { ?s ?p ?o } ORDER ?o", 1, 29, ""),
    ],
)
def test_a_syntax_error_has_its_location(store: EmbeddedStore, text: str, line: int, column: int, what: str) -> None:
    """Line and column are those of the text that the client sent, at the token that cannot stand there."""
    query = Query(text, {QueryForm.SELECT: formats.SPARQL_JSON, QueryForm.ASK: formats.SPARQL_JSON})

    for attempt in (store.answer, store.check):
        with pytest.raises(QuerySyntaxError) as caught:
            attempt(query)
        assert (caught.value.line, caught.value.column) == (line, column)
        assert what in caught.value.what
        assert "[" not in caught.value.what


def test_check_parses_and_runs_nothing(store: EmbeddedStore) -> None:
    """A query that would run for ever is found to be well-formed at once."""
    before = store.statistics().outcomes["answered"]

    store.check(Query(RUNAWAY))

    assert store.statistics().outcomes["answered"] == before + 1


def test_updates_and_long_texts_are_refused(store: EmbeddedStore, ask: Ask) -> None:
    """What this endpoint does not do is refused without asking a worker; an update is no query at all."""
    with pytest.raises(QuerySyntaxError, match="INSERT"):
        store.answer(ask("INSERT DATA { e:a e:b e:c }"))
    with pytest.raises(QueryRefused):
        store.answer(ask("SELECT * { ?s ?p '" + "x" * 1024 * 1024 + "' }"))


def test_half_a_character_is_a_syntax_error(store: EmbeddedStore, ask: Ask) -> None:
    """A lone surrogate is no character and cannot be sent on."""
    with pytest.raises(QuerySyntaxError):
        store.answer(ask("SELECT ('\ud800' AS ?x) {}"))


def test_a_longer_text_can_be_allowed(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """The bound of a query's text is a setting that can be raised above its default."""
    store = make_store(query_text=2048)

    with store.answer(ask(f"ASK {{ FILTER('{'x' * 1_500_000}' != '') }}")) as answer:
        assert json.loads(answer.read())["boolean"] is True


def test_known_prefixes_need_no_declaration(store: EmbeddedStore) -> None:
    """The prefixes that answers are written with may be used as they are, and the query's own meaning of one wins."""
    text = "CONSTRUCT { <http://e.org/a> skos:p rdf:o } {}"

    known = store.answer(Query(text, {QueryForm.CONSTRUCT: formats.N_TRIPLES})).read()
    own = store.answer(
        Query(f"PREFIX skos: <http://e.org/own/> {text}", {QueryForm.CONSTRUCT: formats.N_TRIPLES})
    ).read()

    assert b"<http://www.w3.org/2004/02/skos/core#p> <http://www.w3.org/1999/02/22-rdf-syntax-ns#o>" in known
    assert b"<http://e.org/own/p> <http://www.w3.org/1999/02/22-rdf-syntax-ns#o>" in own


def test_relative_iris_are_relative_to_the_endpoint(store: EmbeddedStore) -> None:
    """Whoever asks, and by whichever way, a relative IRI means the same (RFC 3986 §5.1.3)."""
    text = "CONSTRUCT { <condition/a> <p> <> } {}"

    content = store.answer(Query(text, {QueryForm.CONSTRUCT: formats.N_TRIPLES})).read().decode()
    other = (
        store.answer(Query(text, {QueryForm.CONSTRUCT: formats.N_TRIPLES}, base="http://e.org/here")).read().decode()
    )

    root = "https://w3id.org/nosograph/"
    assert content == f"<{root}condition/a> <{root}p> <{root}sparql> .\n"
    assert other == "<http://e.org/condition/a> <http://e.org/p> <http://e.org/here> .\n"


def test_an_answer_that_must_not_be_kept_says_so(store: EmbeddedStore, ask: Ask) -> None:
    """The time of day is another one tomorrow, a label is not."""
    assert store.answer(ask("SELECT (NOW() AS ?t) {}")).is_volatile
    assert not store.answer(ask("SELECT ?l { e:n1 e:label ?l }")).is_volatile


def test_full_text_search_of_other_servers_is_refused(store: EmbeddedStore, ask: Ask) -> None:
    """It would match nothing, so the client is told what to write."""
    with pytest.raises(QueryRefused, match="line 1, column") as caught:
        store.answer(ask("PREFIX text: <http://jena.apache.org/text#> SELECT ?s { ?s text:query 'node' }"))

    assert "noso:textMatch" in caught.value.hint


def test_a_store_answers_on_the_event_loop_that_it_is_bound_to(
    make_store: Callable[..., EmbeddedStore], ask: Ask
) -> None:
    """Queries are awaited there, all at once, and other threads may ask meanwhile; no other loop is taken."""
    store = make_store(query_workers=1)
    query = ask("SELECT ?l { e:n1 e:label ?l }")

    async def use() -> None:
        store.bind(asyncio.get_running_loop())
        await store.async_start()
        answers = await asyncio.gather(*(store.ask(query) for _ in range(50)))
        other = await asyncio.to_thread(store.answer, query)
        assert {answer.read() for answer in answers} == {other.read()}
        await store.async_check(Query(RUNAWAY))
        with pytest.raises(QuerySyntaxError):
            await store.ask(ask("SELECT"))
        with contextlib.closing(asyncio.new_event_loop()) as other_loop, pytest.raises(RuntimeError, match="another"):
            store.bind(other_loop)
        await store.async_close()
        with pytest.raises(StoreBusy, match="closing"):
            await store.ask(query)

    asyncio.run(use())

    assert store.statistics().workers == 0
    assert store.statistics().outcomes["answered"] == 52


def test_cancelling_a_task_ends_its_query(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """A client that leaves gives its worker back, and counts as one that has gone."""
    store = make_store(query_workers=1, query_timeout=600.0)

    async def use() -> None:
        store.bind(asyncio.get_running_loop())
        asking = asyncio.create_task(store.ask(ask(RUNAWAY)))
        while not store.statistics().running:
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert store.statistics().running == 0
        await store.async_close()

    asyncio.run(use())

    assert store.statistics().outcomes["client_gone"] == 1
    assert store.statistics().killed["client_gone"] == 1


def test_a_large_answer_is_spooled_whole(store: EmbeddedStore, ask: Ask) -> None:
    """An answer beyond what travels inside a reply is handed over as a file and is complete."""
    answer = store.answer(ask("SELECT ?s ?o ?l { ?s e:next ?o ; e:label ?l }"))

    assert answer.size > 256 * 1024
    assert len(json.loads(b"".join(answer.chunks()))["results"]["bindings"]) == 2000
    answer.close()


def test_a_result_over_the_bound_is_an_error(store: EmbeddedStore, ask: Ask) -> None:
    """The bound is named, and the worker goes on to other work."""
    with pytest.raises(ResultTooLarge) as caught:
        store.answer(ask("SELECT * { ?s ?p ?o . ?a ?b ?c }"))

    assert caught.value.limit == 4 * 1024 * 1024
    assert count(store, ask("SELECT (COUNT(*) AS ?n) { e:n1 ?p ?o }")) == 2


def test_a_client_may_ask_for_a_shorter_deadline(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """The shorter of both limits holds and is named in the error."""
    store = make_store(query_timeout=1.0)
    store.start()
    with pytest.raises(QueryTimeout) as caught:
        store.answer(ask(RUNAWAY, timeout=0.3))
    assert caught.value.limit == 0.3
    assert caught.value.elapsed >= 0.3

    with pytest.raises(QueryTimeout) as caught:
        store.answer(ask(RUNAWAY, timeout=1e9))
    assert caught.value.limit == 1.0


def test_a_client_that_goes_away_frees_its_worker(store: EmbeddedStore, ask: Ask) -> None:
    """The query is stopped long before its deadline, and the worker is replaced."""
    before = store.statistics()

    with pytest.raises(ClientGone):
        store.answer(ask(RUNAWAY), gone=lambda: store.statistics().running > 0)

    after = store.statistics()
    assert after.killed["client_gone"] == before.killed["client_gone"] + 1
    assert after.outcomes["client_gone"] == before.outcomes["client_gone"] + 1
    assert after.running == 0


def test_timings_and_counters_tell_where_time_went(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """Each part of the time is there, and every query is counted by its outcome."""
    store = make_store()

    timings = store.answer(ask("SELECT ?s { ?s e:label ?l } ORDER BY ?l")).timings
    with pytest.raises(QuerySyntaxError):
        store.answer(ask("SELECT"))

    assert timings.parse > 0
    assert timings.queue > 0
    assert timings.evaluate > 0
    assert timings.serialise > 0
    statistics = store.statistics()
    assert (statistics.outcomes["answered"], statistics.outcomes["syntax"]) == (1, 1)
    assert sum(statistics.latency_counts) == 2
    assert len(statistics.latency_counts) == len(statistics.latency_bounds) + 1


def test_a_release_that_cannot_be_opened_is_an_error(tmp_path: Path, limits: object, stored: object) -> None:
    """Starting says what is wrong, and so does asking, without waiting for the deadline."""
    broken = type(stored)(tmp_path / "nothing")  # type: ignore[call-arg]
    store = EmbeddedStore(broken, limits)  # type: ignore[arg-type]

    with pytest.raises(StoreError, match="cannot be opened"):
        store.start()
    with pytest.raises(StoreError, match="cannot be opened"):
        store.answer(Query("ASK {}", {QueryForm.ASK: formats.SPARQL_JSON}))
    store.close()


def children() -> dict[int, str]:
    """Return the state of every process whose parent is this one, by process number."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = entry.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == os.getpid():
            found[int(entry.parent.name)] = state
    return found


def test_closing_leaves_no_process(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """Workers end and are waited for, those that were killed included: no zombie is left."""
    before = children()
    store = make_store()
    store.start()
    with pytest.raises(QueryTimeout):
        store.answer(ask(RUNAWAY, timeout=0.1))
    workers = children().keys() - before.keys()
    assert len(workers) >= 2

    store.close()

    assert not children().keys() - before.keys()


def test_an_idle_worker_that_dies_is_replaced(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """Whatever kills idle workers, the next query is answered all the same."""
    before = children()
    store = make_store()
    store.start()
    for worker in children().keys() - before.keys():
        os.kill(worker, signal.SIGKILL)
    while any(children().get(worker) not in (None, "Z") for worker in children().keys() - before.keys()):
        if store.statistics().crashed:
            break
        time.sleep(0.001)

    assert count(store, ask("SELECT (COUNT(*) AS ?n) { e:n1 ?p ?o }")) == 2
    assert store.statistics().crashed >= 1


def test_queries_that_run_when_a_store_closes_are_answered(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """A new store stands beside the old one; the old one finishes what it has begun."""
    old, new = make_store(), make_store()
    old.start()
    new.start()
    results: list[int] = []
    slow = ask("SELECT (COUNT(*) AS ?n) { ?a e:linked ?b . ?b e:linked ?c . FILTER(CONTAINS(STR(?a), 'd1')) }")
    asking = threading.Thread(target=lambda: results.append(count(old, slow)))
    asking.start()
    while not old.statistics().running and asking.is_alive():
        time.sleep(0.001)

    old.close()
    asking.join()

    assert results == [11 * 60 * 60]
    assert count(new, ask("SELECT (COUNT(*) AS ?n) { e:n1 ?p ?o }")) == 2
    with pytest.raises(StoreError, match="closing"):
        old.answer(ask("ASK {}"))


def test_a_reply_that_nobody_took_is_never_given_to_the_next(store: EmbeddedStore, ask: Ask) -> None:
    """Where asking fails in the serving process itself, the worker that may still reply is not used again."""

    def fail() -> bool:
        raise RuntimeError("the connection cannot be looked at")

    for _ in range(4):
        with pytest.raises(RuntimeError, match="looked at"):
            store.answer(ask(RUNAWAY), gone=fail)

    assert count(store, ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")) == 4000 + 3600
