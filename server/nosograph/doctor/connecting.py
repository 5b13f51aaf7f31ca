"""Opens connections to addresses that were checked, and ends them at their deadline."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Final
from urllib.parse import SplitResult

from nosograph.doctor.exchange import is_host
from nosograph.doctor.outcomes import CheckOutcome, NotAnswered

PORTS: Final = {"http": 80, "https": 443}

Resolve = Callable[[str, int], list[str]]
"""Returns the network addresses of a host and a port; raises ``OSError`` where there are none."""

Origin = tuple[str, str, int]
"""Scheme, host and port."""


def resolve_host(host: str, port: int) -> list[str]:
    """Return the network addresses of a host, as the system knows them.

    Raises:
        OSError: there are none.
    """
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def origin_of(parts: SplitResult) -> Origin:
    """Return scheme, host and port of an address.

    Raises:
        NotAnswered: it is no address of the web.
    """
    try:
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        host, port = "", 0
    if parts.scheme not in PORTS or not host or not is_host(host) or not port:
        raise NotAnswered(f"{parts.geturl()[:200]!r} is not an http or https address.", CheckOutcome.FAILED)
    return parts.scheme, host, port


def authority(origin: Origin) -> str:
    """Return host and port as an address has them; the usual port is left out."""
    scheme, host, port = origin
    name = f"[{host}]" if ":" in host else host
    return name if port == PORTS[scheme] else f"{name}:{port}"


def is_public(address: str) -> bool:
    """Return whether a network address is one of the public internet."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = getattr(known, "ipv4_mapped", None) or getattr(known, "sixtofour", None)
    is_local = known.is_multicast or getattr(known, "is_site_local", False)
    return known.is_global and not is_local and (inner is None or inner.is_global)


class Connector:
    """Resolves each host once, refuses addresses that are not public, and opens connections.

    Args:
        trusted: the origins that the user named; they may be on the user's own network.
        resolve: how addresses are found.
    """

    def __init__(self, trusted: frozenset[Origin], resolve: Resolve) -> None:
        self._trusted = {(host, port) for _, host, port in trusted}
        self._resolve = resolve
        self._known: dict[tuple[str, int], str] = {}
        self._tls = ssl.create_default_context()

    def open(self, origin: Origin, seconds: float) -> http.client.HTTPConnection:
        """Return an open connection.

        Raises:
            NotAnswered: the host has no address that may be asked, or no certificate of its own.
            OSError: nobody answers there.
        """
        scheme, host, port = origin
        opened = socket.create_connection((self.address(origin), port), timeout=seconds)
        try:
            if scheme == "https":
                opened = self._tls.wrap_socket(opened, server_hostname=host)
        except OSError as error:
            opened.close()
            raise NotAnswered(f"The TLS connection to {host}:{port} fails: {error}.", CheckOutcome.FAILED) from error
        return _OpenConnection(host, port, opened)

    def address(self, origin: Origin) -> str:
        """Return the network address of a host; it stays the same for the whole examination.

        Raises:
            NotAnswered: the host has no address, or one that may not be asked.
        """
        _, host, port = origin
        if (host, port) in self._known:
            return self._known[host, port]
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise NotAnswered(f"The host {host} cannot be found: {error}.", CheckOutcome.CANNOT_TELL) from error
        if (host, port) not in self._trusted and not all(map(is_public, found)):
            raise NotAnswered(
                f"{host}:{port} is not on the public internet, and was not named by the user: it is not asked.",
                CheckOutcome.UNTESTED,
            )
        self._known[host, port] = found[0]
        return found[0]


class _OpenConnection(http.client.HTTPConnection):
    """A connection over a socket that is open already."""

    def __init__(self, host: str, port: int, opened: socket.socket) -> None:
        super().__init__(host, port)
        self._opened = opened

    def connect(self) -> None:
        """Take the open socket."""
        self.sock = self._opened


class Deadline:
    """Ends a connection when its time is over, however slowly bytes come; ``is_over`` tells that it did."""

    def __init__(self, connection: http.client.HTTPConnection, seconds: float) -> None:
        self._connection = connection
        self._timer = threading.Timer(max(seconds, 0.001), self._end)
        self._timer.daemon = True
        self.is_over = False

    def __enter__(self) -> Deadline:
        """Start the time."""
        self._connection.connect()
        self._socket = self._connection.sock
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the time and close the connection."""
        self._timer.cancel()
        self._socket.close()
        self._connection.close()

    def _end(self) -> None:
        self.is_over = True
        with contextlib.suppress(OSError):  # the other side closed it in the same moment
            self._socket.shutdown(socket.SHUT_RDWR)
