"""Puts a release where readers find it: a folder of the releases by its version, and ``latest`` that names one."""

from __future__ import annotations

import os
import secrets
from enum import StrEnum
from pathlib import Path
from typing import Final

from nosograph.errors import ReleaseError
from nosograph.release.durability import remove, sync_folder
from nosograph.release.names import LATEST_NAME
from nosograph.release.opening import open_release

STAGING_PREFIX: Final = ".staging-"
"""What the names of unfinished entries of a releases folder begin with."""


class Outcome(StrEnum):
    """What publishing did."""

    NEW = "published"
    KEPT = "kept"
    REPLACED = "replaced"


def place_release(staged: Path, releases: Path, version: str) -> Outcome:
    """Rename a finished folder to its version among the releases; the caller holds the lock of the releases.

    A release of the same version that is whole is kept as it is, because it has the same content; one that is damaged
    gives way to the new one.

    Raises:
        OSError: something cannot be written; what was published before is as it was.
    """
    target = releases / version
    if not os.path.lexists(target):
        staged.rename(target)
        outcome = Outcome.NEW
    elif is_whole(target):
        outcome = Outcome.KEPT
    else:
        aside = unfinished_name(releases)
        target.rename(aside)
        staged.rename(target)
        remove(aside)
        outcome = Outcome.REPLACED
    sync_folder(releases)
    return outcome


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
    fresh = unfinished_name(releases)
    fresh.symlink_to(version)
    try:
        fresh.replace(pointer)
    except OSError:
        fresh.unlink()
        raise
    sync_folder(releases)


def unfinished_name(releases: Path) -> Path:
    """Return a path that nothing has yet, for what is not finished or no longer wanted; a build sweeps it."""
    return releases / f"{STAGING_PREFIX}{secrets.token_hex(8)}"
