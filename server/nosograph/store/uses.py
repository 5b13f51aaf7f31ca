"""What names a resource or a concept, counted and in order: facts by their object, facts by their evidence, resources.

A use is everything that names one resource by one property. The file of documents holds its number, its entries in the
order of their list, each with its rank, and how many of them have each status; so a page of a hundred thousand entries
takes one query, and the page after it is found by the last rank.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nosograph.rdf import iris
from nosograph.rdf.lines import graph_part
from nosograph.rdf.names import ENTAILED, Base
from nosograph.store.subject_lines import SubjectLines, iri_of, lines_of_subject, node, nodes
from nosograph.vocabulary.terms import FACT_KIND, Vocabulary

SCHEMA: Final = """
CREATE TABLE uses (id INTEGER PRIMARY KEY, used TEXT NOT NULL, predicate TEXT NOT NULL, way TEXT NOT NULL,
    kind TEXT NOT NULL, total INTEGER NOT NULL);
CREATE TABLE used (use INTEGER NOT NULL, rank INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (use, rank))
    WITHOUT ROWID;
CREATE TABLE used_by_status (use INTEGER NOT NULL, status TEXT NOT NULL, number INTEGER NOT NULL,
    PRIMARY KEY (use, status)) WITHOUT ROWID;
CREATE TEMPORARY TABLE using_it (use INTEGER NOT NULL, listed INTEGER NOT NULL);
"""
_IN_ORDER: Final = """
INSERT INTO used SELECT use, row_number() OVER (PARTITION BY use ORDER BY position), position
    FROM using_it JOIN numbered ON numbered.listed = using_it.listed;
INSERT INTO used_by_status SELECT use, status, count(*) FROM uses JOIN used ON used.use = uses.id
    JOIN entries ON entries.kind = uses.kind AND entries.position = used.position WHERE status <> '' GROUP BY 1, 2;
