"""Makes the documents of a release ready: for each resource that has a page of its own, what ``lookup`` says of it.

Facts and mappings have none: the document about what they are about has all of them.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad

from nosograph.rdf import iris, writer
from nosograph.rdf.formats import TURTLE
from nosograph.rdf.lines import quad_line
from nosograph.rdf.names import Base, last_segment
from nosograph.store import hierarchy, uses
from nosograph.store.documents import LISTED, WITH_PASSAGE, WITH_REFERENCE, GatheredDocument, pack
from nosograph.store.lookup import ResourceLookup, names
from nosograph.store.reader import NAMING, GraphReader, QuadSource
from nosograph.vocabulary.terms import FACT_KIND, MAPPING_KIND, ResourceClass, Vocabulary

_SCHEMA: Final = """
CREATE TABLE documents (iri TEXT PRIMARY KEY, types TEXT NOT NULL, graphs TEXT NOT NULL, incoming INTEGER NOT NULL,
    cut INTEGER NOT NULL, quads BLOB NOT NULL, named BLOB NOT NULL, beside BLOB NOT NULL, turtle BLOB);
CREATE TABLE entries (kind TEXT NOT NULL, position INTEGER NOT NULL, iri TEXT NOT NULL, lines BLOB NOT NULL,
    described TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, PRIMARY KEY (kind, position)) WITHOUT ROWID;
CREATE TABLE letters (kind TEXT NOT NULL, letter TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (kind, position))
    WITHOUT ROWID;
