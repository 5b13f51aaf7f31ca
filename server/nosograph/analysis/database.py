"""Opens the analysis file of a release, locked, and answers from it what is translated."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

import duckdb

from nosograph.analysis.answers import write_boolean, write_solutions, write_triples
from nosograph.analysis.catalogue import StoredCatalogue
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.parsing import NO_PREFIXES
from nosograph.analysis.translating import WHOLE, GraphChoice, Plan, translate
from nosograph.rdf.columns import open_database
from nosograph.rdf.formats import Format
from nosograph.sparql.form import QueryForm

MEMORY: Final = 512
"""Mebibytes that the engine may use by default; its own default is most of the machine."""

PLANS: Final = 500
"""Translations that are kept: to parse a text takes longer than to evaluate most."""

ROWS: Final = 20_000
"""Rows that are taken from the engine at once."""


class AnalysisDatabase(StoredCatalogue):
    """The analysis file of one release, opened to read; answers one query at a time.

    Args:
        path: the file.
        prefixes: prefixes that RDF results are written with, and that a query need not declare.
        memory: mebibytes that the engine may use.
    """

    def __init__(self, path: Path, prefixes: Mapping[str, str] = NO_PREFIXES, memory: int = MEMORY) -> None:
        self._prefixes = prefixes
        self._database = open_locked(path, memory)
        self._plans: OrderedDict[tuple[str, str, GraphChoice], Plan | NotTranslated] = OrderedDict()
        super().__init__(self._database.cursor())

    @classmethod
    def open(cls, path: Path, prefixes: Mapping[str, str] = NO_PREFIXES, memory: int = MEMORY) -> AnalysisDatabase:
        """Return the file at a path, opened.

        Raises:
            OSError: it cannot be read.
        """
        try:
            return cls(path, prefixes, memory)
        except duckdb.Error as error:
            raise OSError(f"the analysis file cannot be read: {error}") from error

    def close(self) -> None:
        """Let go of the file; may be called twice."""
        self._lookup.close()
        self._database.close()

    def interrupt(self) -> None:
        """Stop what runs; may be called from another thread."""
        self._database.interrupt()

    def plan(self, text: str, base: str = "", dataset: GraphChoice = WHOLE) -> Plan:
        """Return a query as SQL; translations are kept by text, and so is that a text has none.

        Raises:
            NotTranslated: the store has to answer it.
        """
        key = (text, base, dataset)
        found = self._plans.pop(key, None)
        if found is None:
            try:
                found = translate(self, text, base, dataset, self._prefixes)
            except NotTranslated as error:
                found = NotTranslated(error.reason)
        self._plans[key] = found
        if len(self._plans) > PLANS:
            self._plans.popitem(last=False)
        if isinstance(found, NotTranslated):
            raise NotTranslated(found.reason)
        return found

    def answer(
        self, text: str, format: Format, output: IO[bytes], base: str = "", dataset: GraphChoice = WHOLE
    ) -> None:
        """Write the answer to a query in a format.

        Args:
            text: the query.
            format: a format for its form.
            output: takes the answer as it is written; what it raises ends the answer.
            base: IRI against which relative IRIs are resolved; empty for none.
            dataset: the graphs that the request names.

        Raises:
            NotTranslated: the store has to answer it; nothing is written.
            MemoryError: it needs more memory than the engine may use.
            InterruptedError: ``interrupt`` stopped it.
            OSError: the file is damaged.
        """
        self.write(self.plan(text, base, dataset), format, output)

    def write(self, plan: Plan, format: Format, output: IO[bytes]) -> None:
        """Write the answer to a query that was translated; raises what ``answer`` raises."""
        try:
            self._database.execute(plan.sql, dict(plan.parameters))
            if plan.form is QueryForm.ASK:
                row = self._database.fetchone()
                assert row is not None
                write_boolean(bool(row[0]), format, output)
            elif plan.form is QueryForm.CONSTRUCT:
                write_triples(plan, self._rows(), self, format, output, self._prefixes)
            else:
                write_solutions(plan, self._rows(), self, format, output)
        except duckdb.OutOfMemoryException as error:
            raise MemoryError(str(error)) from error
        except duckdb.InterruptException as error:
            raise InterruptedError("the query was stopped") from error
        except (duckdb.ParserException, duckdb.BinderException) as error:  # raised before anything is evaluated
            raise NotTranslated(_refusal(error)) from error
        except duckdb.OutOfRangeException as error:
            raise NotTranslated("numbers beyond what is calculated with here") from error
        except (duckdb.IOException, duckdb.FatalException) as error:
            raise OSError(f"the analysis file cannot be read: {error}") from error

    def _rows(self) -> Iterator[list[tuple[object, ...]]]:
        while rows := self._database.fetchmany(ROWS):
            yield rows


def _refusal(error: duckdb.Error) -> str:
    """Return why the engine refuses a statement before it evaluates anything."""
    said = str(error).partition("\n")[0]
    return "a query that is nested too deeply" if "expression depth" in said else f"what the engine refuses: {said}"


def _settings(memory: int) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": f"{memory}MiB",
        "threads": "1",
        "async_threads": "0",
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "allow_persistent_secrets": "false",
        "python_enable_replacements": "false",
        "temp_directory": "",
        "max_temp_directory_size": "0KiB",
    }


def open_locked(path: Path, memory: int) -> duckdb.DuckDBPyConnection:
    """Return a file opened to be read and nothing else: no other file, no network, no setting can be reached.

    Args:
        path: the file.
        memory: mebibytes that the engine may use; what does not fit is an error, never a temporary file.
    """
    database = open_database(path, _settings(memory), read_only=True)
    database.execute("SET lock_configuration = true")
    return database
