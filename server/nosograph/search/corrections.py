"""Words of a query that the data do not have, and the words of the data that are nearest to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from nosograph.search.words import stem

_CANDIDATES: Final = 3
"""Nearest words that are tried for each unknown word."""

_SEVERAL: Final = 3
"""Unknown words up to which several candidates are tried for each; of more, the nearest of each alone."""

_TRIED: Final = 9
"""Combinations of them that are tried at most."""

_SHORT: Final = 4
"""Letters of the shortest word that is corrected; it keeps its first letter, because one letter of few is much of it.

What is shorter is an abbreviation more often than a misspelt word.
"""

_TWO_EDITS: Final = 8
"""Letters from which two edits are allowed."""


@dataclass(frozen=True)
class Dictionary:
    """The words of an index.

    Attributes:
        resources: word → in how many resources it stands.
        words: the words, in an order that stays.
    """

    resources: dict[str, int]
    words: tuple[str, ...]

    def corrections(self, words: list[str], known: set[str]) -> list[list[str]]:
        """Return the words with each unknown one replaced by a near one, the fewest edits first.

        An edit is an insertion, a deletion, a substitution or a swap of neighbours. Known words stay; an unknown one
        that has none near it is left out. The list is empty where no word is unknown, or none would remain.
        """
        unknown = [word for word in words if word not in known]
        most = _CANDIDATES if len(unknown) <= _SEVERAL else 1
        choices = [[(0, word)] if word in known else self._nearest(word)[:most] for word in words]
        remaining = [choice for choice in choices if choice]
        if not unknown or not remaining:
            return []
        ordered = sorted(product(*remaining), key=lambda choice: sum(distance for distance, _ in choice))
        return [[word for _, word in choice] for choice in ordered[:_TRIED]]

    def _nearest(self, word: str) -> list[tuple[int, str]]:
        """Return the nearest words with their distances; among equally near ones what most resources have."""
        if len(word) < _SHORT:
            return []
        most = 2 if len(word) >= _TWO_EDITS else 1
        near = extract(word, self.words, scorer=OSA.distance, score_cutoff=most, limit=50)
        found = [
            (int(distance), candidate)
            for candidate, distance, _ in near
            if len(candidate) >= _SHORT - 1 and (len(word) > _SHORT or candidate[0] == word[0])
        ]
        return sorted(found, key=lambda pair: (pair[0], -self.resources[pair[1]], pair[1]))[:_CANDIDATES]


def read_dictionary(database: sqlite3.Connection, more: Iterable[str]) -> Dictionary:
    """Return the words with which others may be replaced: those of things, terms of the vocabulary left aside.

    Args:
        database: the index.
        more: further words, by which a query may ask for a topic.
    """
    resources = dict.fromkeys(more, 0) | dict(database.execute("SELECT word, things FROM words WHERE things > 0"))
    return Dictionary(resources, tuple(sorted(resources)))


def known_words(database: sqlite3.Connection, words: list[str]) -> set[str]:
    """Return those of some words that the index has, in this or another form or as the beginning of a longer word."""
    return {word for word in words if _is_known(database, word)}


def _is_known(database: sqlite3.Connection, word: str) -> bool:
    row = database.execute(
        "SELECT EXISTS (SELECT 1 FROM words WHERE word = :word)"
        " OR EXISTS (SELECT 1 FROM words WHERE stem = :stem)"
        " OR (:begins AND EXISTS (SELECT 1 FROM words WHERE word BETWEEN :word AND :word || char(1114111)))",
        {"word": word, "stem": stem(word), "begins": len(word) >= 3},
    ).fetchone()
    return bool(row[0])
