"""The words that pages use for what the vocabulary says in codes, so that each is worded once."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from nosograph.rdf.names import CODE_SYSTEM_NAMES


@dataclass(frozen=True)
class StatusWording:
    """How a status is shown: a word, a mark that is told by its form, and a sentence that explains it."""

    name: str
    word: str
    mark: str
    explanation: str


STATUSES: Final[dict[str, StatusWording]] = {
    status.name: status
    for status in (
        StatusWording("affirmed", "Affirmed", "●", "At least one source states it, and none denies it."),
        StatusWording("contested", "Contested", "◐", "Sources disagree: some support it and some deny it."),
        StatusWording("hypothesised", "Hypothesised", "○", "Sources give it as possible or believed; none states it."),
        StatusWording("denied", "Denied", "✕", "Sources deny it, and none supports it."),
    )
}

UNKNOWN_STATUS: Final = StatusWording("unknown", "No status", "?", "The data give no status for this fact.")

SAYINGS: Final[dict[tuple[str, str], str]] = {
    ("supports", "stated"): "states it",
    ("supports", "possible"): "gives it as possible",
    ("supports", "believed"): "reports it as believed",
    ("disputes", "stated"): "denies it",
    ("disputes", "possible"): "says that it may not be so",
    ("disputes", "believed"): "reports the opposite as believed",
}
"""Stance and certainty of one piece of evidence → what its source does, as a verb phrase."""


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return a number with the noun that agrees with it, for example ``3 facts``."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def spell_code(curie: str) -> str:
    """Return a code of another system as people write it, for example ``MeSH D012595``; others as they are."""
    prefix, _, code = curie.partition(":")
    return f"{CODE_SYSTEM_NAMES[prefix]} {code}" if prefix in CODE_SYSTEM_NAMES and code else curie


def plain(text: str) -> str:
    """Return a text for places that cannot isolate its direction (a title, an attribute): control characters removed.

    Characters of the categories Cc and Cf (line breaks, right-to-left overrides, zero-width marks) can make the text
    around them read wrongly (Unicode Technical Report 36 §2.5).
    """
    spaced = " ".join(text.split())
    if spaced.isprintable():
        return spaced
    return "".join(character for character in spaced if unicodedata.category(character) not in ("Cc", "Cf"))
