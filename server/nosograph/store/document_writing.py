"""Makes the documents of a release ready: for each resource that has a page of its own, what ``lookup`` says of it.

Facts and mappings have none: the document about what they are about has all of them.
"""

from __future__ import annotations

import io
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, parse

from nosograph.rdf import iris, writer
from nosograph.rdf.formats import TURTLE
from nosograph.rdf.lines import union_lines
from nosograph.rdf.names import Base, last_segment
from nosograph.store import hierarchy, uses
from nosograph.store.described_lines import DescribedLines, LineGatherer
from nosograph.store.documents import WITH_PASSAGE, WITH_REFERENCE, pack
from nosograph.store.quad_file import QuadFile
from nosograph.store.subject_lines import SubjectLines, iri_of, node, nodes
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
_REPORT_EVERY: Final = 100
_DATATYPE: Final = re.compile(rb'"\^\^<([^>]*+)> <[^>]*+> \.\n')
"""The datatype of the literal of a line, whose own quotation marks and line feeds are escaped."""

_TYPE, _STATUS, _EVIDENCE, _SOURCE, _PASSAGE, _CITES = nodes(
    (iris.RDF_TYPE, iris.STATUS, iris.EVIDENCE, iris.SOURCE, iris.PASSAGE, iris.CITES)
)
_CONNECTED: Final = nodes((iris.RDF_PREDICATE, iris.RDF_OBJECT, iris.SSSOM_OBJECT))
_ABOUT: Final = ((node(iris.RDF_SUBJECT), FACT_KIND), (node(iris.SSSOM_SUBJECT), MAPPING_KIND))


