"""What is seen of a request from outside: its id, the headers of every response, the access log and the metrics.

The functions are for the front; ``Observation`` does the same as WSGI middleware around the application, so that
answers from the cache, redirects and faults in the framework itself pass through it as well.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nosograph.rdf.formats import HTML, PROBLEM_JSON
from nosograph.web.http.malformed import no_host
from nosograph.web.http.prefix import take_prefix
from nosograph.web.http.problems import write_json
from nosograph.web.http.proxies import forwarded_client
from nosograph.web.server.metrics import Metrics

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID: Final = "nosograph.request_id"
ROUTE: Final = "nosograph.route"
CACHE: Final = "nosograph.cache"
PROBLEM: Final = "nosograph.problem"
GONE: Final = "nosograph.gone"
"""Where a server that can tell leaves the function that says whether the client has gone."""

_log = logging.getLogger("nosograph.access")
_CLIENT_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:+/=-]{7,127}\Z")

EXPOSED: Final = (
    "Link, ETag, Location, Content-Location, Retry-After, Vary, Server-Timing, X-Release, X-Request-Id, "
    "Accept-Ranges, Content-Range, Repr-Digest, Allow, Memento-Datetime"
)
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FRAMED_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
"""The policy of a page that other sites may show in a frame: it runs nothing and sends nothing."""

_DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"


def common_headers(version: str, content_type: str) -> tuple[tuple[str, str], ...]:
    """Return the header fields of every response but its id: CORS, release, content security."""
    return _common_headers(version, content_type.startswith(HTML.media_type))


@lru_cache(maxsize=16)
def _common_headers(version: str, is_page: bool) -> tuple[tuple[str, str], ...]:
    policy = _PAGE_POLICY if is_page else _DATA_POLICY
    return (
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", EXPOSED),
        ("Content-Security-Policy", policy),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Timing-Allow-Origin", "*"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Release", version),
    )


class RequestRecord(NamedTuple):
    """What the access log says of a request that is done.

    Attributes:
        id: its id.
        client: address of the client.
        bytes: bytes of the body of the response that were taken.
        milliseconds: time that it took.
        query: the query part of its address, or the beginning of it.
        method: its method.
        path: its path.
        status: status of the response.
        type: media type of the response.
        release: the release that answered.
        agent: what the client calls itself, or the beginning of it.
        cache: how the response was found in the cache.
        problem: code of the problem that the response tells.
        aborted: whether the client has not taken the whole response.
    """

    id: str
    client: str
    bytes: int
    milliseconds: float
    query: str
    method: str
    path: str
    status: int
    type: str
    release: str
    agent: str
    cache: str
    problem: str
    aborted: bool

    def fields(self) -> dict[str, str | int | float | bool]:
        """Return the fields of the log by their names, without those that say nothing."""
        said = {name: value for name, value in self._asdict().items() if value != "" and value is not False}
        return {"event": "request", **said}


def log_request(record: RequestRecord) -> None:
    """Log a request, in the format that the logger was set up with."""
    _log.info("request", extra={"fields": record.fields()})


class RequestObserver:
    """Counts the requests to one release, and reports each when it is done.

    Args:
        metrics: where requests are counted.
        version: the release.
        report: gets what the access log says of each request.
        proxies: reverse proxies in front that name the client.
        prefix: where the site stands below the root of its host, as ``site_prefix`` says.
        clock: gives seconds that only go forward.
    """

    def __init__(
        self,
        metrics: Metrics,
        version: str,
        report: Callable[[RequestRecord], None] = log_request,
        *,
        proxies: int = 0,
        prefix: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.version = version
        self._proxies = proxies
        self._prefix = prefix
        self._counts = metrics.requests
        self._report = report
        self._clock = clock

    def begin(self, environ: WSGIEnvironment) -> float:
        """Set id, client and path below the site of a request, count it, and return the moment when it began."""
        offered = environ.get("HTTP_X_REQUEST_ID", "")
        environ[REQUEST_ID] = offered if _CLIENT_ID.match(offered) else os.urandom(16).hex()
        if self._proxies:
            forwarded = environ.get("HTTP_X_FORWARDED_FOR")
            environ["REMOTE_ADDR"] = forwarded_client(environ.get("REMOTE_ADDR", ""), forwarded, self._proxies)
        if self._prefix:
            take_prefix(environ, self._prefix)
        self._counts.begin()
        return self._clock()

    def finish(
        self, environ: WSGIEnvironment, began: float, status: int, content_type: str, *, sent: int, whole: bool
    ) -> None:
        """Count a request that is done and report it.

        Args:
            environ: the request.
            began: what ``begin`` returned.
            status: the status of the response.
            content_type: the Content-Type of the response.
            sent: bytes of its body that were taken.
            whole: whether these are all.
        """
        elapsed = self._clock() - began
        route = environ.get(ROUTE, "other")
        method = environ["REQUEST_METHOD"]
        known = method if method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        self._counts.end(route, known, status, elapsed)
        self._report(
            RequestRecord(
                id=environ[REQUEST_ID],
                client=environ.get("REMOTE_ADDR", ""),
                bytes=sent,
                milliseconds=round(elapsed * 1000, 2),
                query=environ.get("QUERY_STRING", "")[:2000],
                method=method,
                path=environ.get("PATH_INFO", ""),
                status=status,
                type=content_type.partition(";")[0],
                release=self.version,
                agent=environ.get("HTTP_USER_AGENT", "")[:200],
                cache=environ.get(CACHE, ""),
                problem=environ.get(PROBLEM, ""),
                aborted=not whole,
            )
        )


class Observation:
    """Wraps an application: every request gets an id, every response the common headers, and a line in the log.

    Args:
        application: what is wrapped.
        observer: counts and reports the requests.
    """

    def __init__(self, application: WSGIApplication, observer: RequestObserver) -> None:
        self._application = application
        self._observer = observer

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request through the application within."""
        began = self._observer.begin(environ)
        seen: dict[str, Any] = {"status": 500, "content_type": ""}

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            content_type = next((value for name, value in headers if name.lower() == "content-type"), "")
            seen.update(status=int(status[:3]), content_type=content_type)
            present = {name.lower() for name, _ in headers}
            added = [*common_headers(self._observer.version, content_type), ("X-Request-Id", environ[REQUEST_ID])]
            headers = headers + [pair for pair in added if pair[0].lower() not in present]
            return start_response(status, headers, exc_info)

        def finish(sent: int, whole: bool) -> None:
            self._observer.finish(environ, began, **seen, sent=sent, whole=whole)

        try:
            content = _refuse_without_host(environ, start) or self._application(environ, start)
        except BaseException:
            finish(0, False)
            raise
        return _Observed(content, finish)


def _refuse_without_host(environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
    """Answer a request of HTTP/1.1 that names no host with 400 (RFC 9112 §3.2); return nothing for every other."""
    if environ.get("SERVER_PROTOCOL") != "HTTP/1.1" or environ.get("HTTP_HOST"):
        return []
    problem = dataclasses.replace(no_host(), request_id=environ[REQUEST_ID])
    environ[PROBLEM] = problem.code
    body = write_json(problem).encode()
    headers = [("Content-Type", PROBLEM_JSON.content_type), ("Content-Length", str(len(body)))]
    start_response("400 Bad Request", [*headers, ("Cache-Control", "no-store")])
    return [body]


class _Observed:
    """Passes content on, counts it, and reports once when the server closes it: bytes, and whether all were taken."""

    def __init__(self, content: Iterable[bytes], report: Callable[[int, bool], None]) -> None:
        self._content = content
        self._report: Callable[[int, bool], None] | None = report
        self._sent = 0
        self._whole = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._content:
            self._sent += len(chunk)
            yield chunk
        self._whole = True

    def close(self) -> None:
        try:
            close = getattr(self._content, "close", None)
            if close is not None:
                close()
        finally:
            report, self._report = self._report, None
            if report is not None:
                report(self._sent, self._whole)
