"""Fixtures of small releases: one that all tests of a room share, and one that a test may damage."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from sharing import made_once, newest
from small_release import ASSETS, CONFORMING, FIXTURES, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.release.opening import Release


@pytest.fixture
def knowledge() -> KnowledgeGraph:
    """Return the knowledge graph of the fixtures."""
    return small_knowledge()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of the fixtures and one imported file that no test changes."""

    def build(folder: Path) -> None:
        build_release(small_knowledge(), CONFORMING, folder, imports=[FIXTURES / "import.nq"], assets=ASSETS)

    return newest(made_once(tmp_path_factory, "published", build))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of the fixtures alone that no test changes."""

    def build(folder: Path) -> None:
        build_release(small_knowledge(), CONFORMING, folder, assets=ASSETS)

    return newest(made_once(tmp_path_factory, "pristine", build))


@pytest.fixture
def own(pristine: Release, tmp_path: Path) -> Release:
    """Return a release in a folder of releases, as it was built; the test may damage it."""
    shutil.copytree(pristine.folder.parent, tmp_path / "releases", symlinks=True)
    return replace(pristine, folder=tmp_path / "releases" / pristine.version)
