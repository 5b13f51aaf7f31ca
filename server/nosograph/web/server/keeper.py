"""What a connection needs of the server that it belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from nosograph.web.http.problems import Problem
from nosograph.web.server.admission import Admission
from nosograph.web.server.known_requests import KnownRequests
from nosograph.web.server.request_parser import ParsedRequest

if TYPE_CHECKING:
    from nosograph.web.server.connection import Connection

Result = TypeVar("Result")


class ConnectionKeeper(Protocol):
    """What a connection needs of the server."""

    admission: Admission
    largest_body: int
    server_name: str
    server_port: str
    stopping: bool
    date_line: bytes
    known: KnownRequests

    def clock(self) -> float:
        """Return seconds that only go forward."""
        ...

    def opened(self, connection: Connection) -> Problem | None:
        """Take a connection in, or return why not."""
        ...

    def idle(self, connection: Connection, is_idle: bool) -> None:
        """Record that a connection waits for a request, or no longer."""
        ...

    def closed(self, connection: Connection, entered: bool) -> None:
        """Record that a connection has ended."""
        ...

    @property
    def handle(self) -> Callable[[Connection, ParsedRequest], None]:
        """What answers a request, now or later, by ``Connection.respond``; it may set ``Connection.cancel``."""
        ...

    def refusal(self, connection: Connection, problem: Problem) -> bytes:
        """Return the whole response to what is no request."""
        ...

    def at_disk(self, work: Callable[[], Result]) -> asyncio.Future[Result]:
        """Return what work with a file will have returned, which does not hold the loop up."""
        ...
