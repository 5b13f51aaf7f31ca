"""Tables of awkward data, and stores over them whose Spark is a fake."""

from __future__ import annotations

import pytest
from awkward_data import awkward_quads
from engines import Engines, analysis_of, store_of
from spark_engine import tables_of

from nosograph.indexing.tables import ExportedTables


@pytest.fixture(scope="session")
def awkward_folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Engines, ExportedTables]:
    """Return both engines over awkward data, and the tables of the same data."""
    folder = tmp_path_factory.mktemp("awkward-tables")
    quads = awkward_quads()
    analysis = analysis_of(quads, folder)
    return Engines(store_of(quads), analysis), tables_of(folder / "data.duckdb", folder / "tables")


@pytest.fixture(scope="session")
def awkward(awkward_folder: tuple[Engines, ExportedTables]) -> Engines:
    """Return both engines over awkward data."""
    return awkward_folder[0]


@pytest.fixture(scope="session")
def tables(awkward_folder: tuple[Engines, ExportedTables]) -> ExportedTables:
    """Return the tables of awkward data."""
    return awkward_folder[1]
