"""Answers queries from a release's own store, in worker processes that the serving process can kill.

The workers are looked after on an event loop: on the one that the store is bound to, or on one in a thread of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import threading
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from nosograph.errors import (
    ClientGone,
    DatasetTooLarge,
    QueryCrashed,
    QueryMemoryExceeded,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    ResultNotExpressible,
    ResultTooLarge,
    StoreBusy,
    StoreError,
    StoreTimedOut,
    WorkerKilled,
)
from nosograph.rdf.names import Base
from nosograph.release.opening import Release
from nosograph.search.database import SearchDatabase
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm
from nosograph.sparql.text_search import may_search
from nosograph.store.failures import error_of_reply
from nosograph.store.interface import Answer, Query, StoreStatistics, Timings, never
from nosograph.store.replaying import Replays
from nosograph.store.request import Request, prepare_request
from nosograph.store.routing import EngineReply, QueryRouter
from nosograph.store.text_search import TextSearch
from nosograph.store.workers.calls import LoopCall, LoopThread
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message
from nosograph.store.workers.on_demand import OnDemandPool
from nosograph.store.workers.pool import Pool
from nosograph.store.workers.process import AnalysisPlan, WorkerPlan
from nosograph.store.workers.scheduling import ANALYSIS_PACE

Result = TypeVar("Result")
SHORT_TEXT: Final = 4096
"""Characters of a query whose tokens are read in a millisecond or two."""

BESIDE_ENGINE: Final = 512 * 1024 * 1024
"""Bytes of address space that an analysis worker may take for terms, rows and results, beside what its engine takes."""

_MEBIBYTE: Final = 1024 * 1024
_OUTCOMES: Final[tuple[tuple[type[StoreError], str], ...]] = (
    (QuerySyntaxError, "syntax"),
    (QueryRefused, "refused"),
    (ResultNotExpressible, "refused"),
    (QueryTimeout, "timeout"),
    (QueryMemoryExceeded, "memory"),
    (QueryCrashed, "crashed"),
    (WorkerKilled, "crashed"),
    (ResultTooLarge, "too_large"),
    (DatasetTooLarge, "too_large"),
    (StoreTimedOut, "timeout"),
    (ClientGone, "client_gone"),
)


class StoredRelease(Protocol):
    """What the store needs of a release."""

    @property
    def store_folder(self) -> Path:
        """The folder of the store."""
        ...

    @property
    def analysis_database(self) -> Path:
        """The analysis file."""
        ...

    @property
    def base(self) -> Base:
        """The base of the data, whose prefixes answers in Turtle declare."""
        ...

    @property
    def version(self) -> str:
        """The release's version."""
        ...

    @property
    def overlapping_graphs(self) -> Collection[tuple[str, str]] | None:
        """IRIs of each two named graphs that have a triple in common; None where that is not known."""
        ...


@dataclass(frozen=True)
class Pools:
    """The pools of one process.

    Attributes:
        process: the process.
        loop: the loop on which they are looked after.
        thread: the thread of that loop, where it has one of its own.
        plain: workers without network.
        calling: those that call services.
        analysis: those of the analysis engine.
        service: those that ask a service which holds the release.
        router: chooses between the engines.
        replays: compares the engines.
    """

    process: int
    loop: asyncio.AbstractEventLoop
    thread: LoopThread | None
    plain: Pool
    calling: Pool | None
    analysis: OnDemandPool | None
    service: Pool | None
    router: QueryRouter
    replays: Replays

    @property
    def all(self) -> tuple[Pool | OnDemandPool, ...]:
        """Every pool that there is."""
        return tuple(pool for pool in (self.plain, self.calling, self.analysis, self.service) if pool is not None)


class _Counted:
    """Counts the query that is answered within it; a generator would take three times as long."""

    __slots__ = ("_began", "_counters")

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._began = time.monotonic()

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._counters.end(_outcome(error), time.monotonic() - self._began)


def _outcome(error: BaseException | None) -> str:
    if error is None:
        return "answered"
    if isinstance(error, asyncio.CancelledError):
        return "client_gone"
    if isinstance(error, StoreBusy):
        return "busy_client" if error.per_client else "busy"
    return next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "failed")


