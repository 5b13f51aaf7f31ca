"""What the vocabulary lets a table say: predicates, columns of evidence, values, and classes.

This is the one module of the room that knows how the vocabulary says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Final

from rdflib import Graph, URIRef
from rdflib.namespace import RDF, RDFS, SKOS, XSD
from rdflib.term import Node

from nosograph.curation.names import CuratedNames
from nosograph.facts.assembly import EVIDENCE_PROPERTIES
from nosograph.facts.derivation import CURATED_BY, CURATED_ON, REVIEWED_BY, REVIEWED_ON
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES, last_segment
from nosograph.vocabulary.terms import UNLABELLED_KINDS

_DOMAIN: Final = URIRef(STANDARD_PREFIXES["schema"] + "domainIncludes")
_RANGE: Final = URIRef(STANDARD_PREFIXES["schema"] + "rangeIncludes")
_FIRST: Final = (NOSO.source, NOSO.cites, NOSO.stance, NOSO.certainty)
"""Properties of evidence that come first, in this order; the others follow by their labels."""

_REQUIRED: Final = frozenset({NOSO.source, NOSO.stance, NOSO.certainty})
_SINGLE: Final = frozenset({NOSO.source, NOSO.stance, NOSO.certainty})


_PROVENANCE: Final = (
    (
        CURATED_BY,
        "curated by",
        "Who recorded it, where not those who read the source.",
        (),
    ),
    (
        CURATED_ON,
        "curated on",
        "When it was recorded, where not on the day when the source was read.",
        (XSD.date,),
    ),
    (REVIEWED_BY, "reviewed by", "Who has compared it with its source since it was recorded.", ()),
    (REVIEWED_ON, "reviewed on", "When it was compared with its source.", (XSD.date,)),
)
"""Properties of another vocabulary that evidence may have: IRI, label, what stands there, datatypes."""


@dataclass(frozen=True)
class VocabularyTerm:
    """A term of the vocabulary, as people read it.

    Attributes:
        iri: its IRI.
        label: its English label; of a property, the heading of its column where it has one of its own.
        definition: what it is.
        note: its scope note, or nothing.
    """

    iri: URIRef
    label: str
    definition: str
    note: str = ""

    @property
    def local(self) -> str:
        """The part of the IRI behind the namespace."""
        return last_segment(self.iri)


@dataclass(frozen=True)
class PropertyTerm:
    """A property whose values a table can hold.

    Attributes:
        term: the property.
        domain: classes of its subjects.
        classes: classes of the resources that are its values.
        datatypes: datatypes of the literals that are its values.
        scheme: the concept scheme of its values, or None.
        single: whether a row has at most one value.
        required: whether a row has at least one.
    """

    term: VocabularyTerm
    domain: frozenset[URIRef]
    classes: frozenset[URIRef]
    datatypes: tuple[URIRef, ...]
    scheme: URIRef | None
    single: bool = False
    required: bool = False

    @property
    def iri(self) -> URIRef:
        """The IRI of the property."""
        return self.term.iri


@dataclass(frozen=True)
class ClassTerm:
    """A class of resources.

    Attributes:
        term: its term.
        prefix: the prefix of their names.
        wider: the class and every class that it is a subclass of.
    """

    term: VocabularyTerm
    prefix: str
    wider: frozenset[URIRef]


@dataclass(frozen=True)
class CurationTerms:
    """Everything that a table of facts may say.

    Attributes:
        predicates: the predicates of facts, by label.
        evidence: the properties of evidence, in the order in which they are written, without its passages.
        passages: the properties that link evidence to a passage, ``noso:passage`` first.
        about_fact: properties that a fact has beside its proposition and its evidence; its context comes first.
        described: properties of resources that are no predicates of facts, such as ``noso:numerator``.
        concepts: the values of each concept scheme, by label.
        classes: the classes that resources of the data have, by their prefixes.
        names: shortens and expands names.
    """

    predicates: tuple[PropertyTerm, ...]
    evidence: tuple[PropertyTerm, ...]
    passages: tuple[VocabularyTerm, ...]
    about_fact: tuple[PropertyTerm, ...]
    described: tuple[PropertyTerm, ...]
    concepts: Mapping[URIRef, tuple[VocabularyTerm, ...]]
    classes: tuple[ClassTerm, ...]
    names: CuratedNames

    def class_of(self, iri: Node | None) -> ClassTerm | None:
        """Return the class of resources that an IRI names, or None."""
        return next((entry for entry in self.classes if entry.term.iri == iri), None)

    def within(self, classes: Set[URIRef]) -> list[ClassTerm]:
        """Return the classes whose resources belong to one of some classes."""
        return [entry for entry in self.classes if entry.wider & classes]

    def kind(self, prefix: str) -> ClassTerm | None:
        """Return the class whose resources have a prefix, or None."""
        return next((entry for entry in self.classes if entry.prefix == prefix), None)


def read_terms(knowledge: KnowledgeGraph) -> CurationTerms:
    """Return what the vocabulary of a knowledge graph lets a table say."""
    ontology = knowledge.graphs["ontology"]
    vocabulary = knowledge.vocabulary
    kinds = {entry.kind: URIRef(entry.iri) for entry in vocabulary.classes if entry.kind not in UNLABELLED_KINDS}
    derived = {URIRef(iri) for iri in vocabulary.derived}
    names = CuratedNames(knowledge.base)
    properties = [_property(ontology, iri) for iri in set(ontology.subjects(_DOMAIN, None)) if isinstance(iri, URIRef)]
    properties = sorted((entry for entry in properties if entry.iri not in derived), key=lambda entry: entry.term.label)
    predicates = set(ontology.subjects(RDF.type, NOSO.FactPredicate))
    of_evidence = [entry for entry in properties if NOSO.Evidence in entry.domain]
    of_evidence += [
        PropertyTerm(VocabularyTerm(iri, label, about), frozenset(), frozenset(), datatypes, None)
        for iri, label, about, datatypes in _PROVENANCE
        if iri in EVIDENCE_PROPERTIES
    ]
    with_passage = [entry for entry in of_evidence if NOSO.Passage in entry.classes]
    of_fact = [entry for entry in properties if NOSO.Fact in entry.domain and entry.iri != NOSO.evidence]
    return CurationTerms(
        predicates=tuple(entry for entry in properties if entry.iri in predicates),
        evidence=tuple(sorted((entry for entry in of_evidence if entry not in with_passage), key=_order)),
        passages=tuple(sorted((entry.term for entry in with_passage), key=lambda term: term.iri != NOSO.passage)),
        about_fact=tuple(sorted(of_fact, key=lambda entry: entry.iri != NOSO.context)),
        described=tuple(
            entry
            for entry in properties
            if entry.iri not in predicates
            and entry.domain & set(kinds.values())
            and entry.iri not in (NOSO.textDigest, NOSO.textLength)
        ),
        concepts=dict(_concepts(ontology)),
        classes=tuple(
            ClassTerm(_term(ontology, iri), prefix, _wider(ontology, iri)) for prefix, iri in sorted(kinds.items())
        ),
        names=names,
    )


def _concepts(ontology: Graph) -> Iterator[tuple[URIRef, tuple[VocabularyTerm, ...]]]:
    for scheme in sorted(set(ontology.objects(None, SKOS.inScheme)), key=str):
        if isinstance(scheme, URIRef):
            members = (_term(ontology, iri) for iri in ontology.subjects(SKOS.inScheme, scheme))
            yield scheme, tuple(sorted(members, key=lambda term: term.label))


def _property(ontology: Graph, iri: URIRef) -> PropertyTerm:
    ranges = sorted(ontology.objects(iri, _RANGE), key=str)
    scheme = ontology.value(iri, NOSO.valueScheme)
    qualifier = (iri, RDF.type, NOSO.Qualifier) in ontology
    return PropertyTerm(
        term=_term(ontology, iri),
        domain=frozenset(node for node in ontology.objects(iri, _DOMAIN) if isinstance(node, URIRef)),
        classes=frozenset(node for node in ranges if isinstance(node, URIRef) and _is_class(node)),
        datatypes=tuple(node for node in ranges if isinstance(node, URIRef) and node.startswith(str(XSD))),
        scheme=scheme if isinstance(scheme, URIRef) else None,
        single=qualifier or iri in _SINGLE or iri == NOSO.context,
        required=iri in _REQUIRED,
    )


def _is_class(node: URIRef) -> bool:
    return not node.startswith(str(XSD)) and node != SKOS.Concept


def _term(ontology: Graph, node: Node) -> VocabularyTerm:
    assert isinstance(node, URIRef)
    texts = [str(ontology.value(node, part) or "") for part in (RDFS.label, SKOS.definition, SKOS.scopeNote)]
    heading = ontology.value(node, NOSO.heading)
    if heading is not None and (node, RDF.type, NOSO.FactPredicate) not in ontology:  # theirs stands on pages
        texts[0] = str(heading)
    return VocabularyTerm(node, texts[0] or last_segment(node), texts[1], texts[2])


def _wider(ontology: Graph, iri: URIRef) -> frozenset[URIRef]:
    return frozenset(node for node in ontology.transitive_objects(iri, RDFS.subClassOf) if isinstance(node, URIRef))


def _order(entry: PropertyTerm) -> tuple[int, str]:
    first = _FIRST.index(entry.iri) if entry.iri in _FIRST else len(_FIRST)
    return first, entry.term.label
