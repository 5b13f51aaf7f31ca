"""The hierarchy of a release's resources, and the groups that follow from it: the systems under which findings stand.

The group of a resource is what stands directly below the broadest resource above it, where that has something narrower
itself, else the broadest resource. A resource under several has all of them, the nearest first.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nosograph.rdf import iris
from nosograph.store.subject_lines import SubjectLines, iri_of, nodes
from nosograph.vocabulary.terms import Vocabulary

SCHEMA: Final = """
CREATE TABLE steps (iri TEXT NOT NULL, broad TEXT NOT NULL, PRIMARY KEY (broad, iri)) WITHOUT ROWID;
CREATE TABLE grouped (iri TEXT NOT NULL, position INTEGER NOT NULL, broad TEXT NOT NULL, PRIMARY KEY (iri, position))
    WITHOUT ROWID;
CREATE TABLE named_by (iri TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
"""
_IN_ORDER: Final = """
CREATE INDEX steps_by_iri ON steps (iri);
INSERT INTO named_by SELECT iri, sum(number) FROM (
    SELECT used AS iri, sum(total) AS number FROM uses WHERE way = 'object' GROUP BY used
    UNION ALL SELECT described, count(*) FROM entries WHERE kind = 'fact' AND described <> '' GROUP BY described
) GROUP BY iri;
"""


@dataclass(frozen=True)
class Grouping:
    """The groups of some resources.

    Attributes:
        groups: by resource, the broad resources under which it stands, the nearest first.
        lines: by broad resource, lines of N-Quads with its labels, classes and definitions.
    """

    groups: Mapping[str, tuple[str, ...]]
    lines: Mapping[str, bytes]


class HierarchyWriter:
    """Collects what is broader than what, and writes the groups that follow from it.

    Args:
        database: the file of documents.
        vocabulary: tells which properties lead to broader resources.
    """

    def __init__(self, database: sqlite3.Connection, vocabulary: Vocabulary) -> None:
        self._database = database
        self._properties = nodes({*vocabulary.broader_properties(), iris.SKOS_BROADER})
        self._above: dict[str, list[str]] = {}

    def add(self, iri: str, said: SubjectLines) -> None:
        """Add what is directly broader than a resource, given what is said of it."""
        broader = {iri_of(one) for name in self._properties for one in said.iris(name)} - {iri}
        if broader:
            self._above[iri] = sorted(broader)

    def finish(self) -> None:
        """Write the steps, the groups, and how many facts name a resource; lists and uses are written already."""
        above, inner = self._above, {one for broader in self._above.values() for one in broader}
        self._database.execute("BEGIN")
        rows = ((iri, broad) for iri, found in above.items() for broad in found)
        self._database.executemany("INSERT INTO steps VALUES (?, ?)", rows)
        for iri in sorted(above):
            found = dict.fromkeys(_groups(iri, above, inner))
            groups = ((iri, position, broad) for position, broad in enumerate(found))
            self._database.executemany("INSERT INTO grouped VALUES (?, ?, ?)", groups)
        self._database.execute("COMMIT")
        self._database.executescript(_IN_ORDER)


def _groups(iri: str, above: Mapping[str, list[str]], inner: set[str]) -> Iterator[str]:
    """Return the groups of a resource, the nearest first, those equally near in the order of their IRIs."""
    level, seen = [iri], {iri}
    while level:
        found = set()
        for member in level:
            for broader in above.get(member, ()):
                if broader not in above:
                    found.add(member if member in inner else broader)
        yield from sorted(found)
        level = sorted({broader for member in level for broader in above.get(member, ())} - seen)
        seen.update(level)


def read_groups(database: sqlite3.Connection, resources: Iterable[str]) -> Grouping:
    """Return the groups of some resources: one query."""
    wanted = sorted(set(resources))
    rows = database.execute(
        "SELECT grouped.iri, entries.iri, entries.lines FROM json_each(?) AS wanted"
        " CROSS JOIN grouped ON grouped.iri = wanted.value CROSS JOIN entries ON entries.iri = broad"
        " ORDER BY grouped.iri, grouped.position",
        (json.dumps(wanted),),
    )
    groups: dict[str, dict[str, None]] = {}
    lines: dict[str, bytes] = {}
    for iri, broad, told in rows:
        groups.setdefault(iri, {})[broad] = None
        lines[broad] = told
    return Grouping({iri: tuple(found) for iri, found in groups.items()}, lines)


def read_broader(database: sqlite3.Connection, iri: str) -> list[str]:
    """Return what is directly broader than a resource, by label: one query."""
    rows = database.execute(
        "SELECT DISTINCT steps.broad FROM steps JOIN entries ON entries.iri = broad WHERE steps.iri = ?"
        " ORDER BY entries.kind, entries.position",
        (iri,),
    )
    return [broad for (broad,) in rows]


def read_narrower(database: sqlite3.Connection, resources: Iterable[str]) -> dict[str, list[str]]:
    """Return what is directly narrower than some resources, by label, for those that have any: one query."""
    rows = database.execute(
        "SELECT steps.broad, steps.iri FROM json_each(?) AS wanted CROSS JOIN steps ON steps.broad = wanted.value"
        " CROSS JOIN entries ON entries.iri = steps.iri ORDER BY entries.kind, entries.position",
        (json.dumps(sorted(set(resources))),),
    )
    found: dict[str, dict[str, None]] = {}
    for broad, iri in rows:
        found.setdefault(broad, {})[iri] = None
    return {broad: list(narrower) for broad, narrower in found.items()}


def read_roots(database: sqlite3.Connection) -> dict[str, tuple[list[str], int]]:
    """Return by kind what has something narrower and nothing broader, by label, and how many have either."""
    numbers = database.execute(
        "SELECT kind, count(*) FROM entries WHERE iri IN (SELECT iri FROM steps UNION SELECT broad FROM steps)"
        " GROUP BY kind"
    )
    found: dict[str, tuple[list[str], int]] = {kind: ([], number) for kind, number in numbers}
    roots = database.execute(
        "SELECT kind, iri FROM (SELECT broad AS iri FROM steps EXCEPT SELECT iri FROM steps) JOIN entries USING (iri)"
        " ORDER BY kind, position"
    )
    for kind, iri in roots:
        found[kind][0].append(iri)
    return found


def read_numbers(database: sqlite3.Connection, resources: Iterable[str]) -> dict[str, int]:
    """Return how many facts name each of some resources, as what they are about or as what they say: one query."""
    rows = database.execute(
        "SELECT iri, number FROM json_each(?) AS wanted CROSS JOIN named_by ON named_by.iri = wanted.value",
        (json.dumps(sorted(set(resources))),),
    )
    return dict(rows.fetchall())
