"""Questions to the tables of the search index: which resources have a code, or words, in which order."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nosograph.search.index import NAME_COLUMNS
from nosograph.search.results import Filters, Hit
from nosograph.search.words import stem, stem_phrase
from nosograph.vocabulary.terms import SOURCE_KIND, TERM_KIND

NAMES_OF_KIND: Final = """
SELECT DISTINCT label FROM things WHERE kind = ? AND statuses <> '[]' ORDER BY label COLLATE NOCASE, label LIMIT ?
"""
"""Reads the index ``things_by_label`` in its order."""

EXACT: Final = "exactMatch"
"""Local name of the SKOS property between a resource and the code that stands for it."""

_LAST: Final = "\U0010ffff"
"""What stands behind every text that begins as another, when it is put after that."""

_Row = tuple[int, str, str, str, str]
"""Row, kind, statuses, code and relation of a resource."""


@dataclass(frozen=True)
class Match:
    """A resource that matches, before its texts are read.

    Attributes:
        number: its row.
        kind: its kind.
        statuses: statuses of the facts that name it.
        difference: how the words differ from one of its names: 0 for its label, 1 for another name, 2 for a name in
            other word forms; None where they are no name of it.
        code: the code that was searched for, where it was found by it.
        relation: how it is mapped to that code; empty for its own IRI.
        is_exact: whether it was found by its own IRI, or by a code that it is an exact match of.
    """

    number: int
    kind: str
    statuses: tuple[str, ...]
    difference: int | None = None
    code: str = ""
    relation: str = ""
    is_exact: bool = False

    def fits(self, filters: Filters) -> bool:
        """Return whether it is wanted."""
        return filters.kind in ("", self.kind) and (not filters.status or filters.status in self.statuses)


def match_code(database: sqlite3.Connection, key: str, iri: str = "") -> list[Match]:
    """Return the resources with an IRI, else those with a code, else those with a subdivision of it; exact ones first.

    Args:
        database: the index.
        key: the query as the normal form of a code.
        iri: the query as an IRI.
    """
    by_iri = database.execute("SELECT id, kind, statuses, iri, '' FROM things WHERE iri = ?", (iri,)).fetchall()
    found = by_iri or _coded(database, key, key)
    if found:
        return _matches(found, lambda relation: relation in ("", EXACT))
    return _matches(_coded(database, f"{key}.", f"{key}/"))  # between them is what has a point after the code


def match_iris(database: sqlite3.Connection, iris: Iterable[str]) -> list[Match]:
    """Return the resources with some IRIs, in the order of their labels."""
    rows = database.execute(
        "SELECT t.id, t.kind, t.statuses, t.iri, '' FROM json_each(?) AS wanted"
        " JOIN things AS t ON t.iri = wanted.value ORDER BY t.label, t.id",
        (json.dumps(list(iris)),),
    )
    return _matches(rows, lambda _: True)


def match_name(database: sqlite3.Connection, words: list[str], kinds: Sequence[str]) -> list[Match]:
    """Return the resources of some kinds whose whole name, in the same form, some words are."""
    rows = database.execute(
        "SELECT t.id, t.kind, t.statuses, t.iri, '' FROM spellings AS s JOIN things AS t ON t.id = s.thing"
        " WHERE s.spelling = ? AND s.difference < 2 AND t.kind IN (SELECT value FROM json_each(?))"
        " ORDER BY s.difference, t.label, t.id LIMIT 100",
        (" ".join(words), json.dumps(kinds)),
    )
    return _matches(rows, lambda _: True)


def match_beginning(database: sqlite3.Connection, key: str) -> list[Match]:
    """Return the resources with a code that begins as the normal form of a code that is not written to its end."""
    return _matches(_coded(database, key, key + _LAST))


def _matches(rows: Iterable[_Row], is_exact: Callable[[str], bool] = lambda _: False) -> list[Match]:
    found: dict[int, Match] = {}
    for number, kind, statuses, code, relation in rows:
        match = Match(number, kind, _array(statuses), code=code, relation=relation, is_exact=is_exact(relation))
        found.setdefault(number, match)
    return list(found.values())


def _coded(database: sqlite3.Connection, first: str, last: str) -> list[_Row]:
    return database.execute(
        "SELECT t.id, t.kind, t.statuses, c.iri, c.relation FROM codes c JOIN things t ON t.id = c.thing"
        " WHERE c.code BETWEEN ? AND ? ORDER BY c.relation <> ?, c.code, t.label, t.id, c.iri",
        (first, last, EXACT),
    ).fetchall()


def expression(words: list[str], *, beginnings: bool = False) -> str:
    """Return the expression of FTS5 for words, each in any form, the last one also as a beginning, if it is no letter.

    Args:
        words: folded words: letters and digits alone, so that none can be syntax.
        beginnings: whether all of them may be beginnings, those of two letters and less aside.
    """
    last = len(words) - 1
    return " AND ".join(
        _forms(word, begins=len(word) > 1 and (position == last or (beginnings and len(word) > 2)))
        for position, word in enumerate(words)
    )


def _forms(word: str, *, begins: bool) -> str:
    forms = dict.fromkeys((f'"{word}"{"*" if begins else ""}', f'"{stem(word)}"'))
    return f"({' OR '.join(forms)})"


def match_words(
    database: sqlite3.Connection,
    expression: str,
    words: list[str],
    focus: str,
    *,
    kinds: Sequence[str] = (),
    limit: int = -1,
) -> list[Match]:
    """Return the resources that match an expression, the best first.

    Whole names come first, then names with all the words, then definitions; sources and terms a step later. Within a
    step the focus comes first, then names that begin with the words, then what has them where they count for more.

    Args:
        database: the index.
        expression: an expression of FTS5.
        words: the words of the query, stop words included, as a name may have them.
        focus: the kind that comes first.
        kinds: the kinds that are wanted; all where there is none.
        limit: most to give; all where it is negative.
    """
    rows = database.execute(
        "WITH found AS MATERIALIZED (SELECT rowid AS id, rank FROM names WHERE names MATCH :expression),"
        " named AS MATERIALIZED (SELECT rowid FROM names WHERE names MATCH :named),"
        " begun AS MATERIALIZED (SELECT thing FROM spellings"
        " WHERE spelling BETWEEN :phrase AND :phrase_end AND difference < 2),"
        " ranked AS MATERIALIZED (SELECT t.id, t.kind, t.statuses, t.label, found.rank,"
        " (SELECT min(difference) FROM spellings WHERE spelling IN (:phrase, :stems) AND thing = t.id) AS difference"
        " FROM found CROSS JOIN things t USING (id)"
        " WHERE :kinds = '[]' OR t.kind IN (SELECT value FROM json_each(:kinds)))"
        " SELECT id, kind, statuses, difference FROM ranked"
        " ORDER BY CASE WHEN difference IS NOT NULL THEN 0 WHEN id IN named THEN 1 ELSE 2 END"
        " + (kind IN (:source, :term)),"
        " CASE kind WHEN :focus THEN 0 WHEN :source THEN 2 WHEN :term THEN 3 ELSE 1 END,"
        " difference, id NOT IN begun, rank, label, id LIMIT :limit",
        {
            "expression": expression,
            "named": f"{{{NAME_COLUMNS}}} : ({expression})",
            "phrase": " ".join(words),
            "phrase_end": " ".join(words) + _LAST,
            "stems": stem_phrase(words),
            "source": SOURCE_KIND,
            "term": TERM_KIND,
            "focus": focus,
            "kinds": json.dumps(kinds),
            "limit": limit,
        },
    )
    return [Match(number, kind, _array(statuses), difference) for number, kind, statuses, difference in rows]


def match_any_word(database: sqlite3.Connection, words: list[str], focus: str) -> list[Match]:
    """Return the resources that have one of some words: those with the most of them first, else as ``match_words``."""
    parts = [_forms(word, begins=False) for word in words]
    numbers = Counter(
        number
        for part in parts
        for (number,) in database.execute("SELECT rowid FROM names WHERE names MATCH ?", (part,))
    )
    matches = match_words(database, " OR ".join(parts), words, focus)
    return sorted(matches, key=lambda match: -numbers[match.number])


def by_frequency(database: sqlite3.Connection, words: Iterable[str]) -> list[str]:
    """Return words, the ones in any form of which most resources have first; what none has is left out."""
    ask = "SELECT sum(things) FROM words WHERE stem = ?"
    numbers = {word: database.execute(ask, (stem(word),)).fetchone()[0] or 0 for word in words}
    return sorted((word for word in numbers if numbers[word]), key=lambda word: -numbers[word])


def is_name(database: sqlite3.Connection, words: list[str]) -> bool:
    """Return whether words are the whole name of a resource, as they stand."""
    query = "SELECT 1 FROM spellings WHERE spelling = ? AND difference < 2 LIMIT 1"
    return database.execute(query, (" ".join(words),)).fetchone() is not None


def read_predicates(database: sqlite3.Connection, match: Match) -> tuple[frozenset[str], frozenset[str]]:
    """Return the predicates of the facts about a resource, and those of the facts that it inherits."""
    row = database.execute("SELECT predicates, inherited FROM things WHERE id = ?", (match.number,)).fetchone()
    return frozenset(_array(row[0])), frozenset(_array(row[1]))


def read_names(database: sqlite3.Connection, kind: str, limit: int) -> tuple[str, ...]:
    """Return the labels of the resources of a kind that facts name, in alphabetical order, at most ``limit``."""
    rows = database.execute(NAMES_OF_KIND, (kind, limit))
    return tuple(label for (label,) in rows)


def read_iris(database: sqlite3.Connection, matches: Iterable[Match]) -> tuple[str, ...]:
    """Return the IRIs of matches, in their order."""
    ask = "SELECT iri FROM things WHERE id = ?"
    return tuple(database.execute(ask, (match.number,)).fetchone()[0] for match in matches)


def read_hits(database: sqlite3.Connection, matches: Iterable[Match]) -> tuple[Hit, ...]:
    """Return matches with their texts, in their order."""
    return tuple(_read_hit(database, match) for match in matches)


def _read_hit(database: sqlite3.Connection, match: Match) -> Hit:
    iri, label, alternatives, definition = database.execute(
        "SELECT iri, label, alternatives, definition FROM things WHERE id = ?", (match.number,)
    ).fetchone()
    names = _array(alternatives)
    return Hit(iri, match.kind, label, names, definition, match.statuses, match.code, match.relation)


@lru_cache(maxsize=4096)
def _array(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
