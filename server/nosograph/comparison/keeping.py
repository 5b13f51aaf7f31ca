"""Keeps the difference of each release to the one before it, beside the releases of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.difference_file import write_difference_file
from nosograph.comparison.kept import difference_path
from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress, quiet
from nosograph.release.digests import check_file
from nosograph.release.ledger import read_publications, record_release
from nosograph.release.locking import locked
from nosograph.release.names import CANONICAL_DUMP, CHANGES_NAME, RELEASES_LOCK_NAME
from nosograph.release.opening import Release, latest_release, open_release

_LOCK_NAME = ".lock"


@dataclass(frozen=True)
class KeptDifference:
    """What was done about the difference of two releases.

    Attributes:
        old: version of the older release.
        new: version of the newer release.
        made: whether it was made now; otherwise it was there.
        missing: why it is not there; empty where it is.
    """

    old: str
    new: str
    made: bool = False
    missing: str = ""


def keep_differences(releases: Path, now: datetime, progress: Progress = quiet) -> tuple[KeptDifference, ...]:
    """Make the differences that are not kept yet, of each publication to the one before it; return what is kept.

    One process at a time does it. Where ``latest`` was set by hand to a release that was not the last publication, that
    is recorded first.

    Args:
        releases: the folder of the releases.
        now: the time.
        progress: called with a step's name, how much of it is done, and how much there is.

    Raises:
        ReleaseError: the folder cannot be read or written; differences that are kept are as they were.
    """
    if not releases.is_dir():
        raise ReleaseError(
            "There is no such folder.", location=Location(str(releases)), hint="Name it with --releases."
        )
    try:
        (releases / CHANGES_NAME).mkdir(exist_ok=True)
        with locked(releases / CHANGES_NAME / _LOCK_NAME):
            _remove_unfinished(releases / CHANGES_NAME)
            _record_latest(releases, now)
            publications = read_publications(releases)
            pairs = dict.fromkeys((entry.previous, entry.version) for entry in publications if entry.previous)
            return tuple(_keep(releases, old, new, progress) for old, new in pairs)
    except OSError as error:
        raise _unwritable(releases, error) from error


def keep_difference(old: Release, new: Release) -> None:
    """Make the difference of two releases of one folder, and keep it there; one that is there stays.

    Raises:
        ReleaseError: they are in different folders, one is damaged, their bases differ, or it cannot be written.
    """
    releases = new.folder.parent
    if old.folder.parent != releases:
        raise ReleaseError(
            "The releases are in different folders, so there is no place beside both to keep what differs.",
            location=Location(str(old.folder)),
            hint="Copy one of them to the other.",
        )
    try:
        (releases / CHANGES_NAME).mkdir(exist_ok=True)
        with locked(releases / CHANGES_NAME / _LOCK_NAME):
            _write(old, new)
    except OSError as error:
        raise _unwritable(releases, error) from error


def _write(old: Release, new: Release) -> None:
    path = difference_path(new.folder.parent, old.version, new.version)
    if path.is_file():
        return
    for release in (old, new):
        check_file(release.folder, release.manifest.files[CANONICAL_DUMP], deep=True)
    comparison = compare_releases(old, new)
    write_difference_file(path, old.version, new.version, new.base, comparison.resources(), comparison.describe)


def _unwritable(releases: Path, error: OSError) -> ReleaseError:
    return ReleaseError(
        f"The differences cannot be kept: {error.strerror or error}.",
        location=Location(str(releases / CHANGES_NAME)),
        hint="Make room or give write permission there, and run `nosograph changes`.",
    )


def _keep(releases: Path, old: str, new: str, progress: Progress) -> KeptDifference:
    if difference_path(releases, old, new).is_file():
        return KeptDifference(old, new)
    progress(f"compare {old} and {new}", 0, 0)
    try:
        _write(open_release(releases / old), open_release(releases / new))
    except ReleaseError as error:
        return KeptDifference(old, new, missing=str(error))
    return KeptDifference(old, new, made=True)


def _record_latest(releases: Path, now: datetime) -> None:
    """Record that readers get another release than the one that was published last."""
    with locked(releases / RELEASES_LOCK_NAME):
        latest = latest_release(releases)
        publications = read_publications(releases)
        if latest is not None and publications and publications[-1].version != latest.name:
            record_release(releases, latest, now)


def _remove_unfinished(folder: Path) -> None:
    """Remove what a process left that ended while it wrote."""
    for path in folder.glob(".*.sqlite-*"):
        path.unlink(missing_ok=True)
