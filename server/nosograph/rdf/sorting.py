"""Puts lines in byte order without holding them all in memory (external merge sort).

Byte order of canonical N-Quads is what ``LC_ALL=C sort -u`` gives. It keeps a subject's quads together, within them a
predicate's, within them a triple's graphs: a space is smaller than every byte that can continue a term.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

CHUNK_BYTES: Final = 96 * 1024 * 1024
"""Memory that the lines of one chunk may use, with what Python adds to each; ten million quads make about thirty."""

_LINE_OVERHEAD: Final = 41
_MOST_CHUNKS: Final = 64
_BUFFER: Final = 1 << 20


class LineSorter:
    """Takes lines in any order and gives each distinct one back once, in byte order.

    Args:
        folder: where chunks are kept that do not fit; they are gone when the lines have been read.
        chunk_bytes: memory that lines may use before they go to the folder.
    """

    def __init__(self, folder: Path, *, chunk_bytes: int = CHUNK_BYTES) -> None:
        self._folder = folder
        self._limit = chunk_bytes
        self._lines: list[bytes] = []
        self._held = 0
        self._chunks: list[Path] = []

    def add(self, line: bytes) -> None:
        """Take one line, which ends with its line feed and has no other."""
        self._lines.append(line)
        self._held += len(line) + _LINE_OVERHEAD
        if self._held >= self._limit:
            self._spill()

    def add_all(self, lines: Iterable[bytes]) -> None:
        """Take many lines."""
        for line in lines:
            self.add(line)

    def __iter__(self) -> Iterator[bytes]:
        """Return the distinct lines in order; can be done once."""
        self._lines.sort()
        sources = [_read_chunk(chunk) for chunk in self._chunks]
        lines, self._lines = self._lines, []
        yield from _distinct(heapq.merge(*sources, lines) if sources else lines)
        for chunk in self._chunks:
            chunk.unlink()
        self._chunks = []

    def _spill(self) -> None:
        self._lines.sort()
        lines, self._lines, self._held = self._lines, [], 0
        self._chunks.append(self._write_chunk(lines))
        if len(self._chunks) >= _MOST_CHUNKS:  # every chunk is an open file while they are merged
            merged = self._write_chunk(heapq.merge(*map(_read_chunk, self._chunks)))
            for chunk in self._chunks:
                chunk.unlink()
            self._chunks = [merged]

    def _write_chunk(self, lines: Iterable[bytes]) -> Path:
        with tempfile.NamedTemporaryFile(
            dir=self._folder, prefix="sort-", suffix=".chunk", buffering=_BUFFER, delete=False
        ) as stream:
            stream.writelines(_distinct(lines))
            return Path(stream.name)


def _read_chunk(path: Path) -> Iterator[bytes]:
    with path.open("rb", buffering=_BUFFER) as stream:
        yield from stream


def _distinct(lines: Iterable[bytes]) -> Iterator[bytes]:
    previous = None
    for line in lines:
        if line != previous:
            yield line
            previous = line
