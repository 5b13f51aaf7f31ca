"""What follows from a fact and its evidence: identifiers, provenance, status, direct triples."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Set

import pyoxigraph
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from nosograph.rdf import iris
from nosograph.rdf.names import DEFAULT_BASE, NOSO
from nosograph.rdf.reachability import reachable
from nosograph.vocabulary.terms import Vocabulary

HASH_LENGTH = 16
"""Hex digits of a digest in an IRI: 64 bits, so a chance clash among ten million facts is below one in 300,000."""

CURATED_BY = URIRef(iris.PAV_CURATED_BY)
CURATED_ON = URIRef(iris.PAV_CURATED_ON)
"""Who recorded a piece of evidence, and when (PAV 2.3; curatedBy is a kind of prov:wasAttributedTo)."""

REVIEWED_BY = URIRef(iris.SCHEMA_REVIEWED_BY)
REVIEWED_ON = URIRef(iris.SCHEMA_LAST_REVIEWED)
"""Who has compared a piece of evidence with its source since, and when."""


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
    return URIRef(name_fact(*map(canonical, terms)))


def name_fact(*terms: str) -> str:
    """Return the IRI of the fact with a proposition whose terms are spelled as canonical N-Triples have them."""
    line = " ".join(terms) + " .\n"
    return f"{DEFAULT_BASE}fact/{_digest(line)}"


def evidence_iri(fact: URIRef, description: Iterable[tuple[Node, Node]]) -> URIRef:
    """Return the IRI of a fact's evidence from its properties and values (the passage as its IRI).

    A review is left out, because it changes nothing of what it finds right.
    """
    pairs = (pair for pair in description if pair[0] not in (REVIEWED_BY, REVIEWED_ON))
    return URIRef(name_evidence(fact, (f"{canonical(name)} {canonical(value)} .\n" for name, value in pairs)))


def name_evidence(fact: str, lines: Iterable[str]) -> str:
    """Return the IRI of a fact's evidence from its properties and values, a spelled pair to a line, in any order."""
    return f"{fact}/evidence/{_digest(''.join(sorted(lines)))}"


def passage_iri(source: URIRef, start: int, end: int) -> URIRef:
    """Return a passage's IRI: code points of the source's text from ``start`` up to, not including, ``end``."""
    return URIRef(f"{source}/passage/{start}-{end}")


def mapping_iri(subject: Node, predicate: Node, object_: Node, *qualifiers: Node) -> URIRef:
    """Return the IRI of a mapping from its triple, and from what tells it from other mappings with that triple."""
    line = " ".join(canonical(term) for term in (subject, predicate, object_, *qualifiers)) + " .\n"
    return URIRef(f"{DEFAULT_BASE}mapping/{_digest(line)}")


def evidence_provenance(facts: Graph, sources: Graph) -> Iterator[tuple[Node, URIRef, Node]]:
    """Return what each piece of evidence does not say of itself: curator, date of curation, kind of evidence.

    Curator and date are those who read its source, and the day when they did. What a person recorded from a text is the
    statement of its author: a traceable one where a reference is given for it (ECO:0000304), or not (ECO:0000303).

    Args:
        facts: the evidence.
        sources: the sources, with noso:readBy and noso:readOn.
    """
    code, cites, traceable, other = NOSO.evidenceCode, NOSO.cites, NOSO.traceableAuthorStatement, NOSO.authorStatement
    readings: dict[Node, list[tuple[URIRef, Node]]] = {}
    for link, reading in ((CURATED_BY, NOSO.readBy), (CURATED_ON, NOSO.readOn)):
        for source, value in sources.subject_objects(reading):
            readings.setdefault(source, []).append((link, value))
    for evidence, source in facts.subject_objects(NOSO.source):
        said = set(facts.predicates(evidence))
        yield from ((evidence, link, value) for link, value in readings.get(source, ()) if link not in said)
        if code not in said:
            yield evidence, code, traceable if cites in said else other


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


def direct_triples(
    affirmed: Iterable[tuple[Node, URIRef, Node]],
    vocabulary: Vocabulary,
    refused: Set[tuple[Node, URIRef, Node]] = frozenset(),
) -> Iterator[tuple[Node, URIRef, Node]]:
    """Return the bare triples that affirmed propositions allow.

    These are each proposition itself, the same with every super-property of the vocabulary, that of the inverse of its
    predicate (``owl:inverseOf``), and the closure of its predicate where a super-property is transitive. A bare triple
    has neither context nor evidence, so none is derived that some fact denies or contests, in whatever context. Nor
    does a closure pass over a resource whose relation with the first is denied or contested.

    Args:
        affirmed: subject, predicate and object of each affirmed fact.
        vocabulary: the vocabulary, for what follows from a predicate.
        refused: subject, predicate and object of each fact that is denied or contested.
    """
    wider: dict[URIRef, list[URIRef]] = {}
    edges: dict[URIRef, dict[Node, set[Node]]] = {}
    derived = vocabulary.derived
    for proposition in affirmed:
        subject, predicate, object_ = proposition
        known = vocabulary.predicate(str(predicate))
        if predicate not in wider:
            wider[predicate] = [URIRef(iri) for iri in (known.wider | {str(predicate)}) - known.closures]
        found: list[tuple[Node, URIRef, Node]] = [(subject, name, object_) for name in wider[predicate]]
        if proposition not in refused:
            if known.inverse in derived:
                found.append((object_, URIRef(known.inverse), subject))
            for closure in known.closures & derived:
                edges.setdefault(URIRef(closure), {}).setdefault(subject, set()).add(object_)
        yield from (triple for triple in found if triple not in refused)
    barred: dict[URIRef, dict[Node, set[Node]]] = {}
    for subject, predicate, object_ in refused:
        for closure in vocabulary.predicate(str(predicate)).closures & derived:
            barred.setdefault(URIRef(closure), {}).setdefault(subject, set()).add(object_)
    for name, narrower in edges.items():
        for broad in narrower:
            below = _below(narrower, broad, barred.get(name, {}).get(broad, frozenset()))
            yield from (triple for triple in ((broad, name, narrow) for narrow in below) if triple not in refused)


def _below(narrower: Mapping[Node, set[Node]], broad: Node, barred: Set[Node]) -> Iterator[Node]:
    """Return what a chain reaches from a resource without one that is barred."""

    def steps(node: Node) -> set[Node]:
        return narrower.get(node, set()) - barred

    return reachable(steps(broad), steps)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:HASH_LENGTH]
