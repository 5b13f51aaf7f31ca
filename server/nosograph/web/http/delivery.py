"""What makes a response cacheable: lifetimes, validators, content codings; decided from values alone.

A release never changes, so whatever is made from it keeps its bytes for as long as the release and this software stay.
"""

from __future__ import annotations

import dataclasses
import hashlib
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import IO, Any, Final

from werkzeug.datastructures import EnvironHeaders, Headers
from werkzeug.http import http_date

from nosograph import __version__
from nosograph.web.http import negotiation
from nosograph.web.http.codings import CODINGS, compress, compress_stream
from nosograph.web.http.preconditions import precondition_status
from nosograph.web.http.problems import Problem
from nosograph.web.http.replies import Fields, Reply, add_vary, from_spool

IMMUTABLE: Final = "public, max-age=31536000, immutable"
"""For addresses that hold the version of a release (RFC 8246)."""

SHORT: Final = "public, max-age=300"
"""For addresses whose content changes with the next release: minutes, then a check by entity tag."""

REVALIDATED: Final = "public, no-cache"
"""For pages about the releases folder, which can change at any time: a copy is checked by its entity tag before use."""

NEVER: Final = "no-store"

_WORTH_CODING: Final = 512
_COMPRESSIBLE: Final = ("text/", "application/", "image/svg+xml")
_CONDITIONS: Final = frozenset(
    {"HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_UNMODIFIED_SINCE"}
)
_FAILED_PRECONDITION: Final = Problem(
    412,
    "What is here is not what the condition of the request names.",
    hint="Fetch it again, or leave If-Match and If-Unmodified-Since out.",
    code="precondition-failed",
)
_KEPT_ON_304: Final = frozenset(
    {
        "access-control-allow-origin",
        "cache-control",
        "content-location",
        "etag",
        "last-modified",
        "link",
        "server-timing",
        "vary",
    }
)


@dataclass(frozen=True)
class Delivery:
    """How a response is to be sent.

    Attributes:
        coding: the content coding that is to be applied to the body, or ``identity``.
        not_modified: whether the client has it already and gets a 304.
        refusal: the problem that the client gets instead.
    """

    coding: str = "identity"
    not_modified: bool = False
    refusal: Problem | None = None


def decide_delivery(
    environ: dict[str, Any],
    status: int,
    headers: Fields,
    content: bytes | None,
    *,
    version: str,
    released: datetime,
    as_is: bool = False,
) -> Delivery:
    """Return how a response to a request is to be sent, and give its header lifetime and validators.

    Args:
        environ: the request, as WSGI describes it (PEP 3333).
        status: the status of the response.
        headers: its header, which is completed.
        content: its body, or None where that is a stream, which gets no entity tag.
        version: the release.
        released: the moment from which everything in the release is as it is.
        as_is: whether the body may not be coded.
    """
    method = environ["REQUEST_METHOD"]
    if status >= 400:
        headers["Cache-Control"] = NEVER
        return Delivery()
    if method not in ("GET", "HEAD", "POST"):
        return Delivery()
    headers.setdefault("Cache-Control", SHORT)
    if status != 200 or headers["Cache-Control"] == NEVER:
        return Delivery()
    # A release knows its day and no time, and two releases may bear one day: with a date at an address that the next
    # release takes over, a client would be told that something newer is unchanged (RFC 9110 §8.8.2.1).
    modified = released if headers["Cache-Control"] == IMMUTABLE else None
    if modified is not None and "Last-Modified" not in headers:
        headers["Last-Modified"] = http_date(modified)
    coding: str | None = "identity"
    if not as_is and _may_be_coded(headers):
        # A short one has the same Vary as a long one: caches expect one of an address (RFC 9110 §12.5.5).
        add_vary(headers, "Accept-Encoding")
        if content is None or len(content) >= _WORTH_CODING:
            coding = negotiation.choose_coding(environ.get("HTTP_ACCEPT_ENCODING"), CODINGS)
    if coding is None:
        return Delivery(refusal=_coding_refused(environ["HTTP_ACCEPT_ENCODING"]))
    if content is not None and "ETag" not in headers:
        headers["ETag"] = _entity_tag(content, headers.get("Content-Type", ""), version, coding)
    outcome = None
    if method != "POST" and not _CONDITIONS.isdisjoint(environ):
        outcome = precondition_status(method, EnvironHeaders(environ), headers.get("ETag", ""), modified)
    if outcome == 412:
        return Delivery(refusal=_FAILED_PRECONDITION)
    if coding != "identity" and outcome is None:
        headers["Content-Encoding"] = coding
    return Delivery(coding, not_modified=outcome == 304)


def encode(reply: Reply, coding: str) -> Reply:
    """Return a response whose body is in a content coding; a large one is packed into a file."""
    if coding == "identity":
        return reply
    if isinstance(reply.content, bytes):
        return dataclasses.replace(reply, content=compress(reply.content, coding))
    packed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        for chunk in compress_stream(reply.content, coding):
            packed.write(chunk)
    except BaseException:
        packed.close()
        raise
    finally:
        reply.close()
    return dataclasses.replace(reply, content=from_spool(packed))


def midnight(day: date) -> datetime:
    """Return the first moment of a day in UTC: a release knows its date and no time."""
    return datetime.combine(day, time(), UTC)


def not_modified_headers(headers: Fields) -> Headers:
    """Return the header of the 304 of a response: the fields that a 200 would have had (RFC 9110 §15.4.5)."""
    return Headers([(name, value) for name, value in headers.items() if name.lower() in _KEPT_ON_304])


def _may_be_coded(headers: Fields) -> bool:
    """Return whether a coding may be used: not on what is packed already, nor where parts can be asked for."""
    if "Content-Encoding" in headers or "Accept-Ranges" in headers:
        return False
    return headers.get("Content-Type", "").startswith(_COMPRESSIBLE)


def _coding_refused(accepted: str) -> Problem:
    return Problem(
        406,
        f"No content coding here fits the header Accept-Encoding: {accepted}",
        hint=f"Ask for one of {', '.join(CODINGS)}, identity, or send no Accept-Encoding header.",
        code="not-acceptable",
        fields={"available": [*CODINGS, "identity"]},
    )


def _entity_tag(content: bytes, content_type: str, version: str, coding: str) -> str:
    """Return a strong entity tag, made of release, software, media type, content and coding (RFC 9110 §8.8.3)."""
    digest = hashlib.blake2b(content, digest_size=12, key=__version__.encode())
    digest.update(content_type.encode())
    suffix = "" if coding == "identity" else f"-{coding}"
    return f'"{version}-{digest.hexdigest()}{suffix}"'
