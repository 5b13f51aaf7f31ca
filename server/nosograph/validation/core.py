"""SHACL core constraints over a graph of any size, by the ``shacl`` engine, a piece of the graph at a time.

Most shapes are local: what they say of a focus node depends on that node's own triples, and with sh:class on the types
of its values. Such shapes are asked of a piece at a time, so memory is bounded by the piece. Any other shape is asked
of the whole graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from sys import intern
from typing import Final

import shacl
from pyoxigraph import NamedNode
from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SH
from rdflib.term import Node

from nosograph.errors import InputError, Location
from nosograph.validation.data import DataGraph
from nosograph.validation.findings import Finding, read_term
from nosograph.validation.shapes import TARGETS

PIECE: Final = 50_000
"""Lines in a piece; the engine takes about a kilobyte for each."""

_VALUE_PARAMETERS: Final = frozenset(
    {
        *(SH.datatype, SH.nodeKind, SH.pattern, SH.flags, SH.minLength, SH.maxLength, SH.languageIn, SH["in"]),
        *(SH.minExclusive, SH.minInclusive, SH.maxExclusive, SH.maxInclusive, SH.hasValue),
    }
)
_PAIR_PARAMETERS: Final = frozenset({SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals})
_PROPERTY_PARAMETERS: Final = frozenset(
    {
        *(SH.path, SH.minCount, SH.maxCount, SH.uniqueLang, SH["class"]),
        *(SH.qualifiedValueShape, SH.qualifiedMinCount, SH.qualifiedMaxCount),
        *_VALUE_PARAMETERS,
        *_PAIR_PARAMETERS,
    }
)
_ANNOTATIONS: Final = frozenset({RDF.type, SH.name, SH.description, SH.message, SH.severity, SH.deactivated})
_LOCAL_TARGETS: Final = frozenset({SH.targetClass, SH.targetSubjectsOf})


def find_core(
    data: DataGraph, shapes: Graph, locations: Mapping[URIRef, Location], *, piece: int = PIECE
) -> Iterator[Finding]:
    """Return what the core constraints of the shapes find in the data, read in pieces of so many lines.

    Raises:
        InputError: the engine cannot use the shapes.
    """
    core = Graph(bind_namespaces="none")
    for subject, predicate, value in shapes:
        if predicate not in (SH.sparql, SH.select, SH.prefixes, SH.declare):
            core.add((subject, predicate, value))
    targeted = {shape for target in TARGETS for shape in core.subjects(target, None)}
    local = {shape for shape in targeted if _is_local(shape, core)}
    if local:
        yield from _find_by_piece(data, core, _compile(_without_targets(core, targeted - local), locations), piece)
    if targeted - local:
        compiled = _compile(_without_targets(core, local), locations)
        yield from _find(compiled, b"".join(data.lines()), core)


def _is_local(shape: Node, shapes: Graph) -> bool:
    """Return whether a targeted shape depends only on its focus nodes' own triples and its values' types."""
    if any((shape, RDF.type, class_) in shapes for class_ in (RDFS.Class, OWL.Class)):
        return False
    members = [shape] if (shape, SH.path, None) in shapes else list(shapes.objects(shape, SH.property))
    allowed = _ANNOTATIONS | _LOCAL_TARGETS | (_VALUE_PARAMETERS | {SH.property})
    if members != [shape] and not _parameters(shape, shapes) <= allowed:
        return False
    for member in members:
        if not _parameters(member, shapes) <= _ANNOTATIONS | _LOCAL_TARGETS | _PROPERTY_PARAMETERS:
            return False
        if not all(isinstance(path, URIRef) for path in shapes.objects(member, SH.path)):
            return False
        for inner in shapes.objects(member, SH.qualifiedValueShape):
            if not _parameters(inner, shapes) <= _ANNOTATIONS | _VALUE_PARAMETERS:
                return False
    return True


def _parameters(shape: Node, shapes: Graph) -> set[Node]:
    """Return the predicates of a shape that can matter to an engine: those of SHACL."""
    return {predicate for predicate in shapes.predicates(shape) if str(predicate).startswith(str(SH))}


def _without_targets(shapes: Graph, untargeted: set[Node]) -> Graph:
    kept = Graph(bind_namespaces="none")
    for subject, predicate, value in shapes:
        if subject not in untargeted or predicate not in TARGETS:
            kept.add((subject, predicate, value))
    return kept


def _compile(shapes: Graph, locations: Mapping[URIRef, Location]) -> shacl.Shapes:
    try:
        return shacl.Shapes.from_text(shapes.serialize(format="nt"), format="ntriples")
    except ValueError as error:
        named = [shape for shape in locations if str(shape) in str(error)]
        raise InputError(
            f"The shapes cannot be used: {' '.join(str(error).split()).rstrip('.')}.",
            location=locations[named[0]] if named else Location("shapes"),
            hint="Correct the shape; the rules for shapes are at https://www.w3.org/TR/shacl/.",
        ) from error


def _find_by_piece(data: DataGraph, shapes: Graph, compiled: shacl.Shapes, size: int) -> Iterator[Finding]:
    wanted = {_bytes(predicate) for predicate in _read_predicates(shapes)}
    classed = {_bytes(path) for shape in shapes.subjects(SH["class"], None) for path in shapes.objects(shape, SH.path)}
    classes = _class_lines(data)
    piece: list[bytes] = []
    subjects: set[bytes] = set()
    values: set[bytes] = set()
    last = b""
    for line in data.lines():
        subject, predicate, rest = line.split(b" ", 2)
        if subject != last and len(piece) >= size:
            yield from _find(compiled, b"".join([*piece, *classes, *_type_lines(data, values)]), shapes, subjects)
            piece, subjects, values = [], set(), set()
        last = subject
        if predicate in wanted:
            piece.append(line)
            subjects.add(subject)
            if predicate in classed:
                values.add(rest[: -len(b" .\n")])
    yield from _find(compiled, b"".join([*piece, *classes, *_type_lines(data, values)]), shapes, subjects)


def _read_predicates(shapes: Graph) -> set[Node]:
    """Return the predicates whose triples the shapes read."""
    read: set[Node] = {RDF.type, RDFS.subClassOf}
    for parameter in (SH.path, SH.targetSubjectsOf, *_PAIR_PARAMETERS):
        read |= {value for value in shapes.objects(None, parameter) if isinstance(value, URIRef)}
    return read


def _class_lines(data: DataGraph) -> list[bytes]:
    below = data.store.quads_for_pattern(None, NamedNode(str(RDFS.subClassOf)), None)
    return [f"{quad.triple} .\n".encode() for quad in below]


def _type_lines(data: DataGraph, values: set[bytes]) -> Iterator[bytes]:
    """Return the types of values that may be described in another piece."""
    is_a = NamedNode(str(RDF.type))
    for value in values:
        if value.startswith(b"<"):
            for quad in data.store.quads_for_pattern(NamedNode(value[1:-1].decode()), is_a, None):
                yield f"{quad.triple} .\n".encode()


def _find(compiled: shacl.Shapes, text: bytes, shapes: Graph, subjects: set[bytes] | None = None) -> Iterator[Finding]:
    """Return what the engine finds in a text of N-Triples; about the given subjects only, in their spelling."""
    for result in compiled.validate_text(text.decode(), format="ntriples").results:
        if subjects is not None and result.focus_node.encode() not in subjects:
            continue
        yield Finding(
            focus=intern(_focus(result.focus_node)),
            shape=intern(str(result.source_shape).strip("<>")),
            component=intern(result.component_iri),
            constraint=None,
            path=None if result.path is None else intern(result.path.strip("<>")),
            value=None if result.value == result.focus_node else result.value,
            message=intern(" ".join(sorted(result.messages))),
        )


def _focus(spelled: str) -> str:
    """Return the IRI of a focus node, or the text of a literal."""
    return spelled[1:-1] if spelled.startswith("<") else str(read_term(spelled))


def _bytes(iri: Node) -> bytes:
    return f"<{iri}>".encode()
