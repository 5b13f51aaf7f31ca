"""Both engines over awkward data, and over a release of the curated graph."""

from __future__ import annotations

import pyoxigraph
import pytest
from awkward_data import awkward_quads
from engines import Engines, analysis_of, store_of

from nosograph.analysis.database import AnalysisDatabase
from nosograph.release.opening import Release


@pytest.fixture(scope="session")
def awkward(tmp_path_factory: pytest.TempPathFactory) -> Engines:
    """Return both engines over quads with the terms that engines may take differently."""
    quads = awkward_quads()
    return Engines(store_of(quads), analysis_of(quads, tmp_path_factory.mktemp("awkward")))


@pytest.fixture(scope="session")
def curated(release: Release) -> Engines:
    """Return both engines over the curated release, as it was built."""
    database = AnalysisDatabase.open(release.analysis_database, release.base.prefixes())
    return Engines(pyoxigraph.Store.read_only(str(release.store_folder)), database)
