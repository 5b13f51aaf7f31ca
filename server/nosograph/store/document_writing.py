"""Makes the documents of a release ready: for each resource that has a page of its own, what ``lookup`` says of it.

Facts and mappings have none: the document about what they are about has all of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad

from nosograph.rdf import iris, writer
from nosograph.rdf.formats import TURTLE
from nosograph.rdf.lines import quad_line
from nosograph.rdf.names import Base
from nosograph.store.documents import GatheredDocument, pack
from nosograph.store.lookup import ResourceLookup, names
from nosograph.store.reader import LABELS, GraphReader, QuadSource
from nosograph.vocabulary.terms import FACT_KIND, MAPPING_KIND, RELEASE_KIND, Vocabulary

_SCHEMA: Final = """
CREATE TABLE documents (iri TEXT PRIMARY KEY, types TEXT NOT NULL, graphs TEXT NOT NULL, incoming INTEGER NOT NULL,
    cut INTEGER NOT NULL, quads BLOB NOT NULL, named BLOB NOT NULL, beside BLOB NOT NULL, turtle BLOB);
"""
_WITH_ONE_READER: Final = 100
"""Documents that are made by one reader: what they have in common, as labels, is read once."""


def write_documents(
    source: QuadSource, path: Path, base: Base, vocabulary: Vocabulary, report: Callable[[int, int], None]
) -> int:
    """Write the file of documents of a release, and return how many there are.

    Args:
        source: the quads of the release.
        path: the file.
        base: the base of the data.
        vocabulary: their vocabulary.
        report: called with the number of documents that are done, and of all.

    Raises:
        OSError: the file cannot be written.
    """
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.executescript("PRAGMA page_size=8192; PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _SCHEMA)
            database.execute("BEGIN")
            number = _insert_documents(database, source, base, vocabulary, report)
            database.execute("COMMIT")
        return number
    except sqlite3.Error as error:
        raise OSError(f"the file of documents cannot be written: {error}") from error


def _insert_documents(
    database: sqlite3.Connection,
    source: QuadSource,
    base: Base,
    vocabulary: Vocabulary,
    report: Callable[[int, int], None],
) -> int:
    found = _documented(GraphReader(source), base, vocabulary)
    reader = GraphReader(source)
    for number, (iri, ahead) in enumerate(sorted(found.items())):
        if number % _WITH_ONE_READER == 0:
            reader = GraphReader(source)
            report(number, len(found))
        row = _row(ResourceLookup(base, reader), iri, in_turtle=ahead)
        database.execute("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
    return len(found)


def _documented(reader: GraphReader, base: Base, vocabulary: Vocabulary) -> dict[str, bool]:
    """Return the resources that get a document, and whether it is also written in Turtle: those of the focus."""
    found: dict[str, bool] = {}
    for entry in vocabulary.classes:
        if entry.kind not in (FACT_KIND, MAPPING_KIND, RELEASE_KIND):
            for iri in reader.subjects(iris.RDF_TYPE, entry.iri):
                if iri.startswith(base.iri):
                    found[iri] = found.get(iri, False) or entry.focus
    return found


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
    for predicate in (*LABELS, iris.RDF_TYPE):
        yield from reader.statements(iri, predicate)
