"""Quotations found in a source's text: as they stand, or though case, dashes, quotation marks or spaces differ.

A text is folded once into a form in which such differences are gone, with the position in the text of every character
of that form; a quotation is folded alike and sought there. So whoever types a quotation need not copy it letter by
letter, and what is found is always a range of the text as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from rapidfuzz import fuzz

MOST_MATCHES: Final = 100
"""A quotation that stands more often than this is counted no further."""

NEAREST_COST: Final = 100_000_000
"""The nearest passage is sought while the lengths of quotation and text, multiplied, stay below this."""

NEAREST_SCORE: Final = 50.0
"""Similarity (0 to 100) below which a passage is no help to whoever looks for the right one."""

_ELLIPSIS: Final = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|…|\.\.\.)\s*")
_SPACES: Final = re.compile(r"\s+")
_DASHES: Final = frozenset("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d-")
_SINGLE_QUOTES: Final = frozenset("\u2018\u2019\u201a\u201b\u2032\u00b4`'")
_DOUBLE_QUOTES: Final = frozenset('\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb\u300c\u300d"')
_IGNORED: Final = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
"""Characters that nobody sees: the soft hyphen, joiners, and spaces without a width."""


@dataclass(frozen=True)
class QuotedPassage:
    """A range of a text, in code points, with the words that stand there."""

    start: int
    end: int
    words: str


@dataclass(frozen=True)
class QuotationMatches:
    """Where a quotation stands in a text.

    Attributes:
        passages: the ranges in their order, at most ``MOST_MATCHES``.
        exact: whether the words stand exactly as they were quoted.
    """

    passages: tuple[QuotedPassage, ...]
    exact: bool


@dataclass
class QuotedText:
    """A text in which quotations are sought; what was found is kept, as tables quote one sentence many times."""

    text: str
    _found: dict[str, QuotationMatches] = field(default_factory=dict, repr=False)

    def find(self, quotation: str) -> QuotationMatches:
        """Return where a quotation stands: letter by letter if it does so anywhere, else as it reads.

        An ellipsis (…, ..., […]) that the text does not have stands for any words; the shortest ranges that it allows
        are returned.
        """
        if quotation not in self._found:
            self._found[quotation] = self._search(quotation)
        return self._found[quotation]

    def nearest(self, quotation: str) -> QuotedPassage | None:
        """Return the passage that is most like a quotation; None where none is, or where the search would be long."""
        wanted = _fold(quotation)[0].strip()
        folded, positions = self._folded
        if not wanted or not folded or len(wanted) * len(folded) > NEAREST_COST:
            return None
        if len(wanted) >= len(folded):
            similar = fuzz.ratio(wanted, folded) >= NEAREST_SCORE
            return QuotedPassage(0, len(self.text), self.text) if similar else None
        found = fuzz.partial_ratio_alignment(wanted, folded, score_cutoff=NEAREST_SCORE)
        if found is None or found.dest_end <= found.dest_start:
            return None
        start, end = self._whole_words(positions[found.dest_start], positions[found.dest_end - 1] + 1)
        return QuotedPassage(start, end, self.text[start:end])

    @cached_property
    def _folded(self) -> tuple[str, Sequence[int]]:
        return _fold(self.text)

    def _search(self, quotation: str) -> QuotationMatches:
        for wanted in dict.fromkeys((quotation, quotation.strip())):
            ranges = list(_chains(self.text, [wanted])) if wanted else []
            if ranges:
                return self._matches(ranges, exact=True)
        unquoted = _without_outer_quotes(quotation)
        folded, positions = self._folded
        for wanted in dict.fromkeys((quotation, unquoted)):
            for parts in ([wanted], _ELLIPSIS.split(wanted)):
                pieces = [piece for piece in (_fold(part)[0].strip() for part in parts) if piece]
                if pieces:
                    ranges = [
                        (positions[start], self._after(positions[end - 1])) for start, end in _chains(folded, pieces)
                    ]
                    if ranges:
                        return self._matches(ranges, exact=False)
        return QuotationMatches((), exact=False)

    def _matches(self, ranges: list[tuple[int, int]], *, exact: bool) -> QuotationMatches:
        return QuotationMatches(tuple(QuotedPassage(a, b, self.text[a:b]) for a, b in ranges), exact)

    def _after(self, last: int) -> int:
        """Return the position behind a character and the combining marks that belong to it."""
        end = last + 1
        while end < len(self.text) and unicodedata.combining(self.text[end]):
            end += 1
        return end

    def _whole_words(self, start: int, end: int) -> tuple[int, int]:
        """Return a range that begins and ends with whole words and without spaces."""
        while start > 0 and self.text[start - 1].isalnum() and self.text[start].isalnum():
            start -= 1
        while end < len(self.text) and self.text[end].isalnum() and self.text[end - 1].isalnum():
            end += 1
        while start < end - 1 and self.text[start].isspace():
            start += 1
        while end - 1 > start and self.text[end - 1].isspace():
            end -= 1
        return start, end


def _chains(text: str, parts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Return the ranges of a text that begin with the first part, end with the last, and have the others between.

    Of ranges with one end only the shortest is returned. Linear in the text for each part: a part is sought onwards
    from where it was found before.
    """
    found = [-1] * len(parts)
    pending: tuple[int, int] | None = None
    count, start = 0, text.find(parts[0])
    while start >= 0 and count < MOST_MATCHES:
        end = start + len(parts[0])
        for number in range(1, len(parts)):
            if found[number] < end:
                found[number] = text.find(parts[number], end)
            if found[number] < 0:
                start = -1
                break
            end = found[number] + len(parts[number])
        if start < 0:
            break
        if pending is not None and pending[1] != end:
            yield pending
            count += 1
        pending = start, end
        start = text.find(parts[0], start + 1)
    if pending is not None and count < MOST_MATCHES:
        yield pending


def _fold(text: str) -> tuple[str, Sequence[int]]:
    """Return the folded form of a text, and the position in the text of each character of it."""
    folded: list[str] = []
    positions = array("L")
    space = False
    for position, character in enumerate(text):
        if character.isspace():
            if not space:
                folded.append(" ")
                positions.append(position)
            space = True
            continue
        if character in _IGNORED:
            continue
        space = False
        plain = _plain(character)
        folded.append(plain)
        positions.extend([position] * len(plain))
    return "".join(folded), positions


def _plain(character: str) -> str:
    if character < "\x80" and character not in "'`\"":
        return character.lower()
    if character in _DASHES:
        return "-"
    if character in _SINGLE_QUOTES:
        return "'"
    if character in _DOUBLE_QUOTES:
        return '"'
    decomposed = unicodedata.normalize("NFKD", character).casefold()
    return _SPACES.sub("", decomposed) or character


def _without_outer_quotes(quotation: str) -> str:
    """Return a quotation without the quotation marks around the whole of it."""
    stripped = quotation.strip()
    marks = _DOUBLE_QUOTES | _SINGLE_QUOTES
    if len(stripped) > 2 and stripped[0] in marks and stripped[-1] in marks:
        return stripped[1:-1]
    return stripped
