"""Lines of an import come out as canonical N-Quads, whether a parser had to read them or not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from nosograph.errors import ReleaseError
from nosograph.rdf.lines import imported_lines
from nosograph.rdf.names import Base

GRAPH = "<https://w3id.org/nosograph/graph/import/x>"
XSD = "http://www.w3.org/2001/XMLSchema#"
OBJECTS = (
    "<http://e.org/o>",
    "<http://e.org/o#a?b>",
    "<http://e.org/%C3%A9>",
    "<http://E.org/\\u00E9>",
    "<urn:x:y>",
    '"plain"',
    '"a \\\\ \\"b\\" \\n c"',
    '"tab\\t and \\u0041 and \\r"',
    '"é"',
    '"x"@en',
    '"x"@EN-gb',
    '"x"@de-DE',
    f'"x"^^<{XSD}string>',
    f'"01"^^<{XSD}integer>',
    '"x"^^<http://e.org/type>',
    '"x" ',
    '""',
)
PARTS = (*'<>"\\ .@^#:/_%?', *"aBé\t\r\x01\x7f", "http://", "e.org/", "\\n", "\\u0041", "@en", "^^")


@pytest.mark.parametrize("value", OBJECTS)
def test_a_quad_is_canonical(tmp_path: Path, value: str) -> None:
    """Whatever spelling of a term a file has, the line is the one that the engine writes."""
    text = (
        f"<http://e.org/s>\t<http://e.org/p> {value} {GRAPH} .\n<http://e.org/s> <http://e.org/p> {value} {GRAPH} .\n"
    )
    path = tmp_path / "x.nq"
    path.write_text(text, encoding="utf-8")

    found = list(imported_lines(Base(), path))

    assert found == [f"{quad} .\n".encode() for quad in parse(text, RdfFormat.N_QUADS)]


def test_a_damaged_line_is_never_passed_on_unread(tmp_path: Path) -> None:
    """Of lines with a random character or two exchanged, those that come out are what the engine reads."""
    chosen = random.Random(5)
    path = tmp_path / "x.nq"
    passed = 0
    for _ in range(1_000):
        line = f"<http://e.org/s> <http://e.org/p> {chosen.choice(OBJECTS)} {GRAPH} .\n"
        for _ in range(chosen.randint(1, 2)):
            position = chosen.randrange(len(line) - 1)
            line = line[:position] + chosen.choice(PARTS) + line[position + chosen.randint(0, 1) :]
        path.write_text(line, encoding="utf-8", newline="")
        try:
            found = list(imported_lines(Base(), path))
        except ReleaseError:
            continue
        passed += 1
        assert found == [f"{quad} .\n".encode() for quad in parse(line, RdfFormat.N_QUADS)], line
    assert passed > 50


def test_an_error_names_its_line(tmp_path: Path) -> None:
    """The line is counted in the whole file, past lines that no parser read."""
    path = tmp_path / "x.nq"
    good = f"<http://e.org/s> <http://e.org/p> <http://e.org/o> {GRAPH} .\n"
    path.write_text(f"{good}# a comment\n\n{good}<http://e.org/s> nonsense .\n", encoding="utf-8")

    with pytest.raises(ReleaseError) as caught:
        list(imported_lines(Base(), path))

    assert caught.value.location is not None
    assert caught.value.location.line == 5
