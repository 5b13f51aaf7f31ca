"""Tables are read from what spreadsheet programs write, and refused by row and column where they cannot be used."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from nosograph.assets import Assets
from nosograph.curation import workbooks
from nosograph.curation.columns import FACTS, CurationColumns, columns_of
from nosograph.curation.tables import CurationInput, neutralise, read_tables
from nosograph.curation.terms import read_terms
from nosograph.errors import InputError
from nosograph.facts.knowledge import KnowledgeGraph

HEADINGS = ("subject", "predicate", "object", "source", "quotation", "stance", "certainty")
ROW = ("psoriasis", "affects", "skin", "leaflet", "naïve \u2013 skin", "supports", "stated")


@pytest.fixture(scope="session")
def columns(knowledge: KnowledgeGraph) -> CurationColumns:
    """Return the columns of the project's vocabulary."""
    return columns_of(read_terms(knowledge))


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a workbook by another one."""

    def write(fill: Callable[[Any, Any], None], sheet: str = FACTS) -> Path:
        path = tmp_path / "table.xlsx"
        with xlsxwriter.Workbook(str(path)) as book:
            page = book.add_worksheet(sheet)
            page.write_row(0, 0, HEADINGS)
            fill(book, page)
        return path

    return write


def facts(table: CurationInput) -> list[dict[str, str]]:
    """Return the cells of the rows of facts."""
    return [dict(row.cells) for row in table.rows[FACTS]]


def text_table(separator: str = "\t", end: str = "\n") -> str:
    """Return a table of one row as text."""
    return separator.join(HEADINGS) + end + separator.join(ROW) + end


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("utf8.tsv", text_table().encode()),
        ("marked.csv", text_table(",").encode("utf-8-sig")),
        ("unicode-text-of-excel.csv", b"\xff\xfe" + text_table("\t", "\r\n").encode("utf-16-le")),
        ("big-endian.tsv", b"\xfe\xff" + text_table().encode("utf-16-be")),
        ("semicolons.csv", text_table(";", "\r\n").encode("utf-8-sig")),
        ("CAPITALS.TSV", text_table().encode()),
    ],
)
def test_text_of_spreadsheet_programs_is_read(
    tmp_path: Path, columns: CurationColumns, name: str, content: bytes
) -> None:
    """An encoding that the file announces is read, and so are commas, semicolons and tabs."""
    path = tmp_path / name
    path.write_bytes(content)

    assert facts(read_tables(path, columns)) == [dict(zip(HEADINGS, ROW, strict=True))]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (text_table(",").encode("cp1252"), r"table\.csv:2:\d+: The file is not UTF-8: .* 'CSV UTF-8' or as an Excel"),
        (b"", r"table\.csv:1: The table is empty"),
        (b"\n \n", r"The table is empty"),
        (b"\xff\xfea", r"begins as UTF-16-LE and is not"),
        (b"\xef\xbb\xbf\xff", r"begins as UTF-8 and is not"),
        (b"subject,predicate,object,source,stance,certainty,frequancy\n", r":1:7: .*'frequancy'.*mean 'frequency'"),
        (b"subject,predicate,object,source,stance,certainty,subject\n", r":1:7: .*'subject' is there twice"),
        (b"subject,predicate,object,stance\n", r"no column 'source' and no column 'certainty'"),
        (text_table(",").encode() + b"a,b,c,d,e,f,g,h\n", r":3: The row has 8 cells, and the table 7 columns"),
        (text_table(",").encode() + b'a,"b\n', r":3: A quotation mark opens a cell and is never closed"),
        (b"sub\x00ject\n", r"null character"),
    ],
)
def test_text_that_is_no_table_is_told(tmp_path: Path, columns: CurationColumns, content: bytes, message: str) -> None:
    """The message says in which line and column, what is wrong and what to do."""
    path = tmp_path / "table.csv"
    path.write_bytes(content)

    with pytest.raises(InputError, match=message):
        read_tables(path, columns)


def test_other_files_are_no_tables(tmp_path: Path, columns: CurationColumns) -> None:
    """A suffix tells what to save it as."""
    with pytest.raises(InputError, match=r"\.ods.*Save it as an Excel workbook"):
        read_tables(tmp_path / "table.ods", columns)
    with pytest.raises(InputError, match="cannot be read"):
        read_tables(tmp_path / "absent.tsv", columns)


def test_headings_are_read_as_people_write_them(tmp_path: Path, columns: CurationColumns) -> None:
    """Capitals, spaces and the vocabulary's own names are right, order is free, and blank rows and columns go."""
    path = tmp_path / "table.tsv"
    path.write_text(
        "\n\nStance\tEvidenceCode\t\tCERTAINTY\tsource\tObject\tpredicate \t Subject\n\t\t\t\t\t\t\t\n"
        "supports\tx\t\tstated\ts\to\tp\tq\n\n",
        encoding="utf-8",
    )

    [row] = read_tables(path, columns).rows[FACTS]

    assert row.number == 5
    assert row.cells["evidence code"] == "x"
    assert row.cells["subject"] == "q"


