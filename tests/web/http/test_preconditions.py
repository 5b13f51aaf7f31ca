"""Conditional requests and ranges by RFC 9110 §13 and §14, without a server."""

from datetime import UTC, datetime

import pytest

from nosograph.web.http.preconditions import (
    MOST_RANGES,
    ByteRange,
    RangeNotSatisfiable,
    parse_date,
    parse_ranges,
    precondition_status,
    range_holds,
)

ETAG = '"abc"'
MODIFIED = datetime(2026, 11, 20, tzinfo=UTC)
BEFORE = "Thu, 19 Nov 2026 00:00:00 GMT"
SAME = "Fri, 20 Nov 2026 00:00:00 GMT"
AFTER = "Sat, 21 Nov 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"If-None-Match": ETAG}, 304),
        ({"If-None-Match": f'W/{ETAG}, "x"'}, 304),
        ({"If-None-Match": f'"x",{ETAG}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"x"'}, None),
        ({"If-None-Match": "abc"}, 304),
        ({"If-None-Match": '"abc'}, None),
        ({"If-None-Match": '"x"', "If-Modified-Since": AFTER}, None),
        ({"If-Modified-Since": SAME}, 304),
        ({"If-Modified-Since": AFTER}, 304),
        ({"If-Modified-Since": BEFORE}, None),
        ({"If-Modified-Since": "yesterday"}, None),
        ({"If-Match": ETAG}, None),
        ({"If-Match": "*"}, None),
        ({"If-Match": '"x"'}, 412),
        ({"If-Match": f"W/{ETAG}"}, 412),
        ({"If-Match": ETAG, "If-None-Match": ETAG}, 304),
        ({"If-Match": ETAG, "If-Unmodified-Since": BEFORE}, None),
        ({"If-Unmodified-Since": BEFORE}, 412),
        ({"If-Unmodified-Since": SAME}, None),
    ],
)
def test_conditions_count_in_order(headers: dict[str, str], expected: int | None) -> None:
    """The first condition that counts decides, entity tags before dates (RFC 9110 §13.2.2)."""
    assert precondition_status("GET", headers, ETAG, MODIFIED) == expected


def test_a_condition_that_holds_stops_other_methods() -> None:
    """If-None-Match answers 412 for a method that would change something (§13.1.2)."""
    assert precondition_status("PUT", {"If-None-Match": "*"}, ETAG, MODIFIED) == 412


def test_without_validators_no_condition_names_anything() -> None:
    """What has no entity tag matches none."""
    assert precondition_status("GET", {"If-None-Match": ETAG}, "", None) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, True),
        (ETAG, True),
        ('"x"', False),
        (f"W/{ETAG}", False),
        (SAME, True),
        (AFTER, False),
        (BEFORE, False),
        ("nonsense", False),
    ],
)
def test_a_range_holds_only_for_the_very_same_file(value: str | None, expected: bool) -> None:
    """If-Range compares strongly, and dates exactly (§13.1.5)."""
    assert range_holds(value, ETAG, MODIFIED) is expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-0", [(0, 0)]),
        ("bytes=0-9", [(0, 9)]),
        ("bytes=5-", [(5, 99)]),
        ("bytes=-10", [(90, 99)]),
        ("bytes=-1000", [(0, 99)]),
        ("bytes=90-1000", [(90, 99)]),
        ("Bytes=0-1", [(0, 1)]),
        ("bytes = 0-1 , 5-6", [(0, 1), (5, 6)]),
        ("bytes=0-1,200-300", [(0, 1)]),
        ("bytes=0-1,-5", [(0, 1), (95, 99)]),
    ],
)
def test_ranges(value: str, expected: list[tuple[int, int]]) -> None:
    """Parts come in the order that was asked for, cut at the end of the file (§14.1.2)."""
    assert parse_ranges(value, 100) == tuple(ByteRange(first, last) for first, last in expected)


@pytest.mark.parametrize(
    "value",
    [
        "bytes=",
        "bytes=abc",
        "bytes=5-2",
        "bytes=--1",
        "bytes",
        "lines=0-1",
        "bytes=0-9,5-15",
        "bytes=0-,0-",
        "bytes=50-60,0-1",
        "bytes=0-9,-95",
        "bytes=-0",
        "bytes=100-,200-",
        "bytes=" + ",".join(f"{n * 2}-{n * 2}" for n in range(MOST_RANGES + 1)),
    ],
)
def test_ranges_that_are_ignored(value: str) -> None:
    """A broken header, an unknown unit and wasteful parts get the whole file (§14.2)."""
    assert parse_ranges(value, 100) is None


@pytest.mark.parametrize("value", ["bytes=100-", "bytes=100-200", "bytes=100-110,200-300", f"bytes={10**30}-"])
def test_ranges_beyond_the_file(value: str) -> None:
    """When no part lies within the file, nothing can be sent (§15.5.17)."""
    with pytest.raises(RangeNotSatisfiable):
        parse_ranges(value, 100)


def test_an_empty_file_has_no_part() -> None:
    """No byte of a file without bytes can be asked for."""
    with pytest.raises(RangeNotSatisfiable):
        parse_ranges("bytes=0-", 0)


@pytest.mark.parametrize(
    "value", ["Fri, 20 Nov 2026 00:00:00 GMT", "Friday, 20-Nov-26 00:00:00 GMT", "Fri Nov 20 00:00:00 2026"]
)
def test_dates_are_read_in_all_three_forms(value: str) -> None:
    """The preferred form and the two obsolete ones name the same moment (§5.6.7)."""
    assert parse_date(value) == MODIFIED


def test_a_date_beyond_the_calendar_is_ignored() -> None:
    """A moment that cannot be computed is a date that cannot be read (§13.1.3)."""
    assert parse_date("Fri, 31 Dec 99999999999999999999 23:59:59 GMT") is None


def test_a_date_at_the_end_of_the_calendar_is_a_date() -> None:
    """A moment that no clock shows in UTC still comes after the others."""
    headers = {"If-Modified-Since": "Fri, 31 Dec 9999 23:59:59 -2300"}

    assert precondition_status("GET", headers, ETAG, MODIFIED) == 304
