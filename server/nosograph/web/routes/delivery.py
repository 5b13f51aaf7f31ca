"""What makes a response cacheable: validators, lifetimes, content codings; the same rules for every route.

A release never changes, so whatever is made from it keeps its bytes for as long as the release and this software stay.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from flask import Flask, Response, request

from nosograph import __version__
from nosograph.web.http import negotiation
from nosograph.web.http.codings import CODINGS, compress, compress_stream
from nosograph.web.http.preconditions import precondition_status
from nosograph.web.http.problems import Problem
from nosograph.web.routes.context import current
from nosograph.web.routes.errors import render
from nosograph.web.server.observation import REQUEST_ID

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For addresses that hold the version of a release (RFC 8246)."""

SHORT: Final = "public, max-age=300"
"""For addresses whose content changes with the next release: minutes, then a check by entity tag."""

REVALIDATED: Final = "public, no-cache"
"""For pages about the releases folder, which can change at any time: a copy is checked by its entity tag before use."""

NEVER: Final = "no-store"

_WORTH_CODING: Final = 512
_COMPRESSIBLE: Final = ("text/", "application/", "image/svg+xml")
_FAILED_PRECONDITION: Final = Problem(
    412,
    "What is here is not what the condition of the request names.",
    hint="Fetch it again, or leave If-Match and If-Unmodified-Since out.",
    code="precondition-failed",
)
_KEPT_ON_304: Final = (
    "Access-Control-Allow-Origin",
    "Cache-Control",
    "Content-Location",
    "ETag",
    "Last-Modified",
    "Link",
    "Server-Timing",
    "Vary",
)


def install(app: Flask) -> None:
    """Make every response of an application pass through ``finish``."""
    app.after_request(finish)


def finish(response: Response) -> Response:
    """Return a response its lifetime, validators and coding, and answer a condition that holds with 304 or 412."""
    if response.status_code != 200 and not response.is_streamed and not response.get_data():
        response.headers.pop("Content-Type", None)
    if response.status_code >= 400:
        response.headers["Cache-Control"] = NEVER
        return response
    if request.method not in ("GET", "HEAD", "POST"):
        return response
    response.headers.setdefault("Cache-Control", SHORT)
    if response.status_code != 200 or response.headers["Cache-Control"] == NEVER:
        return response
    context = current()
    modified = _last_modified(response, context.modified)
    if modified is not None and "Last-Modified" not in response.headers:
        response.last_modified = modified
    coding: str | None = "identity"
    if _may_be_coded(response):
        coding = negotiation.choose_coding(request.headers.get("Accept-Encoding"), CODINGS)
        response.vary.add("Accept-Encoding")
    if coding is None:
        return _refused(response, _coding_refused())
    if not response.is_streamed and "ETag" not in response.headers:
        response.headers["ETag"] = _entity_tag(response, context.release.version, coding)
    status = None
    if request.method != "POST":
        etag = response.headers.get("ETag", "")
        status = precondition_status(request.method, request.headers, etag, modified)
    if status == 412:
        return _refused(response, _FAILED_PRECONDITION)
    if status == 304:
        return _not_modified(response)
    if coding != "identity":
        _encode(response, coding)
    return response


def _last_modified(response: Response, modified: datetime) -> datetime | None:
    """Return when the content was last changed, for addresses whose content never changes again; else None.

    A release knows its day and no time, and two releases may bear one day: with a date at an address that the next
    release takes over, a client would be told that something newer is unchanged (RFC 9110 §8.8.2.1).
    """
    return modified if response.headers["Cache-Control"] == IMMUTABLE else None


def _may_be_coded(response: Response) -> bool:
    """Return whether a coding may be used: not on files that are sent as they are, nor on what is packed already."""
    if response.direct_passthrough or "Content-Encoding" in response.headers or "Accept-Ranges" in response.headers:
        return False
    length = response.headers.get("Content-Length", type=int)
    worth = length is None or length >= _WORTH_CODING
    return worth and response.headers.get("Content-Type", "").startswith(_COMPRESSIBLE)


def _coding_refused() -> Problem:
    return Problem(
        406,
        f"No content coding here fits the header Accept-Encoding: {request.headers.get('Accept-Encoding')}",
        hint=f"Ask for one of {', '.join(CODINGS)}, identity, or send no Accept-Encoding header.",
        code="not-acceptable",
        fields={"available": [*CODINGS, "identity"]},
    )


def _entity_tag(response: Response, version: str, coding: str) -> str:
    """Return a strong entity tag, made of release, media type, content and coding (RFC 9110 §8.8.3)."""
    digest = hashlib.blake2b(response.get_data(), digest_size=12, key=__version__.encode())
    digest.update(response.headers.get("Content-Type", "").encode())
    suffix = "" if coding == "identity" else f"-{coding}"
    return f'"{version}-{digest.hexdigest()}{suffix}"'


def _encode(response: Response, coding: str) -> None:
    if response.is_streamed:
        response.response = compress_stream(_bytes(response.response), coding)
        response.headers.pop("Content-Length", None)
    else:
        response.set_data(compress(response.get_data(), coding))
    response.headers["Content-Encoding"] = coding


def _bytes(chunks: Iterable[str] | Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk if isinstance(chunk, bytes) else chunk.encode()


def _not_modified(response: Response) -> Response:
    """Return the 304 of a response, with the header fields that a 200 would have had (RFC 9110 §15.4.5)."""
    short = Response(status=304)
    for name in _KEPT_ON_304:
        for value in response.headers.getlist(name):
            short.headers.add(name, value)
    short.headers.pop("Content-Type", None)
    response.close()
    return short


def _refused(response: Response, problem: Problem) -> Response:
    """Return a problem instead of a response that the request's header rules out."""
    response.close()
    identified = dataclasses.replace(problem, request_id=request.environ.get(REQUEST_ID, ""))
    return render(identified, request.headers.get("Accept"))
