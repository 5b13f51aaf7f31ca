"""A pool of worker processes: fair waiting, deadlines from outside, and a replacement for every worker that ends."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from nosograph.errors import ClientGone, QueryCrashed, QueryMemoryExceeded, QueryTimeout, StoreBusy, StoreError
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import ConnectionEnded, Message
from nosograph.store.workers.process import Ending, WorkerPlan, WorkerProcess
from nosograph.store.workers.queueing import FairQueue

POLL: Final = 0.05
"""Seconds between two looks at whether the client is still there."""

PATIENCE: Final = 0.5
"""Seconds after which a query lets quicker ones go first."""

OPENING: Final = 60.0
"""Seconds that a worker may take to open the release."""

_LOG: Final = logging.getLogger(__name__)


@dataclass(eq=False)
class _Ticket:
    """A query that waits: ``served`` is set when it has a worker, or when it will never have one."""

    client: str
    served: threading.Event = field(default_factory=threading.Event)
    worker: WorkerProcess | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Bounds:
    """How many queries run at once, may wait, and may wait for one client."""

    running: int
    waiting: int
    waiting_per_client: int


class Pool:
    """Runs requests in workers. One worker more than may run for one client stands ready, for the other clients.

    Args:
        plan: what each worker is told.
        bounds: how many queries may run and wait.
        counters: where the pool counts what happens.
        start_process: starts a worker; raises ``OSError`` where the system has no room for one.
    """

    def __init__(
        self,
        plan: WorkerPlan,
        bounds: Bounds,
        counters: Counters,
        start_process: Callable[[WorkerPlan], WorkerProcess] = WorkerProcess,
    ) -> None:
        self._plan = plan
        self._bounds = bounds
        self._counters = counters
        self._start_process = start_process
        self._target = bounds.running + 1
        self._lock = threading.Condition()
        self._free: list[WorkerProcess] = []
        self._fallen: list[WorkerProcess] = []
        self._present = 0
        self._running: Counter[str] = Counter()
        self._queue: FairQueue[_Ticket] = FairQueue()
        self._supervisor: threading.Thread | None = None
        self._owner = 0
        self._trouble = ""
        self._failures = 0
        self._closing = False
        self._stopping = False
        self._usual = 0.05

    def start(self) -> None:
        """Start the workers and wait until they are ready.

        Raises:
            StoreError: none can be started.
        """
        with self._lock:
            self._ensure_supervisor()
            while len(self._free) < self._target and not self._trouble and not self._closing:
                self._lock.wait(1.0)
            if self._trouble and not self._free:
                raise StoreError(self._trouble, hint="Build the release again, or serve another one.")

    def run(self, frame: Message, limit: float, client: str, gone: Callable[[], bool]) -> tuple[Message, float]:
        """Return a worker's reply to a request, and the seconds that it waited for a worker.

        Args:
            frame: the request.
            limit: seconds that waiting and running may take together.
            client: who asks.
            gone: whether the client has gone away.

        Raises:
            StoreError: as ``Store.answer`` says.
        """
        began = time.monotonic()
        while True:
            with self._worker(client, began, limit, gone) as worker:
                queued = time.monotonic() - began
                try:
                    worker.send(frame)
                except ConnectionEnded:
                    # It died while it had nothing to do, so the next one gets the request.
                    self._counters.crash()
                    worker.kill()
                    continue
                reply = self._await(worker, began, limit, gone)
                with self._lock:
                    self._usual += 0.1 * (time.monotonic() - began - queued - self._usual)
                return reply, queued

    def counts(self) -> tuple[int, int, int]:
        """Return how many queries wait, how many run, and how many workers are ready or busy."""
        with self._lock:
            running = self._running.total()
            return len(self._queue), running, running + len(self._free)

    def retry(self) -> None:
        """Have the supervisor try again at once to start what is missing, and wait until it has tried."""
        with self._lock:
            self._lock.notify_all()
            self._lock.wait(1.0)

    @property
    def trouble(self) -> str:
        """Why the last worker could not be started, or nothing."""
        with self._lock:
            return self._trouble

    def close(self, patience: float) -> None:
        """Take no more requests, let those that run or wait end within ``patience`` seconds, and stop the workers."""
        with self._lock:
            if self._owner != os.getpid():
                return
            self._closing = True
            self._lock.notify_all()
            deadline = time.monotonic() + patience
            while (len(self._queue) or self._running.total()) and time.monotonic() < deadline:
                self._lock.wait(min(POLL, patience))
            self._stopping = True
            self._refuse_waiting("The store is closing.")
            self._lock.notify_all()
            supervisor = self._supervisor
        if supervisor is not None:
            supervisor.join()

    # Waiting for a worker

    @contextlib.contextmanager
    def _worker(self, client: str, began: float, limit: float, gone: Callable[[], bool]) -> Iterator[WorkerProcess]:
        worker = self._acquire(client, began, limit, gone)
        try:
            yield worker
        except BaseException:
            worker.kill()  # a reply that nobody has taken must not become the next request's
            raise
        finally:
            self._release(worker, client)

    def _acquire(self, client: str, began: float, limit: float, gone: Callable[[], bool]) -> WorkerProcess:
        with self._lock:
            self._ensure_supervisor()
            if self._closing:
                raise StoreBusy("The store is closing.", retry_after=1)
            if self._free and self._may_go(client) and not self._queue.waiting(client):
                self._running[client] += 1
                return self._free.pop()
            self._refuse_too_many(client)
            ticket = _Ticket(client)
            self._queue.push(client, ticket)
        try:
            self._wait(ticket, began + limit, gone)
        except BaseException:
            with self._lock:  # a worker that nobody waits for would never be given back
                self._queue.remove(client, ticket)
                if ticket.worker is not None:
                    self._give_back(ticket.worker, client)
            raise
        if ticket.worker is None:
            raise StoreError(ticket.refusal, hint="Try again later.")
        return ticket.worker

    def _wait(self, ticket: _Ticket, deadline: float, gone: Callable[[], bool]) -> None:
        """Wait until a ticket is served.

        Raises:
            ClientGone: ``gone`` said so.
            StoreBusy: the deadline passed first.
        """
        while not ticket.served.wait(min(POLL, max(0.0, deadline - time.monotonic()))):
            if gone():
                raise ClientGone("The client closed its connection.")
            if time.monotonic() >= deadline:
                with self._lock:
                    raise self._busy("No worker became free before the deadline of the query.", per_client=False)

    def _may_go(self, client: str) -> bool:
        return self._running[client] < self._bounds.running

    def _refuse_too_many(self, client: str) -> None:
        if self._queue.waiting(client) >= self._bounds.waiting_per_client:
            raise self._busy("Too many queries of this client wait already.", per_client=True)
        if len(self._queue) >= self._bounds.waiting:
            raise self._busy("Too many queries wait already.", per_client=False)

    def _busy(self, what: str, *, per_client: bool) -> StoreBusy:
        seconds = round(self._usual * (len(self._queue) + 1) / self._bounds.running + 0.5)
        return StoreBusy(
            what, retry_after=min(max(1, seconds), 120), per_client=per_client, hint="Try again in a moment."
        )

    def _serve_waiting(self) -> None:
        while self._free and (ticket := self._queue.pop(self._may_go)) is not None:
            ticket.worker = self._free.pop()
            self._running[ticket.client] += 1
            ticket.served.set()

    def _refuse_waiting(self, why: str) -> None:
        while (ticket := self._queue.pop(lambda client: True)) is not None:
            ticket.refusal = why
            ticket.served.set()

    def _release(self, worker: WorkerProcess, client: str) -> None:
        with self._lock:
            self._give_back(worker, client)

    def _give_back(self, worker: WorkerProcess, client: str) -> None:
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        if worker.usable:
            self._free.append(worker)
        else:
            self._present -= 1
            self._fallen.append(worker)
        self._serve_waiting()
        if self._fallen or self._closing:
            self._lock.notify_all()

    # Running in a worker

    def _await(self, worker: WorkerProcess, began: float, limit: float, gone: Callable[[], bool]) -> Message:
        asked = time.monotonic()
        try:
            while True:
                now = time.monotonic()
                if now >= began + limit:
                    worker.kill()
                    self._counters.kill("timeout")
                    raise QueryTimeout(
                        f"The query was stopped at its limit of {limit:g} seconds.",
                        limit=limit,
                        elapsed=now - began,
                        hint="Ask for less: more constants, fewer paths, a LIMIT without ORDER BY.",
                    )
                if worker.readable(min(POLL, began + limit - now)):
                    reply = worker.read()
                    if reply is not None:
                        worker.keep_quiet()
                        if "retire" in reply.header or worker.stepped_back:
                            worker.end()
                        return reply
                elif now - asked > PATIENCE:
                    worker.step_back()
                if now - asked >= POLL and gone():
                    worker.kill()
                    self._counters.kill("client_gone")
                    raise ClientGone("The client closed its connection, so its query was stopped.")
        except ConnectionEnded:
            self._counters.crash()
            raise self._explain(worker) from None

    def _explain(self, worker: WorkerProcess) -> StoreError:
        ending, cause = worker.explain()
        if ending is Ending.MEMORY:
            return memory_exceeded(self._plan.memory)
        _LOG.info("A query brought worker %d down (%s).", worker.pid, cause)
        return QueryCrashed(
            f"The query brought the engine down ({cause}).",
            hint="It is nested too deeply or too long for the engine: write it flatter, or in several queries.",
        )

    # Keeping the workers up, in a thread that lives as long as they do

    def _ensure_supervisor(self) -> None:
        if self._owner == os.getpid():
            return
        # Not started yet, or in a process that was forked from the one that started: its workers are not ours.
        self._owner = os.getpid()
        self._free, self._fallen, self._present = [], [], 0
        self._running, self._queue = Counter(), FairQueue()
        self._supervisor = threading.Thread(target=self._supervise, name="nosograph-workers", daemon=True)
        self._supervisor.start()

    def _supervise(self) -> None:
        while True:
            with self._lock:
                if not (self._stopping or self._fallen or self._present < self._target):
                    self._lock.wait(1.0)
                self._remove_dead()
                fallen, self._fallen = self._fallen, []
                missing = 0 if self._stopping else self._target - self._present
                self._present += missing
                if self._stopping:
                    fallen += self._free
                    self._free = []
                    for worker in fallen:
                        worker.end()
                stopped = self._stopping and not self._running.total()
            for _ in range(missing):
                self._start_one()
            for worker in fallen:
                worker.reap()
            if stopped:
                return

    def _start_one(self) -> None:
        """Start a worker; where the system has no room for one, note why and let the supervisor try again later."""
        try:
            worker = self._start_process(self._plan)
        except OSError as error:
            self._note_failure(f"No worker process can be started: {error.strerror or error}.")
            return
        self._take_in(worker)

    def _note_failure(self, trouble: str) -> None:
        """Refuse what waits, and wait the longer the more starts have failed in a row."""
        with self._lock:
            self._trouble = trouble
            self._present -= 1
            self._failures += 1
            if self._failures == 1 or self._failures % 12 == 0:
                _LOG.error("%s It is tried again.", trouble)
            if not self._present:
                self._refuse_waiting(trouble)
            self._lock.notify_all()
            if not self._stopping:
                self._lock.wait(min(5.0, 0.1 * 2 ** min(self._failures, 10)))

    def _remove_dead(self) -> None:
        dead = [worker for worker in self._free if not worker.alive()]
        for worker in dead:
            self._free.remove(worker)
            self._present -= 1
            self._counters.crash()
        self._fallen += dead

    def _take_in(self, worker: WorkerProcess) -> None:
        trouble = worker.wait_ready(OPENING)
        if trouble:
            worker.kill()
            worker.reap()
            self._note_failure(trouble)
            return
        if not worker.sandbox and not self._plan.network and not self._failures:
            _LOG.warning(
                "This system offers neither seccomp nor network namespaces, so workers keep their network; "
                "SERVICE is still refused by its token."
            )
        with self._lock:
            self._trouble = ""
            self._failures = 0
            self._counters.start()
            self._free.append(worker)
            self._serve_waiting()
            self._lock.notify_all()


def memory_exceeded(limit: int) -> QueryMemoryExceeded:
    """Return the error for a query that needed more memory than its worker may use."""
    return QueryMemoryExceeded(
        f"The query needed more than the {limit // 1024**2} MiB of memory that a query may use.",
        limit=limit,
        hint="Ask for less at once: a smaller LIMIT, fewer values, no ORDER BY of everything.",
    )
