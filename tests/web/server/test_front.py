"""The front by itself: one computation for many, and an end for every request, however clients come and leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from nosograph.errors import QueryTimeout
from nosograph.rdf.formats import SPARQL_JSON
from nosograph.settings import Settings
from nosograph.sparql.form import QueryForm
from nosograph.store.interface import Answer, Query, Timings
from nosograph.web.http.replies import FileContent
from nosograph.web.server.front import Front
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.observation import RequestObserver
from nosograph.web.server.release_switch import Generation
from nosograph.web.server.request_parser import ParsedRequest, RequestParser
from nosograph.web.server.response_cache import RequestKeys, ResponseCache
from nosograph.web.server.service import ReleaseService
from nosograph.web.server.threads import TurnThreads

PATIENCE = 20.0
SETTINGS = Settings(answer_cache=1)
LARGE = b"x" * 300_000


class Store:
    """Stands for a store: each query waits until the test answers it."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[bytes]] = []

    async def ask(self, query: Query) -> Answer:
        """Return the answer that the test gives."""
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.asked.append(future)
        return Answer(QueryForm.ASK, SPARQL_JSON, Timings(), await future)


class Caller:
    """Stands for a connection: remembers the response."""

    def __init__(self) -> None:
        self.cancel: Callable[[], object] | None = None
        self.is_gone = False
        self.answered: asyncio.Future[tuple[bytes, bytes]] = asyncio.get_running_loop().create_future()

    def respond(
        self, request: ParsedRequest, head: bytes, content: bytes | FileContent, done: Callable[[int, bool], None]
    ) -> None:
        """Take a response whole."""
        whole = content if isinstance(content, bytes) else b"".join(content)
        if isinstance(content, FileContent):
            content.close()
        done(len(whole), True)
        self.answered.set_result((head, whole))

    async def body(self) -> bytes:
        """Return the body of the response."""
        return (await self.answered)[1]

    async def status(self) -> int:
        """Return the status of the response."""
        return int((await self.answered)[0][9:12])


class Desk:
    """A front with a store of the test's own."""

    def __init__(self) -> None:
        self.store = Store()
        self.log: list[dict[str, Any]] = []
        release: Any = SimpleNamespace(version="v1", manifest=SimpleNamespace(licenses=lambda: []))
        metrics = Metrics()
        service = ReleaseService(
            release=release,
            settings=SETTINGS,
            released=datetime(2026, 1, 1, tzinfo=UTC),
            store=self.store,  # type: ignore[arg-type]
            metrics=metrics,
            application=lambda environ, start_response: [],
            cache=ResponseCache(1024 * 1024, metrics),
            keys=RequestKeys("v1"),
            observer=RequestObserver(metrics, "v1", lambda record: self.log.append(record.fields())),
        )
        self.generation = Generation(release, service, self.store)  # type: ignore[arg-type]
        self.threads = TurnThreads(2, 100)
        switch: Any = SimpleNamespace(enter=lambda: self.generation if self.generation.enter() else None)
        self.front = Front(switch, self.threads, self.threads)

    def ask(self, query: str, *, method: bytes = b"GET", more: bytes = b"") -> Caller:
        """Return a caller who asks a query."""
        caller = Caller()
        parser = RequestParser({"SCRIPT_NAME": "", "REMOTE_ADDR": "192.0.2.1"}, 100_000, lambda size: True)
        parser.feed(b"%s /sparql?query=%s%s HTTP/1.1\r\nHost: a\r\n\r\n" % (method, query.encode(), more))
        self.front.handle(caller, parser.ready[0])  # type: ignore[arg-type]
        return caller

    async def until(self, number: int) -> None:
        """Wait until so many queries have come to the store."""
        while len(self.store.asked) < number:
            await asyncio.sleep(0)

    async def settle(self) -> None:
        """Let everything go on that can."""
        for _ in range(20):
            await asyncio.sleep(0)


