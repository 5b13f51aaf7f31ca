r"""N-Quads as columns of a database: the SQL by which DuckDB reads the lines of a file and the values of literals.

A line of canonical N-Quads has one space between its parts, and no space in an IRI, so it is split at its spaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb

from nosograph.errors import Location, ReleaseError

LONGEST_LINE: Final = 8 * 1024 * 1024
"""Bytes of the longest line that is read."""

_ESCAPES: Final = {'"': '"', "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_CONTROLS: Final = (*range(1, 0x20), 0x7F)


def open_database(path: Path, settings: Mapping[str, Any], *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Return a database; its engine prints no progress bar, which it writes to standard output by default.

    Raises:
        duckdb.IOException: the file cannot be opened.
    """
    database = duckdb.connect(str(path), read_only=read_only, config=dict(settings))
    database.execute("SET enable_progress_bar = false")
    return database


@contextmanager
def writing_database() -> Iterator[None]:
    """Run what writes a database, and raise what the engine says of a file that cannot be written as the system would.

    On a disk that is full the engine speaks of input and output, of a transaction or of a fatal error, as it happens.

    Raises:
        OSError: a file cannot be written.
    """
    try:
        yield
    except (duckdb.OperationalError, duckdb.FatalException) as error:
        raise OSError(str(error)) from error


@contextmanager
def reading_quads(path: Path) -> Iterator[None]:
    """Run what reads a file by ``select_quads``, and raise its error about a line as one of the release.

    Raises:
        ReleaseError: a line is no quad of canonical N-Quads in a named graph.
    """
    try:
        yield
    except duckdb.InvalidInputException as error:
        raise ReleaseError(
            f"A line is no quad of canonical N-Quads in a named graph: {str(error)[:300]}",
            location=Location(str(path)),
            hint="Build the release again.",
        ) from error


def select_quads(path: Path) -> str:
    """Return the SQL that reads a file of canonical N-Quads: columns s, p, o and g, each term as the line spells it.

    A line that is no such quad, or that is in no named graph, is an error of the engine that names the line.
    """
    return f"""
        SELECT part[1] AS s, part[2] AS p, part[-2] AS g, CASE
            WHEN NOT (part[1][1] IN ('<', '_') AND part[2][1] = '<' AND part[-2][1] = '<' AND part[-1] = '.'
                AND len(part) >= 5 AND (part[3][1] = '"' OR len(part) = 5 AND part[3][1] IN ('<', '_')))
                THEN error(array_to_string(part, ' '))
            WHEN len(part) = 5 THEN part[3]
            ELSE array_to_string(part[3:-3], ' ') END AS o
        FROM (SELECT string_split(line, ' ') AS part
            FROM read_csv({quoted(str(path))}, header = false, delim = '\x01', quote = '', escape = '', comment = '',
                columns = {{'line': 'VARCHAR'}}, auto_detect = false, max_line_size = {LONGEST_LINE}, new_line = '\\n'))
    """


def lexical(column: str) -> str:
    """Return the SQL of what stands between the quotation marks of a literal that N-Quads spell, or an empty text."""
    return rf"""regexp_extract({column}, '^"(.*)"(?:@[A-Za-z0-9-]+|\^\^<[^>]*>)?$', 1, 's')"""


def language(column: str) -> str:
    """Return the SQL of the language tag of a literal, or NULL."""
    return rf"""nullif(regexp_extract({column}, '"@([A-Za-z0-9-]+)$', 1), '')"""


def datatype(column: str) -> str:
    """Return the SQL of the datatype that a literal is spelled with, or NULL."""
    return rf"""nullif(regexp_extract({column}, '"\^\^<([^>]*)>$', 1), '')"""


def unescaped(column: str) -> str:
    """Return the SQL of a lexical form without the escapes of N-Quads; what escaped backslashes part is one by one."""
    plain = "part"
    for letter, character in _ESCAPES.items():
        plain = f"replace({plain}, '\\{letter}', chr({ord(character)}))"
    controls = plain
    for code in _CONTROLS:
        controls = f"replace({controls}, '\\u{code:04X}', chr({code}))"
    part = f"CASE WHEN contains(part, '\\u') THEN {controls} ELSE {plain} END"
    undone = f"array_to_string(list_transform(string_split({column}, '\\\\'), lambda part: {part}), '\\')"
    return f"CASE WHEN contains({column}, '\\') THEN {undone} ELSE {column} END"


def spelled(iri: str) -> str:
    """Return an IRI as SQL writes it, in the spelling of the columns."""
    return quoted(f"<{iri}>")


def listed(names: Iterable[str]) -> str:
    """Return IRIs as SQL lists them, in the spelling of the columns."""
    return ", ".join(map(spelled, names)) or "''"


def quoted(text: str) -> str:
    """Return a text that is no input of a query as SQL spells it."""
    return "'" + text.replace("'", "''") + "'"
