"""Tables that curators fill, from a workbook or files of separated values: rows of cells by their headings.

A table is one file: ``psoriasis.xlsx`` with the sheets facts, resources and sources, or ``psoriasis.tsv`` with the
facts, beside which ``psoriasis.resources.tsv`` and ``psoriasis.sources.tsv`` may stand.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from rapidfuzz import fuzz, process

from nosograph.curation.columns import FACTS, TABLES, CurationColumn, CurationColumns
from nosograph.curation.names import fold_name
from nosograph.curation.workbooks import WorkbookSheet, read_workbook
from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import decode, read_bytes
from nosograph.facts.separated_values import read_rows

WORKBOOK: Final = ".xlsx"
DELIMITERS: Final = {".tsv": "\t", ".csv": ","}
"""Suffix of a file of separated values → what separates them; a CSV file may have semicolons or tabs too."""

LISTS: Final = "lists"
"""The sheet of a template that holds the values to choose from; it is not read."""

_MARKED: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NEUTRALISED: Final = re.compile(r"'+[=+\-@\t\r]")
_ACTIVE: Final = re.compile(r"'*[=+\-@\t\r]")


@dataclass(frozen=True)
class CurationRow:
    """One row: its cells by heading, without the empty ones.

    Attributes:
        table: the file, with the sheet where it has several.
        number: its row in a sheet, or the line of the file on which it begins.
        cells: heading → text.
        formulas: headings of the columns in which it has a formula.
    """

    table: str
    number: int
    cells: Mapping[str, str]
    formulas: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CellProblem:
    """Something that is wrong in a row, or a remark about it.

    Attributes:
        table: the file, with the sheet where it has several.
        row: its row in a sheet, or its line in a file; 0 where it is about the file as a whole.
        column: heading of the column, or nothing where it is about the row as a whole.
        what: what is wrong.
        hint: what to do about it.
    """

    table: str
    row: int
    column: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        """Return where it is, what is wrong and how to correct it, in one line."""
        column = f", column {self.column}" if self.column else ""
        how = f" {self.hint}" if self.hint else ""
        row = f", row {self.row}" if self.row else ""
        return f"{self.table}{row}{column}: {self.what}{how}"

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class CurationInput:
    """The rows of the tables by the name of the table, and the names of sheets that were not read."""

    rows: Mapping[str, tuple[CurationRow, ...]]
    unread: tuple[str, ...] = ()


def read_tables(path: Path, columns: CurationColumns) -> CurationInput:
    """Return the rows of a table.

    Raises:
        InputError: a file cannot be read, or is no table.
        InputErrors: columns are unknown, missing or there twice, or cells are merged.
    """
    suffix = path.suffix.lower()
    if suffix == WORKBOOK:
        return _from_workbook(path, columns)
    if suffix not in DELIMITERS:
        raise InputError(
            f"A table ends in {', '.join((WORKBOOK, *DELIMITERS))}, not in {suffix or 'nothing'}.",
            location=Location(str(path)),
            hint="Save it as an Excel workbook (.xlsx) or as tab-separated text in UTF-8 (.tsv).",
        )
    files = {name: companion(path, name) for name in TABLES}
    return CurationInput(
        {
            name: tuple(_from_text(file, columns.tables[name]))
            for name, file in files.items()
            if name == FACTS or file.exists()
        }
    )


def companion(path: Path, table: str) -> Path:
    """Return the file of separated values that holds a table beside that of the facts."""
    return path if table == FACTS else path.with_name(f"{path.stem}.{table}{path.suffix}")


def neutralise(cell: str) -> str:
    """Return a cell that no spreadsheet program takes for a formula; ``_restore`` gives back what it says."""
    return f"'{cell}" if _ACTIVE.match(cell) else cell


def _restore(cell: str) -> str:
    return cell[1:] if _NEUTRALISED.match(cell) else cell


def _from_workbook(path: Path, columns: CurationColumns) -> CurationInput:
    sheets = list(read_workbook(path))
    named = {sheet.name.strip().casefold(): sheet for sheet in sheets}
    if FACTS not in named and len(sheets) == 1:
        named = {FACTS: sheets[0]}
    if not set(named) & set(TABLES):
        raise InputError(
            f"The workbook has no sheet named {FACTS}.",
            location=Location(path.name),
            hint=f"Its sheets are: {', '.join(sheet.name for sheet in sheets)}. Rename the one with the facts.",
        )
    rows = {name: tuple(_from_sheet(named[name], path.name, columns.tables[name])) for name in TABLES if name in named}
    unread = tuple(sheet.name for key, sheet in named.items() if key not in TABLES and key != LISTS)
    return CurationInput(rows, unread)


def _from_sheet(sheet: WorkbookSheet, file: str, columns: Sequence[CurationColumn]) -> Iterator[CurationRow]:
    table = f"{file}, sheet {sheet.name}"
    for first, last, left, right in sheet.merged:
        raise InputError(
            f"The cells in rows {first} to {last}, columns {left} to {right} are merged, and only one has a value.",
            location=Location(table, first, left),
            hint="Undo the merging and write the value in each cell that has it.",
        )
    start = next((number for number, row in enumerate(sheet.rows) if any(cell.strip() for cell in row)), 0)
    header = _read_header(sheet.rows[start], columns, Location(table, start + 1))
    for number, cells in enumerate(sheet.rows[start + 1 :], start + 2):
        formulas = frozenset(
            heading for index, heading in header.items() if sheet.formulas and (number, index + 1) in sheet.formulas
        )
        filled = _filled(cells, header)
        if filled or formulas:
            yield CurationRow(table, number, filled, formulas)


def _from_text(path: Path, columns: Sequence[CurationColumn]) -> Iterator[CurationRow]:
    text = _read_marked(path)
    delimiter = _delimiter(path, text)
    rows = read_rows(text, path.name, delimiter=delimiter)
    first = next((row for row in rows if any(cell.strip() for cell in row.cells)), None)
    if first is None:
        raise InputError(
            "The table is empty.",
            location=Location(path.name, 1),
            hint="Its first row has the headings; 'nosograph curate --template FILE' writes them.",
        )
    header = _read_header(first.cells, columns, first.location)
    for row in rows:
        beyond = [number for number, cell in enumerate(row.cells) if cell.strip() and number not in header]
        if beyond:
            raise InputError(
                f"The row has {len(row.cells)} cells, and the table {len(header)} columns.",
                location=row.location,
                hint="Enclose a cell that holds the separator in quotation marks.",
            )
        filled = _filled(row.cells, header)
        if filled:
            yield CurationRow(path.name, row.location.line or 0, filled)


def _filled(cells: Sequence[str], header: Mapping[int, str]) -> dict[str, str]:
    return {
        heading: _restore(cells[index])
        for index, heading in header.items()
        if index < len(cells) and cells[index].strip()
    }


def _read_marked(path: Path) -> str:
    """Return the text of a file in UTF-8, or in the encoding that its first bytes announce, as Excel writes them."""
    content = read_bytes(path, path.name)
    for mark, encoding in _MARKED:
        if content.startswith(mark) and not content.startswith(codecs.BOM_UTF32_LE):
            try:
                return content[len(mark) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise InputError(
                    f"The file begins as {encoding.upper()} and is not: {error.reason} at byte {error.start}.",
                    location=Location(path.name),
                    hint="Save it as UTF-8, or as an Excel workbook (.xlsx).",
                ) from error
    try:
        return decode(content, path.name)
    except InputError as error:
        raise InputError(
            error.what,
            location=error.location,
            hint="In a spreadsheet program, save it as 'CSV UTF-8' or as an Excel workbook (.xlsx).",
        ) from error


def _delimiter(path: Path, text: str) -> str:
    """Return what separates the cells of the first row: programs write commas, semicolons or tabs into CSV files."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    usual = DELIMITERS[path.suffix.lower()]
    return max((usual, "\t", ";", ","), key=first.count) if first.count(usual) == 0 else usual


