"""The pool keeps its workers up, whatever keeps it from starting one."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable

import pytest

from nosograph.errors import StoreError
from nosograph.rdf.formats import SPARQL_JSON
from nosograph.sparql.form import QueryForm
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message
from nosograph.store.workers.pool import Bounds, Pool
from nosograph.store.workers.process import WorkerPlan, WorkerProcess

ASK = Message(
    {
        "check": False,
        "form": QueryForm.ASK,
        "formats": {"ASK": SPARQL_JSON.name},
        "default_graphs": (),
        "named_graphs": (),
        "base": "",
    },
    b"ASK {}",
)


def failing(times: int) -> Callable[[WorkerPlan], WorkerProcess]:
    """Return a function that starts workers, but for the first times, when the system has no file descriptor left."""
    left = [times]

    def start(plan: WorkerPlan) -> WorkerProcess:
        if left[0]:
            left[0] -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return WorkerProcess(plan)

    return start


@pytest.fixture
def plan(stored: object) -> WorkerPlan:
    """The plan of a worker that opens the small store."""
    folder = str(stored.store_folder)  # type: ignore[attr-defined]
    return WorkerPlan(store=folder, memory=2**30, result=2**20, prefixes={})


def test_a_start_that_fails_does_not_end_the_supervision(plan: WorkerPlan) -> None:
    """Workers are started again after the system had no room for one, and queries are answered then."""
    pool = Pool(plan, Bounds(1, 8, 8), Counters(), failing(2))
    try:
        with pytest.raises(StoreError, match="Too many open files"):
            pool.start()

        while not pool.counts()[2]:
            pool.retry()
        reply, _ = pool.run(ASK, 60.0, "client", lambda: False)
    finally:
        pool.close(5.0)

    assert "error" not in reply.header


def test_workers_that_could_not_start_are_not_counted(plan: WorkerPlan) -> None:
    """Readiness rests on the number of workers, so it counts those alone that can answer, and tells why none can."""
    pool = Pool(plan, Bounds(1, 8, 8), Counters(), failing(10**9))
    try:
        with pytest.raises(StoreError):
            pool.start()

        assert pool.counts() == (0, 0, 0)
        assert "Too many open files" in pool.trouble
    finally:
        pool.close(5.0)


def test_who_fails_while_waiting_leaves_the_queue(plan: WorkerPlan) -> None:
    """Where asking fails in the serving process itself, no worker is given to a query that nobody waits for."""
    may_start = threading.Event()

    def start(plan: WorkerPlan) -> WorkerProcess:
        may_start.wait()
        return WorkerProcess(plan)

    def fail() -> bool:
        raise RuntimeError("the connection cannot be looked at")

    pool = Pool(plan, Bounds(1, 8, 8), Counters(), start)
    try:
        with pytest.raises(RuntimeError, match="looked at"):
            pool.run(ASK, 60.0, "client", fail)
        waiting, running, _ = pool.counts()
        may_start.set()
        reply, _ = pool.run(ASK, 60.0, "client", lambda: False)
        after = pool.counts()
    finally:
        may_start.set()
        pool.close(5.0)

    assert (waiting, running) == (0, 0)
    assert "error" not in reply.header
    assert after[:2] == (0, 0)
