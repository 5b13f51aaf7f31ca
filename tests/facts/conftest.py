"""Asset folders with a handful of data, for tests of what is read from them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from nosograph.assets import Assets

HERE = Path(__file__).parent


@pytest.fixture
def small(assets: Assets, tmp_path: Path) -> Assets:
    """Return asset folders with the project's vocabulary and a handful of data."""
    shutil.copytree(HERE / "minimal", tmp_path / "data")
    shutil.copytree(assets.ontology, tmp_path / "ontology")
    for folder in ("shapes", "data/mappings", "data/questions"):
        (tmp_path / folder).mkdir()
    return Assets(tmp_path)
