"""Finds the term that a mistyped one was meant to be, among those that can stand where it stands."""

from __future__ import annotations

from collections.abc import Collection

from rapidfuzz import process
from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF, SKOS
from rdflib.term import Node

from nosograph.rdf.names import NOSO

_PROPERTIES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


class Suggestions:
    """The terms of a vocabulary by where they can stand; each mistyped term is compared once for each position."""

    def __init__(self, ontology: Graph, terms: Collection[Node]) -> None:
        self._ontology = ontology
        self._terms = sorted(str(term) for term in terms if isinstance(term, URIRef))
        self._found: dict[tuple[str, Node | None], URIRef | None] = {}

    def closest(self, mistyped: str, predicate: Node | None) -> URIRef | None:
        """Return the most similar term, or None where the vocabulary has none.

        Args:
            mistyped: IRI of what was written.
            predicate: the predicate whose value it is: for the object of a fact, that of the fact. None where it is a
                predicate itself.
        """
        key = mistyped, predicate
        if key not in self._found:
            fitting = [term for term in self._terms if self._fits(URIRef(term), predicate)] or self._terms
            found = process.extractOne(mistyped, fitting, processor=str.lower)
            self._found[key] = URIRef(found[0]) if found else None
        return self._found[key]

    def _fits(self, term: URIRef, predicate: Node | None) -> bool:
        """Return whether a term can be the value of a predicate; for None, whether it can be a predicate."""
        if predicate is None:
            return any((term, RDF.type, class_) in self._ontology for class_ in _PROPERTIES)
        if predicate == RDF.type:
            return (term, RDF.type, OWL.Class) in self._ontology
        if predicate == RDF.predicate:
            return (term, RDF.type, NOSO.FactPredicate) in self._ontology
        scheme = self._ontology.value(predicate, NOSO.valueScheme)
        return scheme is None or (term, SKOS.inScheme, scheme) in self._ontology
