"""What follows from a fact and its evidence: identifiers, status, direct triples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

import pyoxigraph
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from nosograph.rdf.names import DEFAULT_BASE, NOSO

HASH_LENGTH = 16
"""Hex digits of a digest in an IRI: 64 bits, so a chance clash among ten million facts is below one in 300,000."""


def to_pyoxigraph(term: Node) -> pyoxigraph.NamedNode | pyoxigraph.Literal:
    """Return an rdflib term as the engine's term."""
    if isinstance(term, URIRef):
        return pyoxigraph.NamedNode(str(term))
    assert isinstance(term, Literal)
    if term.language:
        return pyoxigraph.Literal(str(term), language=term.language)
    if term.datatype:
        return pyoxigraph.Literal(str(term), datatype=pyoxigraph.NamedNode(str(term.datatype)))
    return pyoxigraph.Literal(str(term))


def canonical(term: Node) -> str:
    """Return a term as canonical N-Triples writes it (RDF 1.1 N-Triples, section 4)."""
    return str(to_pyoxigraph(term))


def fact_iri(subject: Node, predicate: Node, object_: Node, context: Node | None = None) -> URIRef:
    """Return the IRI of the fact with this proposition: the same proposition has the same IRI on every machine.

    The digest is over the proposition's line in canonical N-Triples, or in canonical N-Quads with the context as
    the graph name, both with the line feed that ends it.
    """
    terms = [subject, predicate, object_] + ([context] if context is not None else [])
    line = " ".join(canonical(term) for term in terms) + " .\n"
    return URIRef(f"{DEFAULT_BASE}fact/{_digest(line)}")


def evidence_iri(fact: URIRef, description: Iterable[tuple[Node, Node]]) -> URIRef:
    """Return the IRI of a fact's evidence from its properties and values (the passage as its IRI)."""
    lines = sorted(f"{canonical(predicate)} {canonical(value)} .\n" for predicate, value in description)
    return URIRef(f"{fact}/evidence/{_digest(''.join(lines))}")


def passage_iri(source: URIRef, start: int, end: int) -> URIRef:
    """Return a passage's IRI: code points of the source's text from ``start`` up to, not including, ``end``."""
    return URIRef(f"{source}/passage/{start}-{end}")


def mapping_iri(subject: Node, predicate: Node, object_: Node, *qualifiers: Node) -> URIRef:
    """Return the IRI of a mapping from its triple, and from what tells it from other mappings with that triple."""
    line = " ".join(canonical(term) for term in (subject, predicate, object_, *qualifiers)) + " .\n"
    return URIRef(f"{DEFAULT_BASE}mapping/{_digest(line)}")


def status_of(evidence: Iterable[tuple[Node | None, Node | None]]) -> URIRef | None:
    """Return a fact's status from the stance and certainty of each of its evidence nodes; None without evidence.

    Only supporting, one at least stated: affirmed. Only supporting, none stated: hypothesised. Supporting and
    disputing: contested. Only disputing: denied.
    """
    pairs = list(evidence)
    supporting = [certainty for stance, certainty in pairs if stance == NOSO.supports]
    disputing = any(stance == NOSO.disputes for stance, _ in pairs)
    if supporting and disputing:
        return NOSO.contested
    if supporting:
        return NOSO.affirmed if NOSO.stated in supporting else NOSO.hypothesised
    return NOSO.denied if disputing else None


def super_properties(ontology: Graph) -> Mapping[URIRef, frozenset[URIRef]]:
    """Return the super-properties of each property of the vocabulary within the vocabulary, itself included."""
    parents: dict[URIRef, set[URIRef]] = {}
    for child, parent in ontology.subject_objects(RDFS.subPropertyOf):
        if isinstance(child, URIRef) and isinstance(parent, URIRef) and parent.startswith(str(NOSO)):
            parents.setdefault(child, set()).add(parent)
    predicates = {term for term in ontology.subjects(RDF.type, NOSO.FactPredicate) if isinstance(term, URIRef)}
    return {predicate: frozenset(_reach([predicate], parents)) for predicate in predicates | set(parents)}


def direct_triples(
    affirmed: Iterable[tuple[Node, URIRef, Node]],
    ontology: Graph,
    refused: Set[tuple[Node, URIRef, Node]] = frozenset(),
) -> Iterator[tuple[Node, URIRef, Node]]:
    """Return the bare triples that affirmed propositions allow.

    These are each proposition itself, the same with every super-property of the vocabulary, the inverse of
    ``noso:hasSubtype``, and the transitive closure ``noso:hasSubtypeTransitive``. A bare triple has neither context nor
    evidence, so none is derived that some fact denies or contests, in whatever context. Nor is a condition a subtype at
    any depth by a chain that passes over one whose place below the first is denied or contested.

    Args:
        affirmed: subject, predicate and object of each affirmed fact.
        ontology: the vocabulary, for the super-properties.
        refused: subject, predicate and object of each fact that is denied or contested.
    """
    supers = super_properties(ontology)
    narrower: dict[Node, set[Node]] = {}
    not_below: dict[Node, set[Node]] = {}
    for subject, predicate, object_ in refused:
        if predicate == NOSO.hasSubtype:
            not_below.setdefault(subject, set()).add(object_)
    for proposition in affirmed:
        subject, predicate, object_ = proposition
        derived = [(subject, wider, object_) for wider in supers.get(predicate, frozenset({predicate}))]
        if predicate == NOSO.hasSubtype and proposition not in refused:
            derived.append((object_, NOSO.subtypeOf, subject))
            narrower.setdefault(subject, set()).add(object_)
        yield from (triple for triple in derived if triple not in refused)
    for broad in narrower:
        below = _reach(narrower[broad], narrower, not_below.get(broad, frozenset()))
        closure = ((broad, NOSO.hasSubtypeTransitive, narrow) for narrow in below)
        yield from (triple for triple in closure if triple not in refused)


def _reach(starts: Iterable[Any], edges: Mapping[Any, set[Any]], without: Set[Any] = frozenset()) -> set[Any]:
    """Return the nodes that can be reached, those at the start included, without those that must not be entered.

    A cycle ends the walk, not the program.
    """
    reached = set(starts) - without
    ahead = list(reached)
    while ahead:
        found = edges.get(ahead.pop(), set()) - reached - without
        reached |= found
        ahead += found
    return reached


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:HASH_LENGTH]
