"""What the worker processes of one test run make once and share."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nosograph.release.opening import Release, open_release


def shared_folder(factory: pytest.TempPathFactory, name: str) -> Path:
    """Return a folder that all worker processes of a test run have in common; pytest-xdist gives each one below it."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    folder.mkdir(exist_ok=True)
    return folder


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder of all worker processes, which the first one that asks fills; nobody changes it afterwards.

    Args:
        factory: gives the folder of the test run.
        name: name of the folder; the same one has the same content, whoever makes it.
        make: fills a folder that is not there yet.
    """
    folder = shared_folder(factory, name)
    content = folder / "content"
    with alone_in(folder):
        if not content.exists():
            staged = folder / f"by-{os.getpid()}"
            make(staged)
            staged.rename(content)
    return content


def newest(releases: Path) -> Release:
    """Return the release that ``latest`` names in a folder of releases."""
    return open_release((releases / "latest").resolve())


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold a folder for this process: another one waits until it is let go, and then finds what was made."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
