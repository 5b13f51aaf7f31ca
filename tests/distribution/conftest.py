"""Small releases of the fixtures."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from built_release import knowledge, own, pristine, published
from noted_releases import build

from nosograph.release.opening import Release, open_release

__all__ = ["built", "knowledge", "own", "pristine", "published", "three"]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Return a folder with three releases that no test changes, and their versions, the oldest first."""
    folder = tmp_path_factory.mktemp("three") / "releases"
    return folder, [build(folder, note).version for note in ("one", "two", "three")]


@pytest.fixture
def three(built: tuple[Path, list[str]], tmp_path: Path) -> list[Release]:
    """Return three releases of one folder that the test may change, the oldest first."""
    folder, versions = built
    shutil.copytree(folder, tmp_path / "releases", symlinks=True)
    return [open_release(tmp_path / "releases" / version) for version in versions]
