"""Runs one import: from its files to a file of N-Quads with one named graph, which appears whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final, cast

from nosograph.errors import InputError, Location
from nosograph.imports.accounting import Account, FileAccount
from nosograph.imports.codes import ForeignCode, parse_code, shorten
from nosograph.imports.description import (
    ImportProfile,
    ReadFile,
    measure_file,
    write_graph_description,
    write_source,
)
from nosograph.imports.statements import GraphWriter
from nosograph.imports.terms import ImportTerms
from nosograph.progress import Progress
from nosograph.rdf.names import Base

_BUFFER: Final = 1 << 20


@dataclass(frozen=True)
class ImportRequest:
    """What is to be imported.

    Attributes:
        kind: the kind of data set.
        files: its files, in the order in which the kind names them.
        profile: what is said of it; what is empty is taken from the files.
        options: further settings of the kind, by name.
        strict: whether the first faulty row stops the import.
    """

    kind: str
    files: tuple[Path, ...]
    profile: ImportProfile
    options: Mapping[str, Any] = field(default_factory=dict)
    strict: bool = False


@dataclass(frozen=True)
class ImportResult:
    """What an import made.

    Attributes:
        path: the N-Quads.
        kind: the kind of data set.
        profile: what is said of it, complete.
        files: what was read.
        account: what became of every row.
        triples: how many statements were written.
        statuses: facts by the local name of their status.
    """

    path: Path
    kind: str
    profile: ImportProfile
    files: tuple[ReadFile, ...]
    account: Account
    triples: int
    statuses: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON has it."""
        profile = self.profile
        return {
            "name": profile.name,
            "kind": self.kind,
            "graph": f"import/{profile.name}",
            "title": profile.title,
            "publisher": profile.publisher,
            "license": profile.license,
            "version": profile.version,
            "date": profile.day,
            "sources": [{"file": file.name, "sha256": file.digest, "length": file.length} for file in self.files],
            "triples": self.triples,
            "facts": dict(sorted(self.statuses.items())),
            **self.account.to_json(),
        }

    def to_text(self) -> str:
        """Return the result as text for people."""
        profile = self.profile
        facts = ", ".join(f"{number} {status}" for status, number in sorted(self.statuses.items()))
        return (
            f"{profile.title}, version {profile.version} ({profile.license})\n{self.account.to_text()}"
            f"{self.triples} statements; facts: {facts or 'none'}\n"
        )


class ImportRun:
    """What an importer works with.

    Attributes:
        request: what is to be imported.
        terms: the vocabulary.
        writer: what statements are written with.
        profile: what is said of the import; complete once ``settle`` was called.
        files: what was read.
        report: called with a step's name, how much of it is done, and how much there is.
        sources: the spelled IRI of each file as a source, once ``settle`` was called.
    """

    def __init__(
        self,
        request: ImportRequest,
        terms: ImportTerms,
        writer: GraphWriter,
        files: Sequence[ReadFile],
        report: Progress,
    ) -> None:
        self.request = request
        self.terms = terms
        self.writer = writer
        self.profile = request.profile
        self.sources: list[str] = []
        self.files = tuple(files)
        self.report = report

    def settle(self, read: Sequence[ReadFile] | None = None, **found: str) -> None:
        """Complete the profile with what the files say, and write each file as a source.

        Args:
            read: what was read, where that is not the files of the request.
            found: what the files say of themselves.

        Raises:
            InputError: licence or version is said nowhere.
        """
        self.profile = self.profile.filled(**found).check()
        self.files = self.files if read is None else tuple(read)
        self.sources = [write_source(self.writer, self.profile, file) for file in self.files]

    def named_after(self, iri: str) -> tuple[str, str, ForeignCode, str] | None:
        """Return the resource that is named after the code of an IRI, spelled, with its kind, code and class."""
        curie, class_ = shorten(iri), self.terms.class_of(iri)
        code = None if curie is None else parse_code(curie)
        kind = None if class_ is None else self.terms.kind(class_)
        if code is None or kind is None or class_ is None:
            return None
        return self.writer.name(kind, code), kind, code, class_

    def account(self, file: int, unit: str) -> FileAccount:
        """Return a new account of one of the files."""
        return FileAccount(str(self.request.files[file]), unit, strict=self.request.strict)

    def progress(self, file: int) -> Callable[[int], None]:
        """Return what is called with the number of bytes that have been read of one of the files."""
        path = self.request.files[file]
        step, size = f"import {path.name}", path.stat().st_size
        return lambda done: self.report(step, min(done, size), size)

    def lines(self, file: int, after: int = 0) -> Iterator[tuple[int, str]]:
        """Return the lines of a file after the first few, each with its number and without its line feed."""
        with self.request.files[file].open(encoding="utf-8", newline="\n") as stream:
            for number, line in enumerate(stream, 1):
                if number > after:
                    yield number, line.rstrip("\r\n")


Importer = Callable[[ImportRun], Account]


def run_import(
    importer: Importer, request: ImportRequest, terms: ImportTerms, base: Base, out: Path, progress: Progress
) -> ImportResult:
    """Import files into ``out``, N-Quads (gzip where the name ends with ``.gz``), and write the report beside it.

    Raises:
        InputError: a file, the licence or the version cannot be used; with a strict request, a row cannot.
    """
    for path in request.files:
        if not path.is_file():
            raise InputError(
                "There is no such file.", location=Location(str(path)), hint="Name the files of the data set."
            )
    files = [measure_file(path) for path in request.files]
    with _fresh(out) as (stream, counting):
        writer = GraphWriter(stream, base, request.profile.name, terms)
        run = ImportRun(request, terms, writer, files, progress)
        account = replace(importer(run), withheld=writer.withheld)
        for file in account.files:
            file.check()
        statuses = writer.finish()
        write_graph_description(writer, run.profile, run.sources, account)
    result = ImportResult(out, request.kind, run.profile, run.files, account, counting.lines, statuses)
    report = json.dumps(result.to_json(), indent=2, ensure_ascii=False) + "\n"
    with _fresh(report_path(out)) as (stream, _):
        stream.write(report.encode())
    return result


def report_path(out: Path) -> Path:
    """Return where the report of an import is written, beside its N-Quads."""
    return out.with_name(out.name.removesuffix(".gz").removesuffix(".nq") + ".import.json")


class _Counting:
    """A stream that counts what is written to it, a line at a time."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.lines = 0

    def write(self, line: bytes) -> int:
        self.lines += 1
        return self._stream.write(line)


@contextmanager
def _fresh(path: Path) -> Iterator[tuple[IO[bytes], _Counting]]:
    """Return a new file that takes the name of ``path`` once it is whole; after an error there is no trace of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with fresh.open("xb", buffering=_BUFFER) as raw:
            stream = cast("IO[bytes]", gzip.GzipFile("", "wb", 1, raw, mtime=0)) if path.suffix == ".gz" else raw
            counting = _Counting(stream)
            yield cast("IO[bytes]", counting), counting
            if stream is not raw:
                stream.close()
            raw.flush()
            os.fsync(raw.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
