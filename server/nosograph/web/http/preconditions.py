"""Conditional requests and byte ranges as pure functions (RFC 9110 §13, §14).

Werkzeug reads the header fields; in which order conditions count and what of a file is sent is decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final, Protocol

from werkzeug import http

MOST_RANGES: Final = 16
"""Ranges in one request beyond which the whole file is sent: more is waste or an attack (RFC 9110 §17.15)."""


@dataclass(frozen=True)
class ByteRange:
    """A part of a file: the first byte and the last, both included, counted from 0."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """Bytes in the part."""
        return self.last - self.first + 1


class HeaderFields(Protocol):
    """Header fields that can be asked for by name, whatever the case of the name."""

    def get(self, name: str, /) -> str | None:
        """Return the value of a field, or None."""
        ...


class RangeNotSatisfiable(ValueError):
    """No part that was asked for lies within the file (RFC 9110 §15.5.17)."""


def precondition_status(method: str, headers: HeaderFields, etag: str, modified: datetime | None) -> int | None:
    """Return 304 or 412 when the request's conditions say so, or None when the request is to be answered.

    The order is that of RFC 9110 §13.2.2. If-None-Match compares weakly and If-Match strongly (§8.8.3.2); dates that
    cannot be read, and dates beside an entity tag, are ignored (§13.1.3, §13.1.4).

    Args:
        method: the request's method.
        headers: the request's header fields.
        etag: entity tag of the representation, with its quotes; empty where there is none.
        modified: when the representation was last changed, or None.
    """
    tag, is_weak = http.unquote_etag(etag or None)
    if_match, if_none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if if_match is not None:
        wanted = http.parse_etags(if_match)
        if not wanted.star_tag and (tag is None or is_weak or not wanted.is_strong(tag)):
            return 412
    elif modified is not None:
        limit = parse_date(headers.get("If-Unmodified-Since"))
        if limit is not None and modified > limit:
            return 412
    if if_none_match is not None:
        known = http.parse_etags(if_none_match)
        if known.star_tag or (tag is not None and known.contains_weak(tag)):
            return 304 if method in ("GET", "HEAD") else 412
    elif modified is not None and method in ("GET", "HEAD"):
        since = parse_date(headers.get("If-Modified-Since"))
        if since is not None and modified <= since:
            return 304
    return None


def range_holds(if_range: str | None, etag: str, modified: datetime | None) -> bool:
    """Return whether a Range header is to be followed: If-Range is absent or names what there is (RFC 9110 §13.1.5)."""
    if if_range is None:
        return True
    date = parse_date(if_range)
    if date is not None:
        return modified == date
    tag, is_weak = http.unquote_etag(if_range.strip())
    return not is_weak and (tag, False) == http.unquote_etag(etag or None)


def parse_ranges(value: str, size: int) -> tuple[ByteRange, ...] | None:
    """Return the parts that a Range header asks for, in its order; None when the header is to be ignored.

    It is ignored when its unit is unknown, when its grammar is broken, when its parts overlap or are not in ascending
    order, and when it asks for more than ``MOST_RANGES`` (RFC 9110 §14.2 lets a server ignore what looks like waste). A
    last position beyond the end means the end (§14.1.2).

    Raises:
        RangeNotSatisfiable: the header is well-formed and no part of it lies within ``size`` bytes.
    """
    asked = http.parse_range_header(value)
    if asked is None or asked.units != "bytes" or len(asked.ranges) > MOST_RANGES:
        return None
    found = []
    for start, end in asked.ranges:
        first = max(size + start, 0) if start < 0 else start
        last = size if end is None else min(end, size)
        if first < last:
            found.append(ByteRange(first, last - 1))
    if not found:
        raise RangeNotSatisfiable(value)
    overlap = any(after.first <= before.last for before, after in pairwise(found))
    return None if overlap else tuple(found)


def parse_date(value: str | None) -> datetime | None:
    """Return the moment that an HTTP date names (RFC 9110 §5.6.7), or None when it names none."""
    try:
        return http.parse_date(value)
    except OverflowError:  # a year of many digits, which Werkzeug 3.1 does not catch
        return None
