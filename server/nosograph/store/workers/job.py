"""A query in a pool: its turn and its time, what is told of it, and the errors that end its waiting."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nosograph.errors import StoreBusy
from nosograph.store.workers.frames import Message
from nosograph.store.workers.process import WorkerProcess
from nosograph.store.workers.scheduling import Pace, Task

_LONGEST_RETRY: Final = 120


class Moved(Exception):
    """A query left the pool, because another engine has begun with it."""


@dataclass(frozen=True)
class Hooks:
    """What is told of a query while it waits and runs; called on the loop.

    Attributes:
        begun: called when a worker begins with it, which it may do again later.
        turned_long: called when it first turns out to be a long one, with what lets it leave the pool; leaving makes
            ``run`` raise ``Moved``, and does nothing where the query is over.
    """

    begun: Callable[[], None] = lambda: None
    turned_long: Callable[[Callable[[], None]], None] = lambda leave: None


NO_HOOKS: Final = Hooks()


@dataclass(eq=False, kw_only=True)
class Job(Task):
    """A query that waits or runs; ``reply`` is settled when it is over.

    Attributes:
        clock: processor time of its worker when its trial was over; None before, or where it began as a long one.
        excuses: how often it has begun again as a quick one.
    """

    content: bytes
    limit: float
    asked: float
    entered: float
    reply: asyncio.Future[Message]
    hooks: Hooks
    worker: WorkerProcess | None = None
    clock: float | None = None
    excuses: int = 0
    timer: asyncio.TimerHandle | None = None
    queued: float = 0.0
    is_waiting: bool = False

    @property
    def deadline(self) -> float:
        """When its time is up, by ``time.monotonic``."""
        return self.asked + self.limit

    def slice_left(self, pace: Pace, worker: WorkerProcess, ran: float) -> float:
        """Return the seconds of its slice that it has left, which it may use before it is a long query.

        Args:
            pace: how long queries take.
            worker: its worker.
            ran: seconds that it has had it.
        """
        if self.clock is None:
            if ran >= pace.longest:  # nobody looked in time, so it may have had the processor all the while
                return 0.0
            self.clock = worker.processor_time()
        return min(self._processor_left(pace, worker, self.clock), pace.longest - ran)

    def is_excused(self, pace: Pace) -> bool:
        """Return whether it may begin again as a quick query when it loses its worker, because it has hardly run."""
        if self.excuses == pace.excuses or self.worker is None or self.clock is None:
            return False
        return self._processor_left(pace, self.worker, self.clock) > 0

    @staticmethod
    def _processor_left(pace: Pace, worker: WorkerProcess, clock: float) -> float:
        return pace.slice - pace.trial - (worker.processor_time() - clock)


def busy(what: str, seconds: float, *, per_client: bool) -> StoreBusy:
    """Return the error for a query that has to be asked again, after so many seconds at the earliest."""
    retry_after = min(max(1, math.ceil(seconds)), _LONGEST_RETRY)
    return StoreBusy(what, retry_after=retry_after, per_client=per_client, hint="Try again in a moment.")


def closing() -> StoreBusy:
    """Return the error for a query that comes when no more are taken."""
    return StoreBusy("The store is closing.", retry_after=1)


def close_file_of(reply: asyncio.Future[Message]) -> None:
    """Close the file of a reply that nobody takes."""
    if reply.done() and not reply.cancelled() and reply.exception() is None:
        reply.result().close()
