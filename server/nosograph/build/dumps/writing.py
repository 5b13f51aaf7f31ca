"""Writes the dumps: every format plain, gzip and zstd in one pass, the same bytes for the same quads.

Everything is written from sorted quads and not from the store, whose order is not fixed.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Protocol, Self, cast

import pyoxigraph
import zstandard
from pyoxigraph import Quad, RdfFormat, Triple

from nosograph.errors import ReleaseError
from nosograph.rdf.formats import JSON_LD, N_QUADS, N_TRIPLES, RDF_XML, TRIG, TURTLE, Format
from nosograph.rdf.jsonld import Context, document_chunks
from nosograph.rdf.lines import counted_lines, line_stream, parse_lines, read_lines, union_lines
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import dump_name

ENGINE_FORMATS: Final[Mapping[str, RdfFormat]] = {
    TURTLE.name: RdfFormat.TURTLE,
    N_TRIPLES.name: RdfFormat.N_TRIPLES,
    N_QUADS.name: RdfFormat.N_QUADS,
    TRIG.name: RdfFormat.TRIG,
    JSON_LD.name: RdfFormat.STREAMING_JSON_LD,
    RDF_XML.name: RdfFormat.RDF_XML,
}
"""Format → the engine's; JSON-LD is read as a stream, because the engine holds a whole document of the other kind."""

_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 10
_WRITE_BYTES: Final = 1 << 18


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


class DumpWriter:
    """A writable binary stream that makes a file and its compressed twins, and takes their digests as it goes."""

    def __init__(self, folder: Path, name: str, media_type: str) -> None:
        self._name = name
        self._media_type = media_type
        self._pending = bytearray()
        self._stack = ExitStack()
        with ExitStack() as opening:
            self._plain = opening.enter_context(_DigestingFile(folder / name))
            self._gz = opening.enter_context(_DigestingFile(folder / f"{name}.gz"))
            self._zst = opening.enter_context(_DigestingFile(folder / f"{name}.zst"))
            # Neither the name nor the time goes into the header, so equal content is equal bytes (RFC 1952 §2.3.1).
            self._gzip = opening.enter_context(
                gzip.GzipFile(filename="", mode="wb", compresslevel=_GZIP_LEVEL, fileobj=self._gz, mtime=0)
            )
            compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
            self._zstd = opening.enter_context(compressor.stream_writer(cast("IO[bytes]", self._zst), closefd=False))
            self._stack = opening.pop_all()

    def write(self, data: bytes) -> int:
        """Take bytes; they reach the files in larger pieces."""
        self._pending += data
        if len(self._pending) >= _WRITE_BYTES:
            self._drain()
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is pending is written when enough has come, and at the end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._drain()
        finally:
            self._stack.close()

    def files(self) -> tuple[ReleaseFile, ...]:
        """Return the three files with their sizes and digests, once they are closed."""
        return (
            ReleaseFile(self._name, self._plain.size, self._plain.digest, self._media_type),
            ReleaseFile(f"{self._name}.gz", self._gz.size, self._gz.digest, self._media_type, "gz"),
            ReleaseFile(f"{self._name}.zst", self._zst.size, self._zst.digest, self._media_type, "zst"),
        )

    def _drain(self) -> None:
        data, self._pending = bytes(self._pending), bytearray()
        self._plain.write(data)
        self._gzip.write(data)
        self._zstd.write(data)


