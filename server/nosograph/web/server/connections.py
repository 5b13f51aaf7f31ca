"""All connections of the server: their bounds, the ends of their waits, and their end."""

from __future__ import annotations

import asyncio
import dataclasses
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import Any, Final, TypeVar

from nosograph.rdf.formats import PROBLEM_JSON
from nosograph.web.http import malformed
from nosograph.web.http.problems import Problem, write_json
from nosograph.web.http.replies import encode_head
from nosograph.web.server.admission import Admission
from nosograph.web.server.connection import Connection
from nosograph.web.server.known_requests import KnownRequests
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.observation import common_headers
from nosograph.web.server.request_parser import ParsedRequest

TICK: Final = 0.25
"""Seconds between two looks at the waits that are over."""

_DISK_THREADS: Final = 4

Result = TypeVar("Result")


@dataclasses.dataclass(frozen=True)
class ConnectionBounds:
    """Bounds of the connections.

    Attributes:
        connections: how many may be open at once.
        per_client: how many of one client; 0 for no bound.
        largest_body: bytes that the body of a request may have.
    """

    connections: int
    per_client: int
    largest_body: int


class Connections:
    """Keeps the connections of a server. To be used on one event loop.

    Args:
        handle: answers a request of a connection.
        bounds: their bounds.
        metrics: where they are counted.
        version: gives the release that is served, for what is refused.
        report: gets the fields of what is refused, for the log.
        address: host and port of the server.
        clock: gives seconds that only go forward.
    """

    def __init__(
        self,
        handle: Callable[[Connection, ParsedRequest], None],
        bounds: ConnectionBounds,
        metrics: Metrics,
        version: Callable[[], str],
        report: Callable[[dict[str, Any]], None],
        address: tuple[str, int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.handle = handle
        self.clock = clock
        self.admission = Admission(bounds.connections, bounds.per_client)
        self.largest_body = bounds.largest_body
        self.server_name, self.server_port = address[0], str(address[1])
        self.stopping = False
        self.known = KnownRequests()
        self.date_line = b""
        self._bounds = bounds
        self._metrics = metrics
        self._version = version
        self._report = report
        self._all: set[Connection] = set()
        self._idle: dict[Connection, None] = {}
        self._none_left = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._disk = ThreadPoolExecutor(_DISK_THREADS, thread_name_prefix="disk")
        metrics.connections.set_function(lambda: self.admission.total)
        self._tick()

    def create(self) -> Connection:
        """Return the protocol for a connection that was accepted."""
        return Connection(self, self._loop)

    def opened(self, connection: Connection) -> Problem | None:
        """Take a connection in, or return why not; one that is idle for longest makes room for a new one."""
        refusal = self.admission.refusal(connection.network)
        if refusal == "server" and self._idle:
            longest = next(iter(self._idle))
            self.idle(longest, False)
            longest.close()
            self._metrics.refused.labels("idle-connection").inc()
        elif refusal == "server":
            return malformed.too_many_for_server()
        elif refusal:
            return malformed.too_many_connections(self._bounds.per_client)
        self.admission.enter(connection.network)
        self._all.add(connection)
        return None

    def idle(self, connection: Connection, is_idle: bool) -> None:
        """Record that a connection waits for a request, or no longer."""
        if is_idle:
            self._idle[connection] = None
        else:
            self._idle.pop(connection, None)

    def closed(self, connection: Connection, entered: bool) -> None:
        """Record that a connection has ended."""
        if entered:
            self.admission.leave(connection.network)
            self._all.discard(connection)
            if self.stopping and not self._all:
                self._none_left.set()

    def refusal(self, connection: Connection, problem: Problem) -> bytes:
        """Return the whole response to what is no request, and take note of it."""
        identified = dataclasses.replace(problem, request_id=uuid.uuid4().hex)
        self._metrics.refused.labels(problem.code).inc()
        self._report(
            {
                "event": "refused",
                "id": identified.request_id,
                "client": connection.address,
                "status": problem.status,
                "problem": problem.code,
                "message": problem.detail,
            }
        )
        body = write_json(identified).encode()
        headers = [
            ("Content-Type", PROBLEM_JSON.content_type),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
            *problem.headers.items(),
            *common_headers(self._version(), PROBLEM_JSON.content_type),
            ("X-Request-Id", identified.request_id),
        ]
        return encode_head(problem.status, headers) + self.date_line + b"\r\n" + body

    def at_disk(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Return what work with a file will have returned, which does not hold the loop up."""
        return self._loop.run_in_executor(self._disk, work)

    async def stop(self, patience: float) -> None:
        """Take no more requests, let those that are being answered end within so many seconds, and close all."""
        self.stopping = True
        for connection in self._all:
            connection.hurry()
        try:
            async with asyncio.timeout(patience):
                while self._all:
                    self._none_left.clear()
                    await self._none_left.wait()
        except TimeoutError:
            for connection in tuple(self._all):
                connection.abort()
        self._disk.shutdown(wait=False, cancel_futures=True)

    def _tick(self) -> None:
        self.date_line = f"Date: {formatdate(usegmt=True)}\r\n".encode()
        now = self.clock()
        for connection in tuple(self._all):
            if connection.deadline <= now:
                connection.expire(now)
        self._timer = self._loop.call_later(TICK, self._tick)
