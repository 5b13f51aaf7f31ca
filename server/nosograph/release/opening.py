"""Reads a release directory back: what it holds, and whether it is whole.

This is the half of the release contract that serving depends on, so it imports the foundation alone. Derived files are
not looked at here: they are made from what is (``nosograph.indexing``).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from nosograph.errors import Location, ReleaseError
from nosograph.rdf.names import Base
from nosograph.release.digests import check_checksums, check_file
from nosograph.release.manifest import Manifest, ReleaseFile, read_manifest
from nosograph.release.names import (
    ANALYSIS_NAME,
    ANSWERS_NAME,
    DERIVED_NAME,
    DOCUMENTS_NAME,
    LATEST_NAME,
    MANIFEST_NAME,
    ONTOLOGY_NAME,
    REBUILD,
    SEARCH_NAME,
    STORE_NAME,
    dump_name,
)
from nosograph.release.tombstone import read_dropped
from nosograph.vocabulary.reading import read_vocabulary_file
from nosograph.vocabulary.terms import Vocabulary

SMALL_BYTES: Final = 1 << 20
"""Files up to this size are compared with their digests whenever a release is opened, larger ones when first sent."""


@dataclass(frozen=True)
class Release:
    """A release directory that was opened and found whole.

    Attributes:
        folder: the directory.
        manifest: what it says of itself.
        dropped: names of the files that pruning took away.
        cache: folder that holds derived files instead of the release, or None.
    """

    folder: Path
    manifest: Manifest
    dropped: frozenset[str] = frozenset()
    cache: Path | None = None

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
    def derived_folder(self) -> Path:
        """The folder of the files that are made from the N-Quads on this machine."""
        return self.cache / self.version if self.cache else self.folder / DERIVED_NAME

    @property
    def store_folder(self) -> Path:
        """The on-disk store, to be opened read-only."""
        return self.derived_folder / STORE_NAME

    @property
    def search_database(self) -> Path:
        """The SQLite database of labels; open it with ``mode=ro&immutable=1``."""
        return self.derived_folder / SEARCH_NAME

    @property
    def documents_file(self) -> Path:
        """The SQLite database of documents that were made ahead; open it with ``mode=ro&immutable=1``."""
        return self.derived_folder / DOCUMENTS_NAME

    @property
    def analysis_database(self) -> Path:
        """The DuckDB file that analysis is answered from; open it with ``AnalysisDatabase.open``."""
        return self.derived_folder / ANALYSIS_NAME

    @property
    def answers_folder(self) -> Path:
        """The answers of the published questions that were made ready."""
        return self.derived_folder / ANSWERS_NAME

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
            ReleaseError: the release has no file of that name, or no longer.
        """
        self._listed(name)
        return self.folder / name

    def read(self, name: str) -> bytes:
        """Return the content of a small published file, which is as it was published or not returned.

        Raises:
            ReleaseError: there is no such file, it cannot be read, or its digest is not the one in the manifest.
        """
        listed = self._listed(name)
        path = self.folder / name
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ReleaseError(
                f"This file of the release cannot be read: {error.strerror}.",
                location=Location(str(path)),
                hint=REBUILD,
            ) from error
        if hashlib.sha256(content).hexdigest() != listed.sha256:
            raise ReleaseError(
                "The release is damaged: the SHA-256 of this file is not the one in the manifest.",
                location=Location(str(path)),
                hint=REBUILD,
            )
        return content

    def dump(self, extension: str, compression: str | None = None) -> Path:
        """Return the path of a dump, for example ``dump("ttl")`` or ``dump("nq", "gz")``.

        Raises:
            ReleaseError: there is no such dump.
        """
        return self.file(dump_name(extension, compression))

    def _listed(self, name: str) -> ReleaseFile:
        listed = self.manifest.files.get(name)
        if listed is None:
            raise ReleaseError(
                f"The release {self.version} has no file {name!r}.",
                location=Location(str(self.folder)),
                hint=f"Its files are listed in {MANIFEST_NAME}.",
            )
        if name in self.dropped:
            raise ReleaseError(
                f"The file {name!r} was dropped from release {self.version} to make room.",
                location=Location(str(self.folder)),
                hint="Build the release again, or use its N-Quads.",
            )
        return listed


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


def find_release(releases: Path, chosen: Path | None = None) -> Path:
    """Return the folder of the release to use: the chosen one, else the one that ``latest`` names.

    Raises:
        ReleaseError: there is none.
    """
    if chosen is not None:
        return chosen.resolve()
    found = latest_release(releases)
    if found is None:
        raise ReleaseError(
            f"There is no release in {releases}.",
            hint="Build one with `nosograph build`, or name one with --release.",
        )
    return found


def open_release(folder: Path, *, deep: bool = False, cache: Path | None = None) -> Release:
    """Return the release in a folder, after checking that everything its manifest names is there.

    Sizes are compared, the digests of small files, and ``SHA256SUMS`` with the manifest.

    Args:
        folder: the release directory.
        deep: compare the digest of every file, which reads everything.
        cache: folder that holds derived files instead of the release.

    Raises:
        ReleaseError: it is not a release, its manifest cannot be used, or a file is missing or not as published.
    """
    manifest = read_manifest(folder)
    dropped = read_dropped(folder, manifest.files)
    for file in manifest.files.values():
        if file.name not in dropped:
            check_file(folder, file, deep=deep or file.size <= SMALL_BYTES)
    check_checksums(folder, manifest.files.values())
    return Release(folder, manifest, dropped, cache)
