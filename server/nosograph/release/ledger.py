"""The ledger of a folder of releases: every version that was ever published there, and what is left of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nosograph.errors import Location, ReleaseError
from nosograph.release.digests import known_digest
from nosograph.release.durability import write_durably
from nosograph.release.manifest import Manifest, read_manifest
from nosograph.release.names import LEDGER_NAME, MANIFEST_NAME, TOMBSTONE_NAME
from nosograph.release.opening import Release, open_release

LEDGER_FORMAT: Final = 1
_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}\Z")


class ReleaseState(StrEnum):
    """What is left of a version."""

    WHOLE = "whole"
    PRUNED = "pruned"
    REMOVED = "removed"


@dataclass(frozen=True)
class LedgerEntry:
    """A version that was published.

    Attributes:
        version: the version.
        date: its date.
        digest: SHA-256 of its manifest, which has the digest of every file.
        state: what is left of it in the folder.
        title: title of the data set.
        license: IRI of its licence; empty when none was given.
        facts: facts that it has.
        triples: distinct triples that it has.
    """

    version: str
    date: date
    digest: str
    state: ReleaseState
    title: str = ""
    license: str = ""
    facts: int = 0
    triples: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the entry as values of JSON."""
        return asdict(self) | {"date": self.date.isoformat(), "state": str(self.state)}


def read_ledger(releases: Path) -> tuple[LedgerEntry, ...]:
    """Return every version that a folder has or had, the oldest publication first.

    A release that was copied into the folder is listed too, before those that were published into it.

    Raises:
        ReleaseError: the ledger cannot be read.
    """
    entries = {entry.version: entry for entry in _read_entries(releases / LEDGER_NAME)}
    copied = [
        entry_of(manifest, folder)
        for folder in sorted(releases.iterdir() if releases.is_dir() else ())
        if folder.name not in entries and (manifest := _manifest_in(folder)) is not None
    ]
    return tuple(replace(entry, state=_state(releases / entry.version)) for entry in [*copied, *entries.values()])


def record_release(releases: Path, folder: Path) -> None:
    """Add a release to the ledger of its folder; the caller holds the lock of the releases.

    Raises:
        OSError: the ledger cannot be written.
        ReleaseError: the ledger or the release cannot be read.
    """
    entry = entry_of(read_manifest(folder), folder)
    others = [known for known in read_ledger(releases) if known.version != entry.version]
    write_ledger(releases, [*others, entry])


def write_ledger(releases: Path, entries: Iterable[LedgerEntry]) -> None:
    """Write the ledger in one step.

    Raises:
        OSError: it cannot be written.
    """
    content = {"format": LEDGER_FORMAT, "releases": [entry.to_json() for entry in entries]}
    write_durably(releases / LEDGER_NAME, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def entry_of(manifest: Manifest, folder: Path) -> LedgerEntry:
    """Return the ledger's entry of a release; without a digest where its folder is gone while it is served."""
    return LedgerEntry(
        version=manifest.version,
        date=manifest.date,
        digest=known_digest(folder / MANIFEST_NAME) if (folder / MANIFEST_NAME).is_file() else "",
        state=_state(folder),
        title=manifest.profile.title,
        license=manifest.profile.license,
        facts=manifest.counts.facts,
        triples=manifest.counts.triples,
    )


@dataclass(frozen=True)
class ReleaseShelf:
    """The releases beside the one that is served, and those that were there.

    Attributes:
        served: the release that is served.
    """

    served: Release

    @property
    def folder(self) -> Path:
        """The folder of the releases."""
        return self.served.folder.parent

    def entries(self) -> tuple[LedgerEntry, ...]:
        """Return every version, the newest first; the served one is always among them.

        Raises:
            ReleaseError: the ledger cannot be read.
        """
        found = list(read_ledger(self.folder))
        if all(entry.version != self.served.version for entry in found):
            found.append(entry_of(self.served.manifest, self.served.folder))
        numbered = sorted(enumerate(found), key=lambda pair: (pair[1].date, pair[0]), reverse=True)
        return tuple(entry for _, entry in numbered)

    def entry(self, version: str) -> LedgerEntry | None:
        """Return the entry of a version; None where it was never published here."""
        return next((entry for entry in self.entries() if entry.version == version), None)

    def open(self, version: str) -> Release | None:
        """Return a release by its version; None where there is none that is whole or pruned.

        It is opened once, until its manifest or what pruning left of it changes.
        """
        if version == self.served.version:
            return self.served
        if not _VERSION.match(version):
            return None
        folder = self.folder / version
        stamp = _stamp(folder / MANIFEST_NAME), _stamp(folder / TOMBSTONE_NAME)
        return _open(folder, stamp) if stamp[0] else None


@lru_cache(maxsize=64)
def _open(folder: Path, stamp: tuple[int, int]) -> Release | None:
    try:
        release = open_release(folder)
    except ReleaseError:
        return None
    return release if release.version == folder.name else None


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _manifest_in(folder: Path) -> Manifest | None:
    if not _VERSION.match(folder.name) or folder.is_symlink():
        return None
    try:
        manifest = read_manifest(folder)
    except ReleaseError:
        return None
    return manifest if manifest.version == folder.name else None


def _state(folder: Path) -> ReleaseState:
    if not (folder / MANIFEST_NAME).is_file():
        return ReleaseState.REMOVED
    return ReleaseState.PRUNED if (folder / TOMBSTONE_NAME).is_file() else ReleaseState.WHOLE


def _read_entries(path: Path) -> list[LedgerEntry]:
    try:
        content = json.loads(path.read_bytes())
        return [
            LedgerEntry(**entry | {"date": date.fromisoformat(entry["date"]), "state": ReleaseState(entry["state"])})
            for entry in content["releases"]
        ]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ReleaseError(
            f"The ledger of the releases cannot be read: {error}.",
            location=Location(str(path)),
            hint="Restore it from a backup, or remove it: the releases that are there are listed anew.",
        ) from error
