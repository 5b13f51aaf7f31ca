"""The ledger of a folder of releases: every version that was ever published there, what is left of it, and when.

A version may be published again, when readers go back to it. So beside the versions stand the publications: which
version became the newest one when, and which it was before. They are only ever added to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from nosograph.errors import Location, ReleaseError
from nosograph.release.digests import known_digest
from nosograph.release.durability import write_durably
from nosograph.release.json_values import parse_json
from nosograph.release.manifest import Manifest, read_manifest
from nosograph.release.names import LEDGER_NAME, MANIFEST_NAME, TOMBSTONE_NAME
from nosograph.release.opening import Release, open_release

LEDGER_FORMAT: Final = 1
MOST_LEDGER_BYTES: Final = 16 << 20
"""Bytes that a ledger may have that comes from elsewhere, or has taken in what did."""

_VERSION: Final = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}\Z", re.ASCII)
_DIGEST: Final = re.compile(r"(?:[0-9a-f]{64})?\Z")
_RESTORE: Final = "Restore it from a backup, or remove it: the releases that are there are listed anew."


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


@dataclass(frozen=True)
class Publication:
    """That a version became the one that readers get.

    Attributes:
        version: the version.
        time: when, to the second; later ones have a later time.
        previous: the version before it; empty for the first, and where that is not known.
    """

    version: str
    time: datetime
    previous: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the publication as values of JSON."""
        return asdict(self) | {"time": self.time.isoformat()}


