"""What an analysis file says of itself, asked of its tables: the terms, their types, what a translation rests on."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Mapping

import duckdb

from nosograph.analysis.translation import StoredTerm
from nosograph.analysis.types import Type


class StoredCatalogue:
    """The catalogue of the tables that a connection sees, in an analysis file or as Parquet.

    Args:
        lookup: the connection; a look-up ends the result of the one before.
    """

    def __init__(self, lookup: duckdb.DuckDBPyConnection) -> None:
        self._lookup = lookup
        self._read_catalogue()

    def terms(self, numbers: list[int]) -> Iterator[tuple[int, StoredTerm]]:
        """Return terms of the file by their numbers."""
        rows = self._lookup.execute(
            "SELECT id, type, value, language FROM (SELECT unnest($1::INTEGER[]) AS n) JOIN terms ON id = n", [numbers]
        ).fetchall()
        for number, kind, value, language in rows:
            type_, datatype = self._types[kind]
            yield number, StoredTerm(type_, value, language, datatype)

    def find(self, term: StoredTerm) -> int | None:
        """Return the number of a term, or None where the file does not hold it."""
        key = (_rank(term.type), term.value)
        first = max(bisect.bisect_left(self._signposts, key) - 1, 0)
        last = bisect.bisect_right(self._signposts, key)
        start = self._signpost_numbers[first] if self._signposts else 0
        end = self._signpost_numbers[last] if last < len(self._signposts) else 2**31 - 1
        rows = self._lookup.execute(
            "SELECT id, type, language FROM terms WHERE id BETWEEN $1 AND $2 AND value = $3", [start, end, term.value]
        ).fetchall()
        for number, kind, language in rows:
            if (*self._types[kind], language) == (term.type, term.datatype, term.language):
                return int(number)
        return None

    @property
    def type_numbers(self) -> Mapping[Type, tuple[int, ...]]:
        """Type → its numbers in the file."""
        return self._type_numbers

    @property
    def profile(self) -> Mapping[int, Mapping[Type, int]]:
        """Number of a predicate → type → how many of its statements have an object of that type."""
        return self._profile

    def objects(self, subject: int, predicate: int | None) -> frozenset[Type]:
        """Return what the objects of a subject are, of all its statements or of those with a predicate."""
        rows = self._lookup.execute(
            "SELECT DISTINCT type FROM by_subject JOIN terms ON terms.id = o WHERE s = $1 AND ($2 IS NULL OR p = $2)",
            [subject, predicate],
        ).fetchall()
        return frozenset(self._types[row[0]][0] for row in rows)

    def share_pair(self, first: tuple[int, bool], second: tuple[int, bool]) -> bool:
        """Return whether two predicates, each forward or backward, connect the same pair of terms somewhere."""
        ends = "a.s = b.s AND a.o = b.o" if first[1] == second[1] else "a.s = b.o AND a.o = b.s"
        found = self._lookup.execute(
            f"SELECT 1 FROM triples a JOIN triples b ON {ends} WHERE a.p = $1 AND b.p = $2 LIMIT 1",
            [first[0], second[0]],
        ).fetchone()
        return found is not None

    def is_node(self, number: int, table: str) -> bool:
        """Return whether a term is subject or object of a triple in a table."""
        found = self._lookup.execute(f"SELECT 1 FROM {table} WHERE s = $1 OR o = $1 LIMIT 1", [number]).fetchone()
        return found is not None

    @property
    def triples(self) -> int:
        """How many triples the file holds."""
        return sum(sum(kinds.values()) for kinds in self._profile.values())

    @property
    def closed(self) -> frozenset[int]:
        """Numbers of the predicates whose closure the file holds."""
        return self._closed

    @property
    def nodes(self) -> bool:
        """Whether the data have blank nodes."""
        return self._facts[0]

    @property
    def lower_differs(self) -> bool:
        """Whether a term has a character whose lower case SQL and the store do not agree on."""
        return self._facts[1]

    @property
    def upper_differs(self) -> bool:
        """The same for the upper case."""
        return self._facts[2]

    def _read_catalogue(self) -> None:
        ask = self._lookup.execute
        self._types = {
            number: (Type(name), datatype)
            for number, name, datatype in ask("SELECT type, name, datatype FROM types").fetchall()
        }
        numbers: dict[Type, tuple[int, ...]] = {}
        for number, (kind, _) in self._types.items():
            numbers[kind] = (*numbers.get(kind, ()), number)
        self._type_numbers = numbers
        profile: dict[int, dict[Type, int]] = {}
        for predicate, number, count in ask("SELECT p, type, number FROM profile").fetchall():
            kinds = profile.setdefault(predicate, {})
            kind = self._types[number][0]
            kinds[kind] = kinds.get(kind, 0) + count
        self._profile = profile
        self._closed = frozenset(row[0] for row in ask("SELECT p FROM closed").fetchall())
        facts = ask("SELECT nodes, lower_differs, upper_differs FROM facts").fetchone()
        assert facts is not None
        self._facts: tuple[bool, bool, bool] = facts
        signposts = ask("SELECT id, name, value FROM signposts ORDER BY id").fetchall()
        self._signposts = [(_rank(Type(name)), value) for _, name, value in signposts]
        self._signpost_numbers = [number for number, _, _ in signposts]


def _rank(kind: Type) -> int:
    """Return where the terms of a type stand among all: nodes, IRIs, literals."""
    return {Type.NODE: 0, Type.IRI: 1}.get(kind, 2)
