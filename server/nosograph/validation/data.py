"""The data graph as the engines need it: an indexed store, lines of N-Triples, and literals as they were written."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse
from rdflib import Graph, URIRef
from rdflib.term import Node

from nosograph.errors import InputError, Location
from nosograph.rdf.lines import graph_part, union_lines
from nosograph.rdf.lines import read_lines as lines_of
from nosograph.rdf.literals import conversions_unlogged
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.rdf.reachability import reachable
from nosograph.validation.findings import spell, to_rdflib

Lines = Callable[[], Iterable[bytes]]

MOST_REWRITTEN: Final = 1_000
"""How many subjects may have a literal that the store rewrites: pySHACL validates them, some 0.1 s for each."""

_SUB_CLASS_OF: Final = NamedNode(STANDARD_PREFIXES["rdfs"] + "subClassOf")
_PIECE: Final = 200_000
# Typed literals that the store keeps as they are, by far the most; any other is tried out.
_KEPT: Final = re.compile(
    rb'"(?:0|-?[1-9][0-9]{0,17})"\^\^<http://www\.w3\.org/2001/XMLSchema#integer>'
    rb'|"[1-9][0-9]{3}-[01][0-9]-[0-3][0-9]"\^\^<http://www\.w3\.org/2001/XMLSchema#date>'
    rb'|"(?:true|false)"\^\^<http://www\.w3\.org/2001/XMLSchema#boolean>'
    rb'|".*"\^\^<http://www\.w3\.org/2001/XMLSchema#anyURI>'
)


@dataclass(frozen=True)
class DataGraph:
    """A data graph (SHACL, section 3.2) without a blank node.

    Attributes:
        store: its triples, in the default graph. The store rewrites some literals: derived integer types, numbers and
            times that are not in canonical form.
        lines: reads its triples as distinct lines of N-Triples, all lines of a subject together; can be called again.
        written: every triple of the subjects with a literal that the store rewrites, as it was written.
    """

    store: Store
    lines: Lines
    written: Graph = field(default_factory=lambda: Graph(bind_namespaces="none"))


def read_graphs(graphs: Iterable[Graph], locations: Mapping[URIRef, Location]) -> DataGraph:
    """Return the union of rdflib graphs as a data graph.

    Raises:
        InputError: a triple has a term that RDF 1.1 or a release cannot have; with the subject's location.
    """
    spelled: dict[Node, str] = {}
    found: set[bytes] = set()
    for graph in graphs:
        for triple in graph:
            try:
                subject, predicate, obj = (spelled.get(term) or _spell(term, spelled) for term in triple)
            except ValueError as error:
                raise InputError(
                    f"The triple {' '.join(map(str, triple))} cannot be validated: {error}.",
                    location=locations.get(triple[0]) if isinstance(triple[0], URIRef) else None,
                    hint="Write an IRI or a literal there.",
                ) from error
            found.add(f"{subject} {predicate} {obj} .\n".encode())
    lines = sorted(found)
    return read_lines(lambda: lines)


@conversions_unlogged()
def read_lines(lines: Lines, *, most_rewritten: int = MOST_REWRITTEN) -> DataGraph:
    """Return the data graph of distinct lines of N-Triples in which all lines of a subject stand together.

    Memory grows with the store (about 350 bytes a triple), not with the lines.

    Raises:
        InputError: more subjects than ``most_rewritten`` have a literal that the store rewrites.
    """
    store = Store()
    written = Graph(bind_namespaces="none")
    rewriting = _Rewriting()
    subjects = 0
    piece: list[bytes] = []
    for subject, group in itertools.groupby(lines(), key=subject_of):
        block = list(group)
        piece += block
        if any(rewriting.concerns(line) for line in block if b'"' in line):
            subjects += 1
            for triple in map(_as_written, block):
                written.add(triple)
        if subjects > most_rewritten:
            raise InputError(
                f"More than {most_rewritten} resources have a literal that is not in canonical form, such as "
                f"{subject.decode()}.",
                hint="Write numbers, times and language tags in canonical form: 7, not 07; en, not EN.",
            )
        if len(piece) >= _PIECE:
            store.bulk_load(b"".join(piece), RdfFormat.N_TRIPLES)
            piece.clear()
    store.bulk_load(b"".join(piece), RdfFormat.N_TRIPLES)
    return DataGraph(store, lines, written)


def read_quads(path: Path, *, without: Collection[str] = ()) -> DataGraph:
    """Return the union of the graphs in a file of sorted canonical N-Quads, as a build holds them.

    Args:
        path: the file; it is read again for each engine.
        without: IRIs of the graphs to leave out, such as that of the shapes.
    """
    left_out = {iri.encode() for iri in without}

    def lines() -> Iterator[bytes]:
        return union_lines(line for line in lines_of(path) if graph_part(line) not in left_out)

    return read_lines(lines)


def subject_of(line: bytes) -> bytes:
    """Return the subject of a line of N-Triples, with its brackets."""
    return line.partition(b" ")[0]


def classes_below(store: Store, class_: str) -> Iterator[str]:
    """Return a class and every class below it, by rdfs:subClassOf at any depth (SHACL, section 3.5)."""

    def steps(current: str) -> Iterator[str]:
        for quad in store.quads_for_pattern(None, _SUB_CLASS_OF, NamedNode(current)):
            if isinstance(quad.subject, NamedNode):
                yield quad.subject.value

    return reachable([class_], steps)


class _Rewriting:
    """Finds whether the store would rewrite the literal of a line; each literal is tried once."""

    def __init__(self) -> None:
        self._store = Store()
        self._known: dict[bytes, bool] = {}

    def concerns(self, line: bytes) -> bool:
        obj = line.split(b" ", 2)[2].rstrip(b" .\n")
        if obj.endswith(b'"') or obj.startswith(b"<") or _KEPT.fullmatch(obj):
            return False
        if not obj.endswith(b">"):
            tag = obj.rpartition(b'"@')[2]
            return tag != tag.lower()
        if obj not in self._known:
            self._known[obj] = self._is_rewritten(line)
        return self._known[obj]

    def _is_rewritten(self, line: bytes) -> bool:
        quad = next(iter(parse(line, RdfFormat.N_TRIPLES)))
        self._store.clear()
        self._store.add(Quad(quad.subject, quad.predicate, quad.object))
        return bool(next(iter(self._store)).object != quad.object)


def _spell(term: Node, spelled: dict[Node, str]) -> str:
    spelled[term] = text = spell(term)
    return text


def _as_written(line: bytes) -> tuple[Node, Node, Node]:
    quad = next(iter(parse(line, RdfFormat.N_TRIPLES)))
    obj = line.rstrip(b" .\n")
    tag = obj.rpartition(b'"@')[2].decode() if not obj.endswith((b'"', b">")) else None
    return to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object, tag)
