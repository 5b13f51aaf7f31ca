"""The JSON-LD context of a vocabulary that comes without one: a name for each class and property, with its coercion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pyoxigraph import NamedNode, Quad, Triple

from nosograph.rdf import iris
from nosograph.rdf.curies import compact
from nosograph.rdf.jsonld import prefix_context
from nosograph.rdf.names import STANDARD_PREFIXES, Base

_LINK: Final = "@id"
_COMMON: Final[Mapping[str, tuple[str, str]]] = {
    "altLabel": ("skos", "@language"),
    "broader": ("skos", _LINK),
    "broadMatch": ("skos", _LINK),
    "closeMatch": ("skos", _LINK),
    "definition": ("skos", "@language"),
    "end": ("oa", "xsd:integer"),
    "exactMatch": ("skos", _LINK),
    "inScheme": ("skos", _LINK),
    "isDefinedBy": ("rdfs", _LINK),
    "label": ("rdfs", "@language"),
    "narrowMatch": ("skos", _LINK),
    "object": ("rdf", _LINK),
    "predicate": ("rdf", _LINK),
    "prefLabel": ("skos", "@language"),
    "relatedMatch": ("skos", _LINK),
    "scopeNote": ("skos", "@language"),
    "seeAlso": ("rdfs", _LINK),
    "start": ("oa", "xsd:integer"),
    "subClassOf": ("rdfs", _LINK),
    "subject": ("rdf", _LINK),
    "subPropertyOf": ("rdfs", _LINK),
    "topConceptOf": ("skos", _LINK),
}
"""Properties of other vocabularies that have a name: name → prefix and coercion, or that they are English texts."""

_OWL: Final = STANDARD_PREFIXES["owl"]
_PROPERTIES: Final = frozenset(
    _OWL + name for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty", "TransitiveProperty")
)
_CLASSES: Final = frozenset({_OWL + "Class"})
_PLAIN: Final = frozenset({"xsd:string", "rdf:langString"})


def make_context(triples: Iterable[Triple | Quad], base: Base) -> dict[str, Any]:
    """Return the value of ``@context`` for the terms that an ontology defines, and for the prefixes of its data.

    A term is named by its local name; one whose local name is a prefix, or the name of another term, is named with
    ``Term`` behind it. Links are coerced to IRIs, typed literals to their datatype, where a property has one range.
    """
    types: dict[str, set[str]] = {}
    ranges: dict[str, set[str]] = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode):
            if triple.predicate.value == iris.RDF_TYPE:
                types.setdefault(triple.subject.value, set()).add(triple.object.value)
            elif triple.predicate.value == iris.SCHEMA_RANGE:
                ranges.setdefault(triple.subject.value, set()).add(triple.object.value)
    context: dict[str, Any] = {"@version": 1.1, "id": "@id", "type": "@type"}
    context |= prefix_context(base.prefixes()).document
    context |= {name: f"skos:{name}" for name in ("Concept", "ConceptScheme")}
    context |= {name: _definition(f"{prefix}:{name}", coercion) for name, (prefix, coercion) in _COMMON.items()}
    for iri in sorted(types, key=lambda iri: (base.local_name(iri).casefold(), iri)):
        if base.is_term(iri) and types[iri] & (_CLASSES | _PROPERTIES):
            coercion = _coercion(ranges.get(iri, set()), base) if types[iri] & _PROPERTIES else ""
            name = base.local_name(iri)
            context[name if name not in context else f"{name}Term"] = _definition(compact(iri, base), coercion)
    return context


def _definition(curie: str, coercion: str) -> Any:
    if not coercion:
        return curie
    return {"@id": curie, "@language": "en"} if coercion == "@language" else {"@id": curie, "@type": coercion}


def _coercion(ranges: set[str], base: Base) -> str:
    """Return how the values of a property are read: as links, as one datatype, or as they stand."""
    spelled = {compact(iri, base) for iri in ranges}
    kinds = {name if name.startswith("xsd:") else _LINK for name in spelled - _PLAIN}
    return kinds.pop() if len(kinds) == 1 and not spelled & _PLAIN else ""
