"""Answers patterns from the sorted N-Quads of a release, without an engine.

The engine's store decodes each term of each quad by a look-up of its own, and holds every triple twice; a line of
N-Quads that the file's order leads to is parsed in a third of the time. So this is what reads a whole release.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, parse

from nosograph.rdf.names import Base
from nosograph.rdf.sorting import LineSorter
from nosograph.store.reader import Term
from nosograph.vocabulary.terms import Vocabulary

_STEP: Final = 4096
"""Bytes between two lines whose beginning is kept in memory, where a search starts: 20 MB for half a gigabyte."""

_KEY_LENGTH: Final = 96

_SUBJECTS_KEPT: Final = 4096
"""Subjects whose lines are kept: a name is looked up by several predicates, and stands in many documents."""


class SortedLines:
    """The lines of a file in byte order, found by how they begin.

    Args:
        path: the file.
        files: closes the file in the end.
    """

    def __init__(self, path: Path, files: ExitStack) -> None:
        self._data: mmap.mmap | bytes = b""
        if path.stat().st_size:  # an empty file cannot be mapped
            stream = files.enter_context(path.open("rb"))
            self._data = files.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        self._positions = [0]
        while (end := self._data.find(b"\n", self._positions[-1] + _STEP) + 1) and end < len(self._data):
            self._positions.append(end)
        self._keys = [self._data[position : position + _KEY_LENGTH] for position in self._positions]

    def __bytes__(self) -> bytes:
        """Return everything."""
        return self._data[:]

    def beginning(self, key: bytes) -> Iterator[bytes]:
        """Return the lines that begin with a key, in order."""
        data = self._data
        position = self._first(key)
        while data[position : position + len(key)] == key:
            end = data.find(b"\n", position) + 1
            yield data[position:end]
            position = end

    def _first(self, key: bytes) -> int:
        """Return where the first line begins that is not less than a key."""
        cut = key[:_KEY_LENGTH]
        low = self._positions[max(bisect_left(self._keys, cut) - 1, 0)]
        after = bisect_right(self._keys, cut)
        high = self._positions[after] if after < len(self._positions) else len(self._data)
        while low < high:
            middle = (low + high) // 2
            begin = self._data.rfind(b"\n", low, middle) + 1 or low
            if self._data[begin : begin + len(key)] < key:
                low = self._data.find(b"\n", middle) + 1
            else:
                high = begin
        return low


class IndexedObjects:
    """The objects by which quads are found: resources below the base, and the classes of the vocabulary."""

    def __init__(self, vocabulary: Vocabulary, base: Base) -> None:
        self._classes = frozenset(f"<{entry.iri}>".encode() for entry in vocabulary.classes)
        self._resources = tuple(f"<{base.iri}{kind}/".encode() for kind in base.kinds)

    def __contains__(self, object: bytes) -> bool:
        """Return whether an object, as N-Quads write it, is one of them."""
        return object.startswith(self._resources) or object in self._classes


class QuadFile:
    """A source of the quads of an N-Quads file in byte order, of which a second file has some by their objects.

    A pattern with a subject, or with an object that the second file has, takes a binary search; any other reads
    everything.

    Args:
        by_subject: the lines of the file.
        by_object: the lines with some objects, each after its object.
        objects: which objects these are.
    """

    def __init__(self, by_subject: SortedLines, by_object: SortedLines, objects: IndexedObjects) -> None:
        self._by_subject = by_subject
        self._by_object = by_object
        self._objects = objects
        self._with_subject = lru_cache(_SUBJECTS_KEPT)(lambda begin: tuple(by_subject.beginning(begin)))
        self._with_object = lru_cache(1)(self._find_object)  # one is asked for by each predicate in turn

    def quads_for_pattern(
        self,
        subject: NamedNode | BlankNode | None,
        predicate: NamedNode | None,
        object: Term | None,
        graph_name: NamedNode | BlankNode | DefaultGraph | None = None,
        /,
    ) -> Iterator[Quad]:
        """Return the quads that match, in the order of their lines; the default graph stands for all graphs."""
        graph = None if isinstance(graph_name, DefaultGraph) else graph_name
        lines = self._lines(subject, predicate, object)
        if not lines:
            return iter(())
        found: Iterator[Quad] = parse(lines, format=RdfFormat.N_QUADS)
        if predicate is not None and subject is None:
            found = (quad for quad in found if quad.predicate == predicate)
        if object is not None:
            found = (quad for quad in found if quad.object == object)
        if graph is not None:
            found = (quad for quad in found if quad.graph_name == graph)
        return found

    def _lines(self, subject: NamedNode | BlankNode | None, predicate: NamedNode | None, object: Term | None) -> bytes:
        """Return the lines of the quads that match, and of few others."""
        if subject is not None:
            lines = self._with_subject(f"{subject} ".encode())
            if predicate is None:
                return b"".join(lines)
            key = f"{subject} {predicate} ".encode()
            return b"".join([line for line in lines if line.startswith(key)])
        if isinstance(object, NamedNode) and str(object).encode() in self._objects:
            return self._with_object(f"{object} ".encode())
        return bytes(self._by_subject)

    def _find_object(self, begin: bytes) -> bytes:
        return b"".join([line[len(begin) :] for line in self._by_object.beginning(begin)])


@contextmanager
def open_quad_file(path: Path, vocabulary: Vocabulary, base: Base, work: Path) -> Iterator[QuadFile]:
    """Return the source of an N-Quads file in byte order, for as long as the context lasts.

    Args:
        path: the file.
        vocabulary: the vocabulary of its data.
        base: the base of its data.
        work: a folder that takes the lines in the order of their objects meanwhile.

    Raises:
        OSError: a file cannot be read or written.
    """
    objects = IndexedObjects(vocabulary, base)
    by_object = work / "by-object"
    with ExitStack() as files:
        files.callback(by_object.unlink, missing_ok=True)
        with path.open("rb", buffering=1 << 20) as lines, by_object.open("wb", buffering=1 << 20) as into:
            into.writelines(_by_object(lines, objects, work))
        yield QuadFile(SortedLines(path, files), SortedLines(by_object, files), objects)


def _by_object(lines: Iterable[bytes], objects: IndexedObjects, work: Path) -> Iterator[bytes]:
    """Return the lines with some objects, each after its object, in byte order."""
    sorter = LineSorter(work)
    for line in lines:
        object = line.split(b" ", 3)[2]
        if object in objects:
            sorter.add(object + b" " + line)
    yield from sorter
