"""Counts what a store does, for monitoring; safe to use from several threads."""

from __future__ import annotations

import bisect
import threading
from collections import Counter
from typing import Final, Protocol

from nosograph.sparql.engine_choice import Engine
from nosograph.store.interface import StoreStatistics

LATENCY_BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""Upper bounds of the latency buckets, in seconds."""

OUTCOMES: Final = (
    "answered", "syntax", "refused", "timeout", "memory", "crashed", "too_large", "busy", "busy_client", "client_gone",
    "failed",
)  # fmt: skip
"""Every outcome; each is shown from the start, with the value 0."""

REPLAYS: Final = ("same", "different", "skipped", "failed")
"""Everything that comes of a replay."""


ENGINES: Final = (Engine.STORE.value, Engine.ANALYSIS.value)
"""The engines that have workers; each is shown from the start."""


class CountedProcess(Protocol):
    """What is counted of a worker."""

    def total_processor_time(self) -> float:
        """Return the seconds of processor time that it has used since it began, also after its end."""
        ...

    def resident_memory(self) -> int:
        """Return the bytes of memory that it has in use now."""
        ...


class Counters:
    """Counters that only grow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._outcomes: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
        self._latency = [0] * (len(LATENCY_BOUNDS) + 1)
        self._latency_sum = 0.0
        self._killed: Counter[str] = Counter({"timeout": 0, "client_gone": 0, "set_back": 0, "moved": 0})
        self._engines: Counter[str] = Counter(dict.fromkeys(ENGINES, 0))
        self._replays: Counter[str] = Counter(dict.fromkeys(REPLAYS, 0))
        self._crashed = 0
        self._started: Counter[str] = Counter(dict.fromkeys(ENGINES, 0))
        self._spent = dict.fromkeys(ENGINES, 0.0)
        self._present: dict[str, set[CountedProcess]] = {engine: set() for engine in ENGINES}

    def end(self, outcome: str, seconds: float) -> None:
        """Count a query that has ended, with the time that it took."""
        with self._lock:
            self._outcomes[outcome] += 1
            self._latency[bisect.bisect_left(LATENCY_BOUNDS, seconds)] += 1
            self._latency_sum += seconds

    def answer(self, engine: Engine) -> None:
        """Count an answer of an engine."""
        with self._lock:
            self._engines[engine.value] += 1

    def replay(self, outcome: str) -> None:
        """Count an answer that was asked for again in the other engine, by what came of it."""
        with self._lock:
            self._replays[outcome] += 1

    def kill(self, reason: str) -> None:
        """Count a worker that was killed."""
        with self._lock:
            self._killed[reason] += 1

    def crash(self) -> None:
        """Count a worker that ended by itself."""
        with self._lock:
            self._crashed += 1

    def start(self, engine: Engine, worker: CountedProcess) -> None:
        """Count a worker that was started."""
        with self._lock:
            self._started[engine.value] += 1
            self._present[engine.value].add(worker)

    def leave(self, engine: Engine, worker: CountedProcess) -> None:
        """Keep what a worker has used that has ended; nothing for one that was never ready."""
        with self._lock:
            if worker in self._present[engine.value]:
                self._present[engine.value].remove(worker)
                self._spent[engine.value] += worker.total_processor_time()

    def statistics(
        self, queued: int, running: int, workers: int, trouble: str = "", analysis_workers: int = 0
    ) -> StoreStatistics:
        """Return the counters as a value, with the state of the pool."""
        with self._lock:
            return StoreStatistics(
                outcomes=dict(self._outcomes),
                latency_bounds=LATENCY_BOUNDS,
                latency_counts=tuple(self._latency),
                latency_sum=self._latency_sum,
                queued=queued,
                running=running,
                workers=workers,
                killed=dict(self._killed),
                crashed=self._crashed,
                started=dict(self._started),
                memory={
                    engine: sum(worker.resident_memory() for worker in workers)
                    for engine, workers in self._present.items()
                },
                processor={
                    engine: self._spent[engine] + sum(worker.total_processor_time() for worker in workers)
                    for engine, workers in self._present.items()
                },
                trouble=trouble,
                analysis_workers=analysis_workers,
                engines=dict(self._engines),
                replays=dict(self._replays),
            )
