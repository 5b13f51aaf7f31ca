"""XLSX workbooks become rows of text; what a spreadsheet could do to its reader is bounded or refused first.

The workbook is unpacked by the standard library, which counts what comes out, and only its parts of XML reach the
reader of spreadsheets, in an archive without compression: so a small file cannot fill the memory. The reader holds a
sheet as a full rectangle, so the cell that is farthest out is sought in the XML first.
"""

from __future__ import annotations

import datetime
import html
import io
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import python_calamine

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import read_bytes

MOST_BYTES: Final = 512 * 1024 * 1024
"""A workbook may unpack to this size: 100,000 rows of facts take a tenth of it."""

MOST_CELLS: Final = 20_000_000
"""The rectangle from the first cell to the last may have this many cells."""

_CHUNK: Final = 1 << 20
_REFERENCE: Final = re.compile(rb"""[\s]r\s*=\s*["']([^"']*)["']""")
_CELL: Final = re.compile(rb"([A-Z]{0,3})([0-9]{1,7})\Z")
_FORMULA: Final = re.compile(rb"""<(?:\w+:)?c\b[^>]*?\sr\s*=\s*["']([A-Z]{1,3}[0-9]{1,7})["'][^>]*>\s*<(?:\w+:)?f\b""")
_SHARED_END: Final = re.compile(rb"</(?:\w+:)?si\s*>")
_CELL_VALUE: Final = re.compile(rb"<(?:\w+:)?v\b[^>]*>\s*([0-9]{1,9})\s*<")
_SAVE_AS: Final = "Open it in a spreadsheet program and save it as an Excel workbook (.xlsx)."


@dataclass(frozen=True)
class WorkbookSheet:
    """The cells of one sheet as text.

    Attributes:
        name: its name.
        rows: row by row from the first of the sheet, each as long as the longest.
        formulas: row and column (from 1) of each cell that holds a formula.
        merged: first and last row and first and last column (from 1) of each range of merged cells.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    formulas: frozenset[tuple[int, int]]
    merged: tuple[tuple[int, int, int, int], ...]


def read_workbook(path: Path) -> Iterator[WorkbookSheet]:
    """Return the sheets of an XLSX workbook, without those that hold nothing.

    Raises:
        InputError: the file is no workbook, is protected or damaged, or is larger than may be read.
    """
    name = path.name
    parts = _unpack(read_bytes(path, str(path)), name)
    formulas = {part: _check_sheet(content, name) for part, content in parts.items() if _is_sheet(part)}
    _check_shared_strings(parts, name)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for part, content in parts.items():
            packed.writestr(part, content)
    archive.seek(0)
    try:
        with python_calamine.CalamineWorkbook.from_filelike(archive) as workbook:
            positions = _sheet_parts(parts)
            for title in workbook.sheet_names:
                sheet = workbook.get_sheet_by_name(title)
                rows = sheet.to_python(skip_empty_area=False)
                merged = tuple((a + 1, b + 1, c + 1, d + 1) for (a, c), (b, d) in sheet.merged_cell_ranges or ())
                cells = tuple(tuple(_as_text(cell) for cell in row) for row in rows)
                if any(any(row) for row in cells):
                    yield WorkbookSheet(title, cells, formulas.get(positions.get(title, ""), frozenset()), merged)
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise InputError(f"The workbook cannot be read: {error}.", location=Location(name), hint=_SAVE_AS) from error


def _unpack(content: bytes, name: str) -> dict[str, bytes]:
    """Return the parts of XML in a workbook, of which all together are no larger than may be read."""
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise InputError(
            "The workbook is protected by a password, or is of the old format (.xls).",
            location=Location(name),
            hint="Save it as an Excel workbook (.xlsx) without a password.",
        )
    parts: dict[str, bytes] = {}
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if entry.filename.endswith((".xml", ".rels")) and not entry.is_dir():
                    with archive.open(entry) as stream:
                        parts[entry.filename] = _read_part(stream, left, name)
                    left -= len(parts[entry.filename])
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise InputError(f"This is no XLSX workbook: {error}.", location=Location(name), hint=_SAVE_AS) from error
    return parts


def _read_part(stream: IO[bytes], left: int, name: str) -> bytes:
    chunks: list[bytes] = []
    while chunk := stream.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            raise InputError(
                f"The workbook unpacks to more than {MOST_BYTES // 1024 // 1024} MiB.",
                location=Location(name),
                hint="Split the table, or save it as tab-separated text.",
            )
        chunks.append(chunk)
    return b"".join(chunks)


def _is_sheet(part: str) -> bool:
    return part.lower().startswith("xl/worksheets/") and part.endswith(".xml")


def _check_sheet(content: bytes, name: str) -> frozenset[tuple[int, int]]:
    """Return the cells that hold formulas; refuse a sheet whose rectangle of cells is too large."""
    rows = columns = 1
    if b"\x00" in content or b"<!DOCTYPE" in content:
        raise InputError("The workbook is damaged.", location=Location(name), hint=_SAVE_AS)
    for reference in set(_REFERENCE.findall(content)):
        found = _CELL.match(reference)
        if found is None:
            raise InputError("The workbook is damaged.", location=Location(name), hint=_SAVE_AS)
        rows, columns = max(rows, int(found[2])), max(columns, _column_number(found[1]))
    if rows * columns > MOST_CELLS:
        raise InputError(
            f"A sheet reaches to row {rows} and column {columns}, which is more than may be read.",
            location=Location(name),
            hint="Delete what stands far below or beside the table.",
        )
    cells = (_CELL.match(reference) for reference in _FORMULA.findall(content))
    return frozenset((int(found[2]), _column_number(found[1])) for found in cells if found)


def _check_shared_strings(parts: dict[str, bytes], name: str) -> None:
    """Refuse a workbook whose cells repeat shared strings until they fill the memory: each cell gets a copy."""
    shared = parts.get("xl/sharedStrings.xml", b"")
    lengths = [len(piece) for piece in _SHARED_END.split(shared)]
    total = 0
    for part, content in parts.items():
        if _is_sheet(part):
            uses = Counter(_CELL_VALUE.findall(content))
            total += sum(lengths[int(index)] * count for index, count in uses.items() if int(index) < len(lengths))
    if total > MOST_BYTES:
        raise InputError(
            f"The texts of the workbook's cells come to more than {MOST_BYTES // 1024 // 1024} MiB.",
            location=Location(name),
            hint="Split the table, or save it as tab-separated text.",
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _sheet_parts(parts: dict[str, bytes]) -> dict[str, str]:
    """Return the part of each sheet by its name, through the identifiers that the workbook relates them by."""
    related = parts.get("xl/_rels/workbook.xml.rels", b"").decode("utf-8", "replace")
    targets = {
        _attribute(tag, "Id"): "xl/" + _attribute(tag, "Target").removeprefix("/xl/")
        for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", related)
    }
    workbook = parts.get("xl/workbook.xml", b"").decode("utf-8", "replace")
    tags = re.findall(r"<(?:\w+:)?sheet\b[^>]*>", workbook)
    return {_attribute(tag, "name"): targets.get(_attribute(tag, r"\w+:id"), "") for tag in tags}


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf"""\s{name}\s*=\s*["']([^"']*)["']""", tag)
    return html.unescape(found[1]) if found else ""


def _as_text(cell: object) -> str:
    """Return a cell as people would type it: whole numbers without a point, dates as 2026-01-31."""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date().isoformat()
    if isinstance(cell, (datetime.datetime, datetime.date, datetime.time)):
        return cell.isoformat()
    return str(cell)
