"""Receives one release: signature, checksums, manifest, files, in this order, each checked before it is used."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nosograph.distribution.fetching import Fetcher, copy_known
from nosograph.distribution.pruning import is_droppable
from nosograph.distribution.publishers import KnownPublisher
from nosograph.distribution.signatures import check_signature, parse_signature
from nosograph.distribution.sources import ReleaseSource, SourceMissing, read_optional, read_small
from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress
from nosograph.release.digests import check_checksums, digest_file
from nosograph.release.durability import write_durably
from nosograph.release.ledger import LedgerEntry
from nosograph.release.manifest import Manifest, ReleaseFile, read_manifest
from nosograph.release.names import (
    CANONICAL_DUMP,
    CHECKSUMS_NAME,
    MANIFEST_NAME,
    ONTOLOGY_NAME,
    PULLING_NAME,
    SIGNATURE_NAME,
    TOMBSTONE_NAME,
)
from nosograph.release.opening import Release
from nosograph.release.tombstone import parse_dropped, write_dropped

MOST_TEXT_BYTES: Final = 16 << 20
"""Bytes that a manifest, checksums or a tombstone may have."""

MOST_FILES: Final = 100_000
_SPARE_BYTES: Final = 64 << 20
"""Bytes that stay free on a disk."""


@dataclass(frozen=True)
class Received:
    """What came of a release; see ``PulledRelease``."""

    files: int
    size: int
    reused: int
    signed_by: str


@dataclass(frozen=True)
class Receiver:
    """Receives a release.

    Attributes:
        source: the publisher's folder.
        releases: the folder of the releases here.
        entry: what the publisher's ledger says of the release.
        publisher: what is known of the publisher.
        most_bytes: bytes that the release may have.
        progress: called with a step's name, how much of it is done, and how much there is.
        sleep: waits some seconds.
    """

    source: ReleaseSource
    releases: Path
    entry: LedgerEntry
    publisher: KnownPublisher
    most_bytes: int
    progress: Progress
    sleep: Callable[[float], None]

    @property
    def version(self) -> str:
        """The version of the release."""
        return self.entry.version

    def check_present(self, *, unsigned: bool) -> str:
        """Check the signature of a release that is here, fetched where it was made later; return its key's number.

        Raises:
            ReleaseError: a signature is wanted, and there is none or a wrong one.
        """
        folder = self.releases / self.version
        path = folder / SIGNATURE_NAME
        checksums = (folder / CHECKSUMS_NAME).read_bytes()
        problem: ReleaseError | None = None
        if path.is_file():
            try:
                return self._check_signature(checksums, path.read_bytes())
            except ReleaseError as error:
                problem = error  # the publisher may have signed anew, with another key
        content = self._fetch_signature()
        if content is None:
            if problem is not None:
                raise problem
            self._refuse_unsigned(unsigned)
            return ""
        signed_by = self._check_signature(checksums, content)
        write_durably(path, content)
        return signed_by

    def lacks_dumps(self, present: Release) -> bool:
        """Return whether the release is here without dumps that the publisher has.

        Raises:
            ReleaseError: the publisher's record of what it dropped cannot be used.
        """
        return bool(present.dropped and present.dropped - self._fetch_dropped(present.manifest))

    def _fetch_dropped(self, manifest: Manifest) -> frozenset[str]:
        """Return the names of files that the publisher no longer has.

        Raises:
            ReleaseError: the publisher's record of them cannot be used.
        """
        name = f"{self.version}/{TOMBSTONE_NAME}"
        content = read_optional(self.source, name, MOST_TEXT_BYTES)
        if content is None:
            return frozenset()
        dropped = parse_dropped(content, manifest.files, self.source.address + name)
        if kept := sorted(name for name in dropped if not is_droppable(name)):
            raise ReleaseError(
                f"The publisher says that it dropped {kept[0]}, which no pruning drops.",
                location=Location(self.source.address + name),
                hint="Name another mirror.",
            )
        return dropped

    def receive(self, staged: Path, *, whole: bool, unsigned: bool) -> Received:
        """Bring the release together in a folder, which may hold some of it.

        Args:
            staged: the folder.
            whole: whether it is wanted with the dumps that pruning would drop.
            unsigned: whether it is taken without a signature.

        Raises:
            ReleaseError: it cannot be had as it was published.
            OSError: it cannot be written.
        """
        staged.mkdir(exist_ok=True)
        checksums = self._read(CHECKSUMS_NAME)
        signature = self._fetch_signature()
        signed_by = ""
        (staged / SIGNATURE_NAME).unlink(missing_ok=True)
        if signature is None:
            self._refuse_unsigned(unsigned)
        else:
            signed_by = self._check_signature(checksums, signature)
            (staged / SIGNATURE_NAME).write_bytes(signature)
        (staged / CHECKSUMS_NAME).write_bytes(checksums)
        manifest = self._receive_manifest(staged)
        files, size, reused = self._receive_files(staged, manifest, whole)
        return Received(files, size, reused, signed_by)

    def _read(self, name: str) -> bytes:
        return read_small(self.source, f"{self.version}/{name}", MOST_TEXT_BYTES)

    def _fetch_signature(self) -> bytes | None:
        return read_optional(self.source, f"{self.version}/{SIGNATURE_NAME}", MOST_TEXT_BYTES)

    def _refuse_unsigned(self, accepted: bool) -> None:
        if accepted or not (self.publisher.keys or self.publisher.signed):
            return
        raise ReleaseError(
            "The release has no signature"
            + (", and one by a trusted key is wanted." if self.publisher.keys else ", and earlier ones had one."),
            location=Location(f"{self.source.address}{self.version}/{SIGNATURE_NAME}"),
            hint="Ask the publisher; it may not be signed yet. --accept-unsigned takes it as it is.",
        )

    def _check_signature(self, checksums: bytes, content: bytes) -> str:
        """Return the number of the key that signed some checksums; nothing where no key is trusted."""
        source = f"{self.source.address}{self.version}/{SIGNATURE_NAME}"
        signature = parse_signature(content, source)
        if not self.publisher.keys:
            return ""
        return check_signature(checksums, signature, self.publisher.keys, source).name

    def _receive_manifest(self, staged: Path) -> Manifest:
        content = self._read(MANIFEST_NAME)
        location = Location(f"{self.source.address}{self.version}/{MANIFEST_NAME}")
        if self.entry.digest and hashlib.sha256(content).hexdigest() != self.entry.digest:
            raise ReleaseError(
                "The manifest is not the one whose SHA-256 is in the publisher's ledger.",
                location=location,
                hint="Pull again; if it stays so, tell the publisher.",
            )
        (staged / MANIFEST_NAME).write_bytes(content)
        manifest = read_manifest(staged)
        check_checksums(staged, manifest.files.values())
        if manifest.version != self.version:
            raise ReleaseError(f"This is the manifest of release {manifest.version}.", location=location)
        problem = self._problem(manifest)
        if problem:
            raise ReleaseError(
                f"The manifest cannot be used: {problem}.", location=location, hint="Tell the publisher."
            )
        return manifest

    def _problem(self, manifest: Manifest) -> str:
        """Return why a manifest asks for what a mirror must not do, or nothing."""
        size = sum(file.size for file in manifest.files.values())
        if len(manifest.files) > MOST_FILES:
            return f"it lists {len(manifest.files)} files, where {MOST_FILES} are the most"
        if size > self.most_bytes:
            return f"its files have {size} bytes, where pull_size allows {self.most_bytes}"
        if missing := sorted({CANONICAL_DUMP, ONTOLOGY_NAME} - manifest.files.keys()):
            return f"it lists no {missing[0]}"
        folders = {name[:end] for name in manifest.files for end, letter in enumerate(name) if letter == "/"}
        if both := sorted(folders & manifest.files.keys()):
            return f"{both[0]!r} is a file and a folder"
        others = (open_manifest(folder) for folder in sorted(self.releases.glob("*-*-*-*")))
        if other := next((other for other in others if other and other.base_iri != manifest.base_iri), None):
            return f"its base is {manifest.base_iri}, and that of {other.version} here is {other.base_iri}"
        return ""

    def _receive_dropped(self, staged: Path, manifest: Manifest, whole: bool) -> frozenset[str]:
        """Return the names of files that the publisher no longer has, or that are not wanted, and record them.

        Raises:
            ReleaseError: the publisher's record of them cannot be used.
        """
        (staged / TOMBSTONE_NAME).unlink(missing_ok=True)
        unwanted = frozenset() if whole else frozenset(filter(is_droppable, manifest.files))
        dropped = unwanted | self._fetch_dropped(manifest)
        if dropped:
            write_dropped(staged, self.version, [manifest.files[name] for name in sorted(dropped)])
        return dropped

    def _receive_files(self, staged: Path, manifest: Manifest, whole: bool) -> tuple[int, int, int]:
        """Return how many files came, how many bytes, and how many were here."""
        dropped = self._receive_dropped(staged, manifest, whole)
        _remove_unlisted(staged, manifest, dropped)
        wanted = [file for file in manifest.files.values() if file.name not in dropped]
        missing = [file for file in wanted if not _is_there(staged / file.name, file)]
        size = sum(file.size for file in missing)
        self._check_room(size)
        known = self._known_files()
        step, came, number, reused = f"pull {self.version}", 0, 0, 0

        def received(count: int) -> None:
            nonlocal came
            came += count
            self.progress(step, min(came, size), size)

        fetcher = Fetcher(self.source, self.releases / PULLING_NAME, self.sleep, received)
        for file in missing:
            target = staged / file.name
            if (path := known.get(file.sha256)) and copy_known(path, file, target):
                size -= file.size
                reused += 1
                continue
            try:
                fetcher.fetch(f"{self.version}/{file.name}", file, target)
            except SourceMissing:
                if file.name not in self._receive_dropped(staged, manifest, whole):  # it may be pruned since
                    raise
                continue
            number += 1
        return number, came, reused

    def _check_room(self, size: int) -> None:
        free = shutil.disk_usage(self.releases).free
        if size + _SPARE_BYTES > free:
            raise ReleaseError(
                f"The release {self.version} needs {size} bytes, and {free} are free.",
                location=Location(str(self.releases)),
                hint="Make room there, with `nosograph prune` for one, and pull again.",
            )

    def _known_files(self) -> dict[str, Path]:
        """Return the files of the releases that are here by their digests."""
        found = {}
        for folder in sorted(self.releases.glob("*-*-*-*")):
            if manifest := open_manifest(folder):
                found.update({file.sha256: folder / file.name for file in manifest.files.values()})
        return found


def _remove_unlisted(staged: Path, manifest: Manifest, dropped: frozenset[str]) -> None:
    """Remove what an earlier pull brought and the manifest does not list."""
    kept = {MANIFEST_NAME, CHECKSUMS_NAME, SIGNATURE_NAME, TOMBSTONE_NAME, *(manifest.files.keys() - dropped)}
    for path in sorted(staged.rglob("*")):
        if not path.is_dir() and path.relative_to(staged).as_posix() not in kept:
            path.unlink()


def open_manifest(folder: Path) -> Manifest | None:
    """Return the manifest in a folder, or None where it has none that can be used."""
    try:
        return read_manifest(folder)
    except ReleaseError:
        return None


def _is_there(path: Path, file: ReleaseFile) -> bool:
    """Return whether an earlier pull has brought a file whole."""
    return path.is_file() and path.stat().st_size == file.size and digest_file(path) == file.sha256