def write_documents(
    source: QuadFile,
    path: Path,
    base: Base,
    vocabulary: Vocabulary,
    report: Callable[[int, int], None],
    order: Callable[[str], str] = str.casefold,
) -> int:
    """Write the file of documents, lists and figures of a release, and return how many documents there are.

    Args:
        source: the lines of the release's N-Quads.
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
        source: QuadFile,
        base: Base,
        vocabulary: Vocabulary,
        order: Callable[[str], str],
    ) -> None:
        self._database = database
        self._gatherer = LineGatherer(source, base)
        self._order = order
        self._uses = uses.UseWriter(database, base, vocabulary)
        self._hierarchy = hierarchy.HierarchyWriter(database, vocabulary)
        self._prefixes = base.prefixes()
        self._vocabulary = vocabulary
        self._resting: Counter[bytes] = Counter()
        self._figures: Counter[str] = Counter({WITH_PASSAGE: 0, WITH_REFERENCE: 0})

    def write(self, report: Callable[[int, int], None]) -> int:
        """Write every table, and return how many documents there are."""
        documented = self._documented()
        for number, (iri, classes) in enumerate(sorted(documented.items())):
            if number % _REPORT_EVERY == 0:
                report(number, len(documented))
            resource = node(iri)
            pointing = self._gatherer.pointing(resource)
            document = self._gatherer.gather(iri, pointing)
            row = self._row(document, in_turtle=any(entry.focus for entry in classes))
            self._database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            for entry in classes:
                self._list_resource(entry.kind, iri)
            for predicate, kind in _ABOUT:
                for statement in self._gatherer.subjects(predicate, pointing):
                    self._list_statement(kind, statement, resource)
        self._list_others()
        resting = ((iri_of(source), found) for source, found in self._resting.items())
        self._database.executemany("INSERT INTO resting VALUES (?, ?)", resting)
        self._database.executemany("INSERT INTO figures VALUES (?, ?)", self._figures.items())
        return len(documented)

    def finish(self) -> None:
        """Write what follows from the lists in their order."""
        self._uses.finish()
        self._hierarchy.finish()

    def _documented(self) -> dict[str, list[ResourceClass]]:
        """Return the resources that get a document, with the classes of the vocabulary that they belong to."""
        found: dict[str, list[ResourceClass]] = {}
        for entry in self._vocabulary.classes:
            if entry.kind not in (FACT_KIND, MAPPING_KIND):
                for resource in self._of_class(entry):
                    found.setdefault(iri_of(resource), []).append(entry)
        return found

    def _of_class(self, entry: ResourceClass) -> list[bytes]:
        return self._gatherer.subjects(_TYPE, self._gatherer.pointing(node(entry.iri)))

    def _row(self, document: DescribedLines, *, in_turtle: bool) -> tuple[object, ...]:
        turtle = self._in_turtle(document) if in_turtle else None
        return (
            document.iri,
            "\n".join(document.types),
            "\n".join(document.graphs),
            document.incoming,
            document.cut,
            pack(document.lines),
            pack("\n".join(document.named).encode()),
            pack(document.beside),
            None if turtle is None else pack(turtle),
        )

    def _in_turtle(self, document: DescribedLines) -> bytes:
        """Return a document in Turtle; its lines have the order of a document, so the graphs of a triple adjoin."""
        names = {*document.graphs, *map(iri_of, document.names), *map(bytes.decode, _DATATYPE.findall(document.lines))}
        triples = b"".join(union_lines(document.lines.splitlines(keepends=True)))
        written = io.BytesIO()
        statements = parse(triples, format=RdfFormat.N_TRIPLES)
        writer.write_statements(statements, TURTLE, written, writer.prefixes_of(names, self._prefixes))
        return written.getvalue()

    def _list_resource(self, kind: str, iri: str) -> None:
        resource = node(iri)
        name = self._gatherer.label(resource)
        self._list(kind, iri if name is None else name, resource, self._gatherer.listed(resource))
        self._hierarchy.add(iri, self._gatherer.subject(resource))

    def _list_statement(self, kind: str, statement: bytes, about: bytes | None) -> None:
        """List a fact or a mapping by the labels of what it connects, and count the evidence of a fact."""
        said = self._gatherer.subject(statement)
        connected = [value for predicate in _CONNECTED for value in said.iris(predicate)]
        labels = (self._gatherer.label(name) for name in ([about] if about else []) + connected)
        status = last_segment(iri_of(next(iter(said.iris(_STATUS)), b"<>")))
        name = "\n".join(label for label in labels if label is not None)
        evidence = [self._gatherer.subject(piece) for piece in said.iris(_EVIDENCE)]
        self._list(kind, name, statement, b"", iri_of(about) if about else "", status, evidence)
        for piece in evidence:
            self._resting.update(piece.iris(_SOURCE))
            self._figures[WITH_PASSAGE] += bool(piece.iris(_PASSAGE))
            self._figures[WITH_REFERENCE] += bool(piece.iris(_CITES))

    def _list_others(self) -> None:
        """List facts and mappings about what is no resource of this data set."""
        for kind in (FACT_KIND, MAPPING_KIND):
            entry = self._vocabulary.by_kind.get(kind)
            for statement in self._of_class(entry) if entry else ():
                if not self._is_listed(kind, iri_of(statement)):
                    self._list_statement(kind, statement, None)

    def _is_listed(self, kind: str, iri: str) -> bool:
        found = self._database.execute("SELECT 1 FROM listed WHERE kind = ? AND iri = ?", (kind, iri))
        return found.fetchone() is not None

    def _list(
        self,
        kind: str,
        name: str,
        resource: bytes,
        lines: bytes,
        described: str = "",
        status: str = "",
        evidence: Iterable[SubjectLines] = (),
    ) -> None:
        row = (kind, self._order(name), iri_of(resource), lines, described, status)
        added = self._database.execute(
            "INSERT OR IGNORE INTO listed (kind, name, iri, lines, described, status) VALUES (?, ?, ?, ?, ?, ?)", row
        )
        if added.rowcount and added.lastrowid is not None:
            self._uses.add(kind, self._gatherer.subject(resource), evidence, added.lastrowid)


def _first_letter(name: str) -> str:
    """Return under which letter a name stands in a list: its first as a capital, or a sign for all but letters."""
    return name[:1].upper() if name[:1].isalpha() else "#"
