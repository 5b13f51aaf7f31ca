"""Reads a folder of releases over HTTP: parts of files, redirects that lead nowhere private, bounded time."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from contextlib import ExitStack
from ipaddress import IPv6Address, ip_address
from types import TracebackType
from typing import Final, Self
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from nosograph import __version__
from nosograph.distribution.sources import Content, SourceFailed, SourceMissing
from nosograph.errors import Location, ReleaseError

SILENCE_SECONDS: Final = 30.0
"""Seconds that a publisher may be silent."""

START_SECONDS: Final = 60.0
SLOWEST_BYTES: Final = 16 * 1024
"""Bytes a second that a publisher must send, beside ``START_SECONDS``: one that drips would hold on for ever."""

MOST_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_GONE: Final = frozenset({404, 410})
_LATER: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class WebSource:
    """A folder on a web server.

    Args:
        address: its address, with a slash at its end.
        silence: seconds that the server may be silent.
        start: seconds that it has beside those that the bytes take.
    """

    def __init__(self, address: str, *, silence: float = SILENCE_SECONDS, start: float = START_SECONDS) -> None:
        self._address = address
        self._silence = silence
        self._start = start

    @property
    def address(self) -> str:
        """The address of the folder, with a slash at its end."""
        return self._address

    def open(self, name: str, *, start: int = 0, tag: str = "", size: int = 0) -> Content:
        """Return a file from some byte on; see ``ReleaseSource.open``.

        Parts are asked for by Range, and If-Range where the entity tag is known (RFC 9110 section 13.1.5 and 14).
        """
        headers = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": f"nosograph/{__version__}"}
        if start:
            headers["Range"] = f"bytes={start}-"
            if tag:
                headers["If-Range"] = tag
        location = Location(self._address + name)
        url = self._address + quote(name)
        try:
            for _ in range(MOST_REDIRECTS + 1):
                allowed = self._start + size / SLOWEST_BYTES
                answer = _Answer(urlsplit(url), self._is_own(url), headers, self._silence, allowed, location)
                if answer.status not in _REDIRECTS:
                    return answer.checked(start)
                with answer:
                    url = _followed(url, answer.header("Location"), location)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _broken(error, location) from error
        raise ReleaseError(f"The publisher redirects more than {MOST_REDIRECTS} times.", location=location)

    def _is_own(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self._address).netloc


class _Answer:
    """An answer while it is read, on a connection of its own that ends with it."""

    def __init__(
        self,
        url: SplitResult,
        is_own: bool,
        headers: dict[str, str],
        silence: float,
        allowed: float,
        location: Location,
    ) -> None:
        self._location = location
        host, port = url.hostname or "", url.port
        self._connection: http.client.HTTPConnection = (
            http.client.HTTPSConnection(host, port, timeout=silence, context=ssl.create_default_context())
            if url.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=silence)
        )
        self.start = 0
        self.tag = ""
        with ExitStack() as unless_answered:
            unless_answered.callback(self._connection.close)
            self._connection.connect()
            if not is_own:
                self._refuse_private(self._connection.sock.getpeername()[0])
            timer = threading.Timer(allowed, _cut, (self._connection.sock,))
            timer.daemon = True
            timer.start()
            unless_answered.callback(timer.cancel)
            path = (url.path or "/") + (f"?{url.query}" if url.query else "")
            self._connection.request("GET", path, None, headers)
            self._response = unless_answered.enter_context(self._connection.getresponse())
            self._held = unless_answered.pop_all()

    @property
    def status(self) -> int:
        """The status."""
        return self._response.status

    def header(self, name: str) -> str:
        """Return the value of a header field, or nothing."""
        return self._response.headers.get(name, "")

    def checked(self, start: int) -> Self:
        """Return this answer when it has the file, or its end from some byte on.

        Raises:
            SourceMissing, SourceFailed, ReleaseError: it has not.
        """
        problem = self._problem(start)
        if problem is not None:
            self._held.close()
            raise problem
        self.start = start if self.status == 206 else 0
        tag = self.header("ETag")
        self.tag = "" if tag.startswith("W/") else tag
        return self

    def _problem(self, start: int) -> ReleaseError | None:
        status = self.status
        if self.header("Content-Encoding") not in ("", "identity"):
            return ReleaseError(
                "The publisher sends a content coding that nobody asked for.",
                location=self._location,
                hint="Tell its operator: Accept-Encoding was identity.",
            )
        if status == 200 or (status == 206 and start and self.header("Content-Range").startswith(f"bytes {start}-")):
            return None
        said = f"The publisher answered with status {status}."
        if status in _GONE:
            return SourceMissing(said, location=self._location)
        if status in _LATER or status in (206, 416):
            return SourceFailed(said, location=self._location, hint="Try again later.")
        return ReleaseError(said, location=self._location, hint="Check the address.")

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        try:
            content = self._response.read1(size)
            if not content and self._response.length:
                raise http.client.IncompleteRead(b"", self._response.length)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _broken(error, self._location) from error
        return content

    def _refuse_private(self, peer: str) -> None:
        """Refuse an address that only this machine or its network reaches: a redirect must not lead there.

        Raises:
            ReleaseError: it is one.
        """
        address = ip_address(peer.partition("%")[0])
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        if not address.is_global:
            raise ReleaseError(
                f"The publisher redirects to {address}, which is not a public address.",
                location=self._location,
                hint="Name that address yourself if it is right.",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


def _cut(connection: socket.socket) -> None:
    """End a connection whose time is over, so that whoever reads from it stops waiting."""
    try:
        socket.socket.shutdown(connection, socket.SHUT_RDWR)  # not that of TLS, which another thread is using
    except OSError:
        return


def _followed(url: str, target: str, location: Location) -> str:
    """Return where a redirect leads.

    Raises:
        ReleaseError: to nowhere, or out of HTTP, or out of TLS.
    """
    following = urljoin(url, target)
    parts = urlsplit(following)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or not target.isprintable():
        raise ReleaseError(f"The publisher redirects to {target[:200]!r}, which is no web address.", location=location)
    if parts.scheme == "http" and urlsplit(url).scheme == "https":
        raise ReleaseError(f"The publisher redirects to {target[:200]!r}, which is not encrypted.", location=location)
    return following


def _broken(error: Exception, location: Location) -> SourceFailed:
    return SourceFailed(
        f"The publisher cannot be asked, or broke off: {error or type(error).__name__}.",
        location=location,
        hint="Check the address and the network, and try again: what was received is kept.",
    )
