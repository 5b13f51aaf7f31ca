"""Decides which engine answers a query, and asks it; the client's deadline and its turn stay the same.

Where more than one answer is right, the query and the release decide alone: what is plainly analysis goes to the
analysis engine, everything else to the store, at whatever time. Only a query with one right answer may move: it runs in
the store, turns out to be a long one, and is stopped there when an analysis worker begins with it. What the analysis
engine hands back, the store answers; both are remembered by the text of the query.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from nosograph.errors import QueryCrashed, StoreBusy, StoreError, WorkerKilled
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.store.failures import error_of_reply
from nosograph.store.request import Request
from nosograph.store.workers.frames import Message
from nosograph.store.workers.job import NO_HOOKS, Hooks, Moved
from nosograph.store.workers.on_demand import OnDemandPool, Unusable
from nosograph.store.workers.pool import Pool

REMEMBERED: Final = 20_000
"""Queries of which it is remembered what the analysis engine said: a digest each."""


class Verdict(Enum):
    """What the analysis engine said of a query.

    Attributes:
        HANDED_BACK: it does not answer it.
        STAYS: more than one answer is right, so that the store goes on.
        MOVES: one answer is right, and it was asked because the store took long: it is asked first from now on.
    """

    HANDED_BACK = auto()
    STAYS = auto()
    MOVES = auto()


@dataclass(frozen=True)
class EngineReply:
    """A reply that holds an answer.

    Attributes:
        message: the reply.
        queued: seconds that the query waited for a worker.
        engine: who gave it.
    """

    message: Message
    queued: float
    engine: Engine


class QueryRouter:
    """Asks the engine that a query goes to. To be used on one event loop.

    Args:
        store: the workers of the store.
        analysis: those of the analysis engine; None where there are none.
        settings: the bounds that errors name.
    """

    def __init__(self, store: Pool, analysis: OnDemandPool | None, settings: Settings) -> None:
        self._store = store
        self._analysis = analysis
        self._settings = settings
        self._verdicts: OrderedDict[bytes, Verdict] = OrderedDict()
        self._planning: set[asyncio.Task[Verdict | None]] = set()

    async def run(self, request: Request) -> EngineReply:
        """Return the reply of the engine that a query goes to.

        Raises:
            StoreError: as ``Store.answer`` says.
        """
        analysis = self._analysis
        if analysis is None or not analysis.is_usable or request.engine is Engine.STORE:
            return await self._from_store(request)
        verdict = self._verdict(request)
        if verdict is Verdict.HANDED_BACK:
            return await self._from_store(request)
        if request.is_analysis:
            return await self._from_analysis(analysis, request) or await self._from_store(request)
        if verdict is Verdict.MOVES:
            return await self._attempt(analysis, request) or await self._from_store(request)
        if verdict is None:
            return await self._from_either(analysis, request)
        return await self._from_store(request)

    @property
    def is_idle(self) -> bool:
        """Whether no query waits or runs in either engine."""
        return not any(self._counts())

    @property
    def is_crowded(self) -> bool:
        """Whether a query waits for a worker of either engine, and it is not the only one."""
        waiting, running = self._counts()
        return bool(waiting) and waiting + running > 1

    def is_comparable(self, request: Request, reply: EngineReply) -> bool:
        """Return whether the other engine may give the same answer to a query that was answered."""
        if self._analysis is None or not self._analysis.is_usable or request.is_volatile:
            return False
        if reply.engine is Engine.ANALYSIS:
            return bool(reply.message.header["determined"])
        return self._verdict(request) not in (Verdict.HANDED_BACK, Verdict.STAYS)

    async def ask_other(self, request: Request, engine: Engine) -> EngineReply | None:
        """Return the reply of the engine that did not answer a query; None where it gives none that lies in memory.

        Raises:
            StoreError: as ``Store.answer`` says.
        """
        if engine is Engine.ANALYSIS:
            reply = await self._from_store(request)
        else:
            assert self._analysis is not None
            found = await self._from_analysis(self._analysis, request)
            if found is None:
                return None
            reply = found
        if reply.message.file is not None:
            reply.message.close()
            return None
        return reply

    def _counts(self) -> tuple[int, int]:
        """Return how many queries wait and how many run, in both engines."""
        pools = (self._store.counts(), self._analysis.counts() if self._analysis is not None else (0, 0, 0))
        return pools[0][0] + pools[1][0], pools[0][1] + pools[1][1]

    def _verdict(self, request: Request) -> Verdict | None:
        """Return what the analysis engine said of a query, if that is known."""
        return self._verdicts.get(request.key)

    async def _from_store(self, request: Request, hooks: Hooks = NO_HOOKS) -> EngineReply:
        """Return the reply of the store.

        Raises:
            StoreError: as ``Store.answer`` says.
            Moved: the query left the store.
        """
        reply, queued = await self._store.run(request.content, request.limit, request.client, request.asked, hooks)
        if "error" in reply.header:
            raise error_of_reply(reply.header, self._settings, self._settings.query_memory)
        return EngineReply(reply, queued, Engine.STORE)

    async def _from_analysis(
        self, analysis: OnDemandPool, request: Request, hooks: Hooks = NO_HOOKS
    ) -> EngineReply | None:
        """Return the reply of the analysis engine, or None where the store has to answer.

        Raises:
            StoreError: as ``Store.answer`` says.
        """
        try:
            reply, queued = await analysis.run(request.content, request.limit, request.client, request.asked, hooks)
        except Unusable:
            return None
        header = reply.header
        if "handed_back" in header:
            self._remember(request, Verdict.HANDED_BACK)
            return None
        if header.get("error") == "unreadable":
            analysis.give_up(f"The analysis file is damaged: {header['what']}.")
            return None
        if "error" in header:
            raise error_of_reply(header, self._settings, self._settings.analysis_memory)
        return EngineReply(reply, queued, Engine.ANALYSIS)

    async def _from_either(self, analysis: OnDemandPool, request: Request) -> EngineReply:
        """Return the reply of the store, or that of the analysis engine where the query moved there."""
        moving: asyncio.Task[EngineReply | None] | None = None

        def begin(leave: Callable[[], None]) -> None:
            nonlocal moving
            moving = asyncio.get_running_loop().create_task(self._move(analysis, request, Hooks(begun=leave)))
            moving.add_done_callback(_take_error)

        try:
            return await self._from_store(request, Hooks(turned_long=begin))
        except Moved:
            assert moving is not None
            return await moving or await self._from_store(request)
        finally:
            if moving is not None:
                moving.cancel()

    async def _move(self, analysis: OnDemandPool, request: Request, leaving: Hooks) -> EngineReply | None:
        """Return the reply of the analysis engine to a query that runs in the store, where only one answer is right."""
        # To stop a worker that parses would cost more than it takes to parse, so that goes on without the query.
        planning = asyncio.get_running_loop().create_task(self._plan(analysis, request))
        self._planning.add(planning)
        planning.add_done_callback(self._planning.discard)
        if await asyncio.shield(planning) is not Verdict.MOVES:
            return None
        return await self._attempt(analysis, request, leaving)

    async def _attempt(self, analysis: OnDemandPool, request: Request, hooks: Hooks = NO_HOOKS) -> EngineReply | None:
        """Return the reply of the analysis engine to a query with one right answer; None where the store may answer.

        Raises:
            StoreError: the query cannot be answered by either.
        """
        try:
            return await self._from_analysis(analysis, request, hooks)
        except (StoreBusy, QueryCrashed, WorkerKilled):
            return None

    async def _plan(self, analysis: OnDemandPool, request: Request) -> Verdict | None:
        """Return what the analysis engine says of a query, and remember it; None where it could not be asked."""
        with contextlib.suppress(StoreError, Unusable):
            reply, _ = await analysis.run(request.planning, request.limit, request.client, request.asked)
            if "handed_back" in reply.header:
                return self._remember(request, Verdict.HANDED_BACK)
            if "error" not in reply.header:
                return self._remember(request, Verdict.MOVES if reply.header["determined"] else Verdict.STAYS)
        return None

    def _remember(self, request: Request, verdict: Verdict) -> Verdict:
        self._verdicts[request.key] = verdict
        if len(self._verdicts) > REMEMBERED:
            self._verdicts.popitem(last=False)
        return verdict


def _take_error(task: asyncio.Task[EngineReply | None]) -> None:
    """Look at the error of a task that nobody may wait for, so that it is not reported as overlooked."""
    if not task.cancelled():
        task.exception()
