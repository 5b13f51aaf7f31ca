"""Reads what SPARQL services say about an error: their words, and when to ask again."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import Final

_WORDS: Final = 2000
_DIGITS: Final = 9
"""Digits of seconds that are read: nobody waits for thirty years."""


def retry_after(said: str, date: str) -> float | None:
    """Return the seconds that a header field ``Retry-After`` means (RFC 9110, section 10.2.3); None without one.

    Args:
        said: value of the field: seconds, or a date.
        date: value of ``Date`` of the same answer, from which a date is counted, since clocks differ.
    """
    said = said.strip()
    if said.isascii() and said.isdigit():
        return float(said[:_DIGITS])
    try:
        wanted, answered = (parsedate_to_datetime(text) for text in (said, date))
        return max(0.0, (wanted - answered).total_seconds())
    except (ValueError, TypeError, OverflowError):  # no date, or a date with a zone less one without
        return None


def words_of(body: bytes) -> str:
    """Return what a service says about an error: the text of problem details (RFC 9457), else the body as it is."""
    text = body.decode(errors="replace").strip()
    try:
        problem = json.loads(text)
    except ValueError:
        return text[:_WORDS]
    if not isinstance(problem, dict) or not isinstance(problem.get("detail") or problem.get("title"), str):
        return text[:_WORDS]
    said = [problem.get("detail") or problem.get("title"), problem.get("hint")]
    if problem.get("line") and problem.get("column"):
        said.insert(1, f"(line {problem['line']}, column {problem['column']})")
    return " ".join(str(part) for part in said if part)