CREATE TABLE resting (source TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE figures (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TEMPORARY TABLE listed (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, iri TEXT NOT NULL,
    lines BLOB NOT NULL, described TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (kind, iri));
"""
_IN_ORDER: Final = """
CREATE TEMPORARY TABLE numbered AS
    SELECT id AS listed, row_number() OVER (PARTITION BY kind ORDER BY name, iri) AS position FROM listed;
CREATE UNIQUE INDEX numbered_by_listed ON numbered (listed);
INSERT INTO entries SELECT kind, position, iri, lines, described, iif(described = '', name, ''), status
    FROM listed JOIN numbered ON listed.id = numbered.listed ORDER BY kind, position;
CREATE INDEX entries_by_iri ON entries (iri);
INSERT INTO letters SELECT kind, first_letter(name) AS letter, min(position)
    FROM listed JOIN numbered ON listed.id = numbered.listed GROUP BY kind, letter;
"""
_WITH_ONE_READER: Final = 100
"""Documents that are made by one reader: what they have in common, as labels, is read once."""


def write_documents(
    source: QuadSource,
    path: Path,
    base: Base,
    vocabulary: Vocabulary,
    report: Callable[[int, int], None],
    order: Callable[[str], str] = str.casefold,
) -> int:
    """Write the file of documents, lists and figures of a release, and return how many documents there are.

    Args:
        source: the quads of the release.
        path: the file.
        base: the base of the data.
        vocabulary: their vocabulary.
        report: called with the number of documents that are done, and of all.
        order: returns what decides the position of a label in a list, and by what it is filtered.

    Raises:
        OSError: the file cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.executescript("PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
            database.executescript(uses.SCHEMA + hierarchy.SCHEMA)
            database.create_function("first_letter", 1, _first_letter, deterministic=True)
            database.execute("BEGIN")
            writer = _Writer(database, source, base, vocabulary, order)
            number = writer.write(report)
            database.execute("COMMIT")
            database.executescript(_IN_ORDER)
            writer.finish()
        return number
    except sqlite3.Error as error:
        raise OSError(f"the file of documents cannot be written: {error}") from error


class _Writer:
    def __init__(
        self,
        database: sqlite3.Connection,
        source: QuadSource,
        base: Base,
        vocabulary: Vocabulary,
        order: Callable[[str], str],
    ) -> None:
        self._database = database
        self._source = source
        self._order = order
        self._uses = uses.UseWriter(database, base, vocabulary)
        self._hierarchy = hierarchy.HierarchyWriter(database, vocabulary)
        self._base = base
        self._vocabulary = vocabulary
        self._resting: Counter[str] = Counter()
        self._figures: Counter[str] = Counter({WITH_PASSAGE: 0, WITH_REFERENCE: 0})

    def write(self, report: Callable[[int, int], None]) -> int:
        """Write every table, and return how many documents there are."""
        documented = self._documented()
        reader = self._reader()
        for number, (iri, classes) in enumerate(sorted(documented.items())):
            if number % _WITH_ONE_READER == 0:
                reader = self._reader()
                report(number, len(documented))
            row = _row(ResourceLookup(self._base, reader), iri, in_turtle=any(entry.focus for entry in classes))
            self._database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            for entry in classes:
                self._list_resource(reader, entry.kind, iri)
            for predicate, kind in ((iris.RDF_SUBJECT, FACT_KIND), (iris.SSSOM_SUBJECT, MAPPING_KIND)):
                for statement in reader.subjects(predicate, iri):
                    self._list_statement(reader, kind, statement, iri)
        self._list_others()
        self._database.executemany("INSERT INTO resting VALUES (?, ?)", self._resting.items())
        self._database.executemany("INSERT INTO figures VALUES (?, ?)", self._figures.items())
        return len(documented)

    def finish(self) -> None:
        """Write what follows from the lists in their order."""
        self._uses.finish()
        self._hierarchy.finish()

    def _reader(self) -> GraphReader:
        return GraphReader(self._source)

    def _documented(self) -> dict[str, list[ResourceClass]]:
        """Return the resources that get a document, with the classes of the vocabulary that they belong to."""
        reader = self._reader()
        found: dict[str, list[ResourceClass]] = {}
        for entry in self._vocabulary.classes:
            if entry.kind not in (FACT_KIND, MAPPING_KIND):
                for iri in reader.subjects(iris.RDF_TYPE, entry.iri):
                    found.setdefault(iri, []).append(entry)
        return found

    def _list_resource(self, reader: GraphReader, kind: str, iri: str) -> None:
        label = reader.label(iri)
        lines = b"".join(quad_line(quad) for name in LISTED for quad in reader.statements(iri, name))
        self._list(reader, kind, label.value if label else iri, iri, lines)
        self._hierarchy.add(reader, iri)

    def _list_statement(self, reader: GraphReader, kind: str, iri: str, described: str) -> None:
        """List a fact or a mapping by the labels of what it connects, and count the evidence of a fact."""
        name = [reader.label(described)]
        for predicate in (iris.RDF_PREDICATE, iris.RDF_OBJECT, iris.SSSOM_OBJECT):
            name += [reader.label(value) for value in reader.iris(iri, predicate)]
        status = last_segment(reader.iri(iri, iris.STATUS) or "")
        self._list(reader, kind, "\n".join(label.value for label in name if label), iri, b"", described, status)
        for evidence in reader.iris(iri, iris.EVIDENCE):
            self._resting.update(reader.iris(evidence, iris.SOURCE))
            self._figures[WITH_PASSAGE] += bool(reader.iris(evidence, iris.PASSAGE))
            self._figures[WITH_REFERENCE] += bool(reader.iris(evidence, iris.CITES))

    def _list_others(self) -> None:
        """List facts and mappings about what is no resource of this data set."""
        reader = self._reader()
        for kind in (FACT_KIND, MAPPING_KIND):
            entry = self._vocabulary.by_kind.get(kind)
            for iri in reader.subjects(iris.RDF_TYPE, entry.iri) if entry else ():
                if not self._is_listed(kind, iri):
                    self._list_statement(reader, kind, iri, "")

    def _is_listed(self, kind: str, iri: str) -> bool:
        found = self._database.execute("SELECT 1 FROM listed WHERE kind = ? AND iri = ?", (kind, iri))
        return found.fetchone() is not None

    def _list(
        self,
        reader: GraphReader,
        kind: str,
        name: str,
        iri: str,
        lines: bytes,
        described: str = "",
        status: str = "",
    ) -> None:
        row = (kind, self._order(name), iri, lines, described, status)
        added = self._database.execute(
            "INSERT OR IGNORE INTO listed (kind, name, iri, lines, described, status) VALUES (?, ?, ?, ?, ?, ?)", row
        )
        if added.rowcount and added.lastrowid is not None:
            self._uses.add(reader, kind, iri, added.lastrowid)


def _first_letter(name: str) -> str:
    """Return under which letter a name stands in a list: its first as a capital, or a sign for all but letters."""
    return name[:1].upper() if name[:1].isalpha() else "#"


def _row(lookup: ResourceLookup, iri: str, *, in_turtle: bool) -> tuple[object, ...]:
    description = lookup.describe(iri)
    assert description is not None, iri
    quads = writer.document_order(description, iri)
    cited = _cited(lookup.reader, quads, description.whole)
    described = description.whole.union(quad.subject.value for quad in cited if isinstance(quad.subject, NamedNode))
    named = dict.fromkeys(name for name in names(chain(quads, cited)) if name not in described)
    labels = (quad for name in named for quad in _labels(lookup.reader, name))
    known = set(quads)
    beside = sorted([*cited, *(quad for quad in labels if quad not in known)], key=str)
    turtle = writer.write_document(quads, TURTLE, lookup.base.prefixes(), first=iri) if in_turtle else None
    document = GatheredDocument(iri, quads)
    return (
        iri,
        "\n".join(document.types),
        "\n".join(document.graphs),
        description.incoming,
        description.cut,
        pack(b"".join(map(quad_line, quads))),
        pack("\n".join(sorted(named)).encode()),
        pack(b"".join(map(quad_line, beside))),
        None if turtle is None else pack(turtle),
    )


def _cited(reader: GraphReader, quads: Iterable[Quad], known: frozenset[str]) -> list[Quad]:
    """Return the statements of the sources that a document names and does not describe."""
    sources = {
        quad.object.value
        for quad in quads
        if quad.predicate.value in (iris.SOURCE, iris.CITES) and isinstance(quad.object, NamedNode)
    }
    return [quad for source in sorted(sources - known) for quad in reader.statements(source)]


def _labels(reader: GraphReader, iri: str) -> Iterator[Quad]:
    """Return the labels and the classes of a resource."""
    for predicate in NAMING:
        yield from reader.statements(iri, predicate)
