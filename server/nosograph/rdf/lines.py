"""Quads as lines of canonical N-Quads, which is how a build holds them: one line, one quad, no blank node."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, NamedTuple, cast

import pyoxigraph
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.term import Node

from nosograph.errors import Location, ReleaseError
from nosograph.rdf.names import Base

_REPORT_EVERY: Final = 20_000
_XSD_STRING: Final = "http://www.w3.org/2001/XMLSchema#string"
# Characters that XML 1.0 §2.2 does not allow, as canonical N-Quads write them.
_NOT_XML: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:u00(?:0[0-8BEF]|1[0-9A-F])|uFFF[EF]|[bf])")

_PLAIN_IRI: Final = rb"<https?://[a-z0-9.-]++/[A-Za-z0-9._~!$&'()*+,;=:@/-]*+(?:#[A-Za-z0-9._~!$&'()*+,;=:@/-]*+)?>"
_PLAIN_LITERAL: Final = (
    rb'"(?:[ !#-\[\]-~]|\\[\\"n])*+"(?:@[a-z]{2}|\^\^(?!<\S+XMLSchema#string>|<\S+#langString>)' + _PLAIN_IRI + rb")?+"
)
_PLAIN: Final = re.compile(
    rb"IRI IRI (?:IRI|LITERAL) (IRI) \.\n".replace(b"LITERAL", _PLAIN_LITERAL).replace(b"IRI", _PLAIN_IRI)
)
"""A quad that surely is one and canonical, without a rare character, so that no parser need read it.

Group 1 is the graph.
"""


def graph_lines(
    base: Base, name: str, graph: Iterable[tuple[Node, Node, Node]], locations: Mapping[URIRef, Location]
) -> Iterator[bytes]:
    """Return the triples of an rdflib graph as canonical N-Quads lines of the named graph ``name``, in no order.

    Raises:
        ReleaseError: a triple holds a blank node, an IRI that is none, or a character that not every format can hold.
    """
    tail = f" <{base.graph(name)}> .\n".encode()
    for subject, predicate, obj in graph:
        location = locations.get(subject) if isinstance(subject, URIRef) else None
        try:
            line = f"{_term(subject)} {_term(predicate)} {_term(obj)}".encode() + tail
        except ValueError as error:
            raise ReleaseError(
                f"A triple of the graph {name!r} cannot be published: {error} "
                f"(subject {subject}, predicate {predicate}, object {obj}).",
                hint="Correct it where it is written.",
                location=location,
            ) from error
        yield _publishable(line, location)


def plain_lines(graph: Graph) -> list[bytes]:
    """Return the triples of an rdflib graph that has no blank node as sorted lines of canonical N-Triples."""
    return sorted(
        {f"{_term(subject)} {_term(predicate)} {_term(obj)} .\n".encode() for subject, predicate, obj in graph}
    )


def imported_lines(base: Base, path: Path) -> Iterator[bytes]:
    """Return the quads of an N-Quads file (plain or ``.gz``) as canonical lines, in the file's order.

    Raises:
        ReleaseError: the file cannot be read, a quad is outside ``graph/import/…``, or a quad has a blank node.
    """
    below = str(base.graph("import/"))
    within = f"<{below}".encode()
    location = Location(str(path))
    try:
        with _open(path) as stream:
            for number, line in enumerate(stream, 1):
                plain = _PLAIN.fullmatch(line)
                if plain and plain[1].startswith(within):
                    yield line
                else:
                    yield from _parsed_lines(line, below, location, number)
    except (OSError, EOFError) as error:
        raise ReleaseError(f"The import cannot be read: {error}.", location=location) from error


def _parsed_lines(text: bytes, below: str, location: Location, number: int) -> Iterator[bytes]:
    """Return the quads of one line of an import as canonical lines; a bare carriage return ends a quad as well."""
    try:
        for quad in pyoxigraph.parse(text, RdfFormat.N_QUADS):
            graph = quad.graph_name
            if isinstance(graph, (DefaultGraph, BlankNode)) or not graph.value.startswith(below):
                raise ReleaseError(
                    f"A quad of the import is not in a graph below {below}: {quad}.",
                    location=location,
                    hint="Write each imported data set into a graph of its own there.",
                )
            if not (isinstance(quad.subject, NamedNode) and isinstance(quad.object, (NamedNode, pyoxigraph.Literal))):
                raise ReleaseError(
                    f"A quad of the import has a blank node or a triple term: {quad}.",
                    location=location,
                    hint="Give the resource an IRI.",
                )
            yield _publishable(quad_line(quad), location)
    except SyntaxError as error:
        raise ReleaseError(
            f"The import is not N-Quads: {error.msg}.",
            location=Location(location.file, number - 1 + (error.lineno or 1)),
            hint="Write it again.",
        ) from error


def quad_line(quad: Quad) -> bytes:
    """Return a quad as the line of canonical N-Quads."""
    return f"{quad} .\n".encode()


def triple_part(line: bytes) -> bytes:
    """Return a quad's line without its graph: subject, predicate and object."""
    return line.rpartition(b" <")[0]


