"""Reads a release directory back: what it holds, and whether it is whole.

This is the half of the release contract that serving depends on, so it imports the foundation alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import Store

from nosograph.errors import Location, ReleaseError
from nosograph.rdf.names import Base
from nosograph.release.manifest import Manifest, ReleaseFile, read_manifest
from nosograph.release.names import (
    LATEST_NAME,
    MANIFEST_NAME,
    ONTOLOGY_NAME,
    REBUILD,
    SEARCH_NAME,
    STORE_NAME,
    dump_name,
)
from nosograph.vocabulary.reading import read_vocabulary_file
from nosograph.vocabulary.terms import Vocabulary


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
        """The base of every IRI in the data, with the kinds and prefixes of its vocabulary."""
        return self.vocabulary.base(self.manifest.base_iri)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the data.

        Raises:
            ReleaseError: it cannot be read.
        """
        return read_vocabulary_file(self.folder / ONTOLOGY_NAME)

    @cached_property
    def overlapping_graphs(self) -> frozenset[tuple[str, str]]:
        """The IRIs of each two named graphs that have a triple in common, each pair in order.

        Graphs no two of which are such a pair can be asked together as they are; others would count a triple twice.
        """
        pairs = self.manifest.counts.overlaps
        iris = ((str(self.base.graph(first)), str(self.base.graph(second))) for first, second in pairs)
        return frozenset((min(pair), max(pair)) for pair in iris)

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
        """Return the path of a published file.

        Raises:
            ReleaseError: the release has no file of that name.
        """
        if name not in self.manifest.files:
            raise ReleaseError(
                f"The release {self.version} has no file {name!r}.",
                location=Location(str(self.folder)),
                hint=f"Its files are listed in {MANIFEST_NAME}.",
            )
        return self.folder / name

    def dump(self, extension: str, compression: str | None = None) -> Path:
        """Return the path of a dump, for example ``dump("ttl")`` or ``dump("nq", "gz")``.

        Raises:
            ReleaseError: there is no such dump.
        """
        return self.file(dump_name(extension, compression))


def latest_release(releases: Path) -> Path | None:
    """Return the folder that ``latest`` points to, resolved so that a later swap does not change it; None if none is.

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
            location=Location(str(pointer)),
            hint="Remove the link, or build a release with `nosograph build`.",
        )
    return target


def open_release(folder: Path, *, deep: bool = False) -> Release:
    """Return the release in a folder, after checking that everything its manifest names is there.

    Args:
        folder: the release directory.
        deep: also compare every file's digest and the number of quads in the store, which reads everything.

    Raises:
        ReleaseError: it is not a release, its manifest cannot be used, or a file is missing or not as published.
    """
    manifest = read_manifest(folder)
    for file in manifest.files.values():
        _check_file(folder, file, deep=deep)
    _check_store(folder / STORE_NAME, manifest.counts.stored, deep=deep)
    return Release(folder, manifest)


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes as 64 lower-case hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check_file(folder: Path, file: ReleaseFile, *, deep: bool) -> None:
    path = folder / file.name
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise ReleaseError(
                "The release is not whole: this file is missing.", location=Location(str(path)), hint=REBUILD
            )
        if size != file.size:
            raise ReleaseError(
                f"The release is damaged: this file has {size} bytes where the manifest says {file.size}.",
                location=Location(str(path)),
                hint=REBUILD,
            )
        if deep and digest_file(path) != file.sha256:
            raise ReleaseError(
                "The release is damaged: the SHA-256 of this file is not the one in the manifest.",
                location=Location(str(path)),
                hint=REBUILD,
            )
    except OSError as error:
        raise ReleaseError(
            f"This file of the release cannot be read: {error.strerror}.", location=Location(str(path)), hint=REBUILD
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
            f"The store of the release cannot be read: {error}.", location=Location(str(folder)), hint=REBUILD
        ) from error
    if not current or not (folder / current).is_file():
        raise ReleaseError(
            "The release is not whole: its store is missing or incomplete.",
            location=Location(str(folder)),
            hint=REBUILD,
        )
    if not deep:
        return
    try:
        found = len(Store.read_only(str(folder)))
    except OSError as error:
        raise ReleaseError(
            f"The store of the release cannot be opened: {error}.", location=Location(str(folder)), hint=REBUILD
        ) from error
    if found != quads:
        raise ReleaseError(
            f"The store of the release holds {found} quads where the manifest says {quads}.",
            location=Location(str(folder)),
            hint=REBUILD,
        )