class EmbeddedStore:
    """A ``Store`` of one release; starts its workers with the first query or with ``start``.

    It can be asked on an event loop as well: ``bind`` it to the loop and await ``ask`` there. The other methods wait,
    so they are called in other threads than that of the loop.

    Args:
        release: the release that is asked.
        settings: how many workers there are, and what a query may use.
        index: the search index, for text search in queries; None where there is none.
    """

    def __init__(self, release: StoredRelease, settings: Settings, index: SearchDatabase | None = None) -> None:
        self._release = release
        self._settings = settings
        self._counters = Counters()
        overlaps = release.overlapping_graphs
        prefixes = release.base.prefixes()
        self._text_search = TextSearch(index, prefixes)
        self._plan = WorkerPlan(
            store=str(release.store_folder.resolve()),
            memory=settings.query_memory * _MEBIBYTE,
            result=settings.query_result * _MEBIBYTE,
            prefixes=prefixes,
            overlaps=None if overlaps is None else sorted(overlaps),
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pools: Pools | None = None
        self._making = threading.Lock()

    @property
    def release(self) -> str:
        """The version of the release."""
        return self._release.version

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look after the workers on an event loop; call it before anything is asked.

        Raises:
            RuntimeError: workers are looked after on another loop already.
        """
        if self._pools is not None and self._pools.process == os.getpid() and self._pools.loop is not loop:
            raise RuntimeError("The store is in use on another event loop.")
        self._loop = loop

    def start(self) -> None:
        """Start the workers and wait until they have opened the release; as ``Store.start`` says."""
        self._call(self._own_pools().plain.start())

    async def async_start(self) -> None:
        """Do what ``start`` does, awaited on the loop that the store is bound to."""
        await self._own_pools().plain.start()

    def answer(self, query: Query, *, gone: Callable[[], bool] = never) -> Answer:
        """Return the complete answer to a query; as ``Store.answer`` says."""
        with self._counted():
            request = self._prepare(query, check=False)
            return self._call(self._ask(query, request), gone)

    async def ask(self, query: Query) -> Answer:
        """Return the complete answer to a query, awaited on the loop that the store is bound to.

        Cancelling the task that awaits it ends the query. Raises what ``Store.answer`` says.
        """
        with self._counted():
            return await self._ask(query, await self._prepare_beside(query, check=False))

    def check(self, query: Query, *, gone: Callable[[], bool] = never) -> None:
        """Parse a query without evaluating it; as ``Store.check`` says."""
        with self._counted():
            request = self._prepare(query, check=True)
            self._call(self._check(request), gone)

    async def async_check(self, query: Query) -> None:
        """Do what ``check`` does, awaited on the loop that the store is bound to."""
        with self._counted():
            await self._check(await self._prepare_beside(query, check=True))

    def statistics(self) -> StoreStatistics:
        """Return counters and state; as ``Store.statistics`` says."""
        pools = self._pools
        if pools is None:
            return self._counters.statistics(0, 0, 0)
        queued, running, workers = (sum(counts) for counts in zip(*(pool.counts() for pool in pools.all), strict=True))
        analysing = 0 if pools.analysis is None else pools.analysis.counts()[2]
        return self._counters.statistics(queued, running, workers - analysing, pools.plain.trouble, analysing)

    def close(self, *, grace: float = 0.0) -> None:
        """Let the queries that run or wait end, then stop the workers; returns when no worker is left.

        Args:
            grace: seconds in which further queries are still taken, for requests that found this store open.
        """
        time.sleep(grace)
        pools = self._pools
        if pools is None or pools.process != os.getpid():
            return
        with contextlib.suppress(StoreBusy):  # it was closed before
            self._call(self.async_close())
        if pools.thread is not None:
            pools.thread.stop()

    async def async_close(self) -> None:
        """Do what ``close`` does, awaited on the loop that the store is bound to, without grace."""
        if self._pools is not None:
            patience = self._settings.query_timeout + 1.0
            await self._pools.replays.close()
            await asyncio.gather(*(pool.close(patience) for pool in self._pools.all))

    # On which loop

    def _own_pools(self) -> Pools:
        """Return the pools of this process; those of a process that it was forked from are not its own."""
        with self._making:
            if self._pools is None or self._pools.process != os.getpid():
                thread, loop = None, self._loop
                if loop is None:
                    thread = LoopThread()
                    loop = thread.loop
                self._pools = self._make_pools(loop, thread)
            return self._pools

    def _make_pools(self, loop: asyncio.AbstractEventLoop, thread: LoopThread | None) -> Pools:
        settings, counters = self._settings, self._counters
        plain = Pool(self._plan, settings.query_workers, counters)
        calling = analysis = None
        if settings.query_service_allow:
            calling = Pool(dataclasses.replace(self._plan, network=True), settings.query_workers, counters)
        if settings.analysis_workers:
            analysis = OnDemandPool(self._make_analysis_pool)
        router = QueryRouter(plain, analysis, settings)
        replays = Replays(router, settings.analysis_replay, counters)
        service = self._make_service_pool(self._plan, counters)
        return Pools(os.getpid(), loop, thread, plain, calling, analysis, service, router, replays)

    def _make_service_pool(self, plan: WorkerPlan, counters: Counters) -> Pool | None:
        """Return the workers that ask a service which holds the release; here there is none."""
        return None

    def _make_analysis_pool(self) -> Pool:
        settings = self._settings
        plan = AnalysisPlan(
            file=str(self._release.analysis_database.resolve()),
            engine=settings.analysis_memory,
            memory=2 * settings.analysis_memory * _MEBIBYTE + BESIDE_ENGINE,
            result=self._plan.result,
            prefixes=self._plan.prefixes,
        )
        return Pool(plan, settings.analysis_workers, self._counters, pace=ANALYSIS_PACE)

    def _call(self, coroutine: Coroutine[Any, Any, Result], gone: Callable[[], bool] = never) -> Result:
        """Run a coroutine on the loop and wait for it in this thread."""
        return LoopCall(self._own_pools().loop, coroutine).result(gone)

    # One query

    def _counted(self) -> _Counted:
        """Count a query by its outcome."""
        return _Counted(self._counters)

    def _prepare(self, query: Query, *, check: bool) -> Request:
        return prepare_request(query, self._settings, self._release.base, self._text_search, check=check)

    async def _prepare_beside(self, query: Query, *, check: bool) -> Request:
        """Do what ``_prepare`` does, in a thread where that takes long, so that the loop goes on."""
        if len(query.text) > SHORT_TEXT or may_search(query.text):
            return await asyncio.to_thread(self._prepare, query, check=check)
        return self._prepare(query, check=check)

    async def _ask(self, query: Query, request: Request) -> Answer:
        pools = self._own_pools()
        found = await self._found(pools, query, request)
        self._counters.answer(found.engine)
        pools.replays.offer(request, found)
        reply = found.message
        fields = reply.header
        timings = Timings(request.read, found.queued, fields["evaluate"], fields["serialise"])
        form = QueryForm(fields["form"])
        content = reply.body if reply.file is None else os.fdopen(reply.file, "rb")
        return Answer(form, query.formats[form], timings, content, is_volatile=request.is_volatile, engine=found.engine)

    async def _found(self, pools: Pools, query: Query, request: Request) -> EngineReply:
        """Return the reply of the engine that a query goes to."""
        if request.calling and pools.calling is not None:
            message, queued = await self._run(pools.calling, request)
            return EngineReply(message, queued, Engine.STORE)
        return await pools.router.run(request)

    async def _check(self, request: Request) -> None:
        pools = self._own_pools()
        await self._run(pools.calling if request.calling and pools.calling is not None else pools.plain, request)

    async def _run(self, pool: Pool, request: Request) -> tuple[Message, float]:
        """Return the reply of a worker of the store, and the seconds that the request waited for it."""
        reply, queued = await pool.run(request.content, request.limit, request.client, request.asked)
        if "error" in reply.header:
            raise error_of_reply(reply.header, self._settings, self._settings.query_memory)
        return reply, queued


def open_embedded(release: Release, settings: Settings) -> EmbeddedStore:
    """Return the store of a release, with its search index."""
    return EmbeddedStore(release, settings, SearchDatabase(release.search_database, release.vocabulary))
