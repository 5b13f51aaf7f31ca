"""Asset folders with facts about an invented fever, and the texts of their two sources."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from desk import Desk

from nosograph.assets import Assets

HERE = Path(__file__).parent


@pytest.fixture
def leaflets(assets: Assets, tmp_path: Path) -> Assets:
    """Return asset folders that a test may change; the texts are in ``texts`` beside the data."""
    root = tmp_path / "leaflets"
    shutil.copytree(HERE / "leaflets", root)
    for folder in ("ontology", "shapes"):
        shutil.copytree(assets.root / folder, root / folder)
    return Assets(root)


@pytest.fixture
def desk(leaflets: Assets, tmp_path: Path) -> Desk:
    """Return a desk with the invented leaflets and an empty table."""
    return Desk(leaflets, tmp_path / "chills.tsv")
