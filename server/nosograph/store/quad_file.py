"""Finds the lines of the sorted N-Quads of a release by their subjects and by their objects, without an engine.

The engine's store decodes each term of each quad by a look-up of its own, and holds every triple twice; a line of
N-Quads that the file's order leads to is there to be copied. So this is what reads a whole release.
"""

from __future__ import annotations

import mmap
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from nosograph.rdf.names import Base
from nosograph.rdf.sorting import LineSorter
from nosograph.vocabulary.terms import Vocabulary

_STEP: Final = 4096
"""Bytes between two lines whose beginning is kept in memory, where a search starts: 20 MB for half a gigabyte."""

_KEY_LENGTH: Final = 96


class SortedLines:
    """The lines of a file in byte order, found by their first term.

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

    def __iter__(self) -> Iterator[bytes]:
        """Return every line, in order."""
        position = 0
        while position < len(self._data):
            end = self._data.find(b"\n", position) + 1
            yield self._data[position:end]
            position = end

    def of(self, term: bytes) -> Iterator[bytes]:
        """Return the lines whose first term is an IRI as N-Quads write it, in order."""
        key = term + b" "
        data = self._data
        position = self._first(key)
        while position >= 0 and data[position : position + len(key)] == key:
            end = data.find(b"\n", position) + 1
            yield data[position:end]
            position = end

    def _first(self, key: bytes) -> int:
        """Return where the first line begins that begins with a key, or -1 where none does."""
        cut = key[:_KEY_LENGTH]
        block = max(bisect_left(self._keys, cut) - 1, 0)
        low = self._positions[block]
        if self._data[low : low + len(key)] == key:
            return low
        after = bisect_right(self._keys, cut, block)
        high = self._positions[after] + len(key) if after < len(self._positions) else len(self._data)
        found = self._data.find(b"\n" + key, low, high)
        return found + 1 if found >= 0 else -1


class IndexedObjects:
    """The objects by which quads are found: resources below the base, and the classes of the vocabulary."""

    def __init__(self, vocabulary: Vocabulary, base: Base) -> None:
        self._classes = frozenset(f"<{entry.iri}>".encode() for entry in vocabulary.classes)
        self._resources = tuple(f"<{base.iri}{kind}/".encode() for kind in base.kinds)

    def __contains__(self, object: bytes) -> bool:
        """Return whether an object, as N-Quads write it, is one of them."""
        return object.startswith(self._resources) or object in self._classes


class QuadFile:
    """The lines of an N-Quads file in byte order, of which a second file has some by their objects.

    Args:
        by_subject: the lines of the file.
        by_object: the lines with some objects, each after its object.
        objects: which objects these are.
    """

    def __init__(self, by_subject: SortedLines, by_object: SortedLines, objects: IndexedObjects) -> None:
        self._by_subject = by_subject
        self._by_object = by_object
        self._objects = objects

    def with_subject(self, subject: bytes) -> list[bytes]:
        """Return the lines with a subject, an IRI as N-Quads write it, in their order."""
        return list(self._by_subject.of(subject))

    def with_object(self, object: bytes) -> Iterator[bytes]:
        """Return the lines with an object, an IRI as N-Quads write it, in their order.

        They take a binary search; those with another object than ``IndexedObjects`` take reading everything.
        """
        if object not in self._objects:
            return (line for line in self._by_subject if line.split(b" ", 3)[2] == object)
        length = len(object) + 1
        return (line[length:] for line in self._by_object.of(object))


@contextmanager
def open_quad_file(path: Path, vocabulary: Vocabulary, base: Base, work: Path) -> Iterator[QuadFile]:
    """Return the lines of an N-Quads file in byte order, to be found for as long as the context lasts.

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
