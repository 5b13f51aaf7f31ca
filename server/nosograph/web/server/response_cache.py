"""Keeps responses in memory, in front of routing: the same question about the same release has the same answer.

Kept are complete responses of status 200 or 303 that say of themselves that they may be stored (``Cache-Control:
public``). The key holds the release, the request as it is after normalising, the Accept header and the content coding,
so nobody gets a response in a form that somebody else asked for. Errors are never kept.
"""

from __future__ import annotations

import hashlib
import io
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from werkzeug.datastructures import EnvironHeaders, Headers

from nosograph.web.http import negotiation, sparql_protocol
from nosograph.web.http.codings import CODINGS
from nosograph.web.http.delivery import not_modified_headers
from nosograph.web.http.preconditions import parse_date, precondition_status
from nosograph.web.http.prefix import ENCODED_PATH
from nosograph.web.http.problems import ProblemError
from nosograph.web.http.replies import Fields, Reply, encode_head, status_line
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.observation import CACHE, ROUTE

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SHARE_OF_ONE: Final = 16
"""One response may take this part of the whole cache at most, so that a few large ones do not drive the rest out."""

_OVERHEAD: Final = 3072
"""Bytes that a response takes beside its content and its header, which is there as fields and as it is sent."""

_LARGEST_KEY: Final = 64 * 1024
"""Bytes of a body that is read while other requests wait; of a longer one only the digest is taken."""

_LARGEST_DIGESTED: Final = 1024 * 1024
_BYPASSING: Final = frozenset(
    {
        "HTTP_RANGE",
        "HTTP_IF_MATCH",
        "HTTP_IF_UNMODIFIED_SINCE",
        "HTTP_AUTHORIZATION",
        "HTTP_ACCEPT_DATETIME",
        ENCODED_PATH,
    }
)
_CONDITIONS: Final = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"})
_MOST_SPELLINGS: Final = 4096
_LONGEST_SPELLING: Final = 2048

_NOT_KEPT: Final = frozenset({"server-timing", "x-request-id"})
_MAX_AGE: Final = re.compile(r"\bmax-age=(\d{1,9})\b")

Key = tuple[Any, ...]


