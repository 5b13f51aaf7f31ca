"""The tables of a release as Parquet in a folder of their own: written beside and renamed, and checked when opened."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import duckdb

from nosograph.analysis.parquet import PARQUET_TABLES, ROW_GROUP, parquet_name, write_parquet
from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress
from nosograph.rdf.names import Base
from nosograph.release.digests import digest_file
from nosograph.release.durability import remove, sync_folder, sync_tree
from nosograph.release.locking import locked
from nosograph.release.names import CANONICAL_DUMP, ONTOLOGY_NAME
from nosograph.release.opening import Release
from nosograph.vocabulary.reading import read_vocabulary_file

TABLES_NAME: Final = "tables.json"
"""The file of a folder of tables that says what the others are."""

TABLES_FORMAT: Final = 1
"""Version of the layout and the meaning of the tables; a reader refuses another one."""

SMALL_BYTES: Final = 64 * 1024 * 1024
"""Files up to this size are compared with their digests whenever the tables are opened; of larger ones, the sizes."""

_AGAIN: Final = "Write them again with `nosograph export`, or name other tables with --tables."


@dataclass(frozen=True)
class TablesFile:
    """A file beside ``tables.json``.

    Attributes:
        size: its length in bytes.
        sha256: digest of its bytes, 64 lower-case hexadecimal digits.
        rows: rows of a table; None for what is none.
        order: columns that the rows are sorted by.
    """

    size: int
    sha256: str
    rows: int | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportedTables:
    """A folder of tables that was opened and found as it was written.

    Attributes:
        folder: the folder.
        release: version of the release that they are made of.
        base_iri: the base of the data.
        quads_sha256: digest of the N-Quads that they are made of.
        engine: the engine that wrote them, with its version.
        row_group: rows of a row group.
        files: name of a file → what it is.
    """

    folder: Path
    release: str
    base_iri: str
    quads_sha256: str
    engine: str
    row_group: int
    files: Mapping[str, TablesFile]

    @cached_property
    def base(self) -> Base:
        """The base of every IRI in the data, with the kinds and prefixes of its vocabulary."""
        return read_vocabulary_file(self.folder / ONTOLOGY_NAME).base(self.base_iri)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files.values())

    def rows(self, table: str) -> int:
        """Return how many rows a table has."""
        return self.files[parquet_name(table)].rows or 0

    def to_json(self) -> dict[str, Any]:
        """Return what ``tables.json`` says."""
        files = {name: asdict(file) for name, file in self.files.items()}
        return {
            "format": TABLES_FORMAT,
            "release": self.release,
            "base_iri": self.base_iri,
            "quads_sha256": self.quads_sha256,
            "engine": self.engine,
            "row_group": self.row_group,
            "files": files,
        }


def export_tables(release: Release, out: Path, progress: Progress) -> ExportedTables:
    """Write the tables of a release into a folder named after it, and return them; tables that are there are kept.

    They are written beside the folder and renamed when they are whole. Of several processes that come at once, one
    writes and the others wait for it.

    Args:
        release: the release; its analysis file is there.
        out: holds the folder.
        progress: called with a step's name, how much of it is done, and how much there is.

    Raises:
        ReleaseError: they cannot be written, or what is there under that name are other tables.
    """
    target = out / release.version
    try:
        out.mkdir(parents=True, exist_ok=True)
        with locked(out / ".lock"):
            for left in out.glob(".writing-*"):  # by a process that died: this one has the lock
                remove(left)
            if os.path.lexists(target):
                return _kept(target, release)
            staged = out / f".writing-{secrets.token_hex(8)}"
            try:
                staged.mkdir()
                _write(release, staged, progress)
                sync_tree(staged)
                staged.rename(target)
                sync_folder(out)
            finally:
                shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise ReleaseError(
            f"The tables cannot be written: {error.strerror or error}.",
            location=Location(str(out)),
            hint="Give room and write permission there, or name another folder with --out.",
        ) from error
    return open_tables(target)


def open_tables(folder: Path, *, deep: bool = False) -> ExportedTables:
    """Return the tables in a folder, each of which has the size that it was written with.

    Args:
        folder: the folder that ``export_tables`` wrote, or a copy of it.
        deep: whether the digests of large files are compared too.

    Raises:
        ReleaseError: they are none, of another format, or damaged.
    """
    path = folder / TABLES_NAME
    try:
        tables = _read(folder, json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise ReleaseError(
            "There are no tables: the file that describes them is missing.",
            location=Location(str(path)),
            hint="Name a folder that `nosograph export` wrote: --tables tables/VERSION.",
        ) from error
    except OSError as error:
        raise ReleaseError(
            f"The tables cannot be read: {error.strerror}.", location=Location(str(path)), hint=_AGAIN
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReleaseError(
            f"The file that describes the tables is damaged: {error}.", location=Location(str(path)), hint=_AGAIN
        ) from error
    expected = {parquet_name(name) for name in PARQUET_TABLES} | {ONTOLOGY_NAME}
    if missing := sorted(expected - tables.files.keys()):
        raise ReleaseError(
            f"The tables are not whole: {', '.join(missing)} is not among them.",
            location=Location(str(path)),
            hint=_AGAIN,
        )
    for name in sorted(expected):
        _check(folder / name, tables.files[name], deep=deep)
    return tables


def _read(folder: Path, content: Any) -> ExportedTables:
    if content["format"] != TABLES_FORMAT:
        raise ReleaseError(
            f"The tables have format {content['format']}, and this version of the software reads {TABLES_FORMAT}.",
            location=Location(str(folder / TABLES_NAME)),
            hint=_AGAIN,
        )
    files = {
        str(name): TablesFile(int(file["size"]), str(file["sha256"]), file["rows"], tuple(file["order"]))
        for name, file in content["files"].items()
    }
    return ExportedTables(
        folder,
        str(content["release"]),
        str(content["base_iri"]),
        str(content["quads_sha256"]),
        str(content["engine"]),
        int(content["row_group"]),
        files,
    )


def _check(path: Path, file: TablesFile, *, deep: bool) -> None:
    try:
        size = path.stat().st_size
        if size != file.size:
            problem = f"The tables are damaged: this file has {size} bytes where {TABLES_NAME} says {file.size}."
        elif (deep or size <= SMALL_BYTES) and digest_file(path) != file.sha256:
            problem = f"The tables are damaged: the SHA-256 of this file is not the one in {TABLES_NAME}."
        else:
            return
    except OSError as error:
        problem = f"The tables are not whole: this file cannot be read: {error.strerror}."
    raise ReleaseError(problem, location=Location(str(path)), hint=_AGAIN)


def _kept(target: Path, release: Release) -> ExportedTables:
    """Return tables that are there, if they are whole and of the same data."""
    found = open_tables(target, deep=True)
    if found.quads_sha256 != release.manifest.files[CANONICAL_DUMP].sha256:
        raise ReleaseError(
            f"There are tables of another release under the name {release.version}.",
            location=Location(str(target)),
            hint="Name another folder with --out.",
        )
    return found


def _write(release: Release, folder: Path, progress: Progress) -> None:
    write_tables(
        folder,
        release.analysis_database,
        ontology=release.read(ONTOLOGY_NAME),
        release=release.version,
        base_iri=str(release.base.iri),
        quads_sha256=release.manifest.files[CANONICAL_DUMP].sha256,
        progress=progress,
    )


def write_tables(
    folder: Path, analysis: Path, *, ontology: bytes, release: str, base_iri: str, quads_sha256: str, progress: Progress
) -> None:
    """Write the tables of an analysis file into an empty folder, and what describes them.

    Raises:
        OSError: the file cannot be read, or a table cannot be written.
    """
    rows = write_parquet(analysis, folder, progress)
    (folder / ONTOLOGY_NAME).write_bytes(ontology)
    files = {}
    for name, table in PARQUET_TABLES.items():
        path = folder / parquet_name(name)
        files[path.name] = TablesFile(path.stat().st_size, digest_file(path), rows[name], table.order)
    files[ONTOLOGY_NAME] = TablesFile(len(ontology), digest_file(folder / ONTOLOGY_NAME))
    engine = f"duckdb {duckdb.__version__}"
    tables = ExportedTables(folder, release, base_iri, quads_sha256, engine, ROW_GROUP, files)
    content = json.dumps(tables.to_json(), indent=2, sort_keys=True) + "\n"
    (folder / TABLES_NAME).write_text(content, encoding="utf-8")
