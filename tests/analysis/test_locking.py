"""The opened analysis file reads nothing else, writes nothing, and keeps its settings and its bound of memory."""

from __future__ import annotations

import io
from pathlib import Path

import duckdb
import pytest
from awkward_data import awkward_quads
from engines import analysis_of

from nosograph.analysis.database import AnalysisDatabase, open_locked
from nosograph.rdf.formats import SPARQL_CSV


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an analysis file."""
    folder = tmp_path_factory.mktemp("locked")
    analysis_of(awkward_quads(), folder).close()
    return folder / "data.duckdb"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_text('/etc/hostname')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "COPY terms TO '{folder}/out.csv'",
        "COPY (SELECT 1) TO '/dev/stdout'",
        "EXPORT DATABASE '{folder}/out'",
        "ATTACH '{folder}/other.duckdb' AS other",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM read_parquet('https://example.org/x.parquet')",
        "INSERT INTO terms SELECT * FROM terms",
        "CREATE TABLE mine (a INTEGER)",
        "DROP TABLE terms",
        "SET memory_limit = '8GB'",
        "SET threads = 8",
        "SET enable_external_access = true",
        "SET temp_directory = '{folder}'",
        "SET lock_configuration = false",
        "RESET memory_limit",
        "PRAGMA memory_limit = '8GB'",
        "CREATE PERSISTENT SECRET s (TYPE s3)",
        "SELECT * FROM some_name_of_python",
    ],
)
def test_what_is_not_reading_the_file_is_refused(path: Path, tmp_path: Path, statement: str) -> None:
    """No statement leads out of the file, changes it, or changes a setting."""
    some_name_of_python = [1, 2]
    database = open_locked(path, 128)

    with pytest.raises(duckdb.Error):
        database.execute(statement.format(folder=tmp_path)).fetchall()

    assert list(tmp_path.iterdir()) == []
    assert some_name_of_python == [1, 2]


def test_the_settings_are_the_bounds(path: Path) -> None:
    """Memory, threads and the temporary folder are what was asked for, not what the machine has."""
    database = open_locked(path, 128)

    settings = dict(
        database.execute(
            "SELECT name, value FROM duckdb_settings() WHERE name IN ('memory_limit', 'threads')"
        ).fetchall()
    )

    assert settings == {"memory_limit": "128.0 MiB", "threads": "1"}


def test_a_query_that_needs_too_much_memory_ends_with_that(tmp_path: Path) -> None:
    """A sort larger than the bound is an error of memory: nothing is written to disk instead."""
    analysis_of(awkward_quads(), tmp_path).close()
    database = AnalysisDatabase.open(tmp_path / "data.duckdb", memory=8)
    query = "SELECT DISTINCT ?a ?b ?c ?d { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z . ?d ?s ?v } ORDER BY ?d ?c ?b ?a"

    with pytest.raises(MemoryError):
        database.answer(query, SPARQL_CSV, io.BytesIO())

    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.duckdb", "data.nq"]


def test_a_file_that_is_none_is_said(tmp_path: Path) -> None:
    """A damaged or missing file is an error of reading, with its reason."""
    damaged = tmp_path / "damaged.duckdb"
    damaged.write_bytes(b"no database" * 1000)

    for path in (damaged, tmp_path / "missing.duckdb"):
        with pytest.raises(OSError, match="analysis file"):
            AnalysisDatabase.open(path)
