"""Answers queries from a release's own store, in worker processes that the serving process can kill."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

from nosograph.errors import (
    ClientGone,
    DatasetTooLarge,
    NoSpoolSpace,
    QueryCrashed,
    QueryMemoryExceeded,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    RemoteStoreError,
    ResultNotExpressible,
    ResultTooLarge,
    StoreBusy,
    StoreError,
)
from nosograph.rdf.names import Base
from nosograph.settings import Settings
from nosograph.sparql.form import BYTE_ORDER_MARK, QueryForm, query_form, refuse_services
from nosograph.store.interface import Answer, Query, StoreStatistics, Timings, never
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message
from nosograph.store.workers.pool import Bounds, Pool, memory_exceeded
from nosograph.store.workers.process import WorkerPlan

Result = TypeVar("Result")

MEBIBYTE: Final = 1024 * 1024
_OUTCOMES: Final[tuple[tuple[type[StoreError], str], ...]] = (
    (QuerySyntaxError, "syntax"),
    (QueryRefused, "refused"),
    (ResultNotExpressible, "refused"),
    (QueryTimeout, "timeout"),
    (QueryMemoryExceeded, "memory"),
    (QueryCrashed, "crashed"),
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


class EmbeddedStore:
    """A ``Store`` of one release; starts its workers with the first query or with ``start``.

    Args:
        release: the release that is asked.
        settings: how many workers there are, and what a query may use.
    """

    def __init__(self, release: StoredRelease, settings: Settings) -> None:
        self._release = release
        self._settings = settings
        self._counters = Counters()
        overlaps = release.overlapping_graphs
        plan = WorkerPlan(
            store=str(release.store_folder.resolve()),
            memory=settings.query_memory * MEBIBYTE,
            result=settings.query_result * MEBIBYTE,
            prefixes=release.base.prefixes(),
            overlaps=None if overlaps is None else sorted(overlaps),
        )
        bounds = Bounds(settings.query_workers, settings.query_queue, settings.query_queue_client)
        self._pool = Pool(plan, bounds, self._counters)
        self._calling: Pool | None = None
        if settings.query_service_allow:
            self._calling = Pool(dataclasses.replace(plan, network=True), bounds, self._counters)

    @property
    def release(self) -> str:
        """The version of the release."""
        return self._release.version

    def start(self) -> None:
        """Start the workers and wait until they have opened the release; as ``Store.start`` says."""
        self._pool.start()

    def answer(self, query: Query, *, gone: Callable[[], bool] = never) -> Answer:
        """Return the complete answer to a query; as ``Store.answer`` says."""
        return self._counted(lambda: self._answer(query, gone))

    def check(self, query: Query, *, gone: Callable[[], bool] = never) -> None:
        """Parse a query without evaluating it; as ``Store.check`` says."""
        self._counted(lambda: self._ask(query, gone, check=True))

    def statistics(self) -> StoreStatistics:
        """Return counters and state; as ``Store.statistics`` says."""
        queued, running, workers = self._pool.counts()
        if self._calling is not None:
            queued, running, workers = (
                first + second for first, second in zip(self._pool.counts(), self._calling.counts(), strict=True)
            )
        return self._counters.statistics(queued, running, workers, self._pool.trouble)

    def close(self, *, grace: float = 0.0) -> None:
        """Let the queries that run or wait end, then stop the workers; returns when no worker is left.

        Args:
            grace: seconds in which further queries are still taken, for requests that found this store open.
        """
        time.sleep(grace)
        for pool in (self._pool, self._calling):
            if pool is not None:
                pool.close(self._settings.query_timeout + 1.0)

    def _counted(self, work: Callable[[], Result]) -> Result:
        began = time.monotonic()
        outcome = "failed"
        try:
            result = work()
            outcome = "answered"
            return result
        except StoreBusy as busy:
            outcome = "busy_client" if busy.per_client else "busy"
            raise
        except StoreError as error:
            outcome = next((name for kind, name in _OUTCOMES if isinstance(error, kind)), "failed")
            raise
        finally:
            self._counters.end(outcome, time.monotonic() - began)

    def _answer(self, query: Query, gone: Callable[[], bool]) -> Answer:
        reply, form, timings = self._ask(query, gone, check=False)
        format = query.formats[form]
        if reply.file is not None:
            return Answer(form, format, timings, os.fdopen(reply.file, "rb"))
        return Answer(form, format, timings, reply.body)

    def _ask(self, query: Query, gone: Callable[[], bool], *, check: bool) -> tuple[Message, QueryForm, Timings]:
        began = time.perf_counter()
        text = query.text.removeprefix(BYTE_ORDER_MARK)
        self._refuse_length(text)
        form = query_form(text)
        calling = refuse_services(text, self._settings.query_service_allow)
        pool = self._calling if calling and self._calling is not None else self._pool
        header = {
            "check": check,
            "form": form,
            "formats": {name: format.name for name, format in query.formats.items()},
            "base": query.base,
            "default_graphs": query.default_graphs,
            "named_graphs": query.named_graphs,
        }
        frame = Message(header, _encoded(text))
        limit = self._settings.query_timeout
        if query.timeout is not None:
            limit = max(0.0, min(limit, query.timeout))
        read = time.perf_counter() - began
        reply, queued = pool.run(frame, limit, query.client, gone)
        fields = reply.header
        if "error" in fields:
            raise self._failure(fields)
        timings = Timings(
            parse=read,
            queue=queued,
            evaluate=fields.get("evaluate", 0.0),
            serialise=fields.get("serialise", 0.0),
        )
        return reply, QueryForm(fields.get("form", form)), timings

    def _refuse_length(self, text: str) -> None:
        bound = self._settings.query_text * 1024
        if len(text) > bound:
            raise QueryRefused(
                f"The query is longer than the {self._settings.query_text} KiB that a query may have.",
                hint="Ask in several queries.",
            )

    def _failure(self, fields: dict[str, Any]) -> StoreError:
        what, hint = str(fields.get("what", "")), str(fields.get("hint", ""))
        match fields["error"]:
            case "syntax":
                return QuerySyntaxError(what, line=fields.get("line"), column=fields.get("column"), hint=hint)
            case "memory":
                return memory_exceeded(self._settings.query_memory * MEBIBYTE)
            case "crashed":
                return QueryCrashed(f"The query brought the engine down ({what}).", hint="Write it in another way.")
            case "too_large":
                return ResultTooLarge(
                    f"The result is larger than the {self._settings.query_result} MiB that an answer may have.",
                    limit=self._settings.query_result * MEBIBYTE,
                    hint="Ask for less: a LIMIT, fewer variables, or take the dump of the release.",
                )
            case "dataset_too_large":
                return DatasetTooLarge(
                    f"The graphs of this query share triples and have more than the {fields['limit']:,} quads that can "
                    "be merged for one query.",
                    limit=fields["limit"],
                    hint="Ask without FROM, which asks all graphs, or name one graph, or use GRAPH in the pattern.",
                )
            case "unreadable_from":
                return QuerySyntaxError(what, hint=hint)
            case "inexpressible":
                return ResultNotExpressible(what, hint=hint)
            case "failed" if what.endswith("is not supported"):
                return QueryRefused(f"{what}.", hint="Use the functions and forms that SPARQL 1.1 itself defines.")
            case "remote":
                return RemoteStoreError(
                    f"A service that the query calls did not answer as it should: {what}.",
                    hint="Ask that service directly, or call it with SERVICE SILENT.",
                )
            case "no_space":
                return NoSpoolSpace(
                    "The disk on which answers are collected is full.", hint="Try again later, or ask for less."
                )
            case _:
                return StoreError(what or "The query could not be evaluated.", hint=hint)


def _encoded(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line, column = text.count("\n", 0, error.start) + 1, error.start - text.rfind("\n", 0, error.start)
        raise QuerySyntaxError(
            "The query holds half of a surrogate pair, which is no character.", line=line, column=column
        ) from None
