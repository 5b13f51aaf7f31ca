"""Runs work that may take a while in a bounded number of threads, for an event loop; clients take turns."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from nosograph.store.workers.queueing import FairQueue
from nosograph.web.http.malformed import no_room
from nosograph.web.http.problems import ProblemError

Result = TypeVar("Result")


@dataclass(eq=False)
class _Turn:
    """Somebody who waits: ``come`` is set when a thread is free for them."""

    client: str
    come: asyncio.Future[None]


class TurnThreads:
    """A pool of threads with a bounded line in front of it. To be used on one event loop.

    Args:
        threads: how many threads there are; one client may have three quarters of them at once.
        waiting: how many may wait; one client gets half of these.
    """

    def __init__(self, threads: int, waiting: int) -> None:
        self._threads = threads
        self._waiting = waiting
        self._share = max(1, threads * 3 // 4)
        self._running: Counter[str] = Counter()
        self._line: FairQueue[_Turn] = FairQueue()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="request")

    async def run(self, client: str, work: Callable[[], Result]) -> Result:
        """Return what the work returns, when a thread has done it.

        Who is cancelled while waiting has not run; work that runs goes on to its end.

        Raises:
            ProblemError: 503 when too many wait already.
        """
        loop = asyncio.get_running_loop()
        if self._running.total() >= self._threads or not self._may_go(client) or self._line.waiting(client):
            await self._wait(client, loop)
        else:
            self._running[client] += 1
        future = loop.run_in_executor(self._pool, work)
        future.add_done_callback(lambda _: self._give_back(client))
        return await asyncio.shield(future)

    def counts(self) -> tuple[int, int]:
        """Return how many wait and how many threads are busy."""
        return len(self._line), self._running.total()

    def close(self) -> None:
        """End the threads when they have done what they do."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _may_go(self, client: str) -> bool:
        return self._running[client] < self._share

    async def _wait(self, client: str, loop: asyncio.AbstractEventLoop) -> None:
        if len(self._line) >= self._waiting or self._line.waiting(client) >= max(1, self._waiting // 2):
            raise ProblemError(no_room("Too many requests wait already."))
        turn = _Turn(client, loop.create_future())
        self._line.push(client, turn)
        try:
            await turn.come
        except asyncio.CancelledError:
            if turn.come.done() and not turn.come.cancelled():
                self._give_back(client)
            else:
                self._line.remove(client, turn)
            raise

    def _give_back(self, client: str) -> None:
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        while self._running.total() < self._threads and (turn := self._line.pop(self._may_go)) is not None:
            self._running[turn.client] += 1
            turn.come.set_result(None)
