"""Curated Turtle files become statements that know the line they were written on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph
from rdflib import Graph, Literal, URIRef
from rdflib.plugins.parsers.notation3 import RDFSink, SinkParser
from rdflib.term import Node

from nosograph.errors import InputError, Location
from nosograph.rdf.names import DEFAULT_BASE


@dataclass(frozen=True)
class Statement:
    """One triple and the place where its object was written."""

    subject: Node
    predicate: URIRef
    object: Node
    location: Location


@dataclass(frozen=True)
class TurtleFile:
    """The statements of one file, in the order in which they were read."""

    name: str
    statements: tuple[Statement, ...]

    def graph(self) -> Graph:
        """Return the statements as a graph."""
        graph = Graph(bind_namespaces="none")
        for statement in self.statements:
            graph.add((statement.subject, statement.predicate, statement.object))
        return graph


class _PlacingSink(RDFSink):  # type: ignore[misc, unused-ignore]
    """Records, for each statement that rdflib's parser makes, the line that the parser has reached."""

    def __init__(self, graph: Graph, name: str) -> None:
        super().__init__(graph)
        self.name = name
        self.parser: SinkParser | None = None
        self.statements: list[Statement] = []

    def makeStatement(self, quadruple: Any, why: Any = None) -> None:  # noqa: N802 (rdflib's name)
        formula, predicate, subject, object_ = quadruple
        assert self.parser is not None
        self.statements.append(
            Statement(
                self.normalise(formula, subject),
                URIRef(self.normalise(formula, predicate)),
                self.normalise(formula, object_),
                Location(self.name, self.parser.lines + 1),
            )
        )


def read_turtle(path: Path, name: str) -> TurtleFile:
    """Return the statements of a Turtle 1.1 file; relative IRIs resolve against the default base.

    Args:
        path: the file.
        name: the file's name in messages, relative to the assets folder.

    Raises:
        InputError: the file is not UTF-8 or does not follow the Turtle grammar; the place has line and column.
    """
    text = _read_text(path, name)
    _check_grammar(text, name)
    sink = _PlacingSink(Graph(bind_namespaces="none"), name)
    parser = SinkParser(sink, baseURI=DEFAULT_BASE, turtle=True)
    sink.parser = parser
    try:
        parser.loadBuf(text)
    except SyntaxError as error:
        line = getattr(error, "lines", None)
        raise InputError(
            f"This is not Turtle: {getattr(error, '_why', error)}.",
            location=Location(name, None if line is None else line + 1),
            hint="Correct the line; the Turtle grammar is at https://www.w3.org/TR/turtle/.",
        ) from error
    for statement in sink.statements:
        _check_literal(statement)
    return TurtleFile(name, tuple(sink.statements))


def _read_text(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"The file is not UTF-8: {error.reason} at byte {error.start}.",
            location=Location(name),
            hint="Save it as UTF-8, which Turtle requires.",
        ) from error
    except OSError as error:
        raise InputError(
            f"The file cannot be read: {error.strerror}.", location=Location(name), hint="Check that it may be read."
        ) from error


def _check_grammar(text: str, name: str) -> None:
    """Let the stricter of the two parsers speak first: it names line and column of the first error."""
    try:
        for _ in pyoxigraph.parse(input=text, format=pyoxigraph.RdfFormat.TURTLE, base_iri=DEFAULT_BASE):
            pass
    except SyntaxError as error:
        message = str(error.args[0]).partition(": ")[2] or str(error.args[0])
        raise InputError(
            f"This is not Turtle: {message.rstrip('.')}.",
            location=Location(name, error.lineno, error.offset),
            hint="Correct the text at that place; the Turtle grammar is at https://www.w3.org/TR/turtle/.",
        ) from error


def _check_literal(statement: Statement) -> None:
    """Refuse a literal that would not come back from the store as it was written."""
    literal = statement.object
    if not isinstance(literal, Literal):
        return
    if literal.ill_typed:
        raise InputError(
            f'The literal "{literal}" is not a value of {literal.datatype}.',
            location=statement.location,
            hint="Write a value of that type, or leave the type out for a plain text.",
        )
    if literal.language and literal.language != literal.language.lower():
        raise InputError(
            f'The language tag "{literal.language}" has capital letters.',
            location=statement.location,
            hint="Write it in lower case; the store compares tags letter by letter.",
        )
