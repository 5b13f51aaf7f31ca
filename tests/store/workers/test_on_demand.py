"""A pool on demand is made when it is needed, closed when it is idle, and given up where it cannot be used."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

from nosograph.errors import StoreBusy, StoreError
from nosograph.store.workers.frames import Message
from nosograph.store.workers.job import NO_HOOKS, Hooks
from nosograph.store.workers.on_demand import OnDemandPool, Unusable
from nosograph.store.workers.pool import Pool


class PoolDouble(Pool):
    """Answers at once, or fails as a pool does."""

    def __init__(self, *, unreadable: bool = False, failing: bool = False) -> None:
        self.closed = asyncio.Event()
        self._unreadable = unreadable
        self._failing = failing

    @property
    def is_unreadable(self) -> bool:
        """Whether it was made so."""
        return self._unreadable

    @property
    def is_idle(self) -> bool:
        """Nothing waits or runs between two calls."""
        return True

    def counts(self) -> tuple[int, int, int]:
        """No worker is there where none could be started."""
        return 0, 0, 0 if self._unreadable or self._failing else 2

    async def run(
        self, content: bytes, limit: float, client: str, asked: float | None = None, hooks: Hooks = NO_HOOKS
    ) -> tuple[Message, float]:
        """Answer, or raise."""
        if self._unreadable or self._failing:
            raise StoreError("no worker")
        return Message({}, content), 0.0

    async def close(self, patience: float) -> None:
        """Note that it was closed."""
        self.closed.set()


def asked(pool: OnDemandPool) -> asyncio.Task[tuple[Message, float]]:
    """Ask a pool."""
    return asyncio.ensure_future(pool.run(b"?", 1.0, "client", time.monotonic()))


def making(made: list[PoolDouble], **how: bool) -> Callable[[], Pool]:
    """Return what makes pools and notes them."""

    def make() -> Pool:
        made.append(PoolDouble(**how))
        return made[-1]

    return make


def test_idle_workers_are_stopped_and_come_back() -> None:
    """After a while without a query the pool is closed, and the next query makes another."""

    async def use() -> None:
        made: list[PoolDouble] = []
        pool = OnDemandPool(making(made), idle=0.0)
        assert (made, pool.counts()) == ([], (0, 0, 0))

        await asked(pool)
        await made[0].closed.wait()
        assert pool.counts() == (0, 0, 0)
        await asked(pool)

        assert len(made) == 2
        await pool.close(1.0)
        assert made[1].closed.is_set()
        with pytest.raises(StoreBusy):
            await asked(pool)

    asyncio.run(use())


def test_busy_workers_are_not_made_twice() -> None:
    """Queries that follow each other closely use one pool."""

    async def use() -> None:
        made: list[PoolDouble] = []
        pool = OnDemandPool(making(made), idle=60.0)

        for _ in range(3):
            await asked(pool)

        assert len(made) == 1
        await pool.close(1.0)

    asyncio.run(use())


def test_what_cannot_be_opened_is_not_tried_again() -> None:
    """Once the workers could not open their file, every query is told so at once."""

    async def use() -> None:
        made: list[PoolDouble] = []
        pool = OnDemandPool(making(made, unreadable=True))

        for _ in range(2):
            with pytest.raises(Unusable):
                await asked(pool)

        assert (len(made), pool.is_usable) == (1, False)
        await pool.close(1.0)

    asyncio.run(use())


def test_a_system_without_room_for_a_process_is_tried_again() -> None:
    """That no process can be started now says nothing about the file, so the query fails and the next one is tried."""

    async def use() -> None:
        made: list[PoolDouble] = []
        pool = OnDemandPool(making(made, failing=True))

        with pytest.raises(StoreError, match="no worker"):
            await asked(pool)

        assert pool.is_usable
        await pool.close(1.0)

    asyncio.run(use())
