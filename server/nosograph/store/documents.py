"""Reads the documents that were made ready for a release: the quads about a resource, and what its page shows beside.

They are what ``ResourceLookup.describe`` returns, kept: a condition with two hundred findings takes a thousand
look-ups in the engine's store, and one row here. ``document_writing`` writes them.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Final, Protocol

import zstandard
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from nosograph.rdf import iris
from nosograph.rdf.formats import N_QUADS, N_TRIPLES, TURTLE, Format
from nosograph.rdf.lines import graph_part, triple_part
from nosograph.store.reader import LABELS, GraphReader

PARTS: Final = (iris.EVIDENCE, iris.PASSAGE, iris.ANTECEDENT)
"""Predicates that lead from a resource to its parts."""

SPEAKS_OF: Final = frozenset(
    {
        iris.RDF_SUBJECT,
        iris.RDF_OBJECT,
        iris.CONTEXT,
        iris.SOURCE,
        iris.CITES,
        iris.SSSOM_SUBJECT,
        iris.SSSOM_OBJECT,
    }
)
"""Predicates whose subject is a statement about the resource: a fact, a piece of evidence, a mapping."""

NAMING: Final = (iris.SKOS_PREF_LABEL, iris.RDFS_LABEL, iris.RDF_TYPE)
"""What a document says of a resource that it only names; of a term, the label alone."""

_TYPE: Final = NamedNode(iris.RDF_TYPE)
_COLUMNS: Final = "iri, types, graphs, incoming, cut, quads, named, beside, turtle"
_MOST_AT_ONCE: Final = 500
_LEVEL: Final = 3


class Document(Protocol):
    """The document about a resource, whether it was made ahead or is made now."""

    @property
    def iri(self) -> str:
        """The resource."""
        ...

    @property
    def types(self) -> tuple[str, ...]:
        """Its classes, in order."""
        ...

    @property
    def graphs(self) -> tuple[str, ...]:
        """The named graphs that say what the document says, in order."""
        ...

    @property
    def quads(self) -> Sequence[Quad]:
        """What it says."""
        ...

    def written(self, format: Format) -> bytes | None:
        """Return the document in a format, or None where it has to be written from its quads."""
        ...

    def tell(self, reader: GraphReader) -> None:
        """Let a reader know what the document says, if it does not yet."""
        ...


@dataclass(frozen=True)
class GatheredDocument:
    """The document about a resource, of quads that were read for it."""

    iri: str
    quads: Sequence[Quad]

    @property
    def types(self) -> tuple[str, ...]:
        """The classes of the resource, in order."""
        own = (quad for quad in self.quads if quad.predicate == _TYPE and quad.subject.value == self.iri)
        return tuple(sorted({quad.object.value for quad in own if isinstance(quad.object, NamedNode)}))

    @property
    def graphs(self) -> tuple[str, ...]:
        """The named graphs that say what the document says, in order."""
        return tuple(sorted({quad.graph_name.value for quad in self.quads if isinstance(quad.graph_name, NamedNode)}))

    def written(self, format: Format) -> bytes | None:
        """Return None: it has to be written."""
        return None

    def tell(self, reader: GraphReader) -> None:
        """Do nothing: the reader that gathered it knows it."""


@dataclass(frozen=True)
class ReadyDocument:
    """The document about a resource that is in the graph and was not withdrawn, as it was made for the release.

    Attributes:
        iri: the resource.
        types: its classes.
        graphs: the named graphs that say what the document says.
        incoming: as ``ResourceDescription`` has it.
        cut: as ``ResourceDescription`` has it.
        lines: its quads as packed lines of N-Quads, in the order in which documents have them.
        named: packed IRIs of the resources of which it and what is beside it tell label and type alone, a line each.
        beside: packed lines of what the page of the resource shows beside, in the order of their subjects: the sources
            that it cites, whole, and more labels.
        packed_turtle: the document in Turtle, where it was written ahead; else None.
    """

    iri: str
    types: tuple[str, ...]
    graphs: tuple[str, ...]
    incoming: int
    cut: bool
    lines: bytes
    named: bytes
    beside: bytes
    packed_turtle: bytes | None

    @cached_property
    def quads(self) -> tuple[Quad, ...]:
        """Its quads, in the order in which documents have them."""
        return tuple(parse(unpack(self.lines), format=RdfFormat.N_QUADS))

    def written(self, format: Format) -> bytes | None:
        """Return the document in a format that takes no parsing, or None for any other."""
        if format is TURTLE and self.packed_turtle is not None:
            return unpack(self.packed_turtle)
        if format is N_QUADS:
            return b"".join(sorted(unpack(self.lines).splitlines(keepends=True), key=graph_part))
        if format is N_TRIPLES:
            triples = dict.fromkeys(map(triple_part, unpack(self.lines).splitlines(keepends=True)))
            return b"".join(triple + b" .\n" for triple in triples)
        return None

    def tell(self, reader: GraphReader) -> None:
        """Let a reader know all that the document says, and that there is no more of it, so that it asks no store."""
        named = dict[str, list[Quad]]((name, []) for name in unpack(self.named).decode().splitlines())
        whole: dict[str, tuple[Quad, ...]] = {}
        for quads in (parse(unpack(self.beside), format=RdfFormat.N_QUADS), self.quads):
            for subject, group in groupby(quads, key=_subject):
                if subject in named:
                    named[subject] += group
                else:
                    whole.setdefault(subject, tuple(group))
        if self.cut:
            del whole[self.iri]  # the document says of it besides that it is cut
        for subject, statements in whole.items():
            reader.keep_statements(subject, statements)
        for name, said in named.items():
            for predicate in (*LABELS, iris.RDF_TYPE):
                reader.keep_part(name, predicate, (quad for quad in said if quad.predicate.value == predicate))
        if not self.cut:
            self._tell_what_points(reader)

    def _tell_what_points(self, reader: GraphReader) -> None:
        speaking: dict[str, list[str]] = {predicate: [] for predicate in (*SPEAKS_OF, *PARTS)}
        owners: dict[tuple[str, str], list[str]] = {}
        for quad in self.quads:
            predicate = quad.predicate.value
            if predicate in speaking and isinstance(quad.object, NamedNode) and isinstance(quad.subject, NamedNode):
                if quad.object.value == self.iri:
                    speaking[predicate].append(quad.subject.value)
                elif predicate in PARTS:
                    owners.setdefault((predicate, quad.object.value), []).append(quad.subject.value)
        for predicate, subjects in speaking.items():
            reader.keep_subjects(predicate, self.iri, subjects)
            for part in PARTS:
                for subject in subjects:
                    reader.keep_subjects(part, subject, owners.get((part, subject), ()))


class DocumentFile:
    """The file of documents of one release; every thread gets a connection of its own.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()

    def find(self, iri: str) -> ReadyDocument | None:
        """Return the document about a resource, or None where none was made ahead."""
        return next(self.find_all((iri,)), None)

    def find_all(self, iris: Iterable[str]) -> Iterator[ReadyDocument]:
        """Return the documents about some resources, those that there are, in the order of the IRIs: one query."""
        wanted = sorted(set(iris))[:_MOST_AT_ONCE]
        marks = ", ".join("?" * len(wanted))
        statement = f"SELECT {_COLUMNS} FROM documents WHERE iri IN ({marks}) ORDER BY iri"  # noqa: S608
        for iri, types, graphs, incoming, cut, *packed in self._connection().execute(statement, wanted):
            yield ReadyDocument(iri, tuple(types.split()), tuple(graphs.split()), incoming, bool(cut), *packed)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = sqlite3.connect(self._address, uri=True)
        return connection


def pack(content: bytes) -> bytes:
    """Return content as a row of the file holds it."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(content)


def unpack(packed: bytes) -> bytes:
    """Return what was packed."""
    return zstandard.ZstdDecompressor().decompress(packed)


def _subject(quad: Quad) -> str:
    return quad.subject.value if isinstance(quad.subject, NamedNode) else str(quad.subject)
