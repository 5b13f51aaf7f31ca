"""The hook that makes the addresses of pages relative, and sets lifetime, validators and coding of every response."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from flask import Flask, Response, request

from nosograph.rdf.formats import HTML
from nosograph.web.http.codings import compress, compress_stream
from nosograph.web.http.delivery import decide_delivery, encode, not_modified_headers
from nosograph.web.http.links import with_absolute_targets, with_relative_references
from nosograph.web.http.prefix import path_of
from nosograph.web.http.problems import Problem
from nosograph.web.http.replies import FileContent, Reply
from nosograph.web.routes.context import current, own_address
from nosograph.web.routes.errors import render
from nosograph.web.server.observation import REQUEST_ID


def install(app: Flask) -> None:
    """Make every response of an application pass through ``finish``."""
    app.after_request(finish)


def finish(response: Response) -> Response:
    """Return a response its lifetime, validators and coding, and answer a condition that holds with 304 or 412."""
    _make_relative(response)
    _make_absolute(response)
    if response.status_code != 200 and not response.is_streamed and not response.get_data():
        response.headers.pop("Content-Type", None)
    context = current()
    decided = decide_delivery(
        request.environ,
        response.status_code,
        response.headers,
        None if response.is_streamed else response.get_data(),
        version=context.release.version,
        released=context.modified,
        as_is=response.direct_passthrough,
    )
    if decided.refusal is not None:
        return _refused(response, decided.refusal)
    if decided.not_modified:
        response.close()
        short = Response(status=304, headers=not_modified_headers(response.headers))
        short.headers.pop("Content-Type", None)
        return short
    if decided.coding != "identity":
        _encode(response, decided.coding)
    return response


def send_reply(reply: Reply) -> Response:
    """Return the response for a value that was made without the framework."""
    response = Response(reply.content, reply.status, reply.headers)
    if isinstance(reply.content, FileContent):
        response.headers["Content-Length"] = str(reply.length)
        response.call_on_close(reply.close)
    return response


def _encode(response: Response, coding: str) -> None:
    content = response.response
    if isinstance(content, FileContent):
        packed = encode(Reply(200, content=content), coding).content
        assert isinstance(packed, FileContent)
        response.response = packed
        response.headers["Content-Length"] = str(packed.length)
        response.call_on_close(packed.close)
    elif response.is_streamed:
        response.response = compress_stream(_bytes(content), coding)
        response.headers.pop("Content-Length", None)
    else:
        response.set_data(compress(response.get_data(), coding))


def _bytes(chunks: Iterable[str] | Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk if isinstance(chunk, bytes) else chunk.encode()


def _refused(response: Response, problem: Problem) -> Response:
    """Return a problem instead of a response that the request's header rules out."""
    response.close()
    identified = dataclasses.replace(problem, request_id=request.environ.get(REQUEST_ID, ""))
    return _make_relative(render(identified, request.headers.get("Accept")))


def _make_absolute(response: Response) -> None:
    """Make the targets of links absolute where the settings say how the site is reached, else leave them relative.

    Without that setting the site may be reached in any way, and relative ones hold in all.
    """
    if "Link" in response.headers and current().settings.site_url:
        response.headers["Link"] = with_absolute_targets(response.headers["Link"], own_address())


def _make_relative(response: Response) -> Response:
    """Make the addresses of a page relative, so that it holds wherever the site stands."""
    if response.mimetype == HTML.media_type and not response.is_streamed:
        response.set_data(with_relative_references(response.get_data(), path_of(request.environ)))
    return response
