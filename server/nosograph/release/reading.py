"""Reads a release directory back: what it holds, and whether it is whole.

This is the half of the release contract that serving depends on, so it imports the foundation alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from pyoxigraph import Store

from nosograph.errors import Place, ReleaseError
from nosograph.formats import RDF_FORMATS
from nosograph.namespaces import Base

MANIFEST_FORMAT: Final = 1
"""Version of the manifest's layout; a reader refuses a newer one, because it cannot know what it means."""

MANIFEST_NAME: Final = "manifest.json"
CHECKSUMS_NAME: Final = "SHA256SUMS"
LATEST_NAME: Final = "latest"
STORE_NAME: Final = "store"
SEARCH_NAME: Final = "search.sqlite"
DUMP_STEM: Final = "nosograph"

DUMP_FORMATS: Final = RDF_FORMATS
COMPRESSIONS: Final[Mapping[str, str]] = MappingProxyType({"gz": "application/gzip", "zst": "application/zstd"})
"""File extension of a compressed dump → its registered media type (RFC 6713, RFC 8878)."""

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}\Z")
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_REBUILD: Final = "Build the release again with `nosograph build`, or name another one."


@dataclass(frozen=True)
class ReleaseFile:
    """One published file of a release.

    Attributes:
        name: path below the release folder, with forward slashes.
        size: length in bytes.
        sha256: digest of its bytes, 64 lower-case hexadecimal digits.
        media_type: media type of the content, after decompression if it is compressed.
        compression: ``"gz"``, ``"zst"`` or None.
    """

    name: str
    size: int
    sha256: str
    media_type: str
    compression: str | None = None


@dataclass(frozen=True)
class Counts:
    """What a release holds, counted from its quads.

    Attributes:
        quads: quads of all named graphs, which is what the store holds.
        triples: distinct triples of their union, which is what Turtle, N-Triples and RDF/XML hold.
        facts: things of the class Fact.
        evidence: things of the class Evidence.
        statuses: facts by the local name of their status.
        graphs: quads by name of the graph (``"facts"``, ``"import/hpo"``).
        kinds: things by kind (``"condition"``, ``"finding"``, …).
    """

    quads: int
    triples: int
    facts: int
    evidence: int
    statuses: Mapping[str, int]
    graphs: Mapping[str, int]
    kinds: Mapping[str, int]


@dataclass(frozen=True)
class Manifest:
    """What a release says of itself in ``manifest.json``.

    Attributes:
        version: date and content hash, ``YYYY-MM-DD-<12 hexadecimal digits>``; also the folder's name.
        base_iri: the base of every IRI in the data.
        date: date of the data, or of SOURCE_DATE_EPOCH where the build was given one.
        content_hash: the whole SHA-256 behind the version.
        counts: what the release holds.
        inputs: path of each input file → its SHA-256.
        tools: name of each tool that made the release → its version.
        files: published files by name, without the store and without the manifest and checksums themselves.
    """

    version: str
    base_iri: str
    date: date
    content_hash: str
    counts: Counts
    inputs: Mapping[str, str]
    tools: Mapping[str, str]
    files: Mapping[str, ReleaseFile]

    def to_json(self) -> str:
        """Give the text of ``manifest.json``: sorted keys, so equal manifests are equal bytes."""
        counts = self.counts
        content = {
            "format": MANIFEST_FORMAT,
            "version": self.version,
            "base": self.base_iri,
            "date": self.date.isoformat(),
            "content_hash": self.content_hash,
            "counts": {
                "quads": counts.quads,
                "triples": counts.triples,
                "facts": counts.facts,
                "evidence": counts.evidence,
                "statuses": dict(counts.statuses),
                "graphs": dict(counts.graphs),
                "kinds": dict(counts.kinds),
            },
            "inputs": dict(self.inputs),
            "tools": dict(self.tools),
            "files": {
                file.name: {
                    "size": file.size,
                    "sha256": file.sha256,
                    "media_type": file.media_type,
                    "compression": file.compression,
                }
                for file in self.files.values()
            },
        }
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Release:
    """A release directory that was opened and found whole."""

    folder: Path
    manifest: Manifest

    @property
    def version(self) -> str:
        """The release's version."""
        return self.manifest.version

    @cached_property
    def base(self) -> Base:
        """The base of every IRI in the data."""
        return Base(self.manifest.base_iri)

    @property
    def store_folder(self) -> Path:
        """The on-disk store, to be opened read-only."""
        return self.folder / STORE_NAME

    @property
    def search_database(self) -> Path:
        """The SQLite database of labels; open it with ``mode=ro&immutable=1``."""
        return self.folder / SEARCH_NAME

    @property
    def context(self) -> Path:
        """The JSON-LD context of the documents and dumps."""
        return self.folder / "context.jsonld"

    @property
    def questions(self) -> tuple[Path, ...]:
        """The published queries, in the order of their names."""
        return tuple(self.folder / name for name in sorted(self.manifest.files) if name.startswith("questions/"))

    def file(self, name: str) -> Path:
        """Give the path of a published file.

        Raises:
            ReleaseError: the release has no file of that name.
        """
        if name not in self.manifest.files:
            raise ReleaseError(
                f"The release {self.version} has no file {name!r}.",
                place=Place(str(self.folder)),
                mend=f"Its files are listed in {MANIFEST_NAME}.",
            )
        return self.folder / name

    def dump(self, extension: str, compression: str | None = None) -> Path:
        """Give the path of a dump, for example ``dump("ttl")`` or ``dump("nq", "gz")``.

        Raises:
            ReleaseError: there is no such dump.
        """
        return self.file(dump_name(extension, compression))


