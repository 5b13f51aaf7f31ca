"""Words as search compares them: without case and accents, reduced to a stem, and without words that carry no topic."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import snowballstemmer

_STOP_WORDS: Final = """
a about an and are as at be by can do does for from has have how in is it its of on or that the their there these this
to was what when where which who why with
"""
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())
"""English words that a query may have and a name may lack."""

_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_WORD: Final = re.compile(r"[^\W_]+")
_POSSESSIVE: Final = re.compile(r"(?<=\w)['\u2019]s\b")


def fold(text: str) -> str:
    """Return a text without what search ignores: case, accents and the possessive ending.

    An accent is ignored whether it is one character with its letter or follows it (Unicode Standard Annex 15).
    """
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", _POSSESSIVE.sub("", plain.casefold()))


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded, in their order."""
    return _WORD.findall(fold(text))


def significant(words: list[str]) -> list[str]:
    """Return words without stop words; all of them where there is no other."""
    return [word for word in words if word not in STOP_WORDS] or words


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Return what the forms of an English word have in common, by the Snowball algorithm ("English", also Porter2).

    A stemmer keeps the word that it works on, so each call has its own and threads do not meet.
    """
    return str(snowballstemmer.stemmer("english").stemWord(word))


def stems(words: list[str]) -> list[str]:
    """Return the stem of each word."""
    return [stem(word) for word in words]


def stem_phrase(words: list[str]) -> str:
    """Return what phrases have in common that differ in word forms and stop words alone."""
    return " ".join(stems(significant(words)))
