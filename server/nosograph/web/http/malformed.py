"""The problems of what a client sends that is no request of HTTP/1.1, or is one beyond the bounds."""

from __future__ import annotations

from typing import Final

from nosograph.web.http.problems import Problem

LONGEST_LINE: Final = 8190
"""Bytes of a request line, and of one header field."""

MOST_FIELDS: Final = 100

LARGEST_HEAD: Final = 64 * 1024
"""Bytes of a request line and all header fields together."""


def malformed(what: str, hint: str = "Correct its request line or its header.") -> Problem:
    """Return the problem of bytes that are no request."""
    return Problem(400, f"The request is not HTTP/1.1: {what}.", hint=hint, code="malformed-request")


def malformed_body(what: str) -> Problem:
    """Return the problem of a body that is not what its header announces (RFC 9112 §7.1)."""
    return Problem(
        400,
        f"The body of the request is not what its header announces: {what}.",
        hint="Send the size of each chunk in hexadecimal digits, or send Content-Length.",
        code="malformed-body",
    )


def no_host() -> Problem:
    """Return the problem of a request that does not name one host (RFC 9112 §3.2)."""
    return Problem(
        400,
        "The request does not have one Host header, which HTTP/1.1 asks for.",
        hint="Send Host once, with the name of this server.",
        code="no-host",
    )


def address_too_long() -> Problem:
    """Return the problem of a request line that is too long."""
    return Problem(
        414,
        f"The request line has more than {LONGEST_LINE} bytes.",
        hint="Send a long query by POST.",
        code="address-too-long",
        fields={"limit_bytes": LONGEST_LINE},
    )


def header_too_large() -> Problem:
    """Return the problem of a header that is too large."""
    return Problem(
        431,
        "The header is too large.",
        hint=f"Send at most {MOST_FIELDS} fields of at most {LONGEST_LINE} bytes, {LARGEST_HEAD} bytes together.",
        code="header-too-large",
    )


def unknown_coding(coding: str) -> Problem:
    """Return the problem of a transfer coding other than chunked."""
    return Problem(
        501,
        f"The transfer coding {coding[:100]!r} is not known here.",
        hint="Use chunked or none.",
        code="unsupported",
    )


def unknown_method() -> Problem:
    """Return the problem of a method that HTTP does not have."""
    return Problem(
        501,
        "The method of the request is not known here.",
        hint="Use GET, HEAD, OPTIONS or POST, in capitals.",
        code="unsupported",
    )


def unknown_version() -> Problem:
    """Return the problem of another version of HTTP."""
    return Problem(505, "The request is of another version of HTTP.", hint="Speak HTTP/1.1.", code="http-version")


def unknown_expectation(expected: str) -> Problem:
    """Return the problem of an expectation other than 100-continue (RFC 9110 §10.1.1)."""
    return Problem(
        417,
        f"The expectation {expected[:100]!r} cannot be met.",
        hint="Leave Expect out.",
        code="expectation-failed",
    )


def body_too_large(bound: int) -> Problem:
    """Return the problem of a body beyond the bound."""
    return Problem(
        413,
        f"The body has more than {bound} bytes.",
        hint="Send a shorter query, or less at once.",
        code="body-too-large",
        fields={"limit_bytes": bound},
    )


def too_slow(seconds: float) -> Problem:
    """Return the problem of a request that did not come in time."""
    return Problem(
        408,
        f"The request was not complete after {seconds:g} seconds.",
        hint="Send it again, at once.",
        code="request-timeout",
        fields={"limit_seconds": seconds},
    )


def no_room(what: str) -> Problem:
    """Return the problem of a request for which the server has no room now."""
    return Problem(503, what, hint="Try again in a moment.", code="busy", headers={"Retry-After": "1"})


def too_many_connections(bound: int) -> Problem:
    """Return the problem of a client that has too many connections."""
    return Problem(
        429,
        f"This client has {bound} connections open already.",
        hint="Close some, or send the next request on one of them.",
        code="too-many-connections",
        fields={"limit": bound},
        headers={"Retry-After": "1"},
    )


def too_many_for_server() -> Problem:
    """Return the problem of a connection for which the server has no room."""
    return no_room("The server has as many connections open as it can hold.")


def stopping() -> Problem:
    """Return the problem of a request that came after the server was told to stop (RFC 9110 §15.6.4)."""
    return Problem(
        503, "The server is stopping.", hint="Try again in a moment.", code="stopping", headers={"Retry-After": "1"}
    )