def dump_name(extension: str, compression: str | None = None) -> str:
    """Give the file name of a dump from its format's extension and its compression's."""
    return f"{DUMP_STEM}.{extension}" + (f".{compression}" if compression else "")


def latest_release(releases: Path) -> Path | None:
    """Give the folder that ``latest`` points to, resolved so that a later swap does not change it; None if none is.

    Raises:
        ReleaseError: ``latest`` points to a folder that is not there.
    """
    pointer = releases / LATEST_NAME
    if not pointer.is_symlink() and not pointer.exists():
        return None
    target = pointer.resolve()
    if not target.is_dir():
        raise ReleaseError(
            f"The link {LATEST_NAME} points to {target.name!r}, which is not there.",
            place=Place(str(pointer)),
            mend="Remove the link, or build a release with `nosograph build`.",
        )
    return target


def open_release(folder: Path, *, deep: bool = False) -> Release:
    """Give the release in a folder, after checking that everything its manifest names is there.

    Args:
        folder: the release directory.
        deep: also compare every file's digest and the number of quads in the store, which reads everything.

    Raises:
        ReleaseError: it is not a release, its manifest cannot be used, or a file is missing or not as published.
    """
    manifest = _read_manifest(folder)
    for file in manifest.files.values():
        _check_file(folder, file, deep=deep)
    _check_store(folder / STORE_NAME, manifest.counts.quads, deep=deep)
    return Release(folder, manifest)


