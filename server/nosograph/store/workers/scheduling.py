"""Decides which query gets a worker next, which has to give one back, and how long another would wait.

How long a query takes is not known before it has run. So each begins as a quick one, and one that has run for a slice
of time is a long one from then on. As many long queries run as there are places for them; beyond these, workers are
kept for quick ones, so that a look-up waits for a slice at most, whatever else is asked. A long query that finds no
place free is set back: it gives its worker up and begins again when a place is free. The one that is set back is a
query of the client that has most places, and of those the one that has run the least. One that has merely not had the
processor is not held to be long for that, unless it happens again and again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from nosograph.store.workers.queueing import FairQueue


@dataclass(frozen=True)
class Pace:
    """How long the queries of a pool take, in seconds, and what follows for its workers.

    Attributes:
        trial: how much of a slice may simply pass; what follows counts as far as the query has had the processor. On a
            busy machine a quick query would else become a long one for no fault of its own, and no quick query needs
            its clock read.
        slice: after which time a query is a long one.
        longest: after which time it is one, whatever it has waited for: a disk, another service, the processor.
        patience: after which time it lets quicker ones have the processor first; its worker is replaced afterwards.
        spare: workers beyond the places for long queries.
        excuses: how often a query that is to be set back before it has had the processor for a slice begins again as a
            quick one instead. A look-up that a machine lets stand still would else wait for long queries of others.
    """

    trial: float
    slice: float
    longest: float
    patience: float
    spare: int
    excuses: int


STORE_PACE: Final = Pace(trial=0.0125, slice=0.025, longest=0.25, patience=0.5, spare=2, excuses=3)
"""A slice is longer than look-ups take and shorter than people notice; one spare worker tries what is new, another is
found free by others meanwhile."""

ANALYSIS_PACE: Final = Pace(trial=0.25, slice=0.5, longest=10.0, patience=10.0, spare=1, excuses=0)
"""Most analysis takes less than a tenth of a second, of which parsing is a part. A worker takes half a second of
processor time to start, so replacing it for time that merely passed would make everything slower on a busy machine."""

SERVICE_PACE: Final = Pace(trial=0.25, slice=0.5, longest=1.0, patience=3600.0, spare=2, excuses=0)
"""A worker that waits for a service uses no processor, so time alone makes a query a long one, and none steps back."""

_FIRST_QUICK: Final = 0.005
_FIRST_LONG: Final = 1.0
_WEIGHT: Final = 0.1


@dataclass(eq=False)
class Task:
    """A query as far as its turn depends on it.

    Attributes:
        client: who asks.
        is_long: whether it has run for a slice before.
        began: when its worker began with it, in seconds of the clock of whoever runs it.
    """

    client: str
    is_long: bool = False
    began: float = 0.0


class Schedule:
    """Keeps account of what waits and runs; neither clock nor process is in it.

    Args:
        places: how many long queries run at once.
        pace: when a query is a long one.
    """

    def __init__(self, places: int, pace: Pace = STORE_PACE) -> None:
        self._places = places
        self._slice = pace.slice
        self._new: FairQueue[Task] = FairQueue()
        self._set_back: FairQueue[Task] = FairQueue()
        self._running: Counter[str] = Counter()
        self._long: list[Task] = []
        self._quick_time = _FIRST_QUICK
        self._long_time = _FIRST_LONG

    @property
    def waiting(self) -> int:
        """How many queries wait."""
        return len(self._new) + len(self._set_back)

    @property
    def running(self) -> int:
        """How many queries run."""
        return self._running.total()

    def expected_wait_of(self, task: Task, workers: int) -> float:
        """Return the seconds that a query would wait if it came now.

        A new one waits for one of so many workers, as far as long queries do not hold them, a long one for a place.
        """
        if task.is_long:
            return (self._set_back.ahead(task.client) + 1) * self._long_time / self._places
        return self._new.ahead(task.client) * self._quick_time / max(1, workers - len(self._long))

    def is_own_fault(self, client: str) -> bool:
        """Return whether most of what a new query of a client would wait for are queries of the same client."""
        return 2 * self._new.waiting(client) > self._new.ahead(client)

    def has_place(self, client: str) -> bool:
        """Return whether a client has a long query running."""
        return any(task.client == client for task in self._long)

    def wait(self, task: Task) -> None:
        """Let a query wait for its turn."""
        (self._set_back if task.is_long else self._new).push(task.client, task)

    def leave(self, task: Task) -> None:
        """Take a query out that waits no longer."""
        (self._set_back if task.is_long else self._new).remove(task.client, task)

    def next(self, free: int) -> Task | None:
        """Take the query that gets one of so many free workers; None when none may have it.

        The last free worker is for clients that have no query running.
        """
        if not free or not self.waiting:
            return None

        def may_go(client: str) -> bool:
            return free > 1 or not self._running[client]

        task = self._set_back.pop(may_go) if len(self._long) < self._places else None
        return task or self._new.pop(may_go)

    def begin(self, task: Task, now: float) -> None:
        """Count a query in that has got a worker."""
        task.began = now
        self._running[task.client] += 1
        if task.is_long:
            self._long.append(task)

    def turn_long(self, task: Task) -> Task | None:
        """Count a running query as a long one; return the one that has to be set back, which may be the same."""
        task.is_long = True
        self._long.append(task)
        self._quick_time += _WEIGHT * (self._slice - self._quick_time)
        if len(self._long) <= self._places:
            return None
        held = Counter(other.client for other in self._long)
        return max(reversed(self._long), key=lambda other: (held[other.client], other.began))

    def end(self, task: Task, now: float, *, is_done: bool) -> None:
        """Count a query out that has a worker no longer.

        Args:
            task: the query.
            now: the time.
            is_done: whether it ran to its end, so that its time tells something about the next ones.
        """
        self._running[task.client] -= 1
        if not self._running[task.client]:
            del self._running[task.client]
        if task.is_long:
            self._long.remove(task)
            if is_done:
                self._long_time += _WEIGHT * (now - task.began - self._long_time)
        elif is_done:
            self._quick_time += _WEIGHT * (min(now - task.began, self._slice) - self._quick_time)

    def take_all(self) -> list[Task]:
        """Take every query that waits."""
        taken = []
        for queue in (self._new, self._set_back):
            while (task := queue.pop()) is not None:
                taken.append(task)
        return taken
