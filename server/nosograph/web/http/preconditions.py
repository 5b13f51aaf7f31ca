"""Conditional requests and byte ranges as pure functions (RFC 9110 §13, §14)."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Protocol

MOST_RANGES: Final = 16
"""Ranges in one request beyond which the whole file is sent: more is waste or an attack (RFC 9110 §17.15)."""

_ETAG = re.compile(r'\s*(W/)?("[\x21\x23-\x7e\x80-\xff]*")\s*(?:,|\Z)')
_RANGE = re.compile(r"(\d{0,19})-(\d{0,19})\Z")


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
    if_match, if_none_match = headers.get("If-Match"), headers.get("If-None-Match")
    if if_match is not None:
        if if_match.strip() != "*" and not _matches(if_match, etag, weakly=False):
            return 412
    elif modified is not None:
        limit = parse_date(headers.get("If-Unmodified-Since"))
        if limit is not None and modified > limit:
            return 412
    if if_none_match is not None:
        if if_none_match.strip() == "*" or _matches(if_none_match, etag, weakly=True):
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
    value = if_range.strip()
    if value.startswith(('"', "W/")):
        return bool(etag) and value == etag and not etag.startswith("W/")
    return modified is not None and parse_date(value) == modified


def parse_ranges(value: str, size: int) -> tuple[ByteRange, ...] | None:
    """Return the parts that a Range header asks for, in its order; None when the header is to be ignored.

    It is ignored when its unit is unknown, when its grammar is broken, when it asks for more than ``MOST_RANGES``
    parts, and when its parts overlap (RFC 9110 §14.2 lets a server ignore what looks like waste). A last position
    beyond the end means the end (§14.1.2).

    Raises:
        RangeNotSatisfiable: the header is well-formed and no part of it lies within ``size`` bytes.
    """
    unit, equals, specifications = value.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    found: list[ByteRange] = []
    for specification in specifications.split(","):
        if not specification.strip():
            continue
        match = _RANGE.match(specification.strip())
        if match is None or not (match[1] or match[2]):
            return None
        if not match[1]:
            length = min(int(match[2]), size)
            if length:
                found.append(ByteRange(size - length, size - 1))
            continue
        first, last = int(match[1]), int(match[2]) if match[2] else size - 1
        if match[2] and last < first:
            return None
        if first < size:
            found.append(ByteRange(first, min(last, size - 1)))
    if not found:
        if not specifications.strip(" ,\t"):
            return None
        raise RangeNotSatisfiable(value)
    ordered = sorted(found, key=lambda part: part.first)
    overlap = any(after.first <= before.last for before, after in itertools.pairwise(ordered))
    return None if overlap or len(found) > MOST_RANGES else tuple(found)


def parse_date(value: str | None) -> datetime | None:
    """Return the moment that an HTTP date names (RFC 9110 §5.6.7), or None when it names none."""
    if not value:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _matches(header: str, etag: str, *, weakly: bool) -> bool:
    if not etag:
        return False
    position = 0
    while match := _ETAG.match(header, position):
        position = match.end()
        if match[2] == etag.removeprefix("W/") and (weakly or not (match[1] or etag.startswith("W/"))):
            return True
    return False
