"""The record of a release's derived files, and whether they fit the release and this installation.

Store, search index, documents, analysis file and answers of the questions are made from the N-Quads on the machine that
uses them. The record beside them says from what, by which versions, and what came out; whoever opens them compares it
first.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any, Final

from pyoxigraph import Store

from nosograph import __version__
from nosograph.release.digests import digest_file
from nosograph.release.names import CANONICAL_DUMP, RECORD_NAME
from nosograph.release.opening import Release

DERIVED_FORMAT: Final = 6
"""Version of what the derived files hold: raise it with every change of how they are made."""

_DIGEST: Final = "digest"
"""Key of the record's own digest, which tells a byte that a disk has changed in it from one in a derived file."""

_ENGINES: Final = ("duckdb", "pyoxigraph", "snowballstemmer")
"""Distributions whose version decides the form of a file that they write."""


@dataclass(frozen=True)
class DerivedFile:
    """A derived file as it was written.

    Attributes:
        size: length in bytes.
        sha256: digest of its bytes.
        modified: time of its last change, in nanoseconds since 1970: while it stays, the digest is not taken again.
    """

    size: int
    sha256: str
    modified: int


@dataclass(frozen=True)
class DerivedRecord:
    """What derived files were made from, by what, and what came out.

    Attributes:
        version: version of the release.
        source: SHA-256 of its N-Quads.
        format: ``DERIVED_FORMAT`` of the software that made them.
        engines: distribution → its version.
        software: version of this software.
        stored: statements in the store: quads, and the distinct triples of their union.
        names: rows of the search index.
        documents: documents that were made ahead.
        files: path below the folder → the file.
    """

    version: str
    source: str
    format: int
    engines: Mapping[str, str]
    software: str
    stored: int
    names: int
    documents: int
    files: Mapping[str, DerivedFile]

    def to_json(self) -> dict[str, Any]:
        """Return the record as values of JSON."""
        return asdict(self)


def engine_versions() -> dict[str, str]:
    """Return the installed version of each engine that writes derived files."""
    return {name: installed_version(name) for name in _ENGINES}


def describe_derived(release: Release, folder: Path, stored: int, names: int, documents: int) -> DerivedRecord:
    """Return the record of derived files that were just written into a folder.

    Raises:
        OSError: one cannot be read.
    """
    return DerivedRecord(
        version=release.version,
        source=release.manifest.files[CANONICAL_DUMP].sha256,
        format=DERIVED_FORMAT,
        engines=engine_versions(),
        software=__version__,
        stored=stored,
        names=names,
        documents=documents,
        files={
            path.relative_to(folder).as_posix(): DerivedFile(
                path.stat().st_size, digest_file(path), path.stat().st_mtime_ns
            )
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name != RECORD_NAME
        },
    )


def write_record(record: DerivedRecord, folder: Path) -> None:
    """Write the record of derived files into their folder, with its own digest.

    Raises:
        OSError: it cannot be written.
    """
    content = record.to_json()
    text = json.dumps(content | {_DIGEST: _digest_of(content)}, indent=2, sort_keys=True)
    (folder / RECORD_NAME).write_text(text + "\n", encoding="utf-8")


def read_record(folder: Path) -> DerivedRecord | None:
    """Return the record in a folder of derived files, or None when there is none that can be used."""
    try:
        content: dict[str, Any] = json.loads((folder / RECORD_NAME).read_bytes())
        if content.pop(_DIGEST) != _digest_of(content):
            return None
        files = {str(name): DerivedFile(**file) for name, file in content.pop("files").items()}
        return DerivedRecord(**content, files=files)
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return None


def _digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a record, which no change of spaces or of order changes."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def derived_problem(release: Release, *, deep: bool = False) -> str:
    """Return why the derived files of a release must be made anew, or nothing when they can be used.

    Args:
        release: the release.
        deep: take the digest even of files whose size and time of change are those of the record.
    """
    folder = release.derived_folder
    record = read_record(folder)
    if record is None:
        return "they are incomplete, or their record is damaged" if folder.is_dir() else "they are not there"
    made_from = (record.version, record.source)
    if made_from != (release.version, release.manifest.files[CANONICAL_DUMP].sha256):
        return "they were made from another release"
    if record.format != DERIVED_FORMAT or dict(record.engines) != engine_versions():
        return "they were made by another version of the software"
    try:
        return _damage(folder, record, deep) or _wrong_counts(release, record)
    except (OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        return f"they cannot be read: {error}"


def _damage(folder: Path, record: DerivedRecord, deep: bool) -> str:
    for name, file in record.files.items():
        path = folder / name
        if not path.is_file():
            return f"{name} is missing"
        status = path.stat()
        if status.st_size != file.size:
            return f"{name} has {status.st_size} bytes where the record says {file.size}"
        if (deep or status.st_mtime_ns != file.modified) and digest_file(path) != file.sha256:
            return f"the SHA-256 of {name} is not the one in the record"
    return ""


def _wrong_counts(release: Release, record: DerivedRecord) -> str:
    stored = len(Store.read_only(str(release.store_folder)))
    if stored != release.manifest.counts.stored:
        return f"the store holds {stored} statements where the release has {release.manifest.counts.stored}"
    names = _rows(release.search_database, "things")
    if names != record.names:
        return f"the search index has {names} names where the record says {record.names}"
    documents = _rows(release.documents_file, "documents")
    if documents != record.documents:
        return f"{documents} documents were made ahead where the record says {record.documents}"
    return ""


def _rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        number: int = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - a name from above
    return number
