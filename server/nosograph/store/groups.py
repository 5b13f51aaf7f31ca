"""Groups of resources: under which broad resource one stands, as the body systems under which findings stand.

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
from nosograph.store.reader import GraphReader
from nosograph.vocabulary.terms import Vocabulary

SCHEMA: Final = """
CREATE TABLE grouped (iri TEXT NOT NULL, position INTEGER NOT NULL, broad TEXT NOT NULL, PRIMARY KEY (iri, position))
    WITHOUT ROWID;
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


class GroupWriter:
    """Collects what is broader than what, and writes the groups that follow from it.

    Args:
        database: the file of documents.
        vocabulary: tells which properties lead to broader resources.
    """

    def __init__(self, database: sqlite3.Connection, vocabulary: Vocabulary) -> None:
        self._database = database
        self._properties = tuple(sorted({*vocabulary.broader_properties(), iris.SKOS_BROADER}))
        self._above: dict[str, list[str]] = {}

    def add(self, reader: GraphReader, iri: str) -> None:
        """Add what is directly broader than a resource."""
        broader = {one for name in self._properties for one in reader.iris(iri, name)} - {iri}
        if broader:
            self._above[iri] = sorted(broader)

    def finish(self) -> None:
        """Write the groups."""
        above = self._above
        inner = {one for broader in above.values() for one in broader}
        for iri in sorted(above):
            found = dict.fromkeys(_groups(iri, above, inner))
            rows = ((iri, position, broad) for position, broad in enumerate(found))
            self._database.executemany("INSERT INTO grouped VALUES (?, ?, ?)", rows)


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
