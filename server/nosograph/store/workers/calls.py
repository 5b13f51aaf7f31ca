"""Calls coroutines on an event loop from other threads, and runs a loop in a thread where nobody else runs one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Final, Generic, TypeVar

from nosograph.errors import ClientGone, StoreBusy

POLL: Final = 0.05
"""Seconds between two looks at whether the client is still there."""

Result = TypeVar("Result")


class LoopThread:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="nosograph-queries", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop the loop and wait for the thread to end; what is called afterwards is refused. May be called twice."""
        with contextlib.suppress(RuntimeError):  # it is closed
            self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    def _run(self) -> None:
        self.loop.run_forever()
        self.loop.close()


class LoopCall(Generic[Result]):
    """A coroutine that runs on an event loop, for a thread that waits for it.

    Args:
        loop: the loop, which runs in another thread.
        coroutine: what to run.

    Raises:
        StoreBusy: the loop has been closed.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Result]) -> None:
        self._loop = loop
        self._coroutine = coroutine
        self._task: asyncio.Task[Result] | None = None
        self._done: Future[Result] = Future()
        try:
            loop.call_soon_threadsafe(self._begin)
        except RuntimeError:
            coroutine.close()
            raise _closed() from None

    def result(self, gone: Callable[[], bool]) -> Result:
        """Return what the coroutine returns, or raise what it raises.

        Args:
            gone: asked every 50 milliseconds or so whether the client has gone away; when it has, or when this fails,
                the coroutine is cancelled, and has ended when this method does.

        Raises:
            ClientGone: ``gone`` said so.
        """
        try:
            while not self._wait():
                if gone():
                    raise ClientGone("The client closed its connection, so its query was stopped.")
        except BaseException:
            self._cancel()
            raise
        return self._done.result()

    def _wait(self) -> bool:
        """Wait for a moment; return whether the coroutine has ended."""
        try:
            self._done.exception(POLL)
        except TimeoutError:
            if self._loop.is_closed() and not self._done.done():
                self._coroutine.close()
                self._done.set_exception(_closed())
        return self._done.done()

    def _cancel(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed, which _wait sees
            self._loop.call_soon_threadsafe(self._cancel_task)
        while not self._wait():
            pass

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._coroutine)
        self._task.add_done_callback(self._end)

    def _cancel_task(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _end(self, task: asyncio.Task[Result]) -> None:
        if task.cancelled():
            self._done.set_exception(ClientGone("The query was stopped."))
        elif (error := task.exception()) is not None:
            self._done.set_exception(error)
        else:
            self._done.set_result(task.result())


def _closed() -> StoreBusy:
    return StoreBusy("The store is closing.", retry_after=1)
