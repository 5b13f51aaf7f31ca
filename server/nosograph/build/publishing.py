"""Puts a finished release in place: staged beside, made durable, renamed, and ``latest`` swapped, all or nothing.

Each build works in a staging folder that it holds a lock on. The kernel lets go of the lock when the process ends, in
whatever way, so the next build can tell what a dead one left behind from what a living one is still writing.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

from nosograph.errors import ReleaseError
from nosograph.indexing.making import make_derived
from nosograph.progress import Progress
from nosograph.release.durability import remove, sync_folder, sync_tree
from nosograph.release.ledger import record_release
from nosograph.release.locking import locked, try_lock
from nosograph.release.names import LATEST_NAME, RELEASES_LOCK_NAME
from nosograph.release.opening import Release, open_release

Clock = Callable[[], datetime]

_STAGING_PREFIX: Final = ".staging-"
_BUILDING_NAME: Final = ".building"


def now() -> datetime:
    """Return the time of the system's clock."""
    return datetime.now(UTC)


class Outcome(StrEnum):
    """What publishing did."""

    NEW = "published"
    KEPT = "kept"
    REPLACED = "replaced"


@contextmanager
def staging_folder(releases: Path) -> Iterator[Path]:
    """Return a folder to build in, which is gone at the end unless it was published; sweep what dead builds left."""
    releases.mkdir(parents=True, exist_ok=True)
    with locked(releases / RELEASES_LOCK_NAME):
        _sweep(releases)
        folder = releases / f"{_STAGING_PREFIX}{secrets.token_hex(8)}"
        folder.mkdir()
        holder = try_lock(folder / _BUILDING_NAME)
    try:
        if holder is None:
            raise ReleaseError("The staging folder of this build is held by another process.")
        yield folder
    finally:
        if holder is not None:
            os.close(holder)
        shutil.rmtree(folder, ignore_errors=True)


def publish(staged: Path, releases: Path, version: str, clock: Clock = now) -> Outcome:
    """Move a checked release into place and point ``latest`` to it.

    A release of the same version that is whole is kept as it is, because it has the same content; one that is damaged
    gives way to the new one.

    Raises:
        OSError: something cannot be written; what was published before is as it was.
    """
    sync_tree(staged)
    with locked(releases / RELEASES_LOCK_NAME):
        target = releases / version
        outcome = Outcome.NEW
        if os.path.lexists(target):
            outcome = Outcome.KEPT if is_whole(target) else Outcome.REPLACED
        if outcome is Outcome.REPLACED:
            aside = releases / f"{_STAGING_PREFIX}{secrets.token_hex(8)}"
            target.rename(aside)
            _place(staged, target)
            remove(aside)
        elif outcome is Outcome.NEW:
            _place(staged, target)
        sync_folder(releases)
        record_release(releases, target, clock())
        point_latest(releases, version)
    return outcome


def keep_published(folder: Path, progress: Progress, clock: Clock = now) -> Release:
    """Point ``latest`` to a whole release that is there, with its derived files, as if it had been built now.

    Raises:
        OSError, ReleaseError: something cannot be written.
    """
    kept = open_release(folder)
    make_derived(kept, progress)
    with locked(folder.parent / RELEASES_LOCK_NAME):
        record_release(folder.parent, folder, clock())
        point_latest(folder.parent, kept.version)
    progress(f"kept {kept.version}, which was there and is whole", 1, 1)
    return kept


def is_whole(folder: Path) -> bool:
    """Return whether a published release is as its manifest says, down to every byte, and nothing was dropped."""
    try:
        release = open_release(folder, deep=True)
        return release.version == folder.name and not release.dropped
    except ReleaseError:
        return False


def point_latest(releases: Path, version: str) -> None:
    """Make ``latest`` a relative link to a version, in one step: a reader sees the old one or the new one."""
    pointer = releases / LATEST_NAME
    if pointer.is_symlink() and str(pointer.readlink()) == version:
        return
    fresh = releases / f"{_STAGING_PREFIX}{secrets.token_hex(8)}"
    fresh.symlink_to(version)
    try:
        fresh.replace(pointer)
    except OSError:
        fresh.unlink()
        raise
    sync_folder(releases)


def _sweep(releases: Path) -> None:
    for entry in sorted(releases.glob(f"{_STAGING_PREFIX}*")):
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink()
            continue
        holder = try_lock(entry / _BUILDING_NAME)
        if holder is not None:
            remove(entry)
            os.close(holder)


def _place(staged: Path, target: Path) -> None:
    (staged / _BUILDING_NAME).unlink()
    staged.rename(target)