def run(test: Callable[[Desk], Awaitable[None]]) -> None:
    """Run a test; every request must have had its end then."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            desk = Desk()
            try:
                await test(desk)
                await desk.settle()
                assert desk.generation.enter()
                desk.generation.retire()
                assert desk.generation.leave(), "a request was never counted out"
            finally:
                desk.threads.close()

    asyncio.run(bounded())


def test_those_who_ask_the_same_share_one_answer() -> None:
    """The store is asked once, by whichever method the query comes; later ones get the kept answer."""

    async def check(desk: Desk) -> None:
        callers = [desk.ask("ASK%7B%7D") for _ in range(5)]
        await desk.until(1)
        await desk.settle()
        desk.store.asked[0].set_result(b"yes")

        assert [await caller.body() for caller in callers] == [b"yes"] * 5
        assert await desk.ask("ASK%7B%7D").body() == b"yes"
        assert len(desk.store.asked) == 1
        assert sorted(line["cache"] for line in desk.log) == ["hit", "miss", *["shared"] * 4]

    run(check)


def test_an_answer_too_large_to_keep_is_shared_with_those_who_wait() -> None:
    """They all get its bytes from one file; who asks afterwards has it computed again."""

    async def check(desk: Desk) -> None:
        callers = [desk.ask("ASK%7B%7D") for _ in range(5)]
        await desk.until(1)
        await desk.settle()
        desk.store.asked[0].set_result(LARGE)

        assert [await caller.body() for caller in callers] == [LARGE] * 5
        assert len(desk.store.asked) == 1
        later = desk.ask("ASK%7B%7D")
        await desk.until(2)
        desk.store.asked[1].set_result(LARGE)
        assert await later.body() == LARGE

    run(check)


def test_who_leaves_first_takes_nothing_from_the_others() -> None:
    """When the client leaves for whom a query runs, that query ends, and the next one in line asks."""

    async def check(desk: Desk) -> None:
        first, second, third = (desk.ask("ASK%7B%7D") for _ in range(3))
        await desk.until(1)
        await desk.settle()
        assert first.cancel is not None
        first.cancel()
        await desk.until(2)

        assert desk.store.asked[0].cancelled()
        desk.store.asked[1].set_result(b"yes")
        assert await second.body() == await third.body() == b"yes"
        assert len(desk.store.asked) == 2
        assert [line["problem"] for line in desk.log if "problem" in line] == ["client-gone"]

    run(check)


def test_who_leaves_while_waiting_ends_nothing() -> None:
    """The query of another goes on; a client may even leave before anything was done for it."""

    async def check(desk: Desk) -> None:
        first, second, third = (desk.ask("ASK%7B%7D") for _ in range(3))
        assert third.cancel is not None
        third.cancel()
        await desk.until(1)
        await desk.settle()
        assert second.cancel is not None
        second.cancel()
        await desk.settle()
        desk.store.asked[0].set_result(b"yes")

        assert await first.body() == b"yes"
        assert len(desk.store.asked) == 1

    run(check)


def test_an_error_is_not_shared() -> None:
    """Everybody who waited for a query that failed asks by himself, all at once."""

    async def check(desk: Desk) -> None:
        callers = [desk.ask("ASK%7B%7D") for _ in range(3)]
        await desk.until(1)
        await desk.settle()
        desk.store.asked[0].set_exception(QueryTimeout("too slow", limit=1, elapsed=1))
        await desk.until(3)
        for future in desk.store.asked[1:]:
            future.set_result(b"yes")

        assert sorted([await caller.status() for caller in callers]) == [200, 200, 503]

    run(check)


def test_who_has_less_time_or_wants_less_asks_alone() -> None:
    """A deadline of a client's own and HEAD make a computation of their own."""

    async def check(desk: Desk) -> None:
        callers = [
            desk.ask("ASK%7B%7D"),
            desk.ask("ASK%7B%7D", more=b"&timeout=1"),
            desk.ask("ASK%7B%7D", method=b"HEAD"),
        ]
        await desk.until(3)
        for future in desk.store.asked:
            future.set_result(b"yes")

        assert [await caller.body() for caller in callers] == [b"yes", b"yes", b""]

    run(check)


def test_a_fault_of_the_server_is_told() -> None:
    """An error that nobody expected is a 500 to its client, and has its line in the log."""

    async def check(desk: Desk) -> None:
        caller = desk.ask("ASK%7B%7D")
        await desk.until(1)
        desk.store.asked[0].set_exception(RuntimeError("fault"))

        assert await caller.status() == 500
        assert [line["problem"] for line in desk.log] == ["server-fault"]

    run(check)