def test_workbook_is_read(workbook: Callable[..., Path], columns: CurationColumns) -> None:
    """Numbers, dates and truth values of a workbook read as people would type them; empty rows are left out."""

    def fill(book: Any, page: Any) -> None:
        page.write_row(3, 0, ROW)
        page.write_row(5, 0, ("psoriasis", "x", 12, 1.5, True))
        page.write_datetime(6, 2, datetime.datetime(2026, 1, 31), book.add_format({"num_format": "d.m.yy"}))
        page.write_string(7, 0, "00123")

    rows = read_tables(workbook(fill), columns).rows[FACTS]

    assert [row.number for row in rows] == [4, 6, 7, 8]
    assert dict(rows[0].cells) == dict(zip(HEADINGS, ROW, strict=True))
    assert list(rows[1].cells.values()) == ["psoriasis", "x", "12", "1.5", "true"]
    assert rows[2].cells == {"object": "2026-01-31"}
    assert rows[3].cells == {"subject": "00123"}


def test_single_sheet_holds_the_facts(workbook: Callable[..., Path], columns: CurationColumns) -> None:
    """A workbook with one sheet need not name it; among several, the one with the facts is named."""
    path = workbook(lambda _, page: page.write_row(1, 0, ROW), sheet="Sheet1")

    assert len(read_tables(path, columns).rows[FACTS]) == 1

    path = workbook(lambda book, _: book.add_worksheet("Other").write_string(0, 0, "x"), sheet="Sheet1")
    with pytest.raises(InputError, match=r"no sheet named facts\. Its sheets are: Sheet1, Other"):
        read_tables(path, columns)


def test_other_sheets_are_named(workbook: Callable[..., Path], columns: CurationColumns) -> None:
    """A sheet that is not read is told, so nobody believes that it was."""
    path = workbook(lambda book, _: book.add_worksheet("My notes").write_string(0, 0, "x"))

    assert read_tables(path, columns).unread == ("My notes",)


def test_formula_is_never_evaluated(workbook: Callable[..., Path], columns: CurationColumns) -> None:
    """A cell with a formula is told, whatever value the program that wrote it has left there."""

    def fill(_: Any, page: Any) -> None:
        page.write_row(1, 0, ROW)
        page.write_formula(1, 2, '="sk"&"in"', value="skin")
        page.write_formula(2, 4, '=HYPERLINK("http://127.0.0.1/")')

    rows = read_tables(workbook(fill), columns).rows[FACTS]

    assert [row.formulas for row in rows] == [frozenset({"object"}), frozenset({"quotation"})]


def test_merged_cells_are_told(workbook: Callable[..., Path], columns: CurationColumns) -> None:
    """Merged cells would leave rows without their subject."""
    path = workbook(lambda _, page: page.merge_range(1, 0, 3, 0, "psoriasis"))

    with pytest.raises(InputError, match=r"sheet facts:2:1: The cells in rows 2 to 4, columns 1 to 1 are merged"):
        read_tables(path, columns)


