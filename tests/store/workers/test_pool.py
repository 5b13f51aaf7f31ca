"""The pool keeps its workers up, whatever keeps it from starting one."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path, PosixPath

import pytest

from nosograph.errors import QueryTimeout, StoreError, WorkerKilled
from nosograph.rdf.formats import SPARQL_JSON
from nosograph.sparql.form import QueryForm
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message, encode_frame
from nosograph.store.workers.pool import Pool
from nosograph.store.workers.process import WorkerPlan, WorkerProcess

RUNAWAY = "ASK { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a = ?l && ?l != ?a) }"


def question(text: str) -> bytes:
    """Return the frame that asks a worker a question."""
    header = {
        "check": False,
        "form": QueryForm.ASK,
        "formats": {"ASK": SPARQL_JSON.name},
        "default_graphs": (),
        "named_graphs": (),
        "base": "",
    }
    return encode_frame(Message(header, text.encode()))


ASK = question("ASK {}")


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

    async def use() -> Message:
        pool = Pool(plan, 1, Counters(), failing(2))
        try:
            with pytest.raises(StoreError, match="Too many open files"):
                await pool.start()
            while pool.trouble:
                pool.retry()
                with contextlib.suppress(StoreError):
                    await pool.start()
            return (await pool.run(ASK, 60.0, "client"))[0]
        finally:
            await pool.close(5.0)

    assert "error" not in asyncio.run(use()).header


def test_workers_that_could_not_start_are_not_counted(plan: WorkerPlan) -> None:
    """Readiness rests on the number of workers, so it counts those alone that can answer, and tells why none can."""

    async def use() -> None:
        pool = Pool(plan, 1, Counters(), failing(10**9))
        try:
            with pytest.raises(StoreError):
                await pool.start()
            with pytest.raises(StoreError, match="Too many open files"):
                await pool.run(ASK, 60.0, "client")

            assert pool.counts() == (0, 0, 0)
            assert "Too many open files" in pool.trouble
        finally:
            await pool.close(5.0)

    asyncio.run(use())


def test_who_leaves_while_waiting_leaves_the_queue(plan: WorkerPlan) -> None:
    """No worker is given to a query that nobody waits for."""
    may_start = threading.Event()

    def start(plan: WorkerPlan) -> WorkerProcess:
        may_start.wait()
        return WorkerProcess(plan)

    async def use() -> None:
        pool = Pool(plan, 1, Counters(), start)
        try:
            asking = asyncio.create_task(pool.run(ASK, 60.0, "client"))
            while not pool.counts()[0]:
                await asyncio.sleep(0)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking
            assert pool.counts() == (0, 0, 0)

            may_start.set()
            reply, _ = await pool.run(ASK, 60.0, "client")
            assert "error" not in reply.header
            assert pool.counts()[:2] == (0, 0)
        finally:
            may_start.set()
            await pool.close(5.0)

    asyncio.run(use())


def test_cancelling_ends_a_query(plan: WorkerPlan) -> None:
    """The worker of a query that is cancelled while it runs is killed and replaced, and the next one is answered."""

    async def use() -> None:
        counters = Counters()
        pool = Pool(plan, 1, counters)
        try:
            await pool.start()
            asking = asyncio.create_task(pool.run(question(RUNAWAY), 600.0, "client"))
            while not pool.counts()[1]:
                await asyncio.sleep(0)
            asking.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asking

            assert pool.counts() == (0, 0, 2)
            await pool.start()
            assert pool.counts() == (0, 0, 3)
            assert counters.statistics(*pool.counts()).killed["client_gone"] == 1
            assert "error" not in (await pool.run(ASK, 60.0, "client"))[0].header
        finally:
            await pool.close(5.0)

    asyncio.run(use())


def stands_still(pid: int) -> bool:
    """Return whether a signal has stopped every thread of a process (proc(5), stat)."""
    states = [path.read_text().rpartition(")")[2].split()[0] for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return set(states) == {"T"}


@pytest.mark.parametrize("stopped", [1, 2])
def test_a_look_up_that_stood_still_does_not_wait_for_long_queries(plan: WorkerPlan, stopped: int) -> None:
    """A query whose worker had no processor for a while is tried in another one, while a long one holds every place."""
    started: list[WorkerProcess] = []

    def start(plan: WorkerPlan) -> WorkerProcess:
        started.append(WorkerProcess(plan))
        return started[-1]

    async def use() -> None:
        counters = Counters()
        pool = Pool(plan, 1, counters, start)
        try:
            await pool.start()
            long = asyncio.create_task(pool.run(question(RUNAWAY), 600.0, "greedy"))
            while not any(worker.stepped_back for worker in started):
                await asyncio.sleep(0.01)
            assert not long.done()
            idle = [worker for worker in started if not worker.stepped_back]
            for worker in idle[-stopped:]:
                os.kill(worker.pid, signal.SIGSTOP)
                while not stands_still(worker.pid):
                    await asyncio.sleep(0.01)

            reply, _ = await pool.run(ASK, 60.0, "modest")

            assert "error" not in reply.header
            assert counters.statistics(*pool.counts()).killed["set_back"] >= stopped
            long.cancel()
            with pytest.raises(asyncio.CancelledError):
                await long
        finally:
            await pool.close(5.0)

    asyncio.run(use())


class KernelCounters(PosixPath):
    """A file like ``/proc/vmstat`` that counts how often it is read."""

    reads = 0

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """Return the text of the file."""
        KernelCounters.reads += 1
        return super().read_text(encoding, errors)


@pytest.mark.parametrize(("ended_by_kernel", "what"), [(0, "killed from outside"), (1, "machine ran out of memory")])
def test_who_killed_a_worker_is_told(plan: WorkerPlan, tmp_path: Path, ended_by_kernel: int, what: str) -> None:
    """The kernel counts the processes that it ends for want of memory, so another SIGKILL came from somebody else."""
    counters = KernelCounters(tmp_path / "vmstat")
    counters.write_text("pgfault 7\noom_kill 4\n")
    started: list[int] = []

    def start(plan: WorkerPlan) -> WorkerProcess:
        worker = WorkerProcess(plan, counters)
        started.append(worker.pid)
        return worker

    async def use() -> None:
        pool = Pool(plan, 1, Counters(), start)
        try:
            await pool.start()
            asking = asyncio.create_task(pool.run(question(RUNAWAY), 600.0, "client"))
            before = KernelCounters.reads
            while KernelCounters.reads == before:  # which is when the query has turned long
                await asyncio.sleep(0)
            counters.write_text(f"pgfault 9\noom_kill {4 + ended_by_kernel}\n")
            for pid in started:
                os.kill(pid, signal.SIGKILL)
            with pytest.raises(WorkerKilled, match=what):
                await asking
        finally:
            await pool.close(5.0)

    asyncio.run(use())


def test_a_long_request_is_sent_whole(plan: WorkerPlan) -> None:
    """A request that is longer than what a connection takes at once arrives complete."""

    async def use() -> Message:
        pool = Pool(plan, 1, Counters())
        try:
            return (await pool.run(question(f"ASK {{ FILTER('{'x' * 4_000_000}' != '') }}"), 60.0, "client"))[0]
        finally:
            await pool.close(5.0)

    assert json.loads(asyncio.run(use()).body)["boolean"] is True


def test_a_worker_that_becomes_ready_while_the_pool_closes_is_ended(plan: WorkerPlan) -> None:
    """Whenever a pool is closed, no process is left of it."""
    started: list[WorkerProcess] = []

    def start(plan: WorkerPlan) -> WorkerProcess:
        started.append(WorkerProcess(plan))
        return started[-1]

    async def use() -> None:
        for patience in range(0, 200, 20):
            pool = Pool(plan, 1, Counters(), start)
            asking = asyncio.create_task(pool.run(ASK, 60.0, "client"))
            for _ in range(patience):
                await asyncio.sleep(0.001)
            await pool.close(0.0)
            await asyncio.gather(asking, return_exceptions=True)

    asyncio.run(use())

    assert started
    assert all(not Path(f"/proc/{worker.pid}").exists() for worker in started)


def test_the_time_of_a_worker_counts_after_its_end(plan: WorkerPlan) -> None:
    """What a killed worker has used is not lost from the sum, and its memory is no longer in it."""

    async def use(counters: Counters) -> tuple[float, int]:
        pool = Pool(plan, 1, counters)
        await pool.start()
        with pytest.raises(QueryTimeout):
            await pool.run(question(RUNAWAY), 0.5, "client")
        now = counters.statistics(0, 0, 0)
        await pool.close(5.0)
        return now.processor["store"], now.memory["store"]

    counters = Counters()
    running, resident = asyncio.run(use(counters))
    ended = counters.statistics(0, 0, 0)

    assert running >= 0.25
    assert resident > 0
    assert ended.processor["store"] >= running
    assert ended.memory == {"store": 0, "analysis": 0}
