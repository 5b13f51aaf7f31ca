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
from collections.abc import Callable, Collection, Coroutine, Iterator
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
    WorkerKilled,
)
from nosograph.rdf.names import Base
from nosograph.search.database import SearchDatabase
from nosograph.settings import Settings
from nosograph.sparql.extensions import refuse_full_text
from nosograph.sparql.form import BYTE_ORDER_MARK, QueryForm, is_volatile, query_form, refuse_services
from nosograph.sparql.text_search import may_search
from nosograph.store.failures import error_of_reply
from nosograph.store.interface import Answer, Query, StoreStatistics, Timings, never
from nosograph.store.text_search import TextSearch
from nosograph.store.workers.calls import LoopCall, LoopThread
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message, encode_frame
from nosograph.store.workers.pool import Pool
from nosograph.store.workers.process import WorkerPlan

Result = TypeVar("Result")
SHORT_TEXT: Final = 4096
"""Characters of a query whose tokens are read in a millisecond or two."""

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
    (ClientGone, "client_gone"),
)


class StoredRelease(Protocol):
    """What the store needs of a release."""

    @property
    def store_folder(self) -> Path:
        """The folder of the store."""
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
class _Request:
    """A query as a worker is asked it."""

    content: bytes
    form: QueryForm
    limit: float
    calling: bool
    client: str
    is_volatile: bool
    read: float


@dataclass(frozen=True)
class _Pools:
    """The pools of one process: of the workers without network, and of those that call services."""

    process: int
    loop: asyncio.AbstractEventLoop
    thread: LoopThread | None
    plain: Pool
    calling: Pool | None

    @property
    def all(self) -> tuple[Pool, ...]:
        return (self.plain,) if self.calling is None else (self.plain, self.calling)


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
        self._pools: _Pools | None = None
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
            self._call(self._run(request), gone)

    async def async_check(self, query: Query) -> None:
        """Do what ``check`` does, awaited on the loop that the store is bound to."""
        with self._counted():
            await self._run(await self._prepare_beside(query, check=True))

    def statistics(self) -> StoreStatistics:
        """Return counters and state; as ``Store.statistics`` says."""
        pools = self._pools
        if pools is None:
            return self._counters.statistics(0, 0, 0)
        queued, running, workers = (sum(counts) for counts in zip(*(pool.counts() for pool in pools.all), strict=True))
        return self._counters.statistics(queued, running, workers, pools.plain.trouble)

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
            await asyncio.gather(*(pool.close(patience) for pool in self._pools.all))

    # On which loop

    def _own_pools(self) -> _Pools:
        """Return the pools of this process; those of a process that it was forked from are not its own."""
        with self._making:
            if self._pools is None or self._pools.process != os.getpid():
                thread, loop = None, self._loop
                if loop is None:
                    thread = LoopThread()
                    loop = thread.loop
                calling = None
                if self._settings.query_service_allow:
                    plan = dataclasses.replace(self._plan, network=True)
                    calling = Pool(plan, self._settings.query_workers, self._counters)
                self._pools = _Pools(
                    process=os.getpid(),
                    loop=loop,
                    thread=thread,
                    plain=Pool(self._plan, self._settings.query_workers, self._counters),
                    calling=calling,
                )
            return self._pools

    def _call(self, coroutine: Coroutine[Any, Any, Result], gone: Callable[[], bool] = never) -> Result:
        """Run a coroutine on the loop and wait for it in this thread."""
        return LoopCall(self._own_pools().loop, coroutine).result(gone)

    # One query

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        """Count a query by its outcome."""
        began = time.monotonic()
        outcome = "failed"
        try:
            yield
            outcome = "answered"
        except asyncio.CancelledError:
            outcome = "client_gone"
            raise
        except StoreBusy as busy:
            outcome = "busy_client" if busy.per_client else "busy"
            raise
        except StoreError as error:
            outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "failed")
            raise
        finally:
            self._counters.end(outcome, time.monotonic() - began)

    def _prepare(self, query: Query, *, check: bool) -> _Request:
        """Return a query as a worker is asked it, read by its tokens alone.

        Raises:
            QuerySyntaxError: it is an update, or no query begins like this.
            QueryRefused: it is too long, asks for another server's full-text search, or calls a SERVICE that is not
                allowed.
            TextSearchError: its text search cannot be answered.
            SearchUnavailable: it asks the search index, which is not there.
        """
        began = time.perf_counter()
        text = query.text.removeprefix(BYTE_ORDER_MARK)
        self._refuse_length(text)
        form = query_form(text)
        refuse_full_text(text)
        calling = refuse_services(text, self._settings.query_service_allow)
        evaluated = self._text_search.answered(text)
        header: dict[str, Any] = {
            "check": check,
            "form": form,
            "formats": {name: format.name for name, format in query.formats.items()},
            "base": query.base or f"{self._release.base.iri}sparql",
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
        }
        body = _encoded(text)
        if evaluated is not None:
            header["asked"], body = text, evaluated.encode()
        content = encode_frame(Message(header, body))
        limit = self._settings.query_timeout
        if query.timeout is not None:
            limit = max(0.0, min(limit, query.timeout))
        volatile = is_volatile(text)
        return _Request(content, form, limit, calling, query.client, volatile, time.perf_counter() - began)

    async def _prepare_beside(self, query: Query, *, check: bool) -> _Request:
        """Do what ``_prepare`` does, in a thread where that takes long, so that the loop goes on."""
        if len(query.text) > SHORT_TEXT or may_search(query.text):
            return await asyncio.to_thread(self._prepare, query, check=check)
        return self._prepare(query, check=check)

    async def _ask(self, query: Query, request: _Request) -> Answer:
        reply, queued = await self._run(request)
        fields = reply.header
        timings = Timings(parse=request.read, queue=queued, evaluate=fields["evaluate"], serialise=fields["serialise"])
        form = QueryForm(fields["form"])
        content = reply.body if reply.file is None else os.fdopen(reply.file, "rb")
        return Answer(form, query.formats[form], timings, content, is_volatile=request.is_volatile)

    async def _run(self, request: _Request) -> tuple[Message, float]:
        """Return the reply of a worker, and the seconds that the request waited for it."""
        pools = self._own_pools()
        pool = pools.calling if request.calling and pools.calling is not None else pools.plain
        reply, queued = await pool.run(request.content, request.limit, request.client)
        if "error" in reply.header:
            raise error_of_reply(reply.header, self._settings)
        return reply, queued

    def _refuse_length(self, text: str) -> None:
        bound = self._settings.query_text * 1024
        if len(text) > bound:
            raise QueryRefused(
                f"The query is longer than the {self._settings.query_text} KiB that a query may have.",
                hint="Ask in several queries.",
            )


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line, column = text.count("\n", 0, error.start) + 1, error.start - text.rfind("\n", 0, error.start)
        raise QuerySyntaxError(
            "The query holds half of a surrogate pair, which is no character.", line=line, column=column
        ) from None
