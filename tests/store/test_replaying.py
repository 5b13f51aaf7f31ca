"""A share of what is answered is asked again in the other engine when nobody waits, and a difference is reported."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from engines import analysis_of

from nosograph.rdf.names import Base
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.interface import Query, StoreStatistics
from nosograph.store.replaying import SHOWN, Replays
from nosograph.store.request import prepare_request
from nosograph.store.routing import EngineReply
from nosograph.store.text_search import TextSearch
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message

LABELS = "SELECT ?l { ?s e:label ?l } ORDER BY ?l LIMIT 5"

Ask = Callable[..., Query]


async def compared(store: EmbeddedStore, queries: list[Query], number: int) -> StoreStatistics:
    """Ask one query after the other, and wait until so many answers have been compared."""
    store.bind(asyncio.get_running_loop())
    try:
        for query in queries:
            (await store.ask(query)).close()
        async with asyncio.timeout(60.0):
            while sum(store.statistics().replays.values()) < number:
                await asyncio.sleep(0.02)
        return store.statistics()
    finally:
        await store.async_close()


@pytest.fixture
def settings(limits: Settings) -> Settings:
    """Every answer is replayed, with as few workers as there may be."""
    return dataclasses.replace(limits, query_engine=Engine.AUTOMATIC, query_workers=1, analysis_replay=1.0)


def test_answers_of_both_engines_are_compared(
    analysed: Any, settings: Settings, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    """The same rows are counted as the same; where several answers are right, nothing is compared."""
    queries = [
        ask(LABELS),
        ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"),
        ask("SELECT ?l { e:n3 e:label ?l }"),
        ask("SELECT ?o { e:d3 e:linked ?o } LIMIT 3"),
        ask("DESCRIBE e:n3"),
    ]

    statistics = asyncio.run(compared(EmbeddedStore(analysed, settings), queries, len(queries)))

    assert statistics.replays == {"same": 3, "different": 0, "skipped": 2, "failed": 0}
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_difference_is_counted_and_logged(
    stored: Any, settings: Settings, ask: Ask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An analysis file that says something else is noticed: one count, one line with the query, cut."""
    node = pyoxigraph.NamedNode
    other = pyoxigraph.Quad(node("urn:s"), node("http://example.org/label"), pyoxigraph.Literal("x"), node("urn:g"))
    analysis_of([other], tmp_path).close()
    wrong = dataclasses.replace(stored, analysis_database=tmp_path / "data.duckdb")
    queries = [ask(f"{LABELS} # {'long ' * SHOWN}")]

    statistics = asyncio.run(compared(EmbeddedStore(wrong, settings), queries, 1))

    assert statistics.replays == {"same": 0, "different": 1, "skipped": 0, "failed": 0}
    (line,) = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert line.startswith("The engines answer differently")
    assert LABELS in line
    assert "\n" not in line
    assert len(line) < SHOWN + 300


class RouterDouble:
    """Says that nobody waits, and answers what it was given."""

    is_idle = True
    is_crowded = False

    def __init__(self) -> None:
        self.asked: list[Engine] = []

    def is_comparable(self, request: object, reply: object) -> bool:
        """Every answer may be compared."""
        return True

    async def ask_other(self, request: object, engine: Engine) -> EngineReply | None:
        """Answer nothing that could be compared."""
        self.asked.append(engine)
        return None


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.25, 5), (1.0, 20)])
def test_the_share_is_kept(share: float, expected: int) -> None:
    """Of twenty answers as many are replayed as the share says, evenly."""
    request = prepare_request(Query("ASK {}"), Settings(), Base(), TextSearch(None, {}), check=False)
    reply = EngineReply(Message({"form": "ASK", "determined": True}), 0.0, Engine.ANALYSIS)

    async def use() -> int:
        router = RouterDouble()
        replays = Replays(router, share, Counters())  # type: ignore[arg-type]
        for _ in range(20):
            replays.offer(request, reply)
            await asyncio.sleep(0)
        for _ in range(1000):
            await asyncio.sleep(0)
        await replays.close()
        return len(router.asked)

    assert asyncio.run(use()) == expected
