"""Writes the tables of a release: quads as Parquet, and facts with their evidence as Parquet and as TSV.

Rows stand in the order of their spelling in N-Quads, so the same quads give the same bytes, however many threads write
them. Like compressed dumps, Parquet depends on the version of the library that writes it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from nosograph.build.columns import QuadColumns
from nosograph.build.dumps.table_columns import make_fact_rows, quad_columns, selected
from nosograph.build.dumps.writing import DumpWriter
from nosograph.progress import Progress
from nosograph.rdf.columns import quoted
from nosograph.rdf.formats import TSV
from nosograph.release.digests import digest_file
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import FACTS_PARQUET, FACTS_TSV, QUADS_PARQUET, TableFile
from nosograph.vocabulary.terms import Vocabulary

ROW_GROUP: Final = 122_880
"""Rows that stand together in a Parquet file, which is what a reader takes into memory at least."""

_PARQUET: Final = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
_TSV: Final = "FORMAT csv, HEADER true, DELIMITER '\t', QUOTE '\"', ESCAPE '\"', NULLSTR ''"
_BLOCK: Final = 1 << 18


def write_tables(
    columns: QuadColumns,
    vocabulary: Vocabulary,
    folder: Path,
    work: Path,
    progress: Progress,
    *,
    plain: bool = True,
) -> list[ReleaseFile]:
    """Write every table, and return the files.

    Args:
        columns: the quads of the release.
        vocabulary: their vocabulary.
        folder: takes the files.
        work: takes what is only needed meanwhile.
        progress: called with a step's name, how much of it is done, and how much there is.
        plain: whether the text table is written plain as well, and not compressed alone.
    """
    progress(f"write {QUADS_PARQUET.name()}", 0, 0)
    quads = f"SELECT {selected(quad_columns())} FROM quads ORDER BY s, p, o, g"
    files = [_write_parquet(columns, quads, folder, QUADS_PARQUET)]
    progress(f"write {FACTS_PARQUET.name()}", 0, 0)
    columns.run(f"CREATE TEMP TABLE fact_rows AS {make_fact_rows(columns, vocabulary)}")
    rows = "SELECT * FROM fact_rows ORDER BY fact, evidence"
    files.append(_write_parquet(columns, rows, folder, FACTS_PARQUET))
    written = work / "facts.rows"
    columns.run(f"COPY ({rows}) TO {quoted(str(written))} ({_TSV})")
    with DumpWriter(folder, FACTS_TSV.name(), TSV.media_type, plain=plain) as writer, written.open("rb") as stream:
        while block := stream.read(_BLOCK):
            writer.write(block)
    written.unlink()
    return [*files, *writer.files()]


def _write_parquet(columns: QuadColumns, rows: str, folder: Path, table: TableFile) -> ReleaseFile:
    path = folder / table.name()
    columns.run(f"COPY ({rows}) TO {quoted(str(path))} ({_PARQUET})")
    return ReleaseFile(table.name(), path.stat().st_size, digest_file(path), table.format.media_type)
