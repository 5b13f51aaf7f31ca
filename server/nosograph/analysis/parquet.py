"""The tables of an analysis file as Parquet, for engines that read it from one machine or from many.

The columns are those of the file but for two types: numbers of terms are BIGINT, and what is ``SCALE`` times a decimal
is DECIMAL(38, 0), because Parquet has no whole number that large. ``by_subject`` is left out: it is ``triples`` again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb

from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress
from nosograph.rdf.columns import open_database, quoted, writing_database

MEMORY: Final = 1024
"""Mebibytes that the engine may use while it writes; beyond it, it sorts on disk."""

ROW_GROUP: Final = 524_288
"""Rows of a row group: what a reader skips, or reads, as a whole."""

FOLDED: Final = r"[\x{17F}\x{212A}]"
"""Regular expression (RE2) of the letters beyond ASCII that are the other case of an ASCII letter."""


@dataclass(frozen=True)
class ParquetTable:
    """A table as it is written.

    Attributes:
        columns: column → its SQL over the table of the analysis file.
        order: columns that its rows are sorted by.
    """

    columns: Mapping[str, str]
    order: tuple[str, ...]


def _numbers(*names: str) -> dict[str, str]:
    return {name: f"{name}::BIGINT" for name in names}


def _plain(*names: str) -> dict[str, str]:
    return {name: f'"{name}"' for name in names}


PARQUET_TABLES: Final[Mapping[str, ParquetTable]] = {
    "terms": ParquetTable(
        _numbers("id") | _plain("type", "value", "language", "whole") | {"scaled": "scaled::DECIMAL(38, 0)"}
        | _plain("real"),
        ("id",),
    ),
    "triples": ParquetTable(_numbers("p", "o", "s"), ("p", "o", "s")),
    "quads": ParquetTable(_numbers("g", "p", "o", "s"), ("g", "p", "o", "s")),
    "closures": ParquetTable(_numbers("p", "o", "s"), ("p", "o", "s")),
    "closed": ParquetTable(_numbers("p", "pairs"), ("p",)),
    "types": ParquetTable(_plain("type", "name", "datatype"), ("type",)),
    "profile": ParquetTable(_numbers("p") | _plain("type", "number"), ("p", "type")),
    "signposts": ParquetTable(_numbers("id") | _plain("name", "value"), ("id",)),
    "facts": ParquetTable(
        _plain("nodes", "lower_differs", "upper_differs")
        | {"ascii_folded": f"coalesce((SELECT bool_or(regexp_matches(value, '{FOLDED}')) FROM terms), false)"},
        ("nodes",),
    ),
}  # fmt: skip
"""Table → how it is written. ``facts`` also says whether a term has one of the letters ``FOLDED``."""


def parquet_name(table: str) -> str:
    """Return the name of a table's file."""
    return f"{table}.parquet"


def write_parquet(file: Path, folder: Path, progress: Progress, *, memory: int = MEMORY) -> dict[str, int]:
    """Write the tables of an analysis file into a folder, and return how many rows each has.

    Args:
        file: the analysis file.
        folder: takes the tables, and meanwhile what does not fit memory.
        progress: called with a step's name, how much of it is done, and how much there is.
        memory: mebibytes that the engine may use.

    Raises:
        OSError: the file cannot be read, or a table cannot be written.
    """
    scratch = folder / "scratch"
    settings: dict[str, Any] = {"memory_limit": f"{memory}MiB", "temp_directory": str(scratch)}
    rows = {}
    with writing_database(), closing(open_database(file, settings, read_only=True)) as database:
        for number, (name, table) in enumerate(PARQUET_TABLES.items()):
            progress("write tables", number, len(PARQUET_TABLES))
            selected = ", ".join(f'{sql} AS "{column}"' for column, sql in table.columns.items())
            order = ", ".join(table.order)
            target = quoted(str(folder / parquet_name(name)))
            written = database.execute(
                f"COPY (SELECT {selected} FROM {name} ORDER BY {order}) TO {target} "
                f"(FORMAT parquet, PARQUET_VERSION V2, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
            ).fetchone()
            assert written is not None
            rows[name] = int(written[0])
    progress("write tables", len(PARQUET_TABLES), len(PARQUET_TABLES))
    return rows


@contextmanager
def reading_parquet(folder: Path) -> Iterator[None]:
    """Raise what the engine says of tables that it cannot read as an error of the folder.

    Raises:
        ReleaseError: a table cannot be read.
    """
    try:
        yield
    except duckdb.Error as error:
        raise ReleaseError(
            f"The tables cannot be read: {str(error).partition(chr(10))[0]}",
            location=Location(str(folder)),
            hint="Write them again with `nosograph export`.",
        ) from error


def open_parquet(folder: Path, memory: int = MEMORY) -> duckdb.DuckDBPyConnection:
    """Return a connection that sees the tables of a folder under the names of the analysis file, and nothing else.

    Raises:
        ReleaseError: a table cannot be read.
    """
    settings = {"memory_limit": f"{memory}MiB", "autoinstall_known_extensions": "false", "temp_directory": ""}
    database = open_database(Path(":memory:"), settings)
    with reading_parquet(folder):
        for name in PARQUET_TABLES:
            path = quoted(str((folder / parquet_name(name)).resolve()))
            database.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet({path})")
        database.execute("CREATE VIEW by_subject AS SELECT s, p, o FROM triples")
        database.execute(f"SET allowed_directories = [{quoted(str(folder.resolve()))}]")
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
    return database
