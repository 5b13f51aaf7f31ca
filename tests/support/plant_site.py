"""A release of the vocabulary of plants, built with the command line's own steps, and a real server that serves it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import Server
from sharing import made_once, newest

from nosograph.assets import Assets, find_assets
from nosograph.build.pipeline import build_release
from nosograph.curation.verifying import verify_citations
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge, require_registered
from nosograph.rdf.names import Base
from nosograph.release.opening import Release
from nosograph.validation.report import Report
from nosograph.validation.validate import validate

FOLDER = Path(__file__).parent.parent / "vocabularies" / "plants"
BASE = "https://plants.example/"


@pytest.fixture(scope="session")
def plants() -> Assets:
    """Return the folder of the second vocabulary."""
    return find_assets(FOLDER)


@pytest.fixture(scope="session")
def plant_knowledge(plants: Assets) -> KnowledgeGraph:
    """Return its graph, under a base of its own."""
    return load_knowledge(plants, Base(BASE))


@pytest.fixture(scope="session")
def plant_report(plant_knowledge: KnowledgeGraph) -> Report:
    """Return what the shapes find in it."""
    return validate(plant_knowledge)


@pytest.fixture(scope="session")
def plant_release(plants: Assets, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of it, with its citations verified."""

    def build(folder: Path) -> None:
        knowledge: KnowledgeGraph = request.getfixturevalue("plant_knowledge")
        require_registered(plants, knowledge)
        citations = verify_citations(knowledge, FOLDER / "texts")
        build_release(knowledge, request.getfixturevalue("plant_report"), folder, assets=plants, citations=citations)

    return newest(made_once(tmp_path_factory, "plants", build))


@pytest.fixture(scope="session")
def plant_server(plant_release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a real server of the release."""
    log = tmp_path_factory.mktemp("plant_server") / "log.jsonl"
    running = Server("--release", str(plant_release.folder), "--site-url", BASE, log=log)
    yield running
    assert running.stop() == 0


def words(html: str) -> str:
    """Return the words of a page without its markup."""
    without = re.sub(r"<(script|style)\b.*?</\1>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", without))
