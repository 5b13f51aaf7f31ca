"""Fixtures of small releases: one that all tests of a room share, and one that a test may damage."""

from __future__ import annotations

from pathlib import Path

import pytest
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
    return build_release(
        small_knowledge(),
        CONFORMING,
        tmp_path_factory.mktemp("releases"),
        imports=[FIXTURES / "import.nq"],
        assets=ASSETS,
    )


@pytest.fixture
def own(tmp_path: Path) -> Release:
    """Return a release that the test may damage."""
    return build_release(small_knowledge(), CONFORMING, tmp_path / "releases", assets=ASSETS)
