"""Puts a finished release in place: staged beside, made durable, renamed, and ``latest`` swapped, all or nothing.

Each build works in a staging folder that it holds a lock on. The kernel lets go of the lock when the process ends, in
whatever way, so the next build can tell what a dead one left behind from what a living one is still writing.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final

from nosograph.errors import ReleaseError
from nosograph.release.names import LATEST_NAME
from nosograph.release.opening import open_release

_STAGING_PREFIX: Final = ".staging-"
_BUILDING_NAME: Final = ".building"
_LOCK_NAME: Final = ".lock"


class Outcome(StrEnum):
    """What publishing did."""

    NEW = "published"
    KEPT = "kept"
    REPLACED = "replaced"


@contextmanager
def staging_folder(releases: Path) -> Iterator[Path]:
    """Return a folder to build in, which is gone at the end unless it was published; sweep what dead builds left."""
    releases.mkdir(parents=True, exist_ok=True)
    with _locked(releases / _LOCK_NAME):
        _sweep(releases)
        folder = releases / f"{_STAGING_PREFIX}{secrets.token_hex(8)}"
        folder.mkdir()
        holder = _hold(folder / _BUILDING_NAME)
    try:
        if holder is None:
            raise ReleaseError("The staging folder of this build is held by another process.")
        yield folder
    finally:
        if holder is not None:
            os.close(holder)
        shutil.rmtree(folder, ignore_errors=True)


def publish(staged: Path, releases: Path, version: str) -> Outcome:
    """Move a checked release into place and point ``latest`` to it.

    A release of the same version that is whole is kept as it is, because it has the same content; one that is damaged
    gives way to the new one.

    Raises:
        OSError: something cannot be written; what was published before is as it was.
    """
    _make_durable(staged)
    with _locked(releases / _LOCK_NAME):
        target = releases / version
        outcome = Outcome.NEW
        if os.path.lexists(target):
            outcome = Outcome.KEPT if is_whole(target) else Outcome.REPLACED
        if outcome is Outcome.REPLACED:
            aside = releases / f"{_STAGING_PREFIX}{secrets.token_hex(8)}"
            target.rename(aside)
            _place(staged, target)
            _remove(aside)
        elif outcome is Outcome.NEW:
            _place(staged, target)
        _sync_folder(releases)
        point_latest(releases, version)
    return outcome


def is_whole(folder: Path) -> bool:
    """Return whether a published release is as its manifest says, down to every byte."""
    try:
        return open_release(folder, deep=True).version == folder.name
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
    _sync_folder(releases)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the lock that all builds into one folder share, waiting for it; it is only held for moments."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _hold(path: Path) -> int | None:
    """Take the lock of one build; None when a living process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _sweep(releases: Path) -> None:
    for entry in sorted(releases.glob(f"{_STAGING_PREFIX}*")):
        if entry.is_symlink() or not entry.is_dir():
            entry.unlink()
            continue
        holder = _hold(entry / _BUILDING_NAME)
        if holder is not None:
            _remove(entry)
            os.close(holder)


def _place(staged: Path, target: Path) -> None:
    (staged / _BUILDING_NAME).unlink()
    staged.rename(target)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)


def _make_durable(folder: Path) -> None:
    """Have the files of a folder on the disk before its name says that they are there."""
    for parent, _, names in os.walk(folder, topdown=False):
        for name in names:
            _sync_file(Path(parent) / name)
        _sync_folder(Path(parent))


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with suppress(OSError):  # some network file systems cannot sync a folder, and the rename holds without it
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
