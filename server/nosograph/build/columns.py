"""The quads of a release as columns of terms, in a database for as long as the build lasts.

They are read once, and then counted and written as tables. The engine keeps on disk what its memory does not hold, so
memory does not grow with the quads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from nosograph.rdf.columns import open_database, reading_quads, select_quads, writing_database

MEMORY: Final = 1024
"""Mebibytes that the engine may use; its own default is most of the machine."""

_ROWS: Final = 20_000


class QuadColumns:
    """A table ``quads`` with the columns ``s``, ``p``, ``o`` and ``g``, each term as N-Quads spells it.

    Args:
        database: where the table is.
    """

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        self.run("CREATE TABLE quads (s VARCHAR, p VARCHAR, o VARCHAR, g VARCHAR)")

    def add(self, path: Path) -> None:
        """Add the lines of a file of canonical N-Quads, which the table does not hold yet.

        Raises:
            ReleaseError: a line is no such quad.
        """
        with reading_quads(path):
            self.run(f"INSERT INTO quads SELECT s, p, o, g FROM ({select_quads(path)})")

    def run(self, sql: str, parameters: list[Any] | None = None) -> None:
        """Run a statement whose result nobody wants."""
        self._database.execute(sql, parameters)

    def rows(self, sql: str, parameters: list[Any] | None = None) -> Iterator[tuple[Any, ...]]:
        """Return the rows of a query, a part at a time; nothing else may be run before the last is taken."""
        self._database.execute(sql, parameters)
        while rows := self._database.fetchmany(_ROWS):
            yield from rows


@contextmanager
def open_columns(folder: Path, *, memory: int = MEMORY, threads: int | None = None) -> Iterator[QuadColumns]:
    """Return an empty table of quads, for as long as the context lasts.

    Args:
        folder: takes the database and what does not fit memory; nothing is left in it in the end.
        memory: mebibytes that the engine may use.
        threads: threads that it may use; by default as many as the machine has processors.

    Raises:
        OSError: the folder cannot take any more.
    """
    path = folder / "columns.duckdb"
    settings: dict[str, Any] = {"memory_limit": f"{memory}MiB", "temp_directory": str(folder / "columns.scratch")}
    if threads is not None:
        settings["threads"] = threads
    try:
        with writing_database(), closing(open_database(path, settings)) as database:
            yield QuadColumns(database)
    finally:
        path.unlink(missing_ok=True)
