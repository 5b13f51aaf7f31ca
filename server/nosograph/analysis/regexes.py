"""Regular expressions that the store and SQL read alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_LETTER: Final = r"[A-Za-z0-9 _,:;'\"/@#%=<>!~&-]"
_ESCAPED: Final = r"\\[.\\^$*+?()\[\]{}|/-]"
_RANGE: Final = r"(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[ _,.:;/@#%=!])"
_CLASS: Final = rf"\[\^?{_RANGE}+\]"
_PIECE: Final = re.compile(rf"(?:{_LETTER}|{_ESCAPED}|{_CLASS}|\.)[*+?]?|[\^$|]|\((?!\?)|\)[*+?]?")
_BACKWARDS: Final = re.compile(r"([A-Za-z0-9])-([A-Za-z0-9])")


def is_plain_pattern(pattern: str) -> bool:
    """Return whether both engines find the same matches: ASCII, no flags, no classes by name, no counts.

    Letters, escaped marks, classes of ranges, the dot, ``*``, ``+``, ``?``, groups, alternatives and the two ends.
    """
    depth = 0
    for piece in pieces(pattern):
        depth += (piece == "(") - piece.startswith(")")
        if depth < 0 or not piece:
            return False
        if piece.startswith("[") and any(first > last for first, last in _BACKWARDS.findall(piece)):
            return False
    return depth == 0


def pieces(pattern: str) -> Iterator[str]:
    """Return the pieces of a plain pattern, each with what says how often it stands; an empty one where it is none."""
    position = 0
    while position < len(pattern):
        piece = _PIECE.match(pattern, position)
        yield piece[0] if piece else ""
        position = piece.end() if piece else len(pattern)


def matches_nothing(pattern: str) -> bool:
    """Return whether a plain pattern matches the empty string somewhere."""
    return re.search(pattern, "") is not None
