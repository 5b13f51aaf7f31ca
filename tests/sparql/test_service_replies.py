"""What a SPARQL service says beside its answer is read, in whatever form it says it."""

from __future__ import annotations

import pytest

from nosograph.sparql.service_replies import retry_after

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("7", "", 7.0),
        (" 0 ", DATE, 0.0),
        ("Thu, 01 Jan 2026 00:01:30 GMT", DATE, 90.0),
        ("Wed, 31 Dec 2025 00:00:00 GMT", DATE, 0.0),
        ("9" * 400, DATE, 999_999_999.0),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, date: str, seconds: float) -> None:
    """A date is counted from the date of the answer, not from this machine's clock (RFC 9110, section 10.2.3)."""
    assert retry_after(said, date) == seconds


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("", DATE),
        ("soon", DATE),
        ("-5", DATE),
        ("Thu, 01 Jan 99999999999999999999 00:00:00 GMT", DATE),
        ("\u0665", DATE),
        ("Thu, 01 Jan 2026 00:01:30 GMT", ""),
        ("Thu, 01 Jan 2026 00:01:30 -0000", DATE),
    ],
)
def test_what_is_no_time_is_none(said: str, date: str) -> None:
    """What cannot be read says nothing, and breaks nothing."""
    assert retry_after(said, date) is None
