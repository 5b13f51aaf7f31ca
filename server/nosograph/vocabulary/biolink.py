"""Reads how a vocabulary is said in the Biolink Model (https://w3id.org/biolink/): by the alignments of its terms.

The software knows the model's most general category and predicate, and nothing else of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.vocabulary.reading import read_vocabulary

_BIOLINK: Final = STANDARD_PREFIXES["biolink"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
NAMED_THING: Final = "biolink:NamedThing"
RELATED_TO: Final = "biolink:related_to"
_EXACT: Final = f"{_SKOS}exactMatch"
_CLOSE: Final = f"{_SKOS}closeMatch"
_BROAD: Final = f"{_SKOS}broadMatch"


@dataclass(frozen=True)
class BiolinkTerms:
    """What the Biolink Model calls the terms of a vocabulary.

    Attributes:
        categories: class → its category.
        predicates: predicate of facts → the predicate that holds wherever it does.
        denials: predicate of facts → the predicate that does not hold where it is denied.
        slots: property of evidence, or of facts → the slot of an edge.
        values: term → its exact match elsewhere.
        edge_values: concept → slots of an edge and their values, where evidence has the concept.
        codes: class → the beginnings of IRIs of codes that name its resources, the preferred first.
    """

    categories: Mapping[str, str] = field(default_factory=dict)
    predicates: Mapping[str, str] = field(default_factory=dict)
    denials: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    edge_values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_biolink_terms(triples: Iterable[Triple | Quad]) -> BiolinkTerms:
    """Return what the Biolink Model calls the terms of a vocabulary, from the triples of its ontology."""
    known = list(triples)
    vocabulary = read_vocabulary(known)
    aligned: dict[str, dict[str, list[str]]] = {}
    values: dict[str, str] = {}
    edge_values: dict[str, dict[str, str]] = {}
    codes: dict[str, list[str]] = {}
    for triple in known:
        if not isinstance(triple.subject, NamedNode):
            continue
        subject, predicate = triple.subject.value, triple.predicate.value
        if isinstance(triple.object, NamedNode):
            target = triple.object.value
            if target.startswith(_BIOLINK):
                aligned.setdefault(subject, {}).setdefault(predicate, []).append(_curie(target))
            elif predicate == _EXACT:
                values[subject] = min(target, values.get(subject, target))
        elif isinstance(triple.object, Literal):
            if predicate.startswith(_BIOLINK):
                edge_values.setdefault(subject, {})[predicate.removeprefix(_BIOLINK)] = triple.object.value
            elif predicate in (noso("codePrefix"), noso("preferredCodePrefix")):
                preferred = predicate == noso("preferredCodePrefix")
                codes.setdefault(subject, []).append(f"{int(not preferred)}{triple.object.value}")

    def first(term: str, *relations: str) -> str:
        found = aligned.get(term, {})
        return next((min(found[relation]) for relation in relations if relation in found), "")

    categories = {
        entry.iri: first(entry.iri, iris.RDFS_SUBCLASS, _EXACT, _BROAD, _CLOSE) for entry in vocabulary.classes
    }
    by_predicate, denials = {}, {}
    for iri, entry in vocabulary.predicates.items():
        denials[iri] = first(iri, _EXACT, _CLOSE)
        wider = (iri, *sorted(entry.wider - {iri}))
        by_predicate[iri] = next(
            (name for term in wider if (name := first(term, iris.RDFS_SUBPROPERTY, _EXACT, _BROAD, _CLOSE))), ""
        )
    qualifiers = (*(entry.iri for entry in vocabulary.qualifiers), *vocabulary.shares, *_EVIDENCE)
    slots = {iri: first(iri, _EXACT, _CLOSE).removeprefix("biolink:") for iri in qualifiers}
    return BiolinkTerms(
        categories={iri: name for iri, name in categories.items() if name},
        predicates={iri: name for iri, name in by_predicate.items() if name},
        denials={iri: name for iri, name in denials.items() if name},
        slots={iri: name for iri, name in slots.items() if name},
        values=values,
        edge_values=edge_values,
        codes={iri: tuple(dict.fromkeys(text[1:] for text in sorted(found))) for iri, found in codes.items()},
    )


_EVIDENCE: Final = (iris.CONTEXT,)
"""Properties beside the qualifiers that an edge can have a slot for."""


def _curie(iri: str) -> str:
    return f"biolink:{iri.removeprefix(_BIOLINK)}"
