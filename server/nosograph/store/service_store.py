"""Answers queries from a SPARQL service that holds the release; what it cannot answer alike, the release answers.

Before the first query, and whenever a release takes the place of another, the service must name that release, and its
answers to a fixed set of queries are compared (``store.conformance``). Each answer is handed over only when the service
named the same loading before and after it.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import os
import re
from pathlib import Path
from typing import Final

from nosograph.errors import Location, OtherRelease, SettingsError, StoreBusy, StoreError
from nosograph.release.opening import Release
from nosograph.release.service_copy import address_of_release, service_copy
from nosograph.search.database import SearchDatabase
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.service import check_address, read_authorization
from nosograph.store.conformance import ConformanceReport, NotTaken, examine
from nosograph.store.embedded import EmbeddedStore, Pools
from nosograph.store.failures import error_of_reply
from nosograph.store.interface import Query, StoreStatistics
from nosograph.store.request import Request
from nosograph.store.routing import EngineReply
from nosograph.store.workers.counters import Counters
from nosograph.store.workers.frames import Message, encode_frame
from nosograph.store.workers.pool import Pool
from nosograph.store.workers.process import ServicePlan, WorkerPlan
from nosograph.store.workers.scheduling import SERVICE_PACE

WATCHED: Final = 5.0
"""Seconds between two looks at whether the service is there and holds the release."""

_LOG: Final = logging.getLogger(__name__)
_DATASET: Final = r"\bFROM\b|\bDESCRIBE\b"
"""Queries that choose graphs of their own, which engines merge in different ways, and those whose answer is free."""


class ServiceStore(EmbeddedStore):
    """A store whose queries go to a service as far as it answers them as the release does.

    Args:
        release: the release that is served.
        settings: which service, and the limits.
        index: the search index, for text search in queries.
        watch: seconds between two looks at whether the service is there and holds the release.
    """

    def __init__(
        self, release: Release, settings: Settings, index: SearchDatabase | None = None, *, watch: float = WATCHED
    ) -> None:
        super().__init__(release, settings, index)
        self.address = check_address(address_of_release(settings.store, release.version))
        self._copy = service_copy(release)
        self._authorization = read_credentials(settings.store_credentials)
        self._local = re.compile(_DATASET, re.IGNORECASE)
        self._trouble: StoreError | None = None
        self._watch_seconds = watch
        self._opening = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start the workers, and compare what the service holds and answers; the first query does so where nobody did.

        Raises:
            StoreError: the service cannot be asked, holds another release, or answers what cannot be worked round.
        """
        self._call(self._open())
        super().start()

    def compare(self) -> ConformanceReport:
        """Return how the service answers, whatever it does.

        Raises:
            StoreError: the service cannot be asked, or holds another release.
        """
        return self._call(self._compare())

    def statistics(self) -> StoreStatistics:
        """Return counters and state; no worker counts as ready while the service is not there for this release."""
        found = super().statistics()
        if self._trouble is None:
            return found
        return dataclasses.replace(
            found, workers=0, trouble="The store that answers queries is not there for this release."
        )

    async def async_close(self) -> None:
        """Stop looking at the service, then do what ``close`` does."""
        if self._watching is not None:
            self._watching.cancel()
        await super().async_close()

    def _make_service_pool(self, plan: WorkerPlan, counters: Counters) -> Pool:
        settings, copy = self._settings, self._copy
        service = ServicePlan(
            address=self.address,
            authorization=self._authorization,
            version=copy.version,
            identity=copy.identity_query,
            union=copy.union,
            named_graphs=tuple(copy.graphs),
            timeout=settings.query_timeout,
            memory=plan.memory,
            result=plan.result,
            prefixes=plan.prefixes,
        )
        return Pool(service, settings.store_connections, counters, pace=SERVICE_PACE)

    async def _found(self, pools: Pools, query: Query, request: Request) -> EngineReply:
        """Return the reply of the service, or that of the release where it has to answer."""
        if self._watching is None:
            await self._open()
        chosen = query.default_graphs or query.named_graphs or request.engine is Engine.ANALYSIS or request.calling
        if chosen or self._local.search(query.text):
            return await super()._found(pools, query, request)
        if self._trouble is not None:
            # What came back may be another version of the engine, of which nobody knows yet how it answers.
            raise self._trouble.with_traceback(None)
        reply = await self._from_service(pools, request)
        return reply or await super()._found(pools, query, request)

    async def _from_service(self, pools: Pools, request: Request) -> EngineReply | None:
        """Return the reply of the service; None where it hands the query back."""
        found = await self._run_in_service(pools, request.content, request.limit, request.client, request.asked)
        if "handed_back" in found.message.header:
            return None
        return found

    async def _run_in_service(
        self, pools: Pools, content: bytes, limit: float, client: str, asked: float | None = None
    ) -> EngineReply:
        assert pools.service is not None
        message, queued = await pools.service.run(content, limit, client, asked)
        if "error" in message.header:
            if message.header["error"] in ("service", "unavailable", "other_release", "timed_out"):
                _LOG.warning("the store could not answer: %s", message.header["what"])
            raise error_of_reply(message.header, self._settings, self._settings.query_memory)
        return EngineReply(message, queued, Engine.STORE)

    async def _open(self) -> None:
        """Compare how the service answers, once, and keep an eye on it from then on.

        Raises:
            StoreError: it cannot be used.
        """
        async with self._opening:
            if self._watching is not None:
                return
            self._take(await self._compare())
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    def _take(self, report: ConformanceReport) -> None:
        """Answer from the release, from now on, what the service answers in its own way.

        Raises:
            OtherRelease: it answers what cannot be worked round.
        """
        for result in report.differences:
            _LOG.warning("the store answers in its own way: %s (%s)", result.probe, result.consequence.value)
        if report.refused:
            raise OtherRelease(
                f"{self.address} does not answer as the release does:\n{report.to_text()}\n",
                retry_after=60,
                hint="Correct its configuration as docs/stores.md says, or use another engine.",
            )
        self._local = re.compile("|".join((_DATASET, *report.words)), re.IGNORECASE)

    async def _compare(self) -> ConformanceReport:
        """Return how the service answers; it must hold the release."""
        pools = self._own_pools()
        assert pools.service is not None
        await pools.service.start()
        await self._identify()

        async def ask_release(query: Query) -> bytes:
            request = self._prepare(query, check=False)
            return _content(await super(ServiceStore, self)._found(pools, query, request))

        async def ask_service(query: Query) -> bytes:
            request = self._prepare(query, check=False)
            found = await self._run_in_service(pools, request.content, request.limit, request.client)
            if "handed_back" in found.message.header:
                raise NotTaken(found.message.header["handed_back"])
            return _content(found)

        return await examine(self._copy, self.address, ask_release, ask_service)

    async def _identify(self) -> None:
        """Check that the service holds the release.

        Raises:
            StoreError: it does not, or cannot be asked.
        """
        content = encode_frame(Message({"identify": True}))
        await self._run_in_service(self._own_pools(), content, self._settings.query_timeout, "")

    async def _watch(self) -> None:
        """Look at the service from time to time, so that readiness follows it whether or not anybody asks."""
        while True:
            await asyncio.sleep(self._watch_seconds)
            trouble: StoreError | None = None
            try:
                await self._identify()
                if self._trouble:
                    self._take(await self._compare())
            except StoreBusy:
                continue  # it is there, and has much to do
            except StoreError as error:
                trouble = error
            if str(trouble) != str(self._trouble):
                _LOG.warning("the store %s: %s", self.address, trouble.what if trouble else "answers again")
                self._trouble = trouble


def read_credentials(file: Path | None) -> str:
    """Return the value of the header Authorization for the credentials in a file; empty where there is no file.

    Raises:
        SettingsError: the file cannot be read, or holds something else.
    """
    if file is None:
        return ""
    try:
        return read_authorization(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SettingsError(
            f"The credentials cannot be read: {reason}.",
            location=Location(str(file)),
            hint="Write user:password, or bearer and a token, into a file that this user may read.",
        ) from error


def open_store_of(release: Release, settings: Settings) -> EmbeddedStore:
    """Return what answers queries about a release: the service of the settings, else the release's own store."""
    index = SearchDatabase(release.search_database, release.vocabulary)
    return ServiceStore(release, settings, index) if settings.store else EmbeddedStore(release, settings, index)


def _content(found: EngineReply) -> bytes:
    """Return the whole content of a reply."""
    message = found.message
    if message.file is None:
        return message.body
    with os.fdopen(message.file, "rb") as file:
        file.seek(0)
        return file.read()
