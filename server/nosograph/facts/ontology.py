"""Reads the vocabulary of curated files, and tells what it lacks or says twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pyoxigraph import NamedNode, Triple
from rdflib import Graph, URIRef
from rdflib.term import Node

from nosograph.errors import InputError, Location
from nosograph.facts.derivation import to_pyoxigraph
from nosograph.rdf.names import CODE_SYSTEMS, STANDARD_PREFIXES
from nosograph.vocabulary.reading import read_vocabulary
from nosograph.vocabulary.terms import Role, Vocabulary

RESERVED: Final = frozenset(
    {
        "about",
        "catalog",
        "changes",
        "compare",
        "concept",
        "docs",
        "downloads",
        "dumps",
        "evidence",
        "genid",
        "graph",
        "healthz",
        "hierarchy",
        "mapping-set",
        "metrics",
        "ontology",
        "passage",
        "query",
        "questions",
        "readyz",
        "reconcile",
        "search",
        "shapes",
        "sparql",
        "static",
        "term",
        "timegate",
        "timemap",
        "xref",
    }
)
"""Path segments that are addresses of the software itself, or its names for parts of resources and for terms."""

_WORDS: Final = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")


def vocabulary_of(ontology: Graph) -> Vocabulary:
    """Return the vocabulary that an rdflib graph describes; what no published graph could hold is left out."""
    return read_vocabulary(_triples(ontology))


def _triples(graph: Graph) -> Iterator[Triple]:
    for subject, predicate, object_ in graph:
        terms: tuple[Node, ...] = (subject, predicate, object_)
        try:
            first, second, third = (to_pyoxigraph(term) for term in terms)
        except (AssertionError, ValueError):
            continue
        if isinstance(first, NamedNode) and isinstance(second, NamedNode):
            yield Triple(first, second, third)


def check_vocabulary(vocabulary: Vocabulary, locations: Mapping[URIRef, Location]) -> Iterator[InputError]:
    """Return what is wrong with a vocabulary: what the software could not show, or would show in two ways.

    Args:
        vocabulary: the vocabulary.
        locations: where each term is described.
    """
    for iri, what, hint in (*_namespaces(vocabulary), *_classes(vocabulary), *_display(vocabulary)):
        yield InputError(what, location=locations.get(URIRef(iri), Location("ontology/")), hint=hint)


def _namespaces(vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    for prefix, start in vocabulary.namespaces.items():
        known = STANDARD_PREFIXES | CODE_SYSTEMS | dict.fromkeys([*vocabulary.kinds, "graph"], "")
        if known.get(prefix, start) != start:
            yield (
                vocabulary.ontology,
                f"The prefix {prefix!r} of the ontology stands for something else already.",
                "Choose another vann:preferredNamespacePrefix.",
            )
        for other in (
            name for name, iri in (STANDARD_PREFIXES | CODE_SYSTEMS).items() if iri == start != known.get(prefix)
        ):
            yield (
                vocabulary.ontology,
                f"The namespace {start} of the ontology has the prefix {other!r} already.",
                f"Give {other} as vann:preferredNamespacePrefix: with two, IRIs would be abbreviated in two ways.",
            )
        if not start.endswith(("#", "/")):
            yield (
                vocabulary.ontology,
                f"The namespace {start} ends in neither # nor /.",
                "Correct vann:preferredNamespaceUri: the local names of its terms follow it.",
            )


def _classes(vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    for entry in vocabulary.classes:
        if not _WORDS.match(entry.kind) or entry.kind in RESERVED or entry.kind in STANDARD_PREFIXES | CODE_SYSTEMS:
            yield (
                entry.iri,
                f"{entry.kind!r} cannot be the path segment of a class.",
                "Use lower-case words joined by hyphens, but no prefix of a vocabulary and none of: "
                f"{', '.join(sorted(RESERVED))}.",
            )
    for kind, iri in _repeated((entry.kind, entry.iri) for entry in vocabulary.classes):
        yield iri, f"The path segment {kind!r} is given to two classes.", "Give each class a segment of its own."
    for entry in [entry for entry in vocabulary.classes if entry.focus][1:]:
        yield entry.iri, "A second class is the focus.", "Leave 'noso:focus true' on one class."


def _display(vocabulary: Vocabulary) -> Iterator[tuple[str, str, str]]:
    for section in vocabulary.sections:
        if not _WORDS.match(section.anchor):
            yield (
                section.iri,
                f"{section.anchor!r} cannot be the anchor of a section.",
                "Give it a noso:anchor of lower-case words joined by hyphens.",
            )
    for anchor, iri in _repeated((section.anchor, section.iri) for section in vocabulary.sections):
        yield iri, f"The anchor {anchor!r} is given to two sections.", "Give each section an anchor of its own."
    sections = {"", *(section.iri for section in vocabulary.sections)}
    columns = {"", *(column.iri for column in vocabulary.columns)}
    qualifiers = {"", *(qualifier.iri for qualifier in vocabulary.qualifiers)}
    for entry in vocabulary.classes:
        if entry.column not in columns:
            yield entry.iri, f"{entry.column} is not a column of the drawing.", "Type it noso:DrawingColumn."
    for line in vocabulary.summary:
        if not (line.label and line.question and line.roles):
            yield (
                line.iri,
                "The line of the summary lacks a label, a question or a role.",
                "Give it rdfs:label, noso:question and noso:role, or leave it out.",
            )
    for predicate in vocabulary.predicates.values():
        for section_iri in {predicate.section, predicate.context_section} - sections:
            yield predicate.iri, f"{section_iri} is not a section of pages.", "Type it sh:PropertyGroup."
        if predicate.column not in columns:
            yield predicate.iri, f"{predicate.column} is not a column of the drawing.", "Type it noso:DrawingColumn."
        if predicate.grouped_by not in qualifiers:
            yield predicate.iri, f"{predicate.grouped_by} is not a qualifier.", "Type it noso:Qualifier."
        for limiting in predicate.restricted_by - set(vocabulary.predicates):
            yield predicate.iri, f"{limiting} is not a predicate of facts.", "Type it noso:FactPredicate."
        if Role.FORM in predicate.roles and not (predicate.inverse and predicate.closures):
            yield (
                predicate.iri,
                "The predicate that leads to forms has no inverse, or no wider predicate that is transitive.",
                "Give it a property with owl:inverseOf, and an rdfs:subPropertyOf that is an owl:TransitiveProperty.",
            )


def _repeated(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Return each pair whose first part a pair before it has."""
    seen: set[str] = set()
    for name, iri in pairs:
        if name in seen:
            yield name, iri
        seen.add(name)
