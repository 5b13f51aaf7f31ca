"""Reads the documents that were made ready for a release: the quads about a resource, and what its page shows beside.

They are what ``ResourceLookup.describe`` returns, kept: a condition with two hundred findings takes a thousand
look-ups in the engine's store, and one row here. ``document_writing`` writes them.
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import zstandard
from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from nosograph.rdf import iris
from nosograph.rdf.formats import N_QUADS, N_TRIPLES, TURTLE, Format
from nosograph.rdf.lines import graph_part, triple_part
from nosograph.store import hierarchy
from nosograph.store.reader import NAMING, GraphReader
from nosograph.store.uses import FoundUse, Selection, UsedEntry, count_used, read_used, read_uses

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
        iris.PROV_HAD_MEMBER,
    }
)
"""Predicates whose subject is a statement about the resource: a fact, a piece of evidence, a mapping, a group."""

_TYPE: Final = NamedNode(iris.RDF_TYPE)
LISTED: Final = (*NAMING, iris.SKOS_DEFINITION)
"""Predicates of what a list shows of a resource."""

WITH_PASSAGE: Final = "evidence with a passage"
WITH_REFERENCE: Final = "evidence with a reference"
"""Figures that are counted when the documents are made."""

_RUN: Final = re.compile(rb"^(<[^>]*+>) [^\n]*+\n(?:\1 [^\n]*+\n)*+", re.MULTILINE)
"""Lines of N-Quads with one subject that follow one another."""

_DOCUMENTS: Final = "SELECT iri, types, graphs, incoming, cut, quads, named, beside, turtle FROM documents"
_ENTRIES: Final = "SELECT iri, lines, described FROM entries"
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

    @property
    def own(self) -> Sequence[Quad]:
        """What it says of the resource itself."""
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
        types = (quad.object for quad in self.own if quad.predicate == _TYPE)
        return tuple(sorted({type.value for type in types if isinstance(type, NamedNode)}))

    @property
    def own(self) -> Sequence[Quad]:
        """What it says of the resource itself."""
        subject = NamedNode(self.iri)
        return tuple(quad for quad in self.quads if quad.subject == subject)

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
        return tuple(parse(self._text, format=RdfFormat.N_QUADS))

    @property
    def own(self) -> tuple[Quad, ...]:
        """The quads whose subject is the resource."""
        return tuple(parse(self._own_lines, format=RdfFormat.N_QUADS))

    @cached_property
    def pointing(self) -> Mapping[str, Sequence[str]]:
        """By predicate, the subjects of the quads whose object is the resource."""
        found: dict[str, list[str]] = {}
        for subject, predicate, _ in _statements_with(self._text, b" <%b> " % self.iri.encode(), 2):
            found.setdefault(predicate, []).append(subject)
        return found

    def written(self, format: Format) -> bytes | None:
        """Return the document in a format that takes no parsing, or None for any other."""
        if format is TURTLE and self.packed_turtle is not None:
            return unpack(self.packed_turtle)
        if format is N_QUADS:
            by_graph: list[bytes] = sorted(self._lines(), key=graph_part)
            return b"".join(by_graph)
        if format is N_TRIPLES:
            triples = dict.fromkeys(map(triple_part, self._lines()))
            return b"".join(triple + b" .\n" for triple in triples)
        return None

    def tell_own(self, reader: GraphReader) -> None:
        """Let a reader know what the document says of the resource itself, where that is all."""
        if not self.cut:
            reader.keep_statements(self.iri, self._own_lines)

    def tell(self, reader: GraphReader) -> None:
        """Let a reader know all that the document says, and that there is no more of it, so that it asks no store."""
        runs, beside = dict(self._runs), _runs(unpack(self.beside))
        for name in unpack(self.named).decode().splitlines():
            reader.keep_parts(name, NAMING, runs.pop(name, b"") + beside.pop(name, b""))
        runs |= beside  # a source that is beside the document stands there whole
        if self.cut:
            del runs[self.iri]  # the document says of it besides that it is cut
        for subject, text in runs.items():
            reader.keep_statements(subject, text)
        if not self.cut:
            self._tell_what_points(reader)

    def _tell_what_points(self, reader: GraphReader) -> None:
        owners: dict[tuple[str, str], list[str]] = {}
        for predicate in PARTS:
            for subject, _, part in _statements_with(self._text, b" <%b> " % predicate.encode(), 1):
                owners.setdefault((predicate, part), []).append(subject)
        for name in (*SPEAKS_OF, *PARTS):
            subjects = self.pointing.get(name, ())
            reader.keep_subjects(name, self.iri, subjects)
            for part in PARTS:
                for subject in subjects:
                    reader.keep_subjects(part, subject, owners.get((part, subject), ()))

    def _lines(self) -> list[bytes]:
        return self._text.splitlines(keepends=True)

    @cached_property
    def _own_lines(self) -> bytes:
        own = re.search(rb"(?:^<%b> [^\n]*+\n)++" % re.escape(self.iri.encode()), self._text, re.MULTILINE)
        return own[0] if own else b""

    @cached_property
    def _text(self) -> bytes:
        return unpack(self.lines)

    @cached_property
    def _runs(self) -> Mapping[str, bytes]:
        return _runs(self._text)


@dataclass(frozen=True)
class ListEntry:
    """A resource in the list of its kind.

    Attributes:
        iri: the resource.
        lines: lines of N-Quads with its labels, classes and definitions; none where ``described`` says more.
        described: the resource whose document describes it whole, or empty.
    """

    iri: str
    lines: bytes
    described: str

    def tell(self, reader: GraphReader) -> None:
        """Let a reader know what the lines say."""
        if self.lines:
            reader.keep_parts(self.iri, LISTED, self.lines)


class DocumentFile:
    """The file of documents of one release; every thread gets a connection of its own.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()

    def find(self, iri: str) -> ReadyDocument | None:
        """Return the document about a resource, or None where none was made ahead."""
        return next(self.find_all((iri,)), None)

    def find_all(self, iris: Iterable[str]) -> Iterator[ReadyDocument]:
        """Return the documents about some resources, those that there are, in the order of the IRIs: one query."""
        for iri, types, graphs, incoming, cut, *packed in self._rows(_DOCUMENTS, iris):
            yield ReadyDocument(iri, tuple(types.split()), tuple(graphs.split()), incoming, bool(cut), *packed)

    def listed(self, iris: Iterable[str]) -> Iterator[ListEntry]:
        """Return the entries of some resources in the lists of their kinds, those that there are: one query."""
        for row in self._rows(_ENTRIES, iris):
            yield ListEntry(*row)

    def entries(self, kind: str, start: int, number: int) -> list[ListEntry]:
        """Return a part of the list of a kind, in its order: one query.

        Args:
            kind: the kind.
            start: how many entries to leave out at the beginning.
            number: how many entries to return at most.
        """
        rows = self._connection().execute(
            f"{_ENTRIES} WHERE kind = ? AND position > ? ORDER BY position LIMIT ?",
            (kind, start, number),
        )
        return [ListEntry(*row) for row in rows]

    def letters(self, kind: str) -> list[tuple[str, int]]:
        """Return the letters with which names of a kind begin, and the first position of each: one query."""
        found = "SELECT letter, position FROM letters WHERE kind = ? ORDER BY position"
        return self._connection().execute(found, (kind,)).fetchall()

    def addresses(self, kind: str) -> Iterator[str]:
        """Return the IRIs of the list of a kind, in its order: one query."""
        found = "SELECT iri FROM entries WHERE kind = ? ORDER BY position"
        return (iri for (iri,) in self._connection().execute(found, (kind,)))

    def groups(self, resources: Iterable[str]) -> hierarchy.Grouping:
        """Return the broad resources under which some resources stand: one query."""
        return hierarchy.read_groups(self._connection(), resources)

    def broader(self, iri: str) -> list[str]:
        """Return what is directly broader than a resource, by label: one query."""
        return hierarchy.read_broader(self._connection(), iri)

    def narrower(self, resources: Iterable[str]) -> dict[str, list[str]]:
        """Return what is directly narrower than some resources, by label, for those that have any: one query."""
        return hierarchy.read_narrower(self._connection(), resources)

    def roots(self) -> dict[str, tuple[list[str], int]]:
        """Return by kind what has something narrower and nothing broader, and how many have either: two queries."""
        return hierarchy.read_roots(self._connection())

    def fact_numbers(self, resources: Iterable[str]) -> dict[str, int]:
        """Return how many facts name each of some resources: one query."""
        return hierarchy.read_numbers(self._connection(), resources)

    def uses(self, iri: str) -> list[FoundUse]:
        """Return what names a resource or a concept, by property: one query."""
        return read_uses(self._connection(), iri)

    def used(self, use: FoundUse, selection: Selection, number: int) -> tuple[list[UsedEntry], bool]:
        """Return the first entries of a use that are wanted, and whether there are more: one query."""
        return read_used(self._connection(), use, selection, number)

    def count_used(self, use: FoundUse, selection: Selection) -> int:
        """Return how many entries of a use are wanted, whatever the ranks between which they are."""
        return count_used(self._connection(), use, selection)

    def evidence_by_source(self, number: int) -> list[tuple[ListEntry, int]]:
        """Return the sources that most evidence rests on, and how much does: one query.

        Args:
            number: how many sources to return at most.
        """
        rows = self._connection().execute(
            # CROSS JOIN has SQLite begin with the sources, not with the entries of every kind.
            "SELECT entries.iri, lines, described, number FROM resting CROSS JOIN entries"
            " ON entries.iri = resting.source ORDER BY number DESC, position LIMIT ?",
            (number,),
        )
        return [(ListEntry(*entry), found) for *entry, found in rows]

    def figure(self, name: str) -> int:
        """Return ``WITH_PASSAGE`` or ``WITH_REFERENCE``: one query."""
        found = self._connection().execute("SELECT number FROM figures WHERE name = ?", (name,)).fetchone()
        return int(found[0])

    def _rows(self, selection: str, iris: Iterable[str]) -> Iterable[tuple[Any, ...]]:
        wanted = sorted({iri for iri in iris if iri})[:_MOST_AT_ONCE]
        if not wanted:
            return ()
        marks = ", ".join("?" * len(wanted))
        return self._connection().execute(f"{selection} WHERE iri IN ({marks}) ORDER BY iri", wanted)

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


def _runs(text: bytes) -> dict[str, bytes]:
    """Return the lines of each subject; they stand together."""
    return {run[1][1:-1].decode(): run[0] for run in _RUN.finditer(text)}


def _statements_with(text: bytes, node: bytes, position: int) -> Iterator[tuple[str, str, str]]:
    """Return subject, predicate and object of the lines with an IRI in a position, those with an IRI as their object.

    Args:
        text: lines of N-Quads.
        node: the IRI as N-Quads write it, with the spaces around it.
        position: 1 for the predicate, 2 for the object.
    """
    at = text.find(node)
    while at >= 0:
        end = text.index(b"\n", at)
        terms = text[text.rfind(b"\n", 0, at) + 1 : end].split(b" ", 3)
        if terms[position] == node.strip() and terms[2].startswith(b"<"):
            subject, predicate, object = (term[1:-1].decode() for term in terms[:3])
            yield subject, predicate, object
        at = text.find(node, end)
