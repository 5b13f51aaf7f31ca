"""Reads tables of separated values row by row, each with the line on which it begins."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from nosograph.errors import InputError, Location

_QUOTING = "Enclose the whole cell in quotation marks and double those within it, or take the quotation mark out."


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of one row of a table."""

    cells: tuple[str, ...]
    location: Location


def read_rows(text: str, name: str, first_line: int = 1, delimiter: str = "\t") -> Iterator[TableRow]:
    """Return the rows of a table; blank lines are left out.

    Args:
        text: the table.
        name: the file's name in messages.
        first_line: the line of the file on which the text begins.
        delimiter: the character between two cells.

    Raises:
        InputError: a quotation mark does not enclose a whole cell, or a cell is too long; the location is the line on
            which the row begins.
    """
    # With newline="", lines end at CR, LF and CRLF alone; str.splitlines would also cut at U+2028 and others.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        location = Location(name, first_line + reader.line_num)
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise _as_input_error(error, location) from error
        if cells is None:
            return
        if cells:
            yield TableRow(tuple(cells), location)


def _as_input_error(error: csv.Error, location: Location) -> InputError:
    message = str(error)
    if "unexpected end" in message:
        return InputError("A quotation mark opens a cell and is never closed.", location=location, hint=_QUOTING)
    if "expected after" in message:
        return InputError("Text follows the quotation mark that closes a cell.", location=location, hint=_QUOTING)
    return InputError(f"The row cannot be read: {message}.", location=location, hint="Shorten or correct its cells.")