@dataclass(frozen=True)
class Ledger:
    """What a ledger says, as it was written.

    Attributes:
        entries: every version.
        publications: when which version became the newest one.
    """

    entries: tuple[LedgerEntry, ...]
    publications: tuple[Publication, ...]

    def all_publications(self) -> tuple[Publication, ...]:
        """Return the publications with those of versions of which none was recorded, the oldest first."""
        return _with_unrecorded(self.publications, self.entries)

    def to_text(self) -> str:
        """Return the text of ``ledger.json``."""
        content = {
            "format": LEDGER_FORMAT,
            "releases": [entry.to_json() for entry in self.entries],
            "publications": [publication.to_json() for publication in self.publications],
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def parse_ledger(content: bytes, source: str) -> Ledger:
    """Return what the text of a ledger says; of publications none where it is from before they were kept.

    Args:
        content: the text.
        source: the file or address that it is from.

    Raises:
        ReleaseError: it is no ledger, or a newer version of the software wrote it.
    """
    try:
        said = parse_json(content)
        if said.get("format", LEDGER_FORMAT) != LEDGER_FORMAT:
            raise ValueError(f"this version of the software knows format {LEDGER_FORMAT}, not {said['format']!r}")
        entries = tuple(_entry_from(entry) for entry in said["releases"])
        return Ledger(entries, tuple(_publication_from(entry) for entry in said.get("publications", [])))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise ReleaseError(
            f"The ledger of the releases cannot be read: {error}.", location=Location(source), hint=_RESTORE
        ) from error


def read_ledger(releases: Path) -> tuple[LedgerEntry, ...]:
    """Return every version that a folder has or had, the oldest publication first.

    A release that was copied into the folder is listed too, before those that were published into it.

    Raises:
        ReleaseError: the ledger cannot be read.
    """
    entries = {entry.version: entry for entry in _read(releases / LEDGER_NAME).entries}
    copied = [
        entry_of(manifest, folder)
        for folder in sorted(releases.iterdir() if releases.is_dir() else ())
        if folder.name not in entries and (manifest := _manifest_in(folder)) is not None
    ]
    return tuple(replace(entry, state=_state(releases / entry.version)) for entry in [*copied, *entries.values()])


def read_publications(releases: Path) -> tuple[Publication, ...]:
    """Return every publication in a folder, the oldest first.

    A version of which the ledger has none (copied there, or published before publications were recorded) counts as
    published at the beginning of its day. Which version it followed is known where no recorded publication is later.

    Raises:
        ReleaseError: the ledger cannot be read.
    """
    return _with_unrecorded(_read(releases / LEDGER_NAME).publications, read_ledger(releases))


def record_release(releases: Path, folder: Path, now: datetime) -> None:
    """Add a release, and its publication, to the ledger of its folder; the caller holds the lock of the releases.

    Args:
        releases: the folder of the releases.
        folder: the release, which is now the newest publication.
        now: when it was published.

    Raises:
        OSError: the ledger cannot be written.
        ReleaseError: the ledger or the release cannot be read.
    """
    entry = entry_of(read_manifest(folder), folder)
    others = [known for known in read_ledger(releases) if known.version != entry.version]
    publications = _with_unrecorded(_read(releases / LEDGER_NAME).publications, others)
    last = publications[-1] if publications else None
    if last is None or last.version != entry.version:
        publications = (*publications, _following(last, entry.version, now))
    _write(releases, [*others, entry], publications)


def write_ledger(releases: Path, entries: Iterable[LedgerEntry]) -> None:
    """Write the ledger in one step, with the publications that it has.

    Raises:
        OSError: it cannot be written.
        ReleaseError: the ledger that is there cannot be read.
    """
    _write(releases, entries, read_publications(releases))


def adopt_ledger(releases: Path, ledger: Ledger) -> str:
    """Add what another folder's ledger says to that of a folder, and return the version that was published last.

    Nothing that is known is taken back, so an older copy of the other ledger changes nothing. The caller holds the lock
    of the releases.

    Raises:
        OSError: the ledger cannot be written.
        ReleaseError: the ledger that is there cannot be read, or would become too large.
    """
    publications = {
        (publication.time, publication.version): publication
        for publication in (*_read(releases / LEDGER_NAME).publications, *ledger.all_publications())
    }
    ordered = [publications[key] for key in sorted(publications)]
    last = {publication.version: publication.time for publication in ordered}
    entries = {entry.version: entry for entry in (*ledger.entries, *read_ledger(releases))}
    never = datetime.min.replace(tzinfo=UTC)
    merged = sorted(entries.values(), key=lambda entry: last.get(entry.version, never))
    text = Ledger(tuple(merged), tuple(ordered)).to_text()
    if (size := len(text.encode())) > MOST_LEDGER_BYTES:
        raise ReleaseError(
            f"The ledger would have {size} bytes, and {MOST_LEDGER_BYTES} are the most.",
            location=Location(str(releases / LEDGER_NAME)),
            hint="The publisher lists more releases than there can be: name another one.",
        )
    write_durably(releases / LEDGER_NAME, text)
    return ordered[-1].version


def _following(last: Publication | None, version: str, now: datetime) -> Publication:
    moment = now.astimezone(UTC).replace(microsecond=0)
    if last is None:
        return Publication(version, moment)
    return Publication(version, max(moment, last.time + timedelta(seconds=1)), last.version)


def _with_unrecorded(recorded: Sequence[Publication], entries: Iterable[LedgerEntry]) -> tuple[Publication, ...]:
    """Return publications with those of the versions that have none."""
    known = {publication.version for publication in recorded}
    missing = {entry.version: entry for entry in entries if entry.version not in known}.values()
    found = list(recorded)
    taken = {publication.time for publication in recorded}
    free: dict[date, datetime] = {}
    latest = recorded[-1] if recorded else None
    for entry in sorted(missing, key=lambda entry: entry.date):
        moment = datetime.combine(entry.date, time(), UTC)
        if not recorded or moment > recorded[-1].time:
            latest = _following(latest, entry.version, moment)
            found.append(latest)
            continue
        moment = free.get(entry.date, moment)
        while moment in taken:
            moment += timedelta(seconds=1)
        taken.add(moment)
        free[entry.date] = moment
        found.append(Publication(entry.version, moment))
    return tuple(sorted(found, key=lambda publication: publication.time))


def _write(releases: Path, entries: Iterable[LedgerEntry], publications: Iterable[Publication]) -> None:
    write_durably(releases / LEDGER_NAME, Ledger(tuple(entries), tuple(publications)).to_text())


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

    def publications(self) -> tuple[Publication, ...]:
        """Return every publication, the oldest first; the served version is always among them.

        Raises:
            ReleaseError: the ledger cannot be read.
        """
        return _with_unrecorded(_read(self.folder / LEDGER_NAME).publications, reversed(self.entries()))

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


def _read(path: Path) -> Ledger:
    """Return the ledger in a file; an empty one where there is none."""
    try:
        return parse_ledger(path.read_bytes(), str(path))
    except FileNotFoundError:
        return Ledger((), ())
    except OSError as error:
        raise ReleaseError(
            f"The ledger of the releases cannot be read: {error.strerror}.", location=Location(str(path)), hint=_RESTORE
        ) from error


def _entry_from(content: dict[str, Any]) -> LedgerEntry:
    entry = LedgerEntry(
        **content | {"date": date.fromisoformat(content["date"]), "state": ReleaseState(content["state"])}
    )
    texts = (entry.version, entry.digest, entry.title, entry.license)
    counts = (entry.facts, entry.triples)
    are_counts = all(type(count) is int and count >= 0 for count in counts)
    if not are_counts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"a value of {content['version']!r} has the wrong type")
    if not _VERSION.match(entry.version) or not _DIGEST.match(entry.digest):
        raise ValueError(f"{entry.version!r} is no version, or {entry.digest!r} no SHA-256")
    return entry


def _publication_from(content: dict[str, Any]) -> Publication:
    time = datetime.fromisoformat(content["time"])
    publication = Publication(**content | {"time": time.astimezone(UTC)})
    for version in (publication.version, publication.previous or publication.version):
        if not _VERSION.match(version):
            raise ValueError(f"{version!r} is no version")
    return publication