def digest_file(path: Path) -> str:
    """Give the SHA-256 of a file's bytes as 64 lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _read_manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST_NAME
    if not folder.is_dir():
        raise ReleaseError("There is no such folder.", place=Place(str(folder)), mend=_REBUILD)
    if not path.is_file():
        raise ReleaseError(
            f"This folder is not a release: it has no {MANIFEST_NAME}.", place=Place(str(folder)), mend=_REBUILD
        )
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise ReleaseError(
            f"The manifest cannot be read: {error.strerror}.", place=Place(str(path)), mend=_REBUILD
        ) from error
    except ValueError as error:
        raise ReleaseError(f"The manifest is not JSON: {error}.", place=Place(str(path)), mend=_REBUILD) from error
    try:
        return _parse_manifest(content)
    except _Malformed as error:
        raise ReleaseError(
            f"The manifest cannot be used: {error}.", place=Place(str(path)), mend=error.mend or _REBUILD
        ) from error


class _Malformed(Exception):
    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.mend = mend


def _member(content: Any, name: str, kind: type, where: str = "it") -> Any:
    if not isinstance(content, dict):
        raise _Malformed(f"{where} is not an object")
    value = content.get(name)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _Malformed(f"{where} has no {name!r} of the right type")
    return value


def _mapping(content: Any, name: str, kind: type, where: str = "it") -> Mapping[str, Any]:
    members = _member(content, name, dict, where)
    for key in members:
        _member(members, key, kind, name)
    return MappingProxyType(dict(sorted(members.items())))


def _parse_manifest(content: Any) -> Manifest:
    layout = _member(content, "format", int)
    if layout > MANIFEST_FORMAT:
        raise _Malformed(
            f"its format is {layout}, and this version of nosograph knows formats up to {MANIFEST_FORMAT}",
            mend="Install a newer nosograph.",
        )
    version = _member(content, "version", str)
    if not _VERSION.match(version):
        raise _Malformed(f"its version {version!r} is not a date and a hash")
    try:
        day = date.fromisoformat(_member(content, "date", str))
    except ValueError as error:
        raise _Malformed(f"its date is not one: {error}") from error
    counts = _member(content, "counts", dict)
    files = {name: _parse_file(name, entry) for name, entry in sorted(_mapping(content, "files", dict).items())}
    return Manifest(
        version=version,
        base_iri=_member(content, "base", str),
        date=day,
        content_hash=_member(content, "content_hash", str),
        counts=Counts(
            quads=_member(counts, "quads", int, "counts"),
            triples=_member(counts, "triples", int, "counts"),
            facts=_member(counts, "facts", int, "counts"),
            evidence=_member(counts, "evidence", int, "counts"),
            statuses=_mapping(counts, "statuses", int, "counts"),
            graphs=_mapping(counts, "graphs", int, "counts"),
            kinds=_mapping(counts, "kinds", int, "counts"),
        ),
        inputs=_mapping(content, "inputs", str),
        tools=_mapping(content, "tools", str),
        files=MappingProxyType(files),
    )


def _parse_file(name: str, entry: Any) -> ReleaseFile:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or str(path) != name:
        raise _Malformed(f"the file name {name!r} leads out of the release")
    digest = _member(entry, "sha256", str, name)
    if not _DIGEST.match(digest):
        raise _Malformed(f"the digest of {name} is not a SHA-256")
    compression = entry.get("compression")
    if compression is not None and compression not in COMPRESSIONS:
        raise _Malformed(f"the compression of {name} is unknown")
    return ReleaseFile(
        name, _member(entry, "size", int, name), digest, _member(entry, "media_type", str, name), compression
    )


def _check_file(folder: Path, file: ReleaseFile, *, deep: bool) -> None:
    path = folder / file.name
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise ReleaseError("The release is not whole: this file is missing.", place=Place(str(path)), mend=_REBUILD)
        if size != file.size:
            raise ReleaseError(
                f"The release is damaged: this file has {size} bytes where the manifest says {file.size}.",
                place=Place(str(path)),
                mend=_REBUILD,
            )
        if deep and digest_file(path) != file.sha256:
            raise ReleaseError(
                "The release is damaged: the SHA-256 of this file is not the one in the manifest.",
                place=Place(str(path)),
                mend=_REBUILD,
            )
    except OSError as error:
        raise ReleaseError(
            f"This file of the release cannot be read: {error.strerror}.", place=Place(str(path)), mend=_REBUILD
        ) from error


def _check_store(folder: Path, quads: int, *, deep: bool) -> None:
    """Check that the store is there, by the pointer that the engine reads first, and in depth its size.

    The store's own files differ between builds of the same input, so the manifest cannot hold their digests.
    """
    pointer = folder / "CURRENT"
    try:
        current = pointer.read_text(encoding="ascii").strip() if pointer.is_file() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ReleaseError(
            f"The store of the release cannot be read: {error}.", place=Place(str(folder)), mend=_REBUILD
        ) from error
    if not current or not (folder / current).is_file():
        raise ReleaseError(
            "The release is not whole: its store is missing or incomplete.", place=Place(str(folder)), mend=_REBUILD
        )
    if not deep:
        return
    try:
        found = len(Store.read_only(str(folder)))
    except OSError as error:
        raise ReleaseError(
            f"The store of the release cannot be opened: {error}.", place=Place(str(folder)), mend=_REBUILD
        ) from error
    if found != quads:
        raise ReleaseError(
            f"The store of the release holds {found} quads where the manifest says {quads}.",
            place=Place(str(folder)),
            mend=_REBUILD,
        )
