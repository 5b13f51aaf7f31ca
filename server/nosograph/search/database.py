"""Search over names, definitions and codes: exact codes first, then ranked full text, then words corrected."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rapidfuzz.distance import DamerauLevenshtein

from nosograph.search.codes import normalise
from nosograph.vocabulary.terms import TERM_KIND

PAGE_LENGTH: Final = 50
LONGEST_QUERY: Final = 200
MOST_WORDS: Final = 12

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Hit:
    """One resource that was found.

    Attributes:
        iri: its IRI.
        kind: path segment of its class, or ``term``.
        label: its label.
        alternatives: its other names.
        definition: its definition, or empty.
        code: the code that was searched for, where that is how it was found.
    """

    iri: str
    kind: str
    label: str
    alternatives: tuple[str, ...]
    definition: str
    code: str = ""


@dataclass(frozen=True)
class Results:
    """What a search found.

    Attributes:
        query: what was searched for.
        kind: the kind that was asked for, or empty for all.
        hits: the best hits.
        total: how many there are in all.
        kinds: how many there are of each kind, the kind that was asked for left aside.
        corrected: the words that were searched for instead, where words of the query are unknown; else empty.
    """

    query: str
    kind: str
    hits: tuple[Hit, ...]
    total: int
    kinds: tuple[tuple[str, int], ...]
    corrected: str = ""


class SearchDatabase:
    """The search database of one release; every thread gets a connection of its own.

    Args:
        path: the database.
        first: the kind whose resources stand before others that fit as well, or empty.
    """

    def __init__(self, path: Path, first: str = "") -> None:
        self._path = path
        self._first = first
        self._local = threading.local()

    def search(self, query: str, kind: str = "", limit: int = PAGE_LENGTH) -> Results:
        """Return what fits a query best.

        A query that is a code in any notation finds the resources with this code. Otherwise every word must occur, the
        last one also as a beginning; when nothing has all, unknown words are replaced by the nearest known ones.

        Args:
            query: what a person typed; only its first ``LONGEST_QUERY`` characters and ``MOST_WORDS`` words count.
            kind: only things of this kind, or empty for all.
            limit: most hits to give.
        """
        text = unicodedata.normalize("NFC", query).strip()[:LONGEST_QUERY]
        with self._connection() as database:
            by_code = _by_code(database, text)
            if by_code:
                return _results(query, kind, by_code, limit)
            words = [word.lower() for word in _WORD.findall(text)][:MOST_WORDS]
            if not words:
                return Results(query, kind, (), 0, ())
            found = _by_words(database, words, self._first)
            if found:
                return _results(query, kind, found, limit)
            corrected = [_corrected(database, word) for word in words]
            if corrected == words:
                return Results(query, kind, (), 0, ())
            return _results(query, kind, _by_words(database, corrected, self._first), limit, " ".join(corrected))

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            address = f"{self._path.resolve().as_uri()}?mode=ro&immutable=1"
            connection = sqlite3.connect(address, uri=True)
            self._local.connection = connection
        yield connection


def _by_code(database: sqlite3.Connection, text: str) -> list[Hit]:
    rows = database.execute(
        "SELECT t.iri, t.kind, t.label, t.alternatives, t.definition, c.iri FROM codes c"
        " JOIN things t ON t.id = c.thing WHERE c.code = ? ORDER BY t.label, t.id",
        (normalise(text),),
    ).fetchall()
    by_iri = database.execute(
        "SELECT iri, kind, label, alternatives, definition, '' FROM things WHERE iri = ?", (text.strip("<>"),)
    ).fetchall()
    hits = {row[0]: _hit(row) for row in [*by_iri, *rows]}
    return list(hits.values())


def _by_words(database: sqlite3.Connection, words: list[str], first: str) -> list[Hit]:
    """Return the things that have every word, the best first: exact labels, then by how much the words count there."""
    expression = " ".join(f'"{word}"' for word in words[:-1]) + f' "{words[-1]}"*'
    rows = database.execute(
        "SELECT t.iri, t.kind, t.label, t.alternatives, t.definition, ''"
        " FROM names JOIN things t ON t.id = names.rowid WHERE names MATCH ?"
        " ORDER BY lower(t.label) <> ?, names.rank + CASE t.kind WHEN ? THEN -1 WHEN ?"
        " THEN 1 ELSE 0 END, t.label, t.id LIMIT 2000",
        (expression.strip(), " ".join(words), first, TERM_KIND),
    ).fetchall()
    return [_hit(row) for row in rows]


def _hit(row: tuple[str, str, str, str, str, str]) -> Hit:
    iri, kind, label, alternatives, definition, code = row
    return Hit(iri, kind, label, tuple(json.loads(alternatives)), definition, code)


def _results(query: str, kind: str, hits: list[Hit], limit: int, corrected: str = "") -> Results:
    kinds: dict[str, int] = {}
    for hit in hits:
        kinds[hit.kind] = kinds.get(hit.kind, 0) + 1
    chosen = [hit for hit in hits if not kind or hit.kind == kind]
    ordered = tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0])))
    return Results(query, kind, tuple(chosen[:limit]), len(chosen), ordered, corrected)


def _corrected(database: sqlite3.Connection, word: str) -> str:
    """Return the known word nearest to an unknown one: one edit away, or two from eight letters; else the word itself.

    An edit is an insertion, a deletion, a substitution or a swap of neighbours (Damerau 1964). Among equally near
    words the one that most things have wins.
    """
    if database.execute("SELECT 1 FROM words WHERE term = ?", (word,)).fetchone():
        return word
    distance = 2 if len(word) >= 8 else 1
    if len(word) < 3:
        return word
    rows = database.execute(
        "SELECT term, doc FROM words WHERE length(term) BETWEEN ? AND ?", (len(word) - distance, len(word) + distance)
    ).fetchall()
    near = (
        (DamerauLevenshtein.distance(word, term, score_cutoff=distance), -resources, term) for term, resources in rows
    )
    return min((found for found in near if found[0] <= distance), default=(0, 0, word))[2]
