"""Reads the graph of a release by pattern: the one way in which pages, documents and the public API look at it.

Nothing here evaluates a query: the engine's parser can bring its process down, a look-up by pattern cannot. No text of
a client reaches the engine except as an IRI.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from nosograph.errors import Location, ReleaseError
from nosograph.rdf import iris
from nosograph.release.names import REBUILD

Term = NamedNode | BlankNode | Literal | Triple

LABELS: Final = (
    iris.SKOS_PREF_LABEL,
    iris.RDFS_LABEL,
    iris.DCTERMS_TITLE,
    iris.noso("title"),
    iris.SCHEMA_NAME,
)
"""Predicates of labels, the most particular first."""

NAMING: Final = (*LABELS, iris.RDF_TYPE)
"""Predicates of what a page needs of a resource that it only names."""


class QuadSource(Protocol):
    """What quads are read from: an engine's store, or anything that answers the same patterns."""

    def quads_for_pattern(
        self,
        subject: NamedNode | BlankNode | None,
        predicate: NamedNode | None,
        object: Term | None,
        graph_name: NamedNode | BlankNode | DefaultGraph | None = None,
        /,
    ) -> Iterator[Quad]:
        """Return the quads that match; None matches everything."""
        ...


def open_store(folder: Path) -> Store:
    """Return the store in a folder of a release, opened read-only, which takes milliseconds.

    Raises:
        ReleaseError: the store cannot be opened.
    """
    try:
        return Store.read_only(str(folder))
    except (OSError, RuntimeError, ValueError) as error:
        raise ReleaseError(
            f"The store of the release cannot be opened: {error}.", location=Location(str(folder)), hint=REBUILD
        ) from error


def quads_in_memory(quads: Iterable[Quad]) -> QuadSource:
    """Return a source of some quads of named graphs, with their union in the default graph as a store has it."""
    store = Store()
    for quad in quads:
        store.add(quad)
        store.add(Quad(quad.subject, quad.predicate, quad.object))
    return store


