"""Keeps as many workers up as there should be: starts them, tries again where that fails, and reaps those that end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from nosograph.store.workers.counters import Counters
from nosograph.store.workers.endings import Ending
from nosograph.store.workers.frames import ConnectionEnded, Message
from nosograph.store.workers.process import AnyPlan, WorkerProcess

OPENING: Final = 60.0
"""Seconds that a worker may take to open the release."""

_LONGEST_PAUSE: Final = 5.0
_LOG: Final = logging.getLogger(__name__)


class Supervisor:
    """Starts and replaces workers on an event loop; what waits for a process runs in threads beside it.

    Args:
        plan: what each worker is told.
        target: how many workers there should be.
        counters: where starts are counted.
        start_process: starts a worker; raises ``OSError`` where the system has no room for one.
        ready: called with each worker that has opened the release.
        received: called with each frame that such a worker sends.
        ended: called with such a worker when it has ended by itself.
        failed: called when a worker could not be started, with the reason.

    Attributes:
        present: how many workers are ready or busy.
        trouble: why the last worker could not be started, or nothing.
        is_unreadable: whether that was because it could not open the release.
    """

    def __init__(
        self,
        plan: AnyPlan,
        target: int,
        counters: Counters,
        start_process: Callable[[Any], WorkerProcess],
        *,
        ready: Callable[[WorkerProcess], None],
        received: Callable[[WorkerProcess, Message], None],
        ended: Callable[[WorkerProcess], None],
        failed: Callable[[str], None],
    ) -> None:
        self.present = 0
        self.trouble = ""
        self.is_unreadable = False
        self._plan = plan
        self._target = target
        self._counters = counters
        self._start_process = start_process
        self._ready = ready
        self._received = received
        self._ended = ended
        self._failed = failed
        self._failures = 0
        self._stopping = asyncio.Event()
        self._hello: asyncio.Future[Message] | None = None
        self._supervision: asyncio.Task[None] | None = None
        self._reaping: set[asyncio.Future[None]] = set()
        self._missing = asyncio.Event()
        self._settled = asyncio.Event()
        self._hurry = asyncio.Event()
        # The kernel ends a worker with the thread that started it, so that thread does nothing else and stays.
        self._starter = ThreadPoolExecutor(1, "nosograph-starter")
        self._reaper = ThreadPoolExecutor(2, "nosograph-reaper")

    def begin(self) -> None:
        """Begin to start workers, unless that has begun; call it on the loop."""
        if self._supervision is None:
            self._supervision = asyncio.get_running_loop().create_task(self._supervise())

    async def wait_settled(self) -> None:
        """Wait until all workers stand ready, or until one could not be started."""
        await self._settled.wait()

    def retry(self) -> None:
        """Try again at once to start what is missing."""
        self._settled.clear()
        self._hurry.set()

    def discard(self, worker: WorkerProcess) -> None:
        """Have a worker replaced that was killed, or was asked to end, or has ended."""
        self.present -= 1
        self._settled.clear()
        self._missing.set()
        self._reap(worker)

    async def explain(self, worker: WorkerProcess) -> tuple[Ending, str]:
        """Return why a worker ended; it is still to be discarded."""
        return await asyncio.get_running_loop().run_in_executor(self._reaper, worker.explain)

    async def close(self) -> None:
        """Start no more workers, and wait until those that were discarded are reaped."""
        self._stopping.set()
        self._missing.set()
        self._hurry.set()
        if self._hello is not None and not self._hello.done():
            self._hello.set_exception(ConnectionEnded())
        if self._supervision is not None:
            await self._supervision
        await asyncio.gather(*self._reaping)
        self._starter.shutdown()
        self._reaper.shutdown()

    async def _supervise(self) -> None:
        while not self._stopping.is_set():
            if self.present < self._target:
                await self._start_one()
                continue
            self._missing.clear()
            self._settled.set()
            await self._missing.wait()
        self._settled.set()

    async def _start_one(self) -> None:
        """Start a worker; where the system has no room for one, note why and pause before the next attempt."""
        loop = asyncio.get_running_loop()
        try:
            worker = await loop.run_in_executor(self._starter, self._start_process, self._plan)
        except OSError as error:
            self.is_unreadable = False
            await self._note_failure(f"No worker process can be started: {error.strerror or error}.")
            return
        trouble = await self._open(worker)
        self.is_unreadable = bool(trouble)
        if trouble:
            worker.kill()
            self._reap(worker)
            await self._note_failure(trouble)
        else:
            self._take_in(worker)

    async def _open(self, worker: WorkerProcess) -> str:
        """Wait until a worker has opened the release; return what went wrong, or nothing."""
        loop = asyncio.get_running_loop()
        hello = self._hello = loop.create_future()

        def receive(worker: WorkerProcess, frame: Message) -> None:
            if hello.done():
                self._received(worker, frame)
            else:
                hello.set_result(frame)

        def end(worker: WorkerProcess) -> None:
            if hello.done():
                self._ended(worker)
            else:
                hello.set_exception(ConnectionEnded())

        worker.attach(loop, receive, end)
        if self._stopping.is_set():
            return "The store is closing."
        try:
            async with asyncio.timeout(OPENING):
                return worker.take_hello(await hello)
        except TimeoutError:
            return f"The worker process did not open the release within {OPENING:g} seconds."
        except ConnectionEnded:
            if self._stopping.is_set():
                return "The store is closing."
            _, cause = await self.explain(worker)
            return f"The worker process ended before it had opened the release ({cause})."

    def _take_in(self, worker: WorkerProcess) -> None:
        if not worker.sandbox and not self._plan.network and not self._failures:
            _LOG.warning(
                "This system offers neither seccomp nor network namespaces, so workers keep their network; "
                "SERVICE is still refused by its token."
            )
        self.present += 1
        self.trouble = ""
        self._failures = 0
        self._counters.start(self._plan.of_engine, worker)
        self._ready(worker)

    async def _note_failure(self, trouble: str) -> None:
        """Report that a worker could not be started, and pause the longer the more starts have failed in a row."""
        if self._stopping.is_set():
            return
        self.trouble = trouble
        self._failures += 1
        if self._failures == 1 or self._failures % 12 == 0:
            _LOG.error("%s %s", trouble, self._plan.otherwise if self.is_unreadable else "It is tried again.")
        self._failed(trouble)
        self._settled.set()
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(_LONGEST_PAUSE, 0.1 * 2 ** min(self._failures, 10))):
                await self._hurry.wait()

    def _reap(self, worker: WorkerProcess) -> None:
        reaping = asyncio.get_running_loop().run_in_executor(self._reaper, worker.reap)
        self._reaping.add(reaping)
        reaping.add_done_callback(self._reaping.discard)
        reaping.add_done_callback(lambda _: self._counters.leave(self._plan.of_engine, worker))
