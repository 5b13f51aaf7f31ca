"""Asset folders with facts about an invented fever, and the texts of their two sources."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import Desk, copy_leaflets

from nosograph.assets import Assets


@pytest.fixture
def leaflets(assets: Assets, tmp_path: Path) -> Assets:
    """Return asset folders that a test may change; the texts are in ``texts`` beside the data."""
    return copy_leaflets(assets, tmp_path / "leaflets")


@pytest.fixture
def desk(leaflets: Assets, tmp_path: Path) -> Desk:
    """Return a desk with the invented leaflets and an empty table."""
    return Desk(leaflets, tmp_path / "chills.tsv")