class GraphReader:
    """Reads one opened store, and remembers what it has read; make one for each request.

    ``statements`` and ``pointing`` return quads, which name their graphs. Everything else answers about the union of
    the named graphs, which a store also holds in its default graph: a triple in several graphs counts once. Every
    answer but those of ``match``, ``having`` and ``pointing`` is in a fixed order.

    Args:
        source: the store.
    """

    def __init__(self, source: QuadSource) -> None:
        self._source = source
        self._whole: dict[str, tuple[Quad, ...]] = {}
        self._divided: set[str] = set()
        self._lines: dict[str, bytes] = {}
        self._part_lines: dict[str, tuple[frozenset[str], bytes]] = {}
        self._parts: dict[tuple[str, str], tuple[Quad, ...]] = {}
        self._objects: dict[tuple[str, str], tuple[Term, ...]] = {}
        self._described: dict[str, Mapping[str, tuple[Term, ...]]] = {}
        self._subjects: dict[tuple[str, str], tuple[str, ...]] = {}

    def statements(self, subject: str, predicate: str | None = None) -> tuple[Quad, ...]:
        """Return the quads of the named graphs with this subject, or of those the ones with this predicate.

        All of a subject take one look-up, which answers every later question about it.
        """
        if subject in self._lines:
            self._whole[subject] = tuple(parse(self._lines.pop(subject), format=RdfFormat.N_QUADS))
        if predicate is None:
            if subject not in self._whole:
                self._whole[subject] = self._read(subject)
            return self._whole[subject]
        if subject in self._part_lines and predicate in self._part_lines[subject][0]:
            predicates, lines = self._part_lines.pop(subject)
            self._divide(subject, parse(lines, format=RdfFormat.N_QUADS), predicates)
        if subject in self._whole:
            if subject not in self._divided:
                self._divide(subject, self._whole[subject])
                self._divided.add(subject)
            return self._parts.get((subject, predicate), ())
        if (subject, predicate) not in self._parts:
            self._parts[subject, predicate] = self._read(subject, predicate)
        return self._parts[subject, predicate]

    def knows(self, subject: str, predicate: str) -> bool:
        """Return whether the quads with a subject and a predicate are known without a look-up."""
        predicates, _ = self._part_lines.get(subject, ((), b""))
        return (
            subject in self._whole
            or subject in self._lines
            or (subject, predicate) in self._parts
            or predicate in predicates
        )

    def keep_statements(self, subject: str, lines: bytes) -> None:
        """Take all quads with a subject, as lines of N-Quads in a fixed order; they are parsed when needed."""
        self._lines[subject] = lines

    def keep_parts(self, subject: str, predicates: Iterable[str], lines: bytes) -> None:
        """Take all quads with a subject and one of some predicates, as lines of N-Quads in a fixed order."""
        self._part_lines[subject] = (frozenset(predicates), lines)

    def keep_subjects(self, predicate: str, object: str, subjects: Iterable[str]) -> None:
        """Take every subject that is an IRI and has an IRI as an object of a predicate."""
        self._subjects[predicate, object] = tuple(sorted(set(subjects)))

    def pointing(self, object: str) -> Iterator[Quad]:
        """Return the quads of the named graphs with this IRI as their object, in the store's order."""
        node = _node(object)
        if node is not None:
            yield from _of_named_graphs(self._source.quads_for_pattern(None, None, node))

    def match(
        self, subject: NamedNode | None = None, predicate: NamedNode | None = None, object: Term | None = None
    ) -> Iterator[Quad]:
        """Return the triples that match, each once, in the store's order; None matches everything."""
        return self._source.quads_for_pattern(subject, predicate, object, DefaultGraph())

    def holds_subject(self, subject: str) -> bool:
        """Return whether anything is said of this IRI."""
        if subject in self._whole or subject in self._lines:
            return bool(self.statements(subject))
        node = _node(subject)
        return node is not None and next(self.match(node), None) is not None

    def objects(self, subject: str, predicate: str) -> tuple[Term, ...]:
        """Return every object of a subject and a predicate."""
        if subject in self._whole or subject in self._lines:
            return self.described(subject).get(predicate, ())
        if (subject, predicate) not in self._objects:
            quads = self.statements(subject, predicate)
            self._objects[subject, predicate] = _in_order(quad.object for quad in quads)
        return self._objects[subject, predicate]

    def described(self, subject: str) -> Mapping[str, tuple[Term, ...]]:
        """Return every object of a subject by predicate; all of them take one look-up."""
        if subject not in self._described:
            found: dict[str, list[Term]] = {}
            for quad in self.statements(subject):
                found.setdefault(quad.predicate.value, []).append(quad.object)
            self._described[subject] = {predicate: _in_order(terms) for predicate, terms in found.items()}
        return self._described[subject]

    def iris(self, subject: str, predicate: str) -> tuple[str, ...]:
        """Return every object that is an IRI, as strings."""
        return tuple(term.value for term in self.objects(subject, predicate) if isinstance(term, NamedNode))

    def iri(self, subject: str, predicate: str) -> str | None:
        """Return the first object that is an IRI, or None."""
        return next(iter(self.iris(subject, predicate)), None)

    def literals(self, subject: str, predicate: str) -> tuple[Literal, ...]:
        """Return every object that is a literal."""
        return tuple(term for term in self.objects(subject, predicate) if isinstance(term, Literal))

    def literal(self, subject: str, predicate: str, language: str = "en") -> Literal | None:
        """Return one literal: the one in the language, else one without a language, else any; None if there is none."""
        found = self.literals(subject, predicate)
        for wanted in (language, None):
            for literal in found:
                if literal.language == wanted:
                    return literal
        return found[0] if found else None

    def value(self, subject: str, predicate: str) -> str | None:
        """Return the text of one literal, chosen as ``literal`` does, or None."""
        literal = self.literal(subject, predicate)
        return None if literal is None else literal.value

    def label(self, iri: str) -> Literal | None:
        """Return the label of a resource, by the first of ``LABELS`` that it has, or None."""
        return next(filter(None, (self.literal(iri, predicate) for predicate in LABELS)), None)

    def subjects(self, predicate: str, object: str, limit: int | None = None) -> tuple[str, ...]:
        """Return every subject that is an IRI and has this IRI as an object of the predicate.

        Args:
            predicate: the predicate's IRI.
            object: the object's IRI.
            limit: stop reading after so many, which keeps a look-up short however large the graph is.
        """
        known = self._subjects.get((predicate, object))
        if known is not None and (limit is None or len(known) <= limit):
            return known
        node = _node(object)
        if node is None:
            return ()
        found: set[str] = set()
        for quad in self.match(None, NamedNode(predicate), node):
            if isinstance(quad.subject, NamedNode):
                if len(found) == limit and quad.subject.value not in found:
                    return tuple(sorted(found))
                found.add(quad.subject.value)
        self._subjects[predicate, object] = tuple(sorted(found))
        return self._subjects[predicate, object]

    def having(self, predicate: str, limit: int) -> Iterator[Quad]:
        """Return the triples with this predicate, at most ``limit``."""
        return islice(self.match(None, NamedNode(predicate)), limit)

    def count_typed(self, graph: str, class_iri: str) -> int:
        """Return how many resources of a class one named graph types."""
        return sum(1 for _ in self.typed(graph, class_iri))

    def typed(self, graph: str, class_iri: str) -> Iterator[Quad]:
        """Return the statements of one named graph that type resources with a class."""
        type_ = NamedNode(iris.RDF_TYPE)
        return iter(self._source.quads_for_pattern(None, type_, NamedNode(class_iri), NamedNode(graph)))

    def about(self, subject: str, without: str = "") -> tuple[tuple[str, Term], ...]:
        """Return every predicate and object of a subject, but none that only the graph named ``without`` states."""
        found = {
            (quad.predicate.value, quad.object)
            for quad in self.statements(subject)
            if not (isinstance(quad.graph_name, NamedNode) and quad.graph_name.value == without)
        }
        return tuple(sorted(found, key=lambda pair: (pair[0], str(pair[1]))))

    def holds(self, subject: str, predicate: str, object: str) -> bool:
        """Return whether a triple of three IRIs is there."""
        return object in self.iris(subject, predicate)

    def _divide(self, subject: str, quads: Iterable[Quad], predicates: Iterable[str] = ()) -> None:
        """Keep quads of a subject by their predicates, of which some may have none."""
        parts: dict[tuple[str, str], list[Quad]] = {(subject, predicate): [] for predicate in predicates}
        for quad in quads:
            parts.setdefault((subject, quad.predicate.value), []).append(quad)
        self._parts |= {part: tuple(found) for part, found in parts.items()}

    def _read(self, subject: str, predicate: str | None = None) -> tuple[Quad, ...]:
        node = _node(subject)
        if node is None:
            return ()
        found = self._source.quads_for_pattern(node, None if predicate is None else NamedNode(predicate), None)
        quads = tuple(_of_named_graphs(found))
        return quads if len(quads) < 2 else tuple(sorted(quads, key=str))


def _in_order(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return some terms, each once, in a fixed order."""
    found = tuple(terms)
    return found if len(found) < 2 else tuple(sorted(set(found), key=str))


def _of_named_graphs(quads: Iterable[Quad]) -> Iterator[Quad]:
    return (quad for quad in quads if not isinstance(quad.graph_name, DefaultGraph))


def _node(iri: str) -> NamedNode | None:
    try:
        return NamedNode(iri)
    except ValueError:
        return None
