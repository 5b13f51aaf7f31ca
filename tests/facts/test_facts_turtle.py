"""Turtle files become statements that know exactly the line on which they were written."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from rdflib import BNode, Literal, URIRef

from nosograph.errors import InputError
from nosograph.facts.turtle import Statement, read_turtle

LOCATED = Path(__file__).parent / "located"


def read(path: Path) -> tuple[Statement, ...]:
    """Return the statements of a file."""
    return read_turtle(path, path.name).statements


def read_text(folder: Path, text: str | bytes) -> tuple[Statement, ...]:
    """Return the statements of a text."""
    path = folder / "t.ttl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read(path)


@pytest.mark.parametrize("path", sorted(LOCATED.glob("*.ttl")), ids=lambda path: path.stem)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_statement_knows_the_line_on_which_its_object_ends(tmp_path: Path, path: Path, end: str) -> None:
    """In each file a predicate ``:at-N`` has its object end on line N, however it is laid out."""
    copy = tmp_path / path.name
    copy.write_bytes(path.read_text(encoding="utf-8").replace("\n", end).encode())

    numbered = [
        (statement.line, int(statement.predicate.rpartition("at-")[2]))
        for statement in read(copy)
        if "at-" in statement.predicate
    ]

    assert len(numbered) >= 4
    assert [line for line, _ in numbered] == [wanted for _, wanted in numbered]


def test_there_are_located_examples() -> None:
    """A folder of examples that has gone missing would make the test above pass."""
    assert len(list(LOCATED.glob("*.ttl"))) >= 6


def test_last_line_needs_no_end(tmp_path: Path) -> None:
    """The last statement is complete where the file ends, and a string before its dot keeps its line."""
    (statement,) = read_text(tmp_path, '<urn:a> <urn:b> "c"\n.')

    assert statement.line == 1


def test_blank_nodes_of_two_files_are_two(tmp_path: Path) -> None:
    """A label of a blank node means something in its file alone."""
    first, second = (read_text(tmp_path, "_:b <urn:p> 1 .")[0] for _ in range(2))

    assert isinstance(first.subject, BNode)
    assert first.subject != second.subject


def test_terms_are_read_as_they_are_written(tmp_path: Path) -> None:
    """Numbers, truth values, language tags in lower case, texts without a type, escapes and relative IRIs."""
    text = r'<a> <urn:p> 1, 1.5, true, "x"@en-GB, "\u00e9\n", "y"^^<http://www.w3.org/2001/XMLSchema#string>, <b> .'

    objects = [statement.object for statement in read_text(tmp_path, text)]

    assert objects == [
        Literal(1),
        Literal("1.5", datatype=URIRef("http://www.w3.org/2001/XMLSchema#decimal")),
        Literal(True),
        Literal("x", lang="en-gb"),
        Literal("é\n"),
        Literal("y"),
        URIRef("https://w3id.org/nosograph/b"),
    ]


@pytest.mark.parametrize(
    ("text", "location", "message"),
    [
        ('<urn:a> <urn:b>\n  "c" d .', "t.ttl:2:7", "d is not a valid"),
        ("<urn:a> <urn:b> <urn:c> .\n  x:y <urn:b> 1 .", "t.ttl:2:3", "prefix x: has not been declared"),
        ('<urn:a> <urn:b> "c\n', "t.ttl:1:17", "end of file"),
        ("<urn:a> <urn:b> 1 ;\n", "t.ttl:2:1", "end"),
        ("<urn:a> <urn:b> <u n> .", "t.ttl:1:17", "Invalid IRI"),
        ("<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .", "t.ttl:1", "RDF 1.2"),
        ('<urn:a> <urn:b>\n "c"@en--ltr .', "t.ttl:2", "RDF 1.2"),
        ('<urn:a> <urn:b>\n\n "soon"^^<http://www.w3.org/2001/XMLSchema#date> .', "t.ttl:3", "is not a value of"),
    ],
)
def test_error_names_line_and_column(tmp_path: Path, text: str, location: str, message: str) -> None:
    """What is not Turtle 1.1, or no value, is told with its location and a hint."""
    with pytest.raises(InputError, match=message) as caught:
        read_text(tmp_path, text)

    assert str(caught.value.location) == location
    assert caught.value.hint


def test_ill_typed_literal_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The library's own log of the conversion, a traceback, does not come before the message."""
    with caplog.at_level(logging.DEBUG), pytest.raises(InputError, match="is not a value of"):
        read_text(tmp_path, '<urn:a> <urn:b> "x"^^<http://www.w3.org/2001/XMLSchema#integer> .')

    assert caplog.records == []
