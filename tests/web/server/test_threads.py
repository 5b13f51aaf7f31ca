"""The bounded threads in front of which clients take turns."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from nosograph.web.http.problems import ProblemError
from nosograph.web.server.threads import TurnThreads

PATIENCE = 20.0


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test on an event loop."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE):
            await test()

    asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so."""
    while not condition():
        await asyncio.sleep(0.005)


def test_work_is_done_in_a_thread_and_its_result_or_error_comes_back() -> None:
    """The loop goes on while a thread works."""

    async def check() -> None:
        threads = TurnThreads(1, 1)
        here = threading.get_ident()

        assert await threads.run("a", threading.get_ident) != here
        with pytest.raises(ZeroDivisionError):
            await threads.run("a", lambda: 1 // 0)
        assert threads.counts() == (0, 0)
        threads.close()

    run(check)


def test_clients_take_turns() -> None:
    """A client with much to do does not delay another one by more than what runs already."""

    async def check() -> None:
        threads, release, done = TurnThreads(1, 100), threading.Event(), []
        blocked = asyncio.create_task(threads.run("a", release.wait))
        await until(lambda: threads.counts() == (0, 1))

        def note(client: str) -> Awaitable[None]:
            return asyncio.create_task(threads.run(client, lambda: done.append(client)))

        others = [note(client) for client in ("a", "a", "a", "b")]
        await until(lambda: threads.counts()[0] == 4)
        release.set()
        await asyncio.gather(blocked, *others)

        assert done.index("b") <= 1
        threads.close()

    run(check)


def test_one_client_does_not_get_all_threads() -> None:
    """A thread is left for others, however many requests of one client wait."""

    async def check() -> None:
        threads, release = TurnThreads(4, 100), threading.Event()
        greedy = [asyncio.create_task(threads.run("a", release.wait)) for _ in range(10)]
        await until(lambda: threads.counts() == (7, 3))

        assert await threads.run("b", lambda: "quick") == "quick"
        release.set()
        await asyncio.gather(*greedy)
        threads.close()

    run(check)


def test_the_line_is_bounded() -> None:
    """Whoever comes when too many wait is refused with 503, and one client gets half of the line."""

    async def check() -> None:
        threads, release = TurnThreads(1, 4), threading.Event()
        held = [asyncio.create_task(threads.run("a", release.wait)) for _ in range(3)]
        await until(lambda: threads.counts() == (2, 1))
        with pytest.raises(ProblemError) as refused:
            await threads.run("a", release.wait)
        held += [asyncio.create_task(threads.run(client, release.wait)) for client in ("b", "c")]
        await until(lambda: threads.counts() == (4, 1))
        with pytest.raises(ProblemError):
            await threads.run("d", release.wait)

        assert refused.value.problem.status == 503
        assert refused.value.problem.headers["Retry-After"]
        release.set()
        await asyncio.gather(*held)
        assert threads.counts() == (0, 0)
        threads.close()

    run(check)


def test_who_leaves_while_waiting_is_not_run() -> None:
    """A cancelled wait takes no thread, neither before its turn nor at the moment of it."""

    async def check() -> None:
        threads, release, ran = TurnThreads(1, 10), threading.Event(), []
        held = asyncio.create_task(threads.run("a", release.wait))
        await until(lambda: threads.counts() == (0, 1))
        leaving = asyncio.create_task(threads.run("b", lambda: ran.append("b")))
        await until(lambda: threads.counts() == (1, 1))
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert threads.counts() == (0, 1)
        release.set()
        await held

        assert await threads.run("c", lambda: "next") == "next"
        assert ran == []
        threads.close()

    run(check)
