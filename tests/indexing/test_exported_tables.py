"""The tables of a release as Parquet: whole or not there, checked when opened, and the same whenever written."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from damage import flip

from nosograph.analysis.catalogue import StoredCatalogue
from nosograph.analysis.database import AnalysisDatabase
from nosograph.analysis.parquet import PARQUET_TABLES, open_parquet
from nosograph.errors import ReleaseError
from nosograph.indexing.tables import ExportedTables, export_tables, open_tables
from nosograph.progress import quiet
from nosograph.release.names import CANONICAL_DUMP
from nosograph.release.opening import Release


@pytest.fixture(scope="module")
def exported(published: Release, tmp_path_factory: pytest.TempPathFactory) -> ExportedTables:
    """Return the tables of the curated release."""
    return export_tables(published, tmp_path_factory.mktemp("tables"), quiet)


@pytest.fixture
def copied(exported: ExportedTables, tmp_path: Path) -> Path:
    """Return a copy of their folder."""
    return Path(shutil.copytree(exported.folder, tmp_path / "copied"))


def test_tables_name_their_release_and_hold_its_rows(exported: ExportedTables, published: Release) -> None:
    """What is written is what the analysis file holds, sorted as it is said, with the release's digest."""
    counts = published.manifest.counts

    assert (exported.release, exported.folder.name) == (published.version, published.version)
    assert exported.quads_sha256 == published.manifest.files[CANONICAL_DUMP].sha256
    assert (exported.rows("quads"), exported.rows("triples")) == (counts.quads, counts.triples)
    assert exported.base.prefixes() == published.base.prefixes()
    with duckdb.connect() as database:
        for name, table in PARQUET_TABLES.items():
            path = exported.folder / f"{name}.parquet"
            rows = database.execute(f"SELECT {', '.join(table.order)} FROM '{path}'").fetchall()
            assert len(rows) == exported.rows(name)
            assert rows == sorted(rows), name


def test_the_catalogue_is_that_of_the_analysis_file(exported: ExportedTables, published: Release) -> None:
    """A translation over the tables rests on the same: types, closures, letters, and the numbers of terms."""
    file = AnalysisDatabase.open(published.analysis_database)
    tables = StoredCatalogue(open_parquet(exported.folder))
    some = list(range(1, exported.rows("terms"), 97))

    assert tables.profile == file.profile and tables.closed == file.closed and tables.type_numbers == file.type_numbers
    assert (tables.nodes, tables.lower_differs, tables.upper_differs) == (
        file.nodes,
        file.lower_differs,
        file.upper_differs,
    )
    terms = dict(tables.terms(some))
    assert terms == dict(file.terms(some)) and len(terms) == len(some)
    assert all(tables.find(term) == number for number, term in list(terms.items())[:20])
    file.close()


def test_tables_are_the_same_whenever_they_are_written(
    exported: ExportedTables, published: Release, tmp_path: Path
) -> None:
    """Two exports have the same bytes, and a second one into the same folder keeps what is there."""
    again = export_tables(published, tmp_path, quiet)
    before = {path.name: path.stat().st_mtime_ns for path in again.folder.iterdir()}

    kept = export_tables(published, tmp_path, quiet)

    assert again.files == exported.files
    assert kept.files == again.files
    assert {path.name: path.stat().st_mtime_ns for path in kept.folder.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {".lock", published.version}


def test_nothing_half_written_is_left(published: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that fails leaves no folder, and what a dead one left is swept by the next."""
    (tmp_path / ".writing-dead").mkdir()

    def full(*_: object, **__: object) -> dict[str, int]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nosograph.indexing.tables.write_parquet", full)
    with pytest.raises(ReleaseError, match="No space left on device"):
        export_tables(published, tmp_path, quiet)

    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize("name", ["terms.parquet", "types.parquet", "ontology.ttl"])
def test_damage_is_found_when_tables_are_opened(copied: Path, name: str) -> None:
    """A byte that changed, a file that was cut and one that is missing are told with the file's name."""
    flip(copied / name)
    with pytest.raises(ReleaseError, match=f"{name}: The tables are damaged: the SHA-256"):
        open_tables(copied)

    (copied / name).write_bytes(b"")
    with pytest.raises(ReleaseError, match=f"{name}: The tables are damaged: this file has 0 bytes"):
        open_tables(copied)

    (copied / name).unlink()
    with pytest.raises(ReleaseError, match=f"{name}: The tables are not whole"):
        open_tables(copied)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ('{"format": 1}', "is damaged"),
        ('{"format": 99}', "have format 99"),
    ],
)
def test_a_description_that_is_none_is_told(copied: Path, content: str, message: str) -> None:
    """Tables of another format are not read, and what cannot be read is no table."""
    (copied / "tables.json").write_text(content)

    with pytest.raises(ReleaseError, match=message) as caught:
        open_tables(copied)
    assert "nosograph export" in caught.value.hint


def test_a_description_without_a_table_is_told(copied: Path) -> None:
    """Every table is needed."""
    content = json.loads((copied / "tables.json").read_text())
    del content["files"]["closures.parquet"]
    (copied / "tables.json").write_text(json.dumps(content))

    with pytest.raises(ReleaseError, match=r"closures\.parquet is not among them"):
        open_tables(copied)


def test_a_folder_without_tables_is_told(tmp_path: Path) -> None:
    """The hint says how tables are made."""
    with pytest.raises(ReleaseError, match="There are no tables") as caught:
        open_tables(tmp_path)
    assert "nosograph export" in caught.value.hint


def test_tables_of_another_release_are_not_replaced(published: Release, copied: Path, tmp_path: Path) -> None:
    """What stands under the name of a release and is of other data is somebody's, and is left alone."""
    content = json.loads((copied / "tables.json").read_text())
    content["quads_sha256"] = "0" * 64
    (copied / "tables.json").write_text(json.dumps(content))
    copied.rename(tmp_path / published.version)

    with pytest.raises(ReleaseError, match="tables of another release"):
        export_tables(published, tmp_path, quiet)
