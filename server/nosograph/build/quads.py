"""The sorted quads of a release on disk, which every step of a build reads as a stream."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import IO, Final, Self

from nosograph.rdf.lines import graph_part, read_lines, union_lines

_REPORT_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class SortedQuads:
    """The quads of a release on disk, sorted.

    Attributes:
        whole: every quad, in byte order.
        graphs: IRI of each named graph → its quads in byte order, in the order of the IRIs.
        quads: number of lines of ``whole``.
    """

    whole: Path
    graphs: Mapping[str, Path]
    quads: int

    def with_graph(self, iri: str, triples: Iterable[bytes], folder: Path, name: str) -> SortedQuads:
        """Return these quads with a further graph among them.

        Args:
            iri: the graph.
            triples: its sorted lines of canonical N-Triples; without any, nothing is added.
            folder: takes the files.
            name: what they are called after.
        """
        tail = f"<{iri}> .\n".encode()
        path, whole = folder / f"{name}.nq", folder / f"with-{name}.nq"
        if not _write_lines(path, (line[:-2] + tail for line in triples)):
            return self
        number = _write_lines(whole, merge(read_lines(self.whole), read_lines(path)))
        return SortedQuads(whole, dict(sorted({**self.graphs, iri: path}.items())), number)

    def write_union(self, path: Path) -> None:
        """Write each distinct triple once, as sorted lines of canonical N-Triples."""
        _write_lines(path, union_lines(read_lines(self.whole)))

    def only(self, iris: Container[str], folder: Path, name: str) -> SortedQuads:
        """Return the quads of some of the graphs; ``folder`` takes the file, which is called after ``name``."""
        graphs = {iri: path for iri, path in self.graphs.items() if iri in iris}
        whole = folder / f"{name}.nq"
        return SortedQuads(whole, graphs, _write_lines(whole, merge(*map(read_lines, graphs.values()))))


def write_sorted(lines: Iterable[bytes], folder: Path) -> SortedQuads:
    """Write sorted quads into one file, and each graph's into one of its own."""
    whole, number = folder / "content.nq", 0
    paths: dict[bytes, Path] = {}
    with ExitStack() as stack:
        streams: dict[bytes, IO[bytes]] = {}
        together = stack.enter_context(whole.open("wb", buffering=1 << 20))
        for number, line in enumerate(lines, 1):  # noqa: B007
            graph = graph_part(line)
            if graph not in streams:
                paths[graph] = folder / f"graph-{len(paths)}.nq"
                streams[graph] = stack.enter_context(paths[graph].open("wb", buffering=1 << 20))
            together.write(line)
            streams[graph].write(line)
    return SortedQuads(whole, {graph.decode(): paths[graph] for graph in sorted(paths)}, number)


class QuadStream:
    """The text of some files one after the other, as a stream that reports how much of it was read.

    Args:
        paths: the files.
        report: called now and then with the bytes that were read and with all there are.
    """

    def __init__(self, paths: Iterable[Path], report: Callable[[int, int], None]) -> None:
        self._ahead = list(paths)[::-1]
        self._total = sum(path.stat().st_size for path in self._ahead)
        self._report = report
        self._done = self._reported = 0
        self._current: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._current is not None:
            self._current.close()
        if self._total:
            self._report(self._done, self._total)

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        while True:
            data = self._current.read(size) if self._current is not None else b""
            if data or not (self._ahead and size):
                self._count(len(data))
                return data
            if self._current is not None:
                self._current.close()
            self._current = self._ahead.pop().open("rb", buffering=_REPORT_BYTES)

    def exactly(self, size: int) -> bytes:
        """Return so many bytes, or fewer at the end."""
        data = self.read(size)
        while len(data) < size and (more := self.read(size - len(data))):
            data += more
        return data

    def _count(self, number: int) -> None:
        self._done += number
        if self._done - self._reported >= _REPORT_BYTES:
            self._reported = self._done
            self._report(self._done, self._total)


def _write_lines(path: Path, lines: Iterable[bytes]) -> int:
    number = 0
    with path.open("wb", buffering=1 << 20) as stream:
        for number, line in enumerate(lines, 1):  # noqa: B007
            stream.write(line)
    return number