class _DigestingFile:
    """A file that is written once, with its size and SHA-256."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("wb", buffering=_WRITE_BYTES)
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._stream.write(data)

    def flush(self) -> None:
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def write_dumps(
    quads: SortedQuads,
    folder: Path,
    prefixes: Mapping[str, str],
    context: Context,
    progress: Callable[[str, int, int], None],
) -> list[ReleaseFile]:
    """Write ``nosograph.<format>`` with its compressed twins for every format, and give the files.

    Turtle, N-Triples and RDF/XML have no named graphs: they hold the union, each triple once.

    Raises:
        ReleaseError: a format cannot express what the quads say.
    """
    files: list[ReleaseFile] = []
    for form in (TURTLE, JSON_LD, N_TRIPLES, N_QUADS, TRIG, RDF_XML):
        step = f"write {dump_name(form.name)}"

        def counted(lines: Iterable[bytes], step: str = step) -> Iterator[bytes]:
            return counted_lines(lines, lambda done: progress(step, done, quads.quads))

        with DumpWriter(folder, dump_name(form.name), form.media_type) as writer:
            try:
                _write(form, quads, writer, prefixes, context, counted)
            except ValueError as error:
                raise ReleaseError(
                    f"The graph cannot be written as {form.label}: {error}.", hint="Correct the data that it names."
                ) from error
        progress(step, quads.quads, quads.quads)
        files += writer.files()
    return files


def write_graph(lines: Iterable[bytes], folder: Path, name: str, prefixes: Mapping[str, str]) -> ReleaseFile:
    """Write sorted triple lines as one Turtle file, and give the file."""
    with _DigestingFile(folder / name) as stream:
        triples = cast("Iterator[Quad]", pyoxigraph.parse(line_stream(lines), RdfFormat.N_TRIPLES))
        _serialize((quad.triple for quad in triples), stream, RdfFormat.TURTLE, prefixes)
    return ReleaseFile(name, stream.size, stream.digest, TURTLE.media_type)


def write_text(content: str | bytes, folder: Path, name: str, media_type: str) -> ReleaseFile:
    """Write a file from its whole content, and give the file."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    with _DigestingFile(folder / name) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    return ReleaseFile(name, stream.size, stream.digest, media_type)


def _write(
    form: Format,
    quads: SortedQuads,
    writer: DumpWriter,
    prefixes: Mapping[str, str],
    context: Context,
    counted: Callable[[Iterable[bytes]], Iterator[bytes]],
) -> None:
    by_graph = chain.from_iterable(map(read_lines, quads.graphs.values()))
    if form is N_QUADS:
        for line in counted(read_lines(quads.whole)):
            writer.write(line)
    elif form is N_TRIPLES:
        for line in union_lines(counted(read_lines(quads.whole))):
            writer.write(line)
    elif form is JSON_LD:
        for text in document_chunks(parse_lines(counted(by_graph)), context):
            writer.write(text.encode())
    elif form is TRIG:
        _serialize(parse_lines(counted(by_graph)), writer, RdfFormat.TRIG, prefixes)
    else:
        union = union_lines(counted(read_lines(quads.whole)))
        triples = (quad.triple for quad in parse_lines(union))
        target: _Target = _CarriageReturns(writer) if form is RDF_XML else writer
        _serialize(triples, target, ENGINE_FORMATS[form.name], prefixes)


def _serialize(
    statements: Iterator[Quad] | Iterator[Triple], target: _Target, form: RdfFormat, prefixes: Mapping[str, str]
) -> None:
    if form in (RdfFormat.TURTLE, RdfFormat.TRIG):
        head = _SortedPrefixes(target)
        pyoxigraph.serialize(statements, cast("IO[bytes]", head), form, prefixes=dict(prefixes))
        head.finish()
    else:
        pyoxigraph.serialize(statements, cast("IO[bytes]", target), form, prefixes=dict(prefixes))


class _Target(Protocol):
    def write(self, data: bytes, /) -> int: ...

    def flush(self) -> None: ...


class _SortedPrefixes:
    """Brings the ``@prefix`` lines into order: the engine writes them in that of its hash table."""

    def __init__(self, target: _Target) -> None:
        self._target = target
        self._lines: list[bytes] = []
        self._rest = b""
        self._in_head = True

    def write(self, data: bytes) -> int:
        if not self._in_head:
            return self._target.write(data)
        *lines, self._rest = (self._rest + data).split(b"\n")
        while lines and lines[0].startswith(b"@prefix "):
            self._lines.append(lines.pop(0))
        if lines:
            self._rest = b"\n".join([*lines, self._rest])
            self.finish()
        return len(data)

    def finish(self) -> None:
        """Write what was held back."""
        if self._in_head:
            self._in_head = False
            head = b"".join(
                line + b"\n" for line in sorted(self._lines, key=lambda line: line.partition(b":")[0].lower())
            )
            self._target.write(head + b"\n" + self._rest)

    def flush(self) -> None:
        self._target.flush()


class _CarriageReturns:
    """Writes a carriage return in XML text as a reference: a bare one is read back as a line feed (XML 1.0 §2.11)."""

    def __init__(self, target: DumpWriter) -> None:
        self._target = target

    def write(self, data: bytes) -> int:
        self._target.write(data.replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        self._target.flush()


def compressed_stream(path: Path) -> IO[bytes]:
    """Return the content of a dump as a stream, decompressed if its name ends in ``.gz`` or ``.zst``."""
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix == ".zst":
        return cast("IO[bytes]", zstandard.open(path, "rb"))
    return path.open("rb")
