"""Gathers the documents of a release that has no derived files, from its sorted N-Quads alone.

A subject is found by binary search. What points to a resource takes a look through the file: 0.3 s of processor time
for 1.5 GB, in stretches, between which other threads run. So documents of past releases cost nothing to keep.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, parse

from nosograph.errors import Location, ReleaseError
from nosograph.rdf import iris
from nosograph.rdf.names import Base
from nosograph.release.digests import check_file
from nosograph.release.names import CANONICAL_DUMP
from nosograph.release.opening import Release
from nosograph.store.described_lines import LineGatherer
from nosograph.store.documents import GatheredDocument
from nosograph.store.subject_lines import node
from nosograph.vocabulary.terms import FACT_KIND

_STRETCH: Final = 8 << 20
"""Bytes that are looked through at once: some two milliseconds."""


class ScannedQuads:
    """The lines of an N-Quads file in byte order, found without any index.

    Args:
        data: the file.
        base: the base of its data.
    """

    def __init__(self, data: mmap.mmap | bytes, base: Base) -> None:
        self._data = data
        self._facts = f"<{base.iri}{FACT_KIND}/".encode()

    def holds(self, subject: bytes) -> bool:
        """Return whether there is a line with a subject, an IRI as N-Quads write it."""
        return next(self._of(subject), None) is not None

    def with_subject(self, subject: bytes) -> list[bytes]:
        """Return the lines with a subject, in order."""
        return list(self._of(subject))

    def with_object(self, object: bytes) -> list[bytes]:
        """Return the lines with a part of another resource as their object, in order; none with any other object.

        A piece of evidence is named below its fact, and passages have few lines.
        """
        fact, evidence, _ = object.partition(b"/evidence/")
        if evidence and object.startswith(self._facts):
            return [line for line in self._of(fact + b">") if line.split(b" ", 3)[2] == object]
        return self._passages.get(object, []) if b"/passage/" in object else []

    def pointing(self, object: bytes) -> list[bytes]:
        """Return the lines with an IRI as their object, in order; the file is looked through."""
        found = self._with(b" " + object + b" ")
        return [line for line in found if line.split(b" ", 3)[2] == object]

    @cached_property
    def _passages(self) -> dict[bytes, list[bytes]]:
        """By passage, the lines that have it as a part; the file is looked through."""
        found: dict[bytes, list[bytes]] = {}
        for predicate in (iris.PASSAGE, iris.ANTECEDENT):
            for line in self._with(b" " + node(predicate) + b" "):
                _, name, object, _ = line.split(b" ", 3)
                if name == node(predicate):
                    found.setdefault(object, []).append(line)
        return {passage: sorted(lines) for passage, lines in found.items()}

    def _of(self, subject: bytes) -> Iterator[bytes]:
        key, data = subject + b" ", self._data
        low, high = 0, len(data)
        while low < high:
            middle = data.rfind(b"\n", low, (low + high) // 2) + 1 or low
            if data[middle : middle + len(key)] < key:
                low = data.find(b"\n", middle) + 1
            else:
                high = middle
        while data[low : low + len(key)] == key:
            end = data.find(b"\n", low) + 1
            yield data[low:end]
            low = end

    def _with(self, text: bytes) -> Iterator[bytes]:
        """Return the lines in which a text stands, each once."""
        data, position = self._data, 0
        while position < len(data):
            end = min(position + _STRETCH, len(data))
            at = data.find(text, position, min(end + len(text) - 1, len(data)))
            if at < 0:
                position = end
                continue
            line_end = data.find(b"\n", at) + 1
            yield data[data.rfind(b"\n", 0, at) + 1 : line_end]
            position = line_end


def holds_past(release: Release, iri: str) -> bool:
    """Return whether a release says something of a resource.

    Raises:
        ReleaseError: its N-Quads cannot be read.
    """
    with _opened(release) as quads:
        return quads.holds(node(iri))


def find_past_document(release: Release, iri: str) -> GatheredDocument | None:
    """Return the document about a resource as a release has it, or None where it says nothing of it.

    Raises:
        ReleaseError: its N-Quads are damaged or cannot be read.
    """
    check_file(release.folder, release.manifest.files[CANONICAL_DUMP], deep=True)
    subject = node(iri)
    with _opened(release) as quads:
        if not quads.holds(subject):
            return None
        described = LineGatherer(quads, release.base).gather(iri, quads.pointing(subject))
    return GatheredDocument(iri, tuple(parse(described.lines, format=RdfFormat.N_QUADS)))


@contextmanager
def _opened(release: Release) -> Iterator[ScannedQuads]:
    path: Path = release.folder / CANONICAL_DUMP
    with ExitStack() as files:
        try:
            stream = files.enter_context(path.open("rb"))
            data = files.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError) as error:
            raise ReleaseError(f"The N-Quads cannot be read: {error}.", location=Location(str(path))) from error
        yield ScannedQuads(data, release.base)
