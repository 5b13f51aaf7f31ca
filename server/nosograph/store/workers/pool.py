"""A pool of worker processes on an event loop: every query gets its turn, its deadline, and the true reason of its end.

The state of a pool belongs to its loop, so nothing is locked: every method is called there, and whatever happens (a
reply, a deadline, a client that leaves, a worker that dies) is a callback there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from typing import Any, Final

from nosograph.errors import QueryTimeout, StoreError
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.endings import Ending, error_of_ending
from nosograph.store.workers.frames import ConnectionEnded, Message
from nosograph.store.workers.job import NO_HOOKS, Hooks, Job, Moved, busy, close_file_of, closing
from nosograph.store.workers.process import AnyPlan, WorkerProcess
from nosograph.store.workers.scheduling import STORE_PACE, Pace, Schedule
from nosograph.store.workers.supervisor import Supervisor

_LOG: Final = logging.getLogger(__name__)


class Pool:
    """Runs requests in workers.

    Args:
        plan: what each worker is told.
        places: how many long queries run at once.
        counters: where the pool counts what happens.
        start_process: starts a worker; raises ``OSError`` where the system has no room for one.
        pace: how long queries take here.
    """

    def __init__(
        self,
        plan: AnyPlan,
        places: int,
        counters: Counters,
        start_process: Callable[[Any], WorkerProcess] = WorkerProcess,
        pace: Pace = STORE_PACE,
    ) -> None:
        self._plan = plan
        self._counters = counters
        self._pace = pace
        self._schedule = Schedule(places, pace)
        self._free: list[WorkerProcess] = []
        self._jobs: dict[WorkerProcess, Job] = {}
        self._open = 0
        self._closing = False
        self._stopped = False
        self._drained = asyncio.Event()
        self._explaining: set[asyncio.Task[None]] = set()
        self._supervisor = Supervisor(
            plan,
            places + pace.spare,
            counters,
            start_process,
            ready=self._recycle,
            received=self._receive,
            ended=self._replace_ended,
            failed=self._refuse_waiting,
        )

    async def start(self) -> None:
        """Start the workers and wait until they are ready.

        Raises:
            StoreError: none can be started.
        """
        self._supervisor.begin()
        await self._supervisor.wait_settled()
        self._refuse_without_workers()

    async def run(
        self, content: bytes, limit: float, client: str, asked: float | None = None, hooks: Hooks = NO_HOOKS
    ) -> tuple[Message, float]:
        """Return a worker's reply to a request, and the seconds that it waited for a worker.

        Cancelling ends the query: it gives up its turn, or its worker is killed.

        Args:
            content: the request, an encoded frame.
            limit: seconds that the query may take from when it was asked: waiting and running together.
            client: who asks.
            asked: when it was asked, by ``time.monotonic``; now by default.
            hooks: what is told of it meanwhile.

        Raises:
            StoreError: as ``Store.answer`` says.
            Moved: it left, as a hook was told that it may.
        """
        if self._closing:
            raise closing()
        self._supervisor.begin()
        self._refuse_without_workers()
        loop = asyncio.get_running_loop()
        now = time.monotonic()
        job = Job(
            client=client,
            content=content,
            limit=limit,
            asked=now if asked is None else asked,
            entered=now,
            reply=loop.create_future(),
            hooks=hooks,
        )
        self._open += 1
        try:
            self._admit(job)
            return await job.reply, job.queued
        except BaseException:
            close_file_of(job.reply)
            raise
        finally:
            self._leave(job)

    def counts(self) -> tuple[int, int, int]:
        """Return how many queries wait, how many run, and how many workers are ready or busy."""
        return self._schedule.waiting, self._schedule.running, self._supervisor.present

    def retry(self) -> None:
        """Try again at once to start workers that could not be started."""
        self._supervisor.retry()

    @property
    def is_unreadable(self) -> bool:
        """Whether the last worker was started but could not open the release."""
        return self._supervisor.is_unreadable

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits or runs."""
        return not self._open

    @property
    def trouble(self) -> str:
        """Why the last worker could not be started, or nothing."""
        return self._supervisor.trouble

    async def close(self, patience: float) -> None:
        """Take no more requests, let those that run or wait end within ``patience`` seconds, and stop the workers."""
        if self._closing:
            return
        self._closing = True
        if self._open:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    await self._drained.wait()
        self._stopped = True
        self._refuse_waiting("The store is closing.")
        for job in list(self._jobs.values()):
            self._stop(job)
            self._fail(job, closing())
        for worker in self._free:
            self._end(worker)
        self._free.clear()
        await asyncio.gather(*self._explaining)
        await self._supervisor.close()

    # Taking a query in and letting it go

    def _admit(self, job: Job) -> None:
        """Start a query, or let it wait where its turn can be expected before its deadline."""
        self._wait(job)
        self._dispatch()
        if not job.is_waiting:
            return
        expected = self._schedule.expected_wait_of(job, self._supervisor.present)
        left = job.deadline - job.entered
        if expected > left:
            raise busy(
                "The queries that wait already would take longer than this one may.",
                expected - left,
                per_client=self._schedule.is_own_fault(job.client),
            )
        self._set_timer(job, left)

    def _leave(self, job: Job) -> None:
        """Let go of a query that is over, for whatever reason."""
        self._open -= 1
        if job.timer is not None:
            job.timer.cancel()
        if job.is_waiting:
            job.is_waiting = False
            self._schedule.leave(job)
        if job.worker is not None:
            self._counters.kill("client_gone")
            self._stop(job)
        if self._closing and not self._open:
            self._drained.set()

    def _wait(self, job: Job) -> None:
        job.is_waiting = True
        self._schedule.wait(job)

    def _dispatch(self) -> None:
        """Start those whose turn it is in the free workers."""
        while (task := self._schedule.next(len(self._free))) is not None:
            assert isinstance(task, Job)
            self._give(self._free.pop(), task)

    def _give(self, worker: WorkerProcess, job: Job) -> None:
        job.is_waiting = False
        try:
            worker.send(job.content)
        except ConnectionEnded:
            # It died while it had nothing to do, so the next one gets the request.
            self._counters.crash()
            self._discard(worker)
            self._wait(job)
            return
        now = time.monotonic()
        job.worker, job.queued, job.clock = worker, now - job.entered, None
        self._jobs[worker] = job
        self._schedule.begin(job, now)
        self._set_timer(job, min(self._pace.patience if job.is_long else self._pace.trial, job.deadline - now))
        job.hooks.begun()

    def _release(self, job: Job, *, is_done: bool) -> WorkerProcess:
        """Take its worker from a query."""
        worker = job.worker
        assert worker is not None
        job.worker = None
        del self._jobs[worker]
        self._schedule.end(job, time.monotonic(), is_done=is_done)
        return worker

    def _stop(self, job: Job, *, is_done: bool = False) -> None:
        """Kill the worker of a query."""
        self._discard(self._release(job, is_done=is_done))
        self._dispatch()

    def _discard(self, worker: WorkerProcess) -> None:
        worker.kill()
        self._supervisor.discard(worker)

    def _end(self, worker: WorkerProcess) -> None:
        worker.end()
        self._supervisor.discard(worker)

    def _fail(self, job: Job, error: StoreError) -> None:
        if not job.reply.done():
            job.reply.set_exception(error)

    def _refuse_waiting(self, why: str) -> None:
        """Refuse all that wait, unless there are workers to wait for and the store stays open."""
        if self._supervisor.present and not self._closing:
            return
        for task in self._schedule.take_all():
            assert isinstance(task, Job)
            task.is_waiting = False
            self._fail(task, StoreError(why, hint="Try again later."))

    def _refuse_without_workers(self) -> None:
        if self._supervisor.trouble and not self._supervisor.present:
            raise StoreError(self._supervisor.trouble, hint="Build the release again, or serve another one.")

    # Time

    def _set_timer(self, job: Job, seconds: float) -> None:
        if job.timer is not None:
            job.timer.cancel()
        job.timer = job.reply.get_loop().call_later(max(0.0, seconds), self._look, job)

    def _look(self, job: Job) -> None:
        """See whether the time of a query is up, or its slice, or the time for which it has priority."""
        now = time.monotonic()
        if now >= job.deadline:
            self._expire(job, now)
            return
        wanted = job.deadline - now
        if job.worker is not None:
            ran = now - job.began
            if not job.is_long:
                left = job.slice_left(self._pace, job.worker, ran)
                if left > 0:
                    wanted = min(wanted, left)
                elif self._turn_long(job, job.worker):
                    return
            if ran >= self._pace.patience:
                job.worker.step_back()
            elif job.is_long:
                wanted = min(wanted, self._pace.patience - ran)
        self._set_timer(job, wanted)

    def _expire(self, job: Job, now: float) -> None:
        if job.worker is None:
            wait = self._schedule.expected_wait_of(job, self._supervisor.present)
            self._fail(job, busy("No worker became free before the deadline of the query.", wait, per_client=False))
            return
        self._counters.kill("timeout")
        self._stop(job, is_done=True)
        self._fail(
            job,
            QueryTimeout(
                f"The query was stopped at its limit of {job.limit:g} seconds.",
                limit=job.limit,
                elapsed=now - job.asked,
                hint="Ask for less: more constants, fewer paths, a LIMIT without ORDER BY.",
            ),
        )

    def _turn_long(self, job: Job, worker: WorkerProcess) -> bool:
        """Count a query as a long one; return whether it has lost its worker by that."""
        worker.note_system_memory()
        if not job.excuses:
            job.hooks.turned_long(lambda: self._move(job))
        loser = self._schedule.turn_long(job)
        if loser is not None:
            assert isinstance(loser, Job)
            self._set_back(loser)
        return loser is job

    def _move(self, job: Job) -> None:
        """Let go of a query that another engine has begun with."""
        if job.reply.done():
            return
        job.reply.set_exception(Moved())
        if job.worker is not None:
            self._counters.kill("moved")
            self._stop(job)

    def _set_back(self, job: Job) -> None:
        """Take the worker of a long query and let it wait for a place, where one can be expected in time."""
        self._counters.kill("set_back")
        excused = job.is_excused(self._pace)
        self._stop(job)
        if excused:
            job.excuses += 1
            job.is_long = False
        left = job.deadline - time.monotonic()
        expected = self._schedule.expected_wait_of(job, self._supervisor.present)
        if expected > left:
            per_client = self._schedule.has_place(job.client)
            self._fail(job, busy("Too many long queries run already.", expected - left, per_client=per_client))
            return
        self._wait(job)
        self._set_timer(job, left)
        self._dispatch()

    # What workers do

    def _recycle(self, worker: WorkerProcess) -> None:
        """Take in a worker that has nothing to do, unless the pool has stopped meanwhile."""
        if self._stopped:
            self._end(worker)
            return
        self._free.append(worker)
        self._dispatch()

    def _receive(self, worker: WorkerProcess, reply: Message) -> None:
        """Pass a reply on to its query; a worker that says something unasked is ended."""
        job = self._jobs.get(worker)
        if job is None:
            self._free.remove(worker)
            self._discard(worker)
            reply.close()
            return
        self._release(job, is_done=True)
        if job.reply.done():
            reply.close()
        else:
            job.reply.set_result(reply)
        if "retire" in reply.header or worker.stepped_back:
            self._end(worker)
            self._dispatch()
        else:
            self._recycle(worker)

    def _replace_ended(self, worker: WorkerProcess) -> None:
        """Replace a worker that has ended by itself, and tell its query why."""
        self._counters.crash()
        job = self._jobs.get(worker)
        if job is None:
            self._free.remove(worker)
            self._supervisor.discard(worker)
            return
        self._release(job, is_done=False)
        explaining = asyncio.get_running_loop().create_task(self._explain(worker, job))
        self._explaining.add(explaining)
        explaining.add_done_callback(self._explaining.discard)

    async def _explain(self, worker: WorkerProcess, job: Job) -> None:
        ending, cause = await self._supervisor.explain(worker)
        self._supervisor.discard(worker)
        self._dispatch()
        if ending is Ending.CRASH:
            _LOG.info("A query brought worker %d down (%s).", worker.pid, cause)
        self._fail(job, error_of_ending(ending, cause, self._plan.query_memory))
