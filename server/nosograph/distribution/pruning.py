"""Makes room in a folder of releases, and leaves what citations and links need for ever.

First go the derived files of every release but the newest, which are made anew when someone asks it. Then go the dumps
of releases beyond the number to keep, all but the N-Quads, from which everything else can be made. Manifest, checksums,
descriptions, vocabulary, shapes, report and questions stay, and a tombstone has the digests of what went.
The release that ``latest`` names, and each that a server holds, are left alone.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from nosograph.errors import Location, ReleaseError
from nosograph.release.digests import check_file
from nosograph.release.durability import remove
from nosograph.release.ledger import LedgerEntry, ReleaseState, read_ledger, write_ledger
from nosograph.release.locking import locked, unused
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import CANONICAL_DUMP, DUMP_STEM, GRAPHS_FOLDER, RELEASES_LOCK_NAME
from nosograph.release.opening import Release, latest_release, open_release
from nosograph.release.tombstone import write_dropped

_LATEST: Final = "it is the latest"
_SERVED: Final = "it is in use"


@dataclass(frozen=True)
class PrunedRelease:
    """What pruning does to one release.

    Attributes:
        version: its version.
        derived: whether its derived files go.
        dropped: names of the dumps that go.
        size: bytes that this frees.
        kept: why it was left alone; empty when it was not.
    """

    version: str
    derived: bool
    dropped: tuple[str, ...]
    size: int
    kept: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as values of JSON."""
        return asdict(self)


def prune_releases(
    releases: Path, *, keep: int, cache: Path | None = None, dry_run: bool = False
) -> tuple[PrunedRelease, ...]:
    """Drop what a folder of releases need not keep, and return what that was, the newest release first.

    Args:
        releases: the folder.
        keep: how many of the newest releases keep their dumps; 0 for all.
        cache: folder that holds derived files instead of the releases.
        dry_run: change nothing.

    Raises:
        ReleaseError: the folder cannot be read or written; a release that was begun with is finished by pruning again.
    """
    if not releases.is_dir():
        raise ReleaseError(
            "There is no such folder.", location=Location(str(releases)), hint="Name it with --releases."
        )
    try:
        with locked(releases / RELEASES_LOCK_NAME):
            latest = latest_release(releases)
            entries = read_ledger(releases)
            left = [entry for entry in reversed(entries) if entry.state is not ReleaseState.REMOVED]
            done = [
                _prune(releases / entry.version, latest, cache, beyond=bool(keep) and number >= keep, dry_run=dry_run)
                for number, entry in enumerate(_latest_first(left, latest))
            ]
            if not dry_run:
                write_ledger(releases, read_ledger(releases))
            return tuple(done)
    except OSError as error:
        raise ReleaseError(
            f"The releases cannot be pruned: {error.strerror or error}.",
            location=Location(str(releases)),
            hint="Give write permission there and prune again.",
        ) from error


def _latest_first(entries: list[LedgerEntry], latest: Path | None) -> list[LedgerEntry]:
    """Return entries with the one that ``latest`` names first: it may be an older publication."""
    return sorted(entries, key=lambda entry: latest is None or entry.version != latest.name)


def _prune(folder: Path, latest: Path | None, cache: Path | None, *, beyond: bool, dry_run: bool) -> PrunedRelease:
    if latest is not None and folder.resolve() == latest:
        return PrunedRelease(folder.name, False, (), 0, _LATEST)
    try:
        release = open_release(folder, cache=cache)
        check_file(folder, release.manifest.files[CANONICAL_DUMP], deep=True)  # the rest can be made from it
    except ReleaseError as error:
        return PrunedRelease(folder.name, False, (), 0, f"it is damaged: {error}")
    with unused(folder) as free:
        if not free:
            return PrunedRelease(folder.name, False, (), 0, _SERVED)
        files = _droppable(release) if beyond else []
        known = {replace(release, cache=None).derived_folder, release.derived_folder}
        derived = [derived for derived in known if derived.is_dir()]
        size = sum(file.size for file in files) + sum(map(_size, derived))
        if not dry_run:
            for made in derived:
                remove(made)
            if files:
                _drop(release, files)
        return PrunedRelease(folder.name, bool(derived), tuple(file.name for file in files), size)


def is_droppable(name: str) -> bool:
    """Return whether a file of a release is a dump that the canonical one makes unnecessary."""
    return name != CANONICAL_DUMP and name.startswith((f"{DUMP_STEM}.", f"{GRAPHS_FOLDER}/"))


def _droppable(release: Release) -> list[ReleaseFile]:
    """Return the dumps that are there and not the canonical one."""
    return [
        file
        for file in release.manifest.files.values()
        if is_droppable(file.name) and (file.name not in release.dropped or (release.folder / file.name).exists())
    ]


def _drop(release: Release, files: list[ReleaseFile]) -> None:
    already = [release.manifest.files[name] for name in release.dropped]
    write_dropped(release.folder, release.version, {file.name: file for file in [*already, *files]}.values())
    for file in files:
        (release.folder / file.name).unlink(missing_ok=True)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
