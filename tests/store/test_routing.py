"""Query and release decide which engine answers; what has one right answer alone may move, and no answer shows it."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nosograph.errors import QueryMemoryExceeded, QueryTimeout, ResultTooLarge, StoreError
from nosograph.rdf import formats
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.interface import Query

COUNT = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p"
LOOK_UP = "SELECT ?l { e:n3 e:label ?l }"
SLOW = (
    "SELECT (SUM(?one) AS ?n) { VALUES ?one { 1 } ?a e:linked ?b . ?b e:linked ?c . ?c e:linked e:d7 . "
    "?x e:linked ?a FILTER(?x = e:d3 || ?x = e:d4 || ?x = e:d5) }"
)
"""Takes the store seconds and has one right answer; it begins like a look-up."""

JOIN = "{ VALUES ?one { 1 2 3 4 5 6 7 8 } ?a e:linked ?b . ?b e:linked ?n }"
SLOW_CHOICES = (f"SELECT ?n {JOIN} LIMIT 3 OFFSET 1000000", f"SELECT (SAMPLE(?n) AS ?m) {JOIN}")
"""Take the store more than a slice, and have several right answers; the second is never translated."""

RUNAWAY = f"SELECT (COUNT(*) AS ?n) {{ {' '.join(f'?v{n} e:linked ?v{n + 1} .' for n in range(6))} }}"

Ask = Callable[..., Query]


@pytest.fixture(scope="module")
def engines(analysed: Any, limits: Settings) -> Iterator[EmbeddedStore]:
    """A store with both engines, which decides by itself; the analysis workers are there."""
    opened = EmbeddedStore(analysed, dataclasses.replace(limits, query_engine=Engine.AUTOMATIC))
    opened.start()
    opened.answer(Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")).close()
    yield opened
    opened.close()


def answered(store: EmbeddedStore, query: Query) -> tuple[Engine | None, bytes]:
    """Return who answered a query, and what."""
    with store.answer(query) as answer:
        return answer.engine, answer.read()


def bound(content: bytes) -> list[str]:
    """Return the values of ?n in SPARQL JSON."""
    return [row["n"]["value"] for row in json.loads(content)["results"]["bindings"]]


@pytest.mark.parametrize(
    ("text", "engine"),
    [
        (COUNT, Engine.ANALYSIS),
        (LOOK_UP, Engine.STORE),
        ("SELECT ?s { ?s e:next ?o } LIMIT 3", Engine.STORE),
        ("SELECT (GROUP_CONCAT(?l) AS ?n) { ?s e:label ?l }", Engine.STORE),
        ("CONSTRUCT { ?s e:l ?l } { ?s e:label ?l FILTER CONTAINS(?l, '77') }", Engine.ANALYSIS),
        ("DESCRIBE ?s { ?s e:label ?l FILTER CONTAINS(?l, '777') }", Engine.STORE),
    ],
)
def test_the_query_decides_who_answers(engines: EmbeddedStore, ask: Ask, text: str, engine: Engine) -> None:
    """Counting goes to the analysis engine, look-ups to the store, and what is handed back as well."""
    first, second = answered(engines, ask(text)), answered(engines, ask(text))

    assert (first[0], second[0]) == (engine, engine)
    assert first[1] == second[1]


@pytest.mark.parametrize("choice", [Engine.STORE, Engine.ANALYSIS])
@pytest.mark.parametrize(
    "text", [COUNT, LOOK_UP, "ASK { e:n1 e:next e:n2 }", "SELECT ?s { ?s e:label ?o } ORDER BY ?s"]
)
def test_a_query_can_choose_its_engine(engines: EmbeddedStore, ask: Ask, text: str, choice: Engine) -> None:
    """The chosen engine answers, and answers what the other one does."""
    engine, content = answered(engines, ask(text, engine=choice))

    assert engine is choice
    assert json.loads(content) == json.loads(answered(engines, ask(text))[1])


def test_what_the_analysis_engine_does_not_answer_the_store_does(engines: EmbeddedStore, ask: Ask) -> None:
    """Choosing the analysis engine is no reason for an error."""
    engine, content = answered(engines, ask("DESCRIBE e:n1", engine=Engine.ANALYSIS))

    assert engine is Engine.STORE
    assert b"node 1" in content


def test_a_long_query_with_one_answer_moves(engines: EmbeddedStore, ask: Ask) -> None:
    """Its run in the store is stopped, the analysis engine answers, and the next time it is asked at once."""
    before = engines.statistics().killed["moved"]

    first, second = answered(engines, ask(SLOW)), answered(engines, ask(SLOW))

    assert (first[0], bound(first[1])) == (Engine.ANALYSIS, [str(3 * 60**3)])
    assert second == first
    assert engines.statistics().killed["moved"] == before + 1


@pytest.mark.parametrize("text", SLOW_CHOICES)
def test_a_long_query_with_several_answers_stays(engines: EmbeddedStore, ask: Ask, text: str) -> None:
    """However long the store takes, it is the store that answers what more than one answer is right for."""
    before = engines.statistics().killed["moved"]

    found = [answered(engines, ask(text)) for _ in range(2)]

    assert {engine for engine, _ in found} == {Engine.STORE}
    assert found[0] == found[1]
    assert engines.statistics().killed["moved"] == before


@pytest.mark.parametrize("choice", [Engine.AUTOMATIC, Engine.STORE, Engine.ANALYSIS])
@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("SELECT ?n { ?n e:next ?o }", 400),
        ("SELECT ?n { ?n ?p ?o } ORDER BY ?p", 1500),
        ("SELECT ?n (COUNT(?o) AS ?c) { ?n e:linked ?o } GROUP BY ?n ORDER BY ?c", 7),
        ("SELECT DISTINCT ?n { ?n ?p ?o }", 500),
    ],
)
def test_pages_lose_and_repeat_nothing(engines: EmbeddedStore, ask: Ask, text: str, size: int, choice: Engine) -> None:
    """Pages over ties and without any order hold, together, the rows of the whole, whoever answers."""
    whole = bound(answered(engines, ask(text, engine=choice))[1])
    pages: list[str] = []
    for offset in range(0, len(whole), size):
        pages += bound(answered(engines, ask(f"{text} LIMIT {size} OFFSET {offset}", engine=choice))[1])

    assert sorted(pages) == sorted(whole)


def test_time_and_size_have_the_bounds_of_the_store(engines: EmbeddedStore, ask: Ask) -> None:
    """Too long and too large are the same errors in both engines, and the next query is answered."""
    with pytest.raises(QueryTimeout, match="limit of 2 seconds"):
        engines.answer(ask(RUNAWAY, timeout=2.0))
    with pytest.raises(ResultTooLarge, match="4 MiB"):
        engines.answer(ask("SELECT DISTINCT ?a ?d { ?a e:label ?b . ?d e:label ?e }"))

    assert answered(engines, ask(COUNT))[0] is Engine.ANALYSIS


def test_memory_has_a_bound_of_its_own(make_engines: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """A query with several right answers that needs more is an error that names the bound of analysis."""
    store = make_engines(analysis_memory=64)

    with pytest.raises(QueryMemoryExceeded, match="64 MiB"):
        store.answer(ask("SELECT DISTINCT ?a ?d ?g ?x { ?a ?b ?c . ?d ?e ?f . ?g ?h ?x } ORDER BY ?x LIMIT 3"))


@pytest.fixture
def make_engines(analysed: Any, limits: Settings) -> Iterator[Callable[..., EmbeddedStore]]:
    """Return stores with both engines and settings of their own, closed after the test."""
    opened: list[EmbeddedStore] = []

    def make(release: Any = analysed, **changes: object) -> EmbeddedStore:
        settings = dataclasses.replace(limits, query_engine=Engine.AUTOMATIC, query_workers=1, **changes)  # type: ignore[arg-type]
        opened.append(EmbeddedStore(release, settings))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


def test_no_process_of_the_analysis_engine_is_there_before_it_is_needed(
    make_engines: Callable[..., EmbeddedStore], ask: Ask
) -> None:
    """Look-ups start none; the first query that is analysis starts as many as the setting allows."""
    store = make_engines()
    answered(store, ask(LOOK_UP))
    assert store.statistics().analysis_workers == 0

    answered(store, ask(COUNT))

    assert store.statistics().analysis_workers in (1, 2)
    assert store.statistics().engines == {"store": 1, "analysis": 1}


def test_without_analysis_workers_the_store_answers(make_engines: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """A setting switches the engine off, whatever a query chooses."""
    store = make_engines(analysis_workers=0)

    assert answered(store, ask(COUNT, engine=Engine.ANALYSIS))[0] is Engine.STORE


@pytest.mark.parametrize("content", [None, b"", b"no database" * 1000], ids=["missing", "empty", "another file"])
def test_without_a_sound_file_the_store_answers_and_the_log_says_it_once(
    make_engines: Callable[..., EmbeddedStore],
    analysed: Any,
    ask: Ask,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    content: bytes | None,
) -> None:
    """No query fails for a file that is missing or damaged."""
    file = tmp_path / "analysis.duckdb"
    if content is not None:
        file.write_bytes(content)
    store = make_engines(dataclasses.replace(analysed, analysis_database=file))
    caplog.set_level(logging.WARNING, "nosograph")

    found = [answered(store, ask(text)) for text in (COUNT, COUNT, SLOW_CHOICES[0], LOOK_UP)]

    assert {engine for engine, _ in found} == {Engine.STORE}
    assert [record.getMessage().partition(":")[0] for record in caplog.records] == [
        "The analysis file of the release cannot be opened"
    ]
    assert caplog.records[0].getMessage().endswith("The store answers instead.")


def test_a_file_that_is_damaged_inside_is_given_up(
    make_engines: Callable[..., EmbeddedStore],
    analysed: Any,
    ask: Ask,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Blocks that do not have their checksum are never answered from."""
    content = bytearray(Path(analysed.analysis_database).read_bytes())
    blocks = range(12288 + 4096, len(content), 262144)
    for begin in blocks:
        content[begin : begin + 64] = bytes(byte ^ 255 for byte in content[begin : begin + 64])
    (tmp_path / "analysis.duckdb").write_bytes(content)
    store = make_engines(dataclasses.replace(analysed, analysis_database=tmp_path / "analysis.duckdb"))

    found = [answered(store, ask(COUNT)) for _ in range(2)]

    assert {engine for engine, _ in found} == {Engine.STORE}
    assert len([record for record in caplog.records if "analysis file" in record.getMessage()]) == 1


def test_an_error_of_the_query_is_the_stores(engines: EmbeddedStore, ask: Ask) -> None:
    """What does not parse is explained by the store, whichever engine was asked first."""
    with pytest.raises(StoreError, match="line 1"):
        engines.answer(ask("SELECT (COUNT(*) AS ?n) { ?s ?p } GROUP BY ?p", formats.SPARQL_JSON))