def _read_header(cells: Sequence[str], columns: Sequence[CurationColumn], location: Location) -> dict[int, str]:
    """Return the heading of each column by its number, from 0; columns without a heading are left out.

    Raises:
        InputError: a heading is unknown or there twice, or a column that every row needs is missing.
    """
    known = {fold_name(other): column.heading for column in columns for other in column.spellings}
    known |= {fold_name(column.heading): column.heading for column in columns}
    header: dict[int, str] = {}
    for index, cell in enumerate(cells):
        if not cell.strip():
            continue
        heading = known.get(fold_name(cell))
        where = Location(location.file, location.line, index + 1)
        if heading is None:
            found = process.extractOne(fold_name(cell), list(known), scorer=fuzz.ratio, score_cutoff=60)
            raise InputError(
                f"The table has no column {cell.strip()!r}.",
                location=where,
                hint=(f"Did you mean {known[found[0]]!r}? " if found else "")
                + f"Its columns are: {', '.join(column.heading for column in columns)}.",
            )
        if heading in header.values():
            raise InputError(f"The column {heading!r} is there twice.", location=where, hint="Remove one of the two.")
        header[index] = heading
    missing = [column.heading for column in columns if column.required and column.heading not in header.values()]
    if missing:
        raise InputError(
            f"The table has no column {' and no column '.join(map(repr, missing))}.",
            location=location,
            hint="The first row has the headings; 'nosograph curate --template FILE' writes them all.",
        )
    return header
