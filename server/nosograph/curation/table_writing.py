"""Tables are written for curators: filled from the data or empty, with the values to choose from in a workbook."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from nosograph.curation.columns import CLASS, FACTS, RESOURCES, TABLES, CurationColumn, CurationColumns
from nosograph.curation.tables import DELIMITERS, LISTS, WORKBOOK, companion, neutralise
from nosograph.curation.terms import CurationTerms, PropertyTerm
from nosograph.errors import InputError, Location, SettingsError
from nosograph.rdf.names import NOSO

Choices = dict[str, list[str]]
"""Heading of a column of the facts → the values that a workbook offers in it."""

_EMPTY_ROWS: Final = 5000
"""Rows below the last one in which a workbook offers values."""

_WIDE: Final = ("quotation", "definition", "alternative labels", "note")
_OPEN: Final = frozenset({"subject", "object", "predicate"})
"""Columns in which other spellings than those of the list are right too: labels, numbers, texts."""


def choices_of(terms: CurationTerms, resources: Iterable[str]) -> Choices:
    """Return what a workbook offers to choose from.

    Args:
        terms: what the vocabulary lets a table say.
        resources: names of the resources that are described.
    """
    names = sorted(resources)
    concepts = {scheme: [term.local for term in members] for scheme, members in terms.concepts.items()}
    schemes = sorted({rule.scheme for rule in terms.predicates if rule.scheme is not None})
    choices: Choices = {
        "subject": names,
        "predicate": [rule.term.local for rule in terms.predicates],
        "object": names + [value for scheme in schemes for value in concepts.get(scheme, [])],
        CLASS: [entry.term.label for entry in terms.classes if entry.term.iri != NOSO.Source],
    }
    for rule in (*terms.about_fact, *terms.evidence):
        choices[rule.term.label] = _choices(rule, names, terms)
    return {heading: values for heading, values in choices.items() if values}


def _choices(rule: PropertyTerm, names: Sequence[str], terms: CurationTerms) -> list[str]:
    if rule.scheme is not None:
        return [term.local for term in terms.concepts.get(rule.scheme, ())]
    prefixes = tuple(f"{entry.prefix}:" for entry in terms.within(rule.classes))
    return [name for name in names if prefixes and name.startswith(prefixes)]


def write_tables(
    path: Path,
    columns: CurationColumns,
    rows: Mapping[str, Sequence[Mapping[str, str]]],
    choices: Choices,
    created: datetime.date,
) -> tuple[Path, ...]:
    """Write a workbook, or files of separated values, and return their paths.

    Args:
        path: a file that ends in .xlsx, .tsv or .csv; the tables beside that of the facts get names made from it.
        columns: the columns of every table.
        rows: the rows of every table.
        choices: what a workbook offers to choose from.
        created: the date that a workbook bears, so that the same rows make the same bytes.

    Raises:
        SettingsError: the name of the file does not end so, or a file of that name is there.
        InputError: a file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix != WORKBOOK and suffix not in DELIMITERS:
        raise SettingsError(
            f"A table cannot be written as {path.name}.", hint=f"Its name ends in {', '.join((WORKBOOK, *DELIMITERS))}."
        )
    files = (path,) if suffix == WORKBOOK else tuple(companion(path, name) for name in TABLES)
    for file in files:
        if file.exists():
            raise SettingsError(
                f"{file} is there already, and a table is never overwritten.",
                hint="Name another file, or move it away.",
            )
    try:
        if suffix == WORKBOOK:
            _write_workbook(path, columns, rows, choices, created)
            return files
        for name, file in zip(TABLES, files, strict=True):
            _write_text(file, columns.tables[name], rows.get(name, ()))
        return files
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise InputError(
            f"The table cannot be written: {getattr(error, 'strerror', None) or error}.",
            location=Location(str(path)),
            hint="Allow writing in the folder, or free space on the disk.",
        ) from error


def _write_text(path: Path, columns: Sequence[CurationColumn], rows: Iterable[Mapping[str, str]]) -> None:
    delimiter = DELIMITERS[path.suffix.lower()]
    encoding = "utf-8-sig" if delimiter == "," else "utf-8"  # a spreadsheet program takes bare UTF-8 for another one
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.writer(stream, delimiter=delimiter, lineterminator="\n")
        writer.writerow([column.heading for column in columns])
        for row in rows:
            writer.writerow([neutralise(row.get(column.heading, "")) for column in columns])


def _write_workbook(
    path: Path,
    columns: CurationColumns,
    rows: Mapping[str, Sequence[Mapping[str, str]]],
    choices: Choices,
    created: datetime.date,
) -> None:
    book = xlsxwriter.Workbook(str(path))
    try:
        book.set_properties({"created": datetime.datetime.combine(created, datetime.time())})
        text, bold = (
            book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            book.add_format({"bold": True}),
        )
        sheets = {name: book.add_worksheet(name) for name in TABLES}
        ranges = _write_lists(book.add_worksheet(LISTS), choices)
        for name, sheet in sheets.items():
            sheet.freeze_panes(1, 0)
            last = len(rows.get(name, ())) + _EMPTY_ROWS
            for index, column in enumerate(columns.tables[name]):
                width = 50 if column.heading.endswith(_WIDE) else max(16, len(column.heading) + 2)
                sheet.set_column(index, index, width, text)  # text, or a program makes dates of positions
                sheet.write_string(0, index, column.heading, bold)
                sheet.write_comment(0, index, column.about)
                if column.heading in ranges and (name == FACTS or (column.heading == CLASS and name == RESOURCES)):
                    sheet.data_validation(1, index, last, index, _validation(column, ranges[column.heading]))
            for number, row in enumerate(rows.get(name, ()), 1):
                for index, column in enumerate(columns.tables[name]):
                    if column.heading in row:
                        sheet.write_string(number, index, neutralise(row[column.heading]))
    finally:
        book.close()


def _write_lists(sheet: Any, choices: Choices) -> dict[str, str]:
    """Write the values to choose from, and return the range of cells that has them for each column."""
    ranges: dict[str, str] = {}
    for index, (heading, values) in enumerate(choices.items()):
        sheet.write_string(0, index, heading)
        for number, value in enumerate(values, 1):
            sheet.write_string(number, index, value)
        letters = xl_col_to_name(index, True)
        ranges[heading] = f"={LISTS}!{letters}$2:{letters}${len(values) + 1}"
    return ranges


def _validation(column: CurationColumn, source: str) -> dict[str, Any]:
    several = column.rule is not None and not column.rule.single
    return {
        "validate": "list",
        "source": source,
        "show_error": column.heading not in _OPEN and not several,
        "error_title": "Not in the list",
        "error_message": f"Choose a value of the list for {column.heading}."[:255],
    }
