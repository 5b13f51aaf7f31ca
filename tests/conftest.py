"""What every test may use: the project's own data, judged and built once for a test run."""

from __future__ import annotations

from pathlib import Path

import pytest

from nosograph.assets import Assets, find_assets
from nosograph.facts.graph import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.namespaces import Base
from nosograph.release.building import build_release
from nosograph.release.reading import Release
from nosograph.validation.judging import judge
from nosograph.validation.report import Report

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def assets() -> Assets:
    """Give the folders of the checkout."""
    return find_assets(ROOT)


@pytest.fixture(scope="session")
def knowledge(assets: Assets) -> KnowledgeGraph:
    """Give the curated graph, with the default base."""
    return load_knowledge(assets, Base())


@pytest.fixture(scope="session")
def report(knowledge: KnowledgeGraph) -> Report:
    """Give the shapes' verdict on the curated graph."""
    return judge(knowledge)


@pytest.fixture(scope="session")
def release(knowledge: KnowledgeGraph, report: Report, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Give a release of the curated graph; it is immutable, so all tests share it."""
    return build_release(knowledge, report, tmp_path_factory.mktemp("releases"))


@pytest.fixture(scope="session")
def source_texts() -> Path:
    """Give the folder of the source documents, which the project itself does not republish."""
    folder = ROOT.parent / "shared" / "sources"
    if not folder.is_dir():
        pytest.skip("the texts of the source documents are not beside the checkout, and the project holds none")
    return folder
