"""Asks the other engine again, when nobody waits, for a share of what was answered, and reports a difference.

An answer that is correct is the same in both engines, so a difference is a fault of one of them. Only answers that are
small enough to lie in memory are compared, and only those of which one alone is right.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import time
from collections import deque
from typing import Final

from nosograph.errors import StoreError
from nosograph.rdf.formats import ANSWER_FORMATS
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm
from nosograph.store.answer_comparison import same_answer
from nosograph.store.request import Request
from nosograph.store.routing import EngineReply, QueryRouter
from nosograph.store.workers.counters import Counters

MOST: Final = 32
"""Answers that wait to be compared; the oldest are let go beyond it."""

LOOK: Final = 0.1
"""Seconds between two looks at whether somebody waits."""

SHOWN: Final = 1_000
"""Characters of a query that a line of the log shows."""

CLIENT: Final = "replay"
"""Who asks, for fair shares."""

_FORMATS: Final = {format.name: format for format in ANSWER_FORMATS}
_LOG: Final = logging.getLogger(__name__)


class Replays:
    """Compares a share of the answers with those of the other engine. To be used on one event loop.

    Args:
        router: asks the engines.
        share: share of the answers that are compared, from 0 to 1.
        counters: where it is counted what came of each.
    """

    def __init__(self, router: QueryRouter, share: float, counters: Counters) -> None:
        self._router = router
        self._share = share
        self._counters = counters
        self._due = 0.0
        self._waiting: deque[tuple[Request, EngineReply]] = deque(maxlen=MOST)
        self._working: asyncio.Task[None] | None = None

    def offer(self, request: Request, reply: EngineReply) -> None:
        """Take an answer that was given, and compare it later where its turn has come."""
        message = reply.message
        if not self._share or message.file is not None or not self._router.is_comparable(request, reply):
            return
        self._due += self._share
        if self._due < 1:
            return
        self._due -= 1
        self._waiting.append((request, reply))
        if self._working is None or self._working.done():
            self._working = asyncio.get_running_loop().create_task(self._work())

    async def close(self) -> None:
        """Compare no more."""
        self._waiting.clear()
        if self._working is not None:
            self._working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._working

    async def _work(self) -> None:
        while self._waiting:
            if not self._router.is_idle:
                await asyncio.sleep(LOOK)
                continue
            request, reply = self._waiting.popleft()
            try:
                outcome = await self._compare(request, reply)
            except (StoreError, SyntaxError) as error:
                _LOG.warning("An answer could not be compared: %s (%s)", error, _shown(request))
                outcome = "failed"
            self._counters.replay(outcome)

    async def _compare(self, request: Request, reply: EngineReply) -> str:
        """Return what comes of asking the other engine."""
        again = dataclasses.replace(request, client=CLIENT, asked=time.monotonic())
        asking = asyncio.get_running_loop().create_task(self._router.ask_other(again, reply.engine))
        try:
            while not (await asyncio.wait({asking}, timeout=LOOK))[0]:
                if self._router.is_crowded:
                    return "skipped"
            other = asking.result()
        finally:
            asking.cancel()
        if other is None:
            return "skipped"
        facts = (reply if reply.engine is Engine.ANALYSIS else other).message.header
        if not facts["determined"]:
            return "skipped"
        form = QueryForm(reply.message.header["form"])
        format = _FORMATS[request.header["formats"][form]]
        contents = (reply.message.body, other.message.body)
        if await asyncio.to_thread(same_answer, form, format, *contents, ordered=facts["ordered"]):
            return "same"
        _LOG.error(
            "The engines answer differently: %d bytes from the %s, %d from the %s, as %s, to: %s",
            *(len(contents[0]), reply.engine, len(contents[1]), other.engine, format.name, _shown(request)),
        )
        return "different"


def _shown(request: Request) -> str:
    """Return a query on one line, cut."""
    text = " ".join(request.text.decode().split())
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
