"""Reads what SPARQL services say about an error: their words, and when to ask again."""

from __future__ import annotations

import json
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final

_WORDS: Final = 2000


def retry_after(headers: Message) -> float | None:
    """Return the seconds of the header field Retry-After, which may be a date as well (RFC 9110, section 10.2.3)."""
    said = headers.get("Retry-After", "").strip()
    if said.isascii() and said.isdigit():
        return float(said)
    try:
        wanted, answered = (parsedate_to_datetime(text) for text in (said, headers.get("Date", "")))
    except ValueError:
        return None
    return max(0.0, (wanted - answered).total_seconds())


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
