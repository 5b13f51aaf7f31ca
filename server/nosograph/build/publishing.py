"""Puts a finished release in place: staged beside, made durable, renamed, and ``latest`` swapped, all or nothing.

Each build works in a staging folder that it holds a lock on. The kernel lets go of the lock when the process ends, in
whatever way, so the next build can tell what a dead one left behind from what a living one is still writing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from nosograph.errors import ReleaseError
from nosograph.indexing.making import make_derived
from nosograph.progress import Progress
from nosograph.release.durability import remove, sync_tree
from nosograph.release.ledger import record_release
from nosograph.release.locking import locked, try_lock
from nosograph.release.names import RELEASES_LOCK_NAME
from nosograph.release.opening import Release, open_release
from nosograph.release.placing import STAGING_PREFIX, Outcome, place_release, point_latest, unfinished_name

Clock = Callable[[], datetime]

_BUILDING_NAME: Final = ".building"


def now() -> datetime:
    """Return the time of the system's clock."""
    return datetime.now(UTC)


@contextmanager
def staging_folder(releases: Path) -> Iterator[Path]:
    """Return a folder to build in, which is gone at the end unless it was published; sweep what dead builds left."""
    releases.mkdir(parents=True, exist_ok=True)
    with locked(releases / RELEASES_LOCK_NAME):
        _sweep(releases)
        folder = unfinished_name(releases)
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
        (staged / _BUILDING_NAME).unlink()  # other builds sweep what nobody holds, and wait for this lock to do it
        outcome = place_release(staged, releases, version)
        record_release(releases, releases / version, clock())
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


def _sweep(releases: Path) -> None:
    for entry in sorted(releases.glob(f"{STAGING_PREFIX}*")):
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink()
            continue
        holder = try_lock(entry / _BUILDING_NAME)
        if holder is not None:
            remove(entry)
            os.close(holder)
