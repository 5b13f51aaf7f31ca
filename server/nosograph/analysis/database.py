"""Opens the analysis file of a release, locked, and answers from it what is translated."""

from __future__ import annotations

import bisect
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final

import duckdb

from nosograph.analysis.answers import write_boolean, write_solutions, write_triples
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.parsing import NO_PREFIXES
from nosograph.analysis.translating import WHOLE, GraphChoice, Plan, translate
from nosograph.analysis.translation import StoredTerm
from nosograph.analysis.types import Type
from nosograph.rdf.columns import open_database
from nosograph.rdf.formats import Format
from nosograph.sparql.form import QueryForm

MEMORY: Final = 512
"""Mebibytes that the engine may use by default; its own default is most of the machine."""

PLANS: Final = 500
"""Translations that are kept: to parse a text takes longer than to evaluate most."""

ROWS: Final = 20_000
"""Rows that are taken from the engine at once."""


class AnalysisDatabase:
    """The analysis file of one release, opened to read; answers one query at a time.

    Args:
        path: the file.
        prefixes: prefixes that RDF results are written with, and that a query need not declare.
        memory: mebibytes that the engine may use.
    """

    def __init__(self, path: Path, prefixes: Mapping[str, str] = NO_PREFIXES, memory: int = MEMORY) -> None:
        self._prefixes = prefixes
        self._database = open_locked(path, memory)
        self._lookup = self._database.cursor()
        self._plans: OrderedDict[tuple[str, str, GraphChoice], Plan | NotTranslated] = OrderedDict()
        self._read_catalogue()

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
            except RecursionError:
                found = NotTranslated("a query that is nested too deeply")
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

    def terms(self, numbers: list[int]) -> Iterator[tuple[int, StoredTerm]]:
        """Return terms of the file by their numbers."""
        rows = self._lookup.execute(
            "SELECT id, type, value, language FROM (SELECT unnest($1::INTEGER[]) AS n) JOIN terms ON id = n", [numbers]
        ).fetchall()
        for number, kind, value, language in rows:
            type_, datatype = self._types[kind]
            yield number, StoredTerm(type_, value, language, datatype)

    def find(self, term: StoredTerm) -> int | None:
        """Return the number of a term, or None where the file does not hold it."""
        key = (_rank(term.type), term.value)
        first = max(bisect.bisect_left(self._signposts, key) - 1, 0)
        last = bisect.bisect_right(self._signposts, key)
        start = self._signpost_numbers[first] if self._signposts else 0
        end = self._signpost_numbers[last] if last < len(self._signposts) else 2**31 - 1
        rows = self._lookup.execute(
            "SELECT id, type, language FROM terms WHERE id BETWEEN $1 AND $2 AND value = $3", [start, end, term.value]
        ).fetchall()
        for number, kind, language in rows:
            if (*self._types[kind], language) == (term.type, term.datatype, term.language):
                return int(number)
        return None

    @property
    def type_numbers(self) -> Mapping[Type, tuple[int, ...]]:
        """Type → its numbers in the file."""
        return self._type_numbers

    @property
    def profile(self) -> Mapping[int, Mapping[Type, int]]:
        """Number of a predicate → type → how many of its statements have an object of that type."""
        return self._profile

    def objects(self, subject: int, predicate: int | None) -> frozenset[Type]:
        """Return what the objects of a subject are, of all its statements or of those with a predicate."""
        rows = self._lookup.execute(
            "SELECT DISTINCT type FROM by_subject JOIN terms ON terms.id = o WHERE s = $1 AND ($2 IS NULL OR p = $2)",
            [subject, predicate],
        ).fetchall()
        return frozenset(self._types[row[0]][0] for row in rows)

    def share_pair(self, first: tuple[int, bool], second: tuple[int, bool]) -> bool:
        """Return whether two predicates, each forward or backward, connect the same pair of terms somewhere."""
        ends = "a.s = b.s AND a.o = b.o" if first[1] == second[1] else "a.s = b.o AND a.o = b.s"
        found = self._lookup.execute(
            f"SELECT 1 FROM triples a JOIN triples b ON {ends} WHERE a.p = $1 AND b.p = $2 LIMIT 1",
            [first[0], second[0]],
        ).fetchone()
        return found is not None

    def is_node(self, number: int, table: str) -> bool:
        """Return whether a term is subject or object of a triple in a table."""
        found = self._lookup.execute(f"SELECT 1 FROM {table} WHERE s = $1 OR o = $1 LIMIT 1", [number]).fetchone()
        return found is not None

    @property
    def triples(self) -> int:
        """How many triples the file holds."""
        return sum(sum(kinds.values()) for kinds in self._profile.values())

    @property
    def closed(self) -> frozenset[int]:
        """Numbers of the predicates whose closure the file holds."""
        return self._closed

    @property
    def nodes(self) -> bool:
        """Whether the data have blank nodes."""
        return self._facts[0]

    @property
    def lower_differs(self) -> bool:
        """Whether a term has a character whose lower case SQL and the store do not agree on."""
        return self._facts[1]

    @property
    def upper_differs(self) -> bool:
        """The same for the upper case."""
        return self._facts[2]

    def _rows(self) -> Iterator[list[tuple[object, ...]]]:
        while rows := self._database.fetchmany(ROWS):
            yield rows

    def _read_catalogue(self) -> None:
        ask = self._lookup.execute
        self._types = {
            number: (Type(name), datatype)
            for number, name, datatype in ask("SELECT type, name, datatype FROM types").fetchall()
        }
        numbers: dict[Type, tuple[int, ...]] = {}
        for number, (kind, _) in self._types.items():
            numbers[kind] = (*numbers.get(kind, ()), number)
        self._type_numbers = numbers
        profile: dict[int, dict[Type, int]] = {}
        for predicate, number, count in ask("SELECT p, type, number FROM profile").fetchall():
            kinds = profile.setdefault(predicate, {})
            kind = self._types[number][0]
            kinds[kind] = kinds.get(kind, 0) + count
        self._profile = profile
        self._closed = frozenset(row[0] for row in ask("SELECT p FROM closed").fetchall())
        facts = ask("SELECT nodes, lower_differs, upper_differs FROM facts").fetchone()
        assert facts is not None
        self._facts: tuple[bool, bool, bool] = facts
        signposts = ask("SELECT id, name, value FROM signposts ORDER BY id").fetchall()
        self._signposts = [(_rank(Type(name)), value) for _, name, value in signposts]
        self._signpost_numbers = [number for number, _, _ in signposts]


def _refusal(error: duckdb.Error) -> str:
    """Return why the engine refuses a statement before it evaluates anything."""
    said = str(error).partition("\n")[0]
    return "a query that is nested too deeply" if "expression depth" in said else f"what the engine refuses: {said}"


def _rank(kind: Type) -> int:
    """Return where the terms of a type stand among all: nodes, IRIs, literals."""
    return {Type.NODE: 0, Type.IRI: 1}.get(kind, 2)


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