CREATE INDEX uses_by_used ON uses (used);
"""
_NO_USE: Final = frozenset(
    nodes(
        (
            iris.RDF_TYPE,
            iris.PASSAGE,
            iris.ANTECEDENT,
            iris.INHERITS,
            iris.PAV_CURATED_BY,
            iris.SCHEMA_REVIEWED_BY,
        )
    )
)
"""Properties of evidence and resources by which nothing is listed."""


_PREDICATE: Final = node(iris.RDF_PREDICATE)
_OBJECT: Final = node(iris.RDF_OBJECT)


class Way(StrEnum):
    """How entries of a list name a resource."""

    OBJECT = "object"
    EVIDENCE = "evidence"
    DIRECT = "direct"


@dataclass(frozen=True)
class FoundUse:
    """Everything that names a resource by one property.

    Attributes:
        number: its number in the file.
        predicate: the property: the predicate of the facts, or a property of their evidence or of resources.
        way: whether facts say the resource, their evidence has it, or the entries have it directly.
        kind: kind of the entries.
        total: how many entries there are.
        statuses: of facts, how many have each status, by its local name.
    """

    number: int
    predicate: str
    way: Way
    kind: str
    total: int
    statuses: Mapping[str, int]


@dataclass(frozen=True)
class Selection:
    """Which entries of a use are wanted.

    Attributes:
        status: facts with this status alone, or all where it is empty.
        words: words that the name of what a fact is about has in it, folded as names are; all facts where it is empty.
        after: entries after this rank.
        before: entries before this rank, the last ones of these; 0 for none such bound.
    """

    status: str = ""
    words: str = ""
    after: int = 0
    before: int = 0


EVERY_ENTRY: Final = Selection()


@dataclass(frozen=True)
class UsedEntry:
    """An entry of a use: its rank in it, its IRI, and the resource that a fact is about."""

    rank: int
    iri: str
    described: str


class UseWriter:
    """Collects what names what while the lists of a file of documents are written.

    Args:
        database: the file.
        base: the base of the data.
        vocabulary: their vocabulary.
    """

    def __init__(self, database: sqlite3.Connection, base: Base, vocabulary: Vocabulary) -> None:
        self._database = database
        self._concepts = frozenset(nodes(vocabulary.concepts))
        self._statements = frozenset(nodes((iris.RDF_OBJECT, *vocabulary.predicates)))
        self._entailed = str(base.graph(ENTAILED)).encode()
        self._numbers: dict[tuple[str, str, Way, str], int] = {}
        self._totals: Counter[int] = Counter()

    def add(self, kind: str, said: SubjectLines, evidence: Iterable[SubjectLines], listed: int) -> None:
        """Add what an entry of a list names: concepts, and for a fact its object and what its evidence has.

        Args:
            kind: kind of the entry.
            said: what is said of the resource.
            evidence: what is said of each piece of its evidence.
            listed: row of the entry.
        """
        found = {(value, name, Way.DIRECT) for name, value in self._pairs(said) if self._names(name, value)}
        if kind == FACT_KIND:
            predicate = next(iter(said.iris(_PREDICATE)), b"<>")
            found |= {(value, predicate, Way.OBJECT) for value in said.iris(_OBJECT)}
            for piece in evidence:
                found |= {(value, name, Way.EVIDENCE) for name, value in self._pairs(piece)}
        numbers = [
            self._numbers.setdefault((*use, kind), len(self._numbers) + 1)
            for use in sorted((iri_of(value), iri_of(name), way) for value, name, way in found)
        ]
        self._totals.update(numbers)
        self._database.executemany("INSERT INTO using_it VALUES (?, ?)", ((number, listed) for number in numbers))

    def _names(self, predicate: bytes, value: bytes) -> bool:
        return value in self._concepts and predicate not in self._statements

    def _pairs(self, said: SubjectLines) -> Iterator[tuple[bytes, bytes]]:
        """Return property and object of what is said of a subject and was not derived for clients."""
        if self._entailed in said.graphs:
            said = lines_of_subject(said.subject, (line for line in said.lines if graph_part(line) != self._entailed))
        for predicate, values in said.objects.items():
            if predicate not in _NO_USE:
                for value in values:
                    yield predicate, value

    def finish(self) -> None:
        """Write the uses; the lists have their order by now."""
        self._database.execute("BEGIN")
        self._database.executemany(
            "INSERT INTO uses VALUES (?, ?, ?, ?, ?, ?)",
            ((number, *use, self._totals[number]) for use, number in self._numbers.items()),
        )
        self._database.execute("COMMIT")
        self._database.executescript(_IN_ORDER)


def read_uses(database: sqlite3.Connection, used: str) -> list[FoundUse]:
    """Return what names a resource, by way and property: one query."""
    rows = database.execute(
        "SELECT id, predicate, way, kind, total, status, number FROM uses LEFT JOIN used_by_status ON use = id"
        " WHERE used = ? ORDER BY way, kind, predicate, status",
        (used,),
    )
    found: dict[int, tuple[str, str, str, int]] = {}
    statuses: dict[int, dict[str, int]] = {}
    for number, predicate, way, kind, total, status, counted in rows:
        found[number] = (predicate, way, kind, total)
        if status is not None:
            statuses.setdefault(number, {})[status] = counted
    return [
        FoundUse(number, predicate, Way(way), kind, total, statuses.get(number, {}))
        for number, (predicate, way, kind, total) in found.items()
    ]


def read_used(
    database: sqlite3.Connection, use: FoundUse, selection: Selection, number: int
) -> tuple[list[UsedEntry], bool]:
    """Return the entries of a use that are wanted, in their order, and whether there are more in the same direction.

    Args:
        database: the file of documents.
        use: the use.
        selection: which of its entries are wanted.
        number: how many to return at most.
    """
    conditions, values = _conditions(use, selection)
    bound = "rank < ? ORDER BY rank DESC" if selection.before else "rank > ? ORDER BY rank"
    rows = database.execute(
        f"SELECT rank, entries.iri, described {_JOINED} WHERE {conditions} AND {bound} LIMIT ?",
        (*values, selection.before or selection.after, number + 1),
    ).fetchall()
    entries = [UsedEntry(*row) for row in rows[:number]]
    return (entries[::-1] if selection.before else entries), len(rows) > number


def count_used(database: sqlite3.Connection, use: FoundUse, selection: Selection) -> int:
    """Return how many entries of a use are wanted, whatever the ranks between which they are: at most one query."""
    if not selection.words:
        return use.statuses.get(selection.status, 0) if selection.status else use.total
    conditions, values = _conditions(use, selection)
    row = database.execute(f"SELECT count(*) {_JOINED} WHERE {conditions}", values).fetchone()
    return int(row[0])


_JOINED: Final = "FROM used CROSS JOIN entries ON entries.kind = ? AND entries.position = used.position"

_ABOUT: Final = "EXISTS (SELECT 1 FROM entries AS about WHERE about.iri = entries.described AND instr(about.name, ?))"


def _conditions(use: FoundUse, selection: Selection) -> tuple[str, list[object]]:
    """Return the conditions of a query for entries of a use, and the values of their marks."""
    conditions, values = ["use = ?"], [use.kind, use.number]
    if selection.status:
        conditions.append("status = ?")
        values.append(selection.status)
    for word in selection.words.split():
        conditions.append(_ABOUT)
        values.append(word)
    return " AND ".join(conditions), values