def graph_part(line: bytes) -> bytes:
    """Return the IRI of the graph of a quad's line, without brackets."""
    return line.rpartition(b" <")[2][:-4]


def union_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Return each distinct triple of sorted quad lines once, as sorted lines of canonical N-Triples."""
    previous = b""
    for line in lines:
        triple = triple_part(line)
        if triple != previous:
            yield triple + b" .\n"
            previous = triple


@dataclass(frozen=True)
class QuadCounts:
    """What some quads amount to.

    Attributes:
        quads: how many there are.
        triples: how many distinct triples, whatever graphs they stand in.
        graphs: IRI of each named graph → its quads, in the order of the IRIs.
        overlaps: IRIs of each two graphs that have a triple in common, in order.
    """

    quads: int
    triples: int
    graphs: Mapping[str, int]
    overlaps: tuple[tuple[str, str], ...]


def count_quads(lines: Iterable[bytes]) -> QuadCounts:
    """Count sorted quad lines in one pass, in which the graphs of a triple stand together."""
    graphs: Counter[bytes] = Counter()
    overlaps: set[tuple[bytes, bytes]] = set()
    triples = 0
    previous, holders = b"", list[bytes]()
    for line in lines:
        triple, graph = triple_part(line), graph_part(line)
        graphs[graph] += 1
        if triple == previous:
            overlaps.update((holder, graph) for holder in holders)
            holders.append(graph)
        else:
            triples += 1
            previous, holders = triple, [graph]
    return QuadCounts(
        quads=graphs.total(),
        triples=triples,
        graphs={graph.decode(): number for graph, number in sorted(graphs.items())},
        overlaps=tuple((first.decode(), second.decode()) for first, second in sorted(overlaps)),
    )


def with_union_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Return sorted quad lines, and before the first quad of each triple the triple itself, in the default graph.

    This is what a store holds whose default graph is the union of its named graphs; it is sorted as well.
    """
    previous = b""
    for line in lines:
        triple = triple_part(line)
        if triple != previous:
            yield triple + b" .\n"
            previous = triple
        yield line


def counted_lines(lines: Iterable[bytes], report: Callable[[int], None]) -> Iterator[bytes]:
    """Return the lines through, and report how many have passed now and then."""
    for number, line in enumerate(lines, 1):
        if number % _REPORT_EVERY == 0:
            report(number)
        yield line


def read_lines(path: Path) -> Iterator[bytes]:
    """Return the lines of a file."""
    with path.open("rb", buffering=1 << 20) as stream:
        yield from stream


def line_stream(lines: Iterable[bytes]) -> IO[bytes]:
    """Return a readable binary stream over lines, for the engine's parser."""
    return cast("IO[bytes]", _LineStream(lines))


def parse_lines(lines: Iterable[bytes]) -> Iterator[Quad]:
    """Return the quads of canonical N-Quads lines, read as they are needed."""
    return cast("Iterator[Quad]", pyoxigraph.parse(line_stream(lines), RdfFormat.N_QUADS))


class GroundQuad(NamedTuple):
    """A quad of published data: no blank node, no triple term, always in a named graph."""

    subject: NamedNode
    predicate: str
    object: NamedNode | pyoxigraph.Literal
    graph: str


def parse_ground(lines: Iterable[bytes]) -> Iterator[GroundQuad]:
    """Return the quads of canonical N-Quads lines of published data, read as they are needed.

    In lines without a graph, as N-Triples has them, the graph is empty.
    """
    for quad in parse_lines(lines):
        graph = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""
        assert isinstance(quad.subject, NamedNode) and isinstance(quad.object, (NamedNode, pyoxigraph.Literal))
        yield GroundQuad(quad.subject, quad.predicate.value, quad.object, graph)


def _open(path: Path) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _term(term: Node) -> str:
    if isinstance(term, URIRef):
        return str(NamedNode(str(term)))
    if isinstance(term, Literal):
        if term.language:
            return str(pyoxigraph.Literal(str(term), language=str(term.language)))
        return str(pyoxigraph.Literal(str(term), datatype=NamedNode(str(term.datatype or _XSD_STRING))))
    if isinstance(term, BNode):
        raise ValueError("it has a blank node")
    raise ValueError(f"{term!r} is no RDF 1.1 term")


def _publishable(line: bytes, location: Location | None) -> bytes:
    if _NOT_XML.search(line):
        raise ReleaseError(
            f"A literal holds a control character, which RDF/XML cannot hold: {line.decode().strip()}",
            hint="Leave the character out.",
            location=location,
        )
    return line


class _LineStream:
    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = iter(lines)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        parts = [self._rest]
        length = len(self._rest)
        while size < 0 or length < size:
            line = next(self._lines, None)
            if line is None:
                break
            parts.append(line)
            length += len(line)
        data = b"".join(parts)
        if size < 0:
            self._rest = b""
            return data
        self._rest = data[size:]
        return data[:size]
