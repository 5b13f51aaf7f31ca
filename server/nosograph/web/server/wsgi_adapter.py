"""Asks a WSGI application a request that is complete, and takes its whole response (PEP 3333)."""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from werkzeug.datastructures import Headers

from nosograph.web.http.replies import IN_MEMORY, FileContent, Reply, from_spool

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment


def complete_environ(environ: WSGIEnvironment, body: bytes) -> None:
    """Add to the environment of a request what WSGI asks for beside the request itself."""
    environ["wsgi.version"] = (1, 0)
    environ["wsgi.url_scheme"] = "http"
    environ["wsgi.input"] = io.BytesIO(body)
    environ["wsgi.input_terminated"] = True
    environ["wsgi.errors"] = sys.stderr
    environ["wsgi.multithread"] = True
    environ["wsgi.multiprocess"] = False
    environ["wsgi.run_once"] = False


def call_application(application: WSGIApplication, environ: WSGIEnvironment) -> Reply:
    """Return the whole response of an application to a request.

    Raises:
        Exception: whatever the application raises, also in the middle of its response.
        ValueError: the response is shorter or longer than its Content-Length.
    """
    started: dict[str, Any] = {}
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        if started and exc_info is None:
            raise AssertionError("the application started its response twice")
        started.update(status=int(status[:3]), headers=Headers(headers))
        return written.append

    content = application(environ, start_response)
    if isinstance(content, FileContent):
        return Reply(started["status"], started["headers"], content)
    try:
        body = _collect(content, written)
    finally:
        close = getattr(content, "close", None)
        if close is not None:
            close()
    reply = Reply(started["status"], started["headers"], body)
    announced = reply.headers.get("Content-Length")
    if announced is not None and environ["REQUEST_METHOD"] != "HEAD" and int(announced) != reply.length:
        reply.close()
        raise ValueError(f"the response has {reply.length} bytes and announces {announced}")
    return reply


def _collect(content: Iterable[bytes], written: list[bytes]) -> bytes | FileContent:
    """Return all bytes of a response, from memory or, when they are many, from a temporary file."""
    spool: Any = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115
    try:
        for chunk in content:
            spool.write(b"".join(written))
            written.clear()
            spool.write(chunk)
        spool.write(b"".join(written))
    except BaseException:
        spool.close()
        raise
    found = from_spool(spool)
    if found.length > IN_MEMORY:
        return found
    whole = b"".join(found)
    found.close()
    return whole
