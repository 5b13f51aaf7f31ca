"""The adapter between a complete request and a WSGI application (PEP 3333)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application
from nosograph.web.http.replies import IN_MEMORY, FileContent, Reply
from nosograph.web.server.request_parser import RequestParser
from nosograph.web.server.wsgi_adapter import call_application, complete_environ


def environ_of(content: bytes) -> dict[str, Any]:
    """Return the environment of a request that came over a socket."""
    base = {"SCRIPT_NAME": "", "SERVER_NAME": "localhost", "SERVER_PORT": "80", "REMOTE_ADDR": "192.0.2.1"}
    parser = RequestParser(base, 100_000, lambda size: True)
    parser.feed(content)
    request = parser.ready[0]
    complete_environ(request.environ, request.body)
    return request.environ


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"HEAD /about HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /dumps/latest/nosograph.nt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-9\r\n\r\n",
        b"GET /nothing%20here?x=%C3%A9 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"OPTIONS /about HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n\r\n",
    ],
)
def test_both_sides_keep_the_contract(release: Release, request_bytes: bytes) -> None:
    """What the application is given, and what it gives, passes the validator of the standard library."""
    app = create_application(release, Settings(query_workers=1), report=lambda fields: None)
    try:
        reply = call_application(validator(app.wsgi_app), environ_of(request_bytes))  # type: ignore[arg-type]
    finally:
        app.extensions["nosograph"].store.close()

    assert reply.status in (200, 204, 206, 404)


def answer(*chunks: bytes, headers: list[tuple[str, str]] | None = None) -> Reply:
    """Return the response of an application that sends these chunks."""

    def application(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", headers or [])
        yield from chunks

    return call_application(application, environ_of(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))


def test_a_small_response_is_taken_into_memory() -> None:
    """An application may start its response as late as with its first chunk."""
    assert answer(b"a", b"", b"bc").content == b"abc"


def test_a_large_response_goes_to_a_file() -> None:
    """What a client may take long to read does not stay in memory."""
    reply = answer(b"a" * IN_MEMORY, b"b")

    assert isinstance(reply.content, FileContent)
    assert reply.length == IN_MEMORY + 1
    with contextlib.closing(reply.content):
        assert b"".join(reply.content) == b"a" * IN_MEMORY + b"b"


def test_a_response_that_is_not_as_long_as_it_says_is_a_fault() -> None:
    """A response that is cut short is never sent as if it were whole."""
    with pytest.raises(ValueError, match="announces 5"):
        answer(b"abc", headers=[("Content-Length", "5")])


def test_a_response_that_fails_in_the_middle_is_a_fault() -> None:
    """The error comes before any byte is sent, and the response is closed."""
    closed = []

    class Failing:
        def __iter__(self) -> Iterator[bytes]:
            yield b"a"
            raise RuntimeError("fault")

        def close(self) -> None:
            closed.append(True)

    def application(environ: dict[str, Any], start_response: Any) -> Failing:
        start_response("200 OK", [])
        return Failing()

    with pytest.raises(RuntimeError, match="fault"):
        call_application(application, environ_of(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
    assert closed == [True]


def test_what_an_application_writes_comes_before_what_it_returns() -> None:
    """The old way to send a body, by the function that start_response returns, works as well."""

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])(b"written ")
        return [b"returned"]

    environ = environ_of(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")

    assert call_application(application, environ).content == b"written returned"
