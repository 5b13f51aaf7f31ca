"""Writes the dumps: every format plain, gzip and zstd in one pass, the same bytes for the same quads.

Everything is written from sorted quads and not from the store, whose order is not fixed.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast

import pyoxigraph
import zstandard
from pyoxigraph import Quad

from nosograph.build.quads import QuadStream
from nosograph.errors import ReleaseError
from nosograph.rdf.formats import N_QUADS, N_TRIPLES, Format
from nosograph.rdf.jsonld import Context
from nosograph.rdf.lines import parse_lines
from nosograph.rdf.writer import engine_format, write_statements
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import Dump

_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 3
"""Level 10 makes a dump a fifth smaller at a tenth of the speed, and this one smaller than gzip does."""

_WRITE_BYTES: Final = 1 << 18


class DumpWriter:
    """A writable binary stream that makes a file and its compressed twins, and takes their digests as it goes.

    Args:
        folder: takes the files.
        name: the name of the plain file.
        media_type: the media type of its content.
        plain: whether there is a plain file, and not its compressed twins alone.
    """

    def __init__(self, folder: Path, name: str, media_type: str, *, plain: bool = True) -> None:
        self._name = name
        self._media_type = media_type
        self._pending = bytearray()
        self._stack = ExitStack()
        with ExitStack() as opening:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            self._plain = opening.enter_context(DigestingFile(folder / name)) if plain else None
            self._gz = opening.enter_context(DigestingFile(folder / f"{name}.gz"))
            self._zst = opening.enter_context(DigestingFile(folder / f"{name}.zst"))
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
        """Return the files with their sizes and digests, once they are closed."""
        packed = (
            ReleaseFile(f"{self._name}.gz", self._gz.size, self._gz.digest, self._media_type, "gz"),
            ReleaseFile(f"{self._name}.zst", self._zst.size, self._zst.digest, self._media_type, "zst"),
        )
        if self._plain is None:
            return packed
        return (ReleaseFile(self._name, self._plain.size, self._plain.digest, self._media_type), *packed)

    def _drain(self) -> None:
        data, self._pending = bytes(self._pending), bytearray()
        if self._plain is not None:
            self._plain.write(data)
        self._gzip.write(data)
        self._zstd.write(data)


class DigestingFile:
    """A file that is written once, with its size and SHA-256."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("wb", buffering=_WRITE_BYTES)
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def digest(self) -> str:
        """SHA-256 of what was written, in hexadecimal digits."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> int:
        """Write bytes and return their number."""
        self._hash.update(data)
        self.size += len(data)
        return self._stream.write(data)

    def flush(self) -> None:
        """Hand what is held back to the system."""
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()


def write_dump(
    dump: Dump,
    text: Sequence[Path],
    folder: Path,
    prefixes: Mapping[str, str],
    context: Context,
    report: Callable[[int, int], None],
    *,
    plain: bool = True,
) -> list[ReleaseFile]:
    """Write a dump, plain and compressed or compressed alone, and return the files.

    Turtle, N-Triples, RDF/XML and flat JSON-LD have no named graphs: they hold the union, each triple once.

    Args:
        dump: the dump.
        text: the files of its statements: N-Quads of each graph in turn, or N-Triples; those of a subject adjoin.
        folder: takes the files.
        prefixes: prefix → IRI.
        context: the context of JSON-LD.
        report: called now and then with the bytes of text that are done, and with all there are.
        plain: whether a file without compression is written as well.

    Raises:
        ReleaseError: the format cannot express what the statements say.
    """
    with (
        DumpWriter(folder, dump.name(), dump.format.media_type, plain=None in dump.forms(plain=plain)) as writer,
        QuadStream(text, report) as stream,
    ):
        if dump.format in (N_QUADS, N_TRIPLES):  # the text is such a dump
            while data := stream.read(_WRITE_BYTES):
                writer.write(data)
        else:
            parsed = pyoxigraph.parse(cast("IO[bytes]", stream), engine_format(text_format(dump)))
            statements = cast("Iterator[Quad]", parsed)
            try:
                write_statements(statements, dump.format, writer, prefixes, context, named=dump.named)
            except ValueError as error:
                raise ReleaseError(
                    f"The graph cannot be written as {dump.label}: {error}.", hint="Correct the data that it names."
                ) from error
    return list(writer.files())


def text_format(dump: Dump) -> Format:
    """Return the format of the lines that a dump is written from."""
    return N_QUADS if dump.named else N_TRIPLES


def write_graph(
    lines: Iterable[bytes],
    folder: Path,
    name: str,
    format: Format,
    prefixes: Mapping[str, str],
    context: Context,
) -> ReleaseFile:
    """Write sorted triple lines as one file, and return the file."""
    with DigestingFile(folder / name) as stream:
        triples = (quad.triple for quad in parse_lines(lines))
        write_statements(triples, format, stream, prefixes, context, named=False)
    return ReleaseFile(name, stream.size, stream.digest, format.media_type)


def write_text(content: str | bytes, folder: Path, name: str, media_type: str) -> ReleaseFile:
    """Write a file from its whole content, and return the file."""
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    with DigestingFile(folder / name) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)
    return ReleaseFile(name, stream.size, stream.digest, media_type)


def compressed_stream(path: Path) -> IO[bytes]:
    """Return the content of a dump as a stream, decompressed if its name ends in ``.gz`` or ``.zst``."""
    if path.suffix == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if path.suffix == ".zst":
        return cast("IO[bytes]", zstandard.open(path, "rb"))
    return path.open("rb")
