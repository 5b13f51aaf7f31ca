"""A pool that is there while it is needed: made with the first query, closed when none has come for long."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from nosograph.errors import StoreBusy, StoreError
from nosograph.store.workers.frames import Message
from nosograph.store.workers.job import NO_HOOKS, Hooks
from nosograph.store.workers.pool import Pool

IDLE: Final = 300.0
"""Seconds without a query after which the workers are stopped; the next query waits about a second for new ones."""

_LOG: Final = logging.getLogger(__name__)


class Unusable(Exception):
    """No query can be answered here any more."""


class OnDemandPool:
    """Runs requests in a pool that may not be there yet. To be used on one event loop.

    Args:
        create: makes the pool.
        idle: seconds without a query after which it is closed.

    Attributes:
        is_usable: whether it can still be asked; not after its workers could not open what they answer from.
    """

    def __init__(self, create: Callable[[], Pool], idle: float = IDLE) -> None:
        self.is_usable = True
        self._create = create
        self._idle = idle
        self._pool: Pool | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._closed = False

    async def run(
        self, content: bytes, limit: float, client: str, asked: float, hooks: Hooks = NO_HOOKS
    ) -> tuple[Message, float]:
        """Do what ``Pool.run`` does.

        Raises:
            StoreError: as ``Pool.run`` says.
            Unusable: the workers cannot open what they answer from.
        """
        if self._closed:
            raise StoreBusy("The store is closing.", retry_after=1)
        if not self.is_usable:
            raise Unusable
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        pool = self._pool = self._pool or self._create()
        try:
            return await pool.run(content, limit, client, asked, hooks)
        except StoreError as error:
            if pool.is_unreadable and not pool.counts()[2]:
                self._end()
            if not self.is_usable:  # by this query or, meanwhile, by another
                raise Unusable from error
            raise
        finally:
            if pool is self._pool and pool.is_idle:
                self._timer = asyncio.get_running_loop().call_later(self._idle, self._stop)

    def give_up(self, why: str) -> None:
        """Ask the workers no more, because what they answer from turned out to be damaged."""
        if self.is_usable:
            _LOG.error("%s The store answers instead.", why)
            self._end()

    def counts(self) -> tuple[int, int, int]:
        """Return how many queries wait, how many run, and how many workers are ready or busy."""
        return (0, 0, 0) if self._pool is None else self._pool.counts()

    async def close(self, patience: float) -> None:
        """Take no more requests, let those that run or wait end within ``patience`` seconds, and stop the workers."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._pool is not None:
            await self._pool.close(patience)
        await asyncio.gather(*self._closing)

    def _end(self) -> None:
        self.is_usable = False
        self._stop()

    def _stop(self) -> None:
        """Stop the workers; a query that runs is refused, and can be asked again."""
        pool, self._pool, self._timer = self._pool, None, None
        if pool is not None:
            closing = asyncio.get_running_loop().create_task(pool.close(0.0))
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