def rewrite(path: Path, part: str, pattern: bytes, new: bytes) -> None:
    """Replace what a pattern matches in a part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        parts = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    changed = re.sub(pattern, new, parts[part], count=1)
    assert changed != parts[part]
    parts[part] = changed
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def test_zip_bomb_is_refused(
    workbook: Callable[..., Path], columns: CurationColumns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a workbook unpacks to is counted while it is unpacked, whatever its directory says."""
    monkeypatch.setattr(workbooks, "MOST_BYTES", 3_000_000)
    path = workbook(lambda _, page: page.write_row(1, 0, ROW))
    rewrite(path, "xl/sharedStrings.xml", rb"</sst>", b"<si><t>" + b" " * 4_000_000 + b"</t></si></sst>")
    assert path.stat().st_size < 30_000

    with pytest.raises(InputError, match="unpacks to more than 2 MiB"):
        read_tables(path, columns)


def test_far_cell_is_refused(workbook: Callable[..., Path], columns: CurationColumns) -> None:
    """One cell in the last corner of a sheet does not make the reader reserve seventeen thousand million cells."""
    path = workbook(lambda _, page: page.write_string(1_048_575, 16_383, "x"))

    with pytest.raises(InputError, match="reaches to row 1048576 and column 16384"):
        read_tables(path, columns)


def test_repeated_text_is_refused(
    workbook: Callable[..., Path], columns: CurationColumns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One long text that many cells share is counted once for each."""
    monkeypatch.setattr(workbooks, "MOST_BYTES", 3_000_000)

    def fill(_: Any, page: Any) -> None:
        for row in range(1, 200):
            page.write_string(row, 4, "x" * 30_000)

    with pytest.raises(InputError, match="cells come to more than 2 MiB"):
        read_tables(workbook(fill), columns)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no XLSX workbook"),
        (b"PK\x03\x04 and no more", "no XLSX workbook"),
        (text_table().encode(), "no XLSX workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "protected by a password, or is of the old format"),
    ],
)
def test_other_content_is_no_workbook(tmp_path: Path, columns: CurationColumns, content: bytes, message: str) -> None:
    """A file that only bears the name says so, without a traceback."""
    path = tmp_path / "table.xlsx"
    path.write_bytes(content)

    with pytest.raises(InputError, match=message):
        read_tables(path, columns)


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("damage", [b"", b"<broken", b"\xff\xfe<\x00", b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"])
def test_damaged_workbook_is_told(
    workbook: Callable[..., Path], columns: CurationColumns, part: str, damage: bytes
) -> None:
    """A part that is no XML, or has entities, ends in a message."""
    path = workbook(lambda _, page: page.write_row(1, 0, ROW))
    rewrite(path, part, rb"(?s).+", damage)

    with pytest.raises(InputError):
        read_tables(path, columns)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=x", "'=x", "''@", "plain", "'quoted'", "a=b"])
def test_active_cells_are_neutralised_and_restored(tmp_path: Path, columns: CurationColumns, cell: str) -> None:
    """No written cell begins as a formula does, and each reads back as what it was."""
    written = neutralise(cell)
    path = tmp_path / "table.tsv"
    stream = io.StringIO()
    row = [*ROW]
    row[4] = '"' + written + '"'
    stream.write("\t".join(HEADINGS) + "\n" + "\t".join(row) + "\n")
    path.write_text(stream.getvalue(), encoding="utf-8")

    assert written[0] not in "=+-@\t"
    assert facts(read_tables(path, columns))[0]["quotation"] == cell


def test_columns_follow_the_vocabulary(assets: Assets, columns: CurationColumns) -> None:
    """Every property that evidence may have has a column, so a new one needs no change here."""
    headings = {column.heading for column in columns.tables[FACTS]}

    assert {"frequency", "severity", "onset", "sex", "intent", "evidence code", "compared with"} <= headings
