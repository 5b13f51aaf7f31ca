"""Curated Turtle files become statements that know the line on which they were written."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, cast

import pyoxigraph
from rdflib import Literal, URIRef
from rdflib.namespace import XSD
from rdflib.term import BNode, Node

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import decode, read_bytes
from nosograph.rdf.literals import conversions_unlogged
from nosograph.rdf.names import DEFAULT_BASE


@dataclass(frozen=True, slots=True)
class Statement:
    """One triple, and the line of its file on which its object ends."""

    subject: Node
    predicate: URIRef
    object: Node
    file: str
    line: int

    @property
    def location(self) -> Location:
        """Where the object of the triple was written."""
        return Location(self.file, self.line)


@dataclass(frozen=True)
class TurtleFile:
    """The statements of one file, in the order in which they were read."""

    name: str
    statements: tuple[Statement, ...]


def read_turtle(path: Path, name: str) -> TurtleFile:
    """Return the statements of a Turtle 1.1 file; relative IRIs resolve against the default base.

    Args:
        path: the file.
        name: the file's name in messages, relative to the assets folder.

    Raises:
        InputError: the file cannot be read, is not UTF-8, does not follow the Turtle grammar, or has an ill-typed
            literal; the location has the line.
    """
    content = read_bytes(path, name)
    decode(content, name)
    lines = _Lines(content)
    terms = _Terms(name, lines)
    statements: list[Statement] = []
    try:
        with conversions_unlogged():
            readable = cast("IO[bytes]", lines)  # the parser needs nothing but its read method
            for triple in pyoxigraph.parse(readable, format=pyoxigraph.RdfFormat.TURTLE, base_iri=DEFAULT_BASE):
                object_ = triple.object
                subject, predicate, value = terms[triple.subject], terms[triple.predicate], terms[object_]
                statements.append(Statement(subject, predicate, value, name, lines.line_of(object_)))
    except SyntaxError as error:
        message = str(error.args[0]).partition(": ")[2] or str(error.args[0])
        raise InputError(
            f"This is not Turtle: {message.rstrip('.')}.",
            location=Location(name, error.lineno, error.offset),
            hint="Correct the text at that location; the Turtle grammar is at https://www.w3.org/TR/turtle/.",
        ) from error
    return TurtleFile(name, tuple(statements))


class _Lines:
    """A binary file that hands out one line at a time, so that a parser which reads from it tells where it is.

    The parser asks for more only when it cannot go on without. So when a triple comes out, the last line that was
    handed out is the line on which its object ends. There is one exception: a plain string is complete only at the
    token after it, because a language tag or a datatype could follow. Where that token may be the first of a line, its
    first character is handed out alone, and a plain string that comes out then ends on an earlier line. (An item of a
    collection counts as written on the line of the item after it.)
    """

    _LINE: Final = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
    _ENDING: Final = re.compile(rb"[ \t]*(?:[;,\])]|\.(?:[^0-9\x80-\xff]|\Z))")
    _BLANK: Final = re.compile(rb"[ \t]*(?:#(?!.*(?:\"\"\"|'''))|[\r\n])")

    def __init__(self, content: bytes) -> None:
        self._pieces = self._cut(content)
        self._rest = b""
        self._line = 0
        self._written = 0
        self._begun = False

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, at most one line and at most ``size`` bytes; nothing at the end."""
        piece = self._rest or next(self._pieces, b"")
        if size < 0 or len(piece) <= size:
            self._rest = b""
            return piece
        self._rest = piece[size:]
        return piece[:size]

    def line_of(self, object_: object) -> int:
        """Return the line on which the object ends that the parser has just given, counted from 1."""
        if self._begun and isinstance(object_, pyoxigraph.Literal) and object_.datatype.value == str(XSD.string):
            return self._written
        return self._line

    def _cut(self, content: bytes) -> Iterator[bytes]:
        written = 0
        for line in io.BytesIO(content) if b"\r" not in content else map(_whole_match, self._LINE.finditer(content)):
            self._line += 1
            self._begun, self._written = False, written
            if self._BLANK.match(line):
                yield line
                continue
            written = self._line
            ending = self._ENDING.match(line)
            if ending is not None:
                self._begun = True
                yield ending[0]
                if ending.end() == len(line):
                    continue
                self._begun = False
            yield line[ending.end() :] if ending is not None else line


class _Terms(dict[Any, Any]):
    """The rdflib terms of one file by the parser's terms, each made and checked once."""

    def __init__(self, name: str, lines: _Lines) -> None:
        super().__init__()
        self._name = name
        self._lines = lines

    def __missing__(self, term: object) -> Node:
        """Return the rdflib term, with a blank node that no other file has; refuse what is no value."""
        made: Node
        if isinstance(term, pyoxigraph.NamedNode):
            made = URIRef(term.value)
        elif isinstance(term, pyoxigraph.BlankNode):
            made = BNode()
        elif isinstance(term, pyoxigraph.Literal) and term.direction is None:
            made = self._literal(term)
        else:
            raise InputError(
                "A triple term or a literal with a base direction is RDF 1.2.",
                location=Location(self._name, self._lines.line_of(term)),
                hint="Write Turtle 1.1, where an object is an IRI, a blank node or a literal.",
            )
        self[term] = made
        return made

    def _literal(self, term: pyoxigraph.Literal) -> Literal:
        if term.language is not None:
            return Literal(term.value, lang=term.language)
        if term.datatype.value == str(XSD.string):
            return Literal(term.value)
        literal = Literal(term.value, datatype=URIRef(term.datatype.value))
        if literal.ill_typed:
            raise InputError(
                f'The literal "{term.value}" is not a value of {term.datatype.value}.',
                location=Location(self._name, self._lines.line_of(term)),
                hint="Write a value of that type, or leave the type out for a plain text.",
            )
        return literal


def _whole_match(found: re.Match[bytes]) -> bytes:
    return found[0]
