"""Rules of Memento (RFC 7089): which version of a resource was there when, and the lists of versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from werkzeug.http import http_date, parse_date

from nosograph.rdf.formats import JSON, Format
from nosograph.web.http.links import LINK_FORMAT
from nosograph.web.http.problems import Problem, ProblemError

TIME_MAP_FORMATS: Final = (LINK_FORMAT, JSON)
"""Formats of a TimeMap, by the segment of its address."""


@dataclass(frozen=True)
class Memento:
    """A version of a resource.

    Attributes:
        address: absolute address of the version.
        release: the release that has it.
        time: since when it was the one that readers got.
    """

    address: str
    release: str
    time: datetime


@dataclass(frozen=True)
class TimeMap:
    """The versions of a resource.

    Attributes:
        original: IRI of the resource, or address of the document.
        time_gate: absolute address of its TimeGate.
        addresses: by the name of a format, the absolute address of the list in it.
        mementos: the versions, the oldest first; at least one.
    """

    original: str
    time_gate: str
    addresses: dict[str, str]
    mementos: Sequence[Memento]


def wanted_time(accept_datetime: str | None) -> datetime | None:
    """Return the time that a client asks for, None where it asks for none (RFC 7089 §2.1.1).

    Raises:
        ProblemError: 400 where the header is no date of HTTP.
    """
    if accept_datetime is None:
        return None
    try:
        found = parse_date(accept_datetime)
    except (OverflowError, ValueError):
        found = None
    if found is None:
        raise ProblemError(
            Problem(
                400,
                f"The header Accept-Datetime is no date: {accept_datetime[:100]!r}.",
                hint="Write it like Thu, 26 Nov 2026 12:00:00 GMT.",
                code="malformed-header",
            )
        )
    return found


def choose_memento(mementos: Sequence[Memento], time: datetime | None) -> Memento:
    """Return the version that was there at a time: the last before it, else the first; without a time the last."""
    past = [memento for memento in mementos if time is None or memento.time <= time]
    return past[-1] if past else mementos[0]


def write_time_map(time_map: TimeMap, format: Format) -> str:
    """Return the list of versions in a format (RFC 7089 §5)."""
    return _as_json(time_map) if format is JSON else _as_links(time_map)


def _as_links(time_map: TimeMap) -> str:
    first, last = time_map.mementos[0], time_map.mementos[-1]
    links = [
        f'<{time_map.original}>; rel="original"',
        f'<{time_map.time_gate}>; rel="timegate"',
        f'<{time_map.addresses[LINK_FORMAT.name]}>; rel="self"; type="{LINK_FORMAT.media_type}"; '
        f'from="{http_date(first.time)}"; until="{http_date(last.time)}"',
        f'<{time_map.addresses[JSON.name]}>; rel="timemap"; type="{JSON.media_type}"',
    ]
    for memento in time_map.mementos:
        relation = " ".join(
            [*(["first"] if memento is first else []), *(["last"] if memento is last else []), "memento"]
        )
        links.append(f'<{memento.address}>; rel="{relation}"; datetime="{http_date(memento.time)}"')
    return ",\n".join(links) + "\n"


def _as_json(time_map: TimeMap) -> str:
    listed = [{"datetime": _iso(memento.time), "uri": memento.address} for memento in time_map.mementos]
    content = {
        "original_uri": time_map.original,
        "timegate_uri": time_map.time_gate,
        "timemap_uri": {
            "link_format": time_map.addresses[LINK_FORMAT.name],
            "json_format": time_map.addresses[JSON.name],
        },
        "mementos": {"first": listed[0], "last": listed[-1], "list": listed},
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
