"""Who asks, behind proxies that are trusted and before those that are not."""

from __future__ import annotations

import pytest

from nosograph.web.http.proxies import forwarded_client


@pytest.mark.parametrize(
    ("forwarded", "proxies", "client"),
    [
        (None, 1, "192.0.2.1"),
        ("198.51.100.7", 0, "192.0.2.1"),
        ("198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9, 198.51.100.7", 1, "198.51.100.7"),
        ("203.0.113.9,198.51.100.7", 2, "203.0.113.9"),
        ("198.51.100.7", 2, "192.0.2.1"),
        ("198.51.100.7, ", 1, "192.0.2.1"),
        ("", 1, "192.0.2.1"),
    ],
)
def test_as_many_entries_are_believed_as_there_are_proxies(forwarded: str | None, proxies: int, client: str) -> None:
    """Entries count from the end: what is before those of the trusted proxies could be written by anybody."""
    assert forwarded_client("192.0.2.1", forwarded, proxies) == client
