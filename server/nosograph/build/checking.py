"""Reads the dumps of a staged release back and holds them against the sorted quads they were made from."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import IO, Final, cast

import pyoxigraph
import zstandard
from pyoxigraph import Quad, RdfFormat

from nosograph.build.dumps.writing import compressed_stream, text_format
from nosograph.build.quads import QuadStream
from nosograph.errors import Location, ReleaseError
from nosograph.rdf.formats import JSON_LD, N_QUADS, N_TRIPLES, Format
from nosograph.rdf.line_comparison import compare_lines, fingerprint, sorted_lines
from nosograph.rdf.lines import quad_line, read_lines
from nosograph.rdf.writer import engine_format
from nosograph.release.names import Dump

_HINT: Final = "Nothing was published. Report this with the line above: a build must never get here."


def check_dump(
    dump: Dump,
    text: Sequence[Path],
    folder: Path,
    work: Path,
    report: Callable[[int, int], None],
    *,
    plain: bool = True,
) -> None:
    """Check that a dump holds exactly the statements of some files, and that each of its forms holds the same.

    Args:
        dump: the dump.
        text: the files, as ``write_dump`` was given them.
        folder: the folder of the dump.
        work: takes what is only needed meanwhile.
        report: called now and then with the bytes of text that are done, and with all there are.
        plain: whether there is a file without compression as well.

    Raises:
        ReleaseError: one does not; the error names the file and the first line that differs.
    """
    first, *others = (folder / dump.name(form) for form in dump.forms(plain=plain))
    if not _says(dump, first, text, report):
        expected = chain.from_iterable(map(read_lines, text))
        compare_lines(_read_back(dump.format, first, work), _in_byte_order(dump.format, expected, work), first, _HINT)
    digest = _digest(first)
    for twin in others:
        if _digest(twin) != digest:
            raise ReleaseError(
                f"The compressed dump differs from {first.name}.", location=Location(str(twin)), hint=_HINT
            )


def _says(dump: Dump, path: Path, text: Sequence[Path], report: Callable[[int, int], None]) -> bool:
    """Return whether a dump surely says what files of N-Quads or N-Triples do; nothing of it is held in memory."""
    with compressed_stream(path) as stream, QuadStream(text, report) as expected:
        compared = _ComparedText(expected)
        try:
            if dump.format is JSON_LD:  # a JSON object promises no order of its members
                wanted = chain.from_iterable(map(read_lines, text))
                return fingerprint(_parsed_lines(stream, dump.format)) == fingerprint(wanted)
            if dump.format in (N_TRIPLES, N_QUADS):
                shutil.copyfileobj(stream, compared)
            else:
                parsed = pyoxigraph.parse(stream, engine_format(dump.format))
                pyoxigraph.serialize(
                    cast("Iterator[Quad]", parsed), cast("IO[bytes]", compared), engine_format(text_format(dump))
                )
        except (SyntaxError, ValueError):  # whoever compares line by line tells which
            return False
        return compared.is_whole()


class _ComparedText:
    """Takes a text a piece at a time, and compares it with another."""

    def __init__(self, expected: QuadStream) -> None:
        self._expected = expected
        self._same = True

    def write(self, data: bytes) -> int:
        self._same = self._same and self._expected.exactly(len(data)) == data
        return len(data)

    def flush(self) -> None:
        """Do nothing: nothing is held back."""

    def is_whole(self) -> bool:
        """Return whether the text was the other one, to its end."""
        return self._same and not self._expected.read(1)


def _read_back(form: Format, path: Path, work: Path) -> Iterator[bytes]:
    """Return the lines that a dump says: of JSON-LD in byte order, else in that in which they were written into it."""
    with compressed_stream(path) as stream:
        try:
            if form in (N_TRIPLES, N_QUADS):  # the quads are such lines, which the store has parsed
                yield from stream
            else:
                yield from _in_byte_order(form, _parsed_lines(stream, form), work)
        except (SyntaxError, ValueError) as error:
            raise ReleaseError(
                f"The dump cannot be read back: {error}.", location=Location(str(path)), hint=_HINT
            ) from error


def _in_byte_order(form: Format, lines: Iterable[bytes], work: Path) -> Iterator[bytes]:
    """Return the lines of JSON-LD in byte order, and those of any other format as they are."""
    return sorted_lines(lines, work) if form is JSON_LD else iter(lines)


def _parsed_lines(stream: IO[bytes], form: Format) -> Iterator[bytes]:
    # The engine holds a whole JSON-LD document, unless it is read as a stream.
    known = RdfFormat.STREAMING_JSON_LD if form is JSON_LD else engine_format(form)
    parsed = pyoxigraph.parse(stream, known)
    for quad in cast("Iterator[Quad]", parsed):
        yield quad_line(quad)


def _digest(path: Path) -> bytes:
    digest = hashlib.sha256()
    try:
        with compressed_stream(path) as stream:
            while data := stream.read(1 << 18):
                digest.update(data)
    except (EOFError, OSError, zstandard.ZstdError) as error:
        raise ReleaseError(
            f"The compressed dump cannot be read back: {error}.", location=Location(str(path)), hint=_HINT
        ) from error
    return digest.digest()