@dataclass(frozen=True)
class KeptResponse:
    """A complete response.

    Attributes:
        status: its status.
        headers: its header fields, but for the time that it took.
        content: the body, in the content coding of the key.
        route: name of the route for the metrics.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    content: bytes
    route: str

    @property
    def lifetime(self) -> float:
        """Seconds for which the response may be used again, as its ``max-age`` says (RFC 9111 §5.2.2.1)."""
        return _lifetime(self.header("cache-control")) or 0.0

    @property
    def head_size(self) -> int:
        """Bytes of its header fields, and a few more for each."""
        return sum([len(name) + len(value) for name, value in self.headers]) + 8 * len(self.headers)

    @cached_property
    def head(self) -> bytes:
        """The status line and the header fields as HTTP/1.1 sends them, without the empty line at the end."""
        return encode_head(self.status, self.headers)

    @cached_property
    def content_type(self) -> str:
        """The media type of the body, with its parameters."""
        return self.header("content-type")

    def header(self, name: str) -> str:
        """Return the value of a header field by its lower-case name, or nothing."""
        for field, value in self.headers:
            if field.lower() == name:
                return value
        return ""


@lru_cache(maxsize=64)
def _lifetime(cache_control: str) -> float | None:
    found = _MAX_AGE.search(cache_control)
    return float(found[1]) if found else None


class ResponseCache:
    """Holds responses up to a number of bytes and forgets those that were asked for longest ago.

    Args:
        capacity: bytes that all responses may take together; 0 keeps none.
        metrics: where look-ups are counted.
        clock: gives seconds that only go forward; a response is kept as long as its own ``max-age`` says.
    """

    def __init__(self, capacity: int, metrics: Metrics, clock: Callable[[], float] = time.monotonic) -> None:
        self._capacity = capacity
        self._clock = clock
        self._metrics = metrics
        self._responses: OrderedDict[Key, tuple[KeptResponse, int, float]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        metrics.cache_bytes.set_function(lambda: self._size)

    @property
    def largest(self) -> int:
        """Bytes that the content of one response may have."""
        return self._capacity // SHARE_OF_ONE

    def find(self, key: Key, *, counted: bool = True) -> KeptResponse | None:
        """Return the response under a key, or None; ``counted`` is False where a request looks once more."""
        with self._lock:
            found = self._responses.get(key)
            if found is not None and found[2] <= self._clock():
                self._size -= self._responses.pop(key)[1]
                found = None
            if found is not None:
                self._responses.move_to_end(key)
        if counted:
            self._metrics.requests.look_up("hit" if found else "miss")
        return found[0] if found else None

    def keep(self, key: Key, response: KeptResponse) -> None:
        """Keep a response, forgetting older ones until it fits; one that is too large is not kept."""
        cost = len(response.content) + 2 * response.head_size + _OVERHEAD
        cost += sum([len(part) for part in key if isinstance(part, str)])
        if len(response.content) > self.largest or cost > self._capacity:
            return
        with self._lock:
            if key in self._responses:
                self._size -= self._responses.pop(key)[1]
            self._size += cost
            self._responses[key] = (response, cost, self._clock() + response.lifetime)
            while self._size > self._capacity:
                self._size -= self._responses.popitem(last=False)[1][1]


class RequestKeys:
    """Makes the keys of requests to one release; remembers that of a GET under what it was made from, unread.

    Args:
        version: the release.
    """

    def __init__(self, version: str) -> None:
        self._version = version
        self._spellings: dict[tuple[str | None, ...], Key] = {}

    def find(self, environ: WSGIEnvironment) -> Key | None:
        """Return the key of a request, as ``request_key`` says."""
        if environ["REQUEST_METHOD"] != "GET" or not _BYPASSING.isdisjoint(environ):
            return request_key(environ, self._version)
        get = environ.get
        spelling = (get("PATH_INFO"), get("QUERY_STRING"), get("HTTP_ACCEPT"), get("HTTP_ACCEPT_ENCODING"))
        known = self._spellings.get(spelling)
        if known is not None:
            return known
        key = request_key(environ, self._version)
        if key is not None and sum([len(part) for part in spelling if part]) <= _LONGEST_SPELLING:
            if len(self._spellings) >= _MOST_SPELLINGS:
                self._spellings.clear()
            self._spellings[spelling] = key
        return key


class CachedResponses:
    """Wraps an application: what the cache holds is answered from it, what may be kept is kept."""

    def __init__(self, application: WSGIApplication, cache: ResponseCache, version: str) -> None:
        self._application = application
        self._cache = cache
        self._keys = RequestKeys(version)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request from the cache or through the application within."""
        key = self._keys.find(environ) if self._cache.largest else None
        if key is None:
            return self._application(environ, start_response)
        kept = self._cache.find(key)
        if kept is not None:
            environ[CACHE] = "hit"
            environ[ROUTE] = kept.route
            reply = replay(kept, environ)
            start_response(status_line(reply.status), list(reply.headers.items()))
            assert isinstance(reply.content, bytes)
            return [] if environ["REQUEST_METHOD"] == "HEAD" else [reply.content]
        environ[CACHE] = "miss"
        return self._ask(key, environ, start_response)

    def _ask(self, key: Key, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            seen.update(status=int(status[:3]), headers=Headers(headers))
            return start_response(status, headers, exc_info)

        content = self._application(environ, start)
        if not may_be_kept(environ, seen.get("status", 0), seen.get("headers", Headers()), self._cache.largest):
            return content
        try:
            whole = b"".join(content)
        finally:
            close = getattr(content, "close", None)
            if close is not None:
                close()
        if len(whole) == int(seen["headers"]["Content-Length"]):
            self._cache.keep(key, kept_response(seen["status"], seen["headers"], whole, environ))
        return [whole]


def may_be_kept(environ: WSGIEnvironment, status: int, headers: Fields, largest: int) -> bool:
    """Return whether the response to a request may be kept; its Content-Length must be there.

    Args:
        environ: the request.
        status: the status.
        headers: the header.
        largest: bytes that a response which is kept may have.
    """
    lifetime, length = headers.get("Cache-Control", ""), headers.get("Content-Length", "")
    return (
        environ["REQUEST_METHOD"] != "HEAD"
        and status in (200, 303)
        and "public" in lifetime
        and _lifetime(lifetime) is not None
        and "Set-Cookie" not in headers
        and "Accept-Ranges" not in headers
        and length.isdigit()
        and int(length) <= largest
    )


def kept_response(status: int, headers: Fields, content: bytes, environ: WSGIEnvironment) -> KeptResponse:
    """Return what is kept of the response to a request: all but the time that it took and its request id."""
    fields = [(name, value) for name, value in headers.items() if name.lower() not in _NOT_KEPT]
    fields.append(("Server-Timing", "cache;desc=hit"))
    return KeptResponse(status, tuple(fields), content, environ.get(ROUTE, "other"))


def replay(kept: KeptResponse, environ: WSGIEnvironment) -> Reply:
    """Return the response to a request from one that was kept: 304 where the client has it already."""
    if is_conditional(environ) and kept.status == HTTPStatus.OK:
        modified: datetime | None = parse_date(kept.header("last-modified"))
        method = environ["REQUEST_METHOD"]
        status = precondition_status(method, EnvironHeaders(environ), kept.header("etag"), modified)
        if status == HTTPStatus.NOT_MODIFIED:
            return Reply(HTTPStatus.NOT_MODIFIED, not_modified_headers(Headers(kept.headers)))
    return Reply(kept.status, Headers(kept.headers), kept.content)


def is_conditional(environ: WSGIEnvironment) -> bool:
    """Return whether a request has a condition that a kept response can be held against."""
    return not _CONDITIONS.isdisjoint(environ)


def request_key(environ: WSGIEnvironment, version: str) -> Key | None:
    """Return the key of a request, or None for one that is not to be looked up.

    A query has the same key by GET and by either POST form, because it has the same answer. Its deadline is no part of
    the key: an answer that is kept was complete. An engine that the request chooses is. A POST without a query is
    refused, where a GET gets the description. A long body, as federated queries have, has a key by its bytes.
    """
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    if not _BYPASSING.isdisjoint(environ):
        return None
    coding = negotiation.choose_coding(environ.get("HTTP_ACCEPT_ENCODING"), CODINGS)
    common = (version, path, environ.get("HTTP_ACCEPT"), coding)
    query_string = environ.get("QUERY_STRING", "")
    if path == "/sparql" and method in ("GET", "HEAD", "POST"):
        return _query_key(environ, common, method, query_string)
    if method not in ("GET", "HEAD") or coding is None:
        return None
    try:
        pairs = parse_qsl(query_string, keep_blank_values=True, errors="strict", max_num_fields=50)
    except ValueError:
        return None
    return (*common, *(text for pair in sorted(pairs, key=lambda pair: pair[0]) for text in pair))


def _query_key(environ: WSGIEnvironment, common: Key, method: str, query_string: str) -> Key | None:
    body = b""
    if method == "POST":
        length = environ.get("CONTENT_LENGTH", "")
        if not length.isdigit() or int(length) > _LARGEST_DIGESTED or "HTTP_CONTENT_ENCODING" in environ:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(body)
        if len(body) > _LARGEST_KEY:
            if "timeout" in query_string or b"timeout" in body:  # whoever is in haste asks by itself
                return None
            return (*common, query_string, environ.get("CONTENT_TYPE"), hashlib.sha256(body).digest())
    try:
        asked = sparql_protocol.read_request(method, query_string, environ.get("CONTENT_TYPE", ""), body)
    except ProblemError:
        return None
    environ[sparql_protocol.ASKED] = asked
    if asked.is_volatile or (asked.query is None and method == "POST"):
        return None
    query = asked.query.strip(" \t\r\n") if asked.query is not None else None  # the grammar's white space, no other
    if not asked.default_graphs and not asked.named_graphs:
        return (*common, query, "", "", asked.format, asked.engine)
    graphs = (repr(sorted(asked.default_graphs)), repr(sorted(asked.named_graphs)))
    return (*common, query, *graphs, asked.format, asked.engine)
