"""The documentation of the vocabulary and of the shapes, made from their triples."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from nosograph.rdf import iris
from nosograph.rdf.names import NOSO_SHAPES, STANDARD_PREFIXES, Base
from nosograph.web.views.facts import Fact, Reader, Value

_OWL: Final = STANDARD_PREFIXES["owl"]
_SH: Final = STANDARD_PREFIXES["sh"]
_AGENT: Final = STANDARD_PREFIXES["foaf"] + "Agent"
_SCHEME_OF: Final = iris.noso("valueScheme")
_EXAMPLES: Final = 3
_COUNTED_UP_TO: Final = 10_000

_ALIGNMENTS: Final = (
    (iris.RDFS_SUBCLASS, "kind of"),
    (iris.RDFS_SUBPROPERTY, "special case of"),
    (_OWL + "inverseOf", "inverse of"),
    (_OWL + "equivalentClass", "same class as"),
    (_OWL + "equivalentProperty", "same property as"),
    *((predicate, words) for predicate, words in iris.SKOS_MATCHES),
    (STANDARD_PREFIXES["skos"] + "broader", "narrower than"),
)


@dataclass(frozen=True)
class TermEntry:
    """One term of the vocabulary as its documentation shows it.

    Attributes:
        anchor: local name, which is also its fragment.
        value: the term.
        short: its CURIE.
        definitions: what it is.
        notes: how it is to be used.
        links: other terms that it is related to, with the relation in words.
        domain: classes of resources that it speaks about.
        range: classes of resources that it points to.
        used: number of facts with it as their predicate, 0 for other terms.
        examples: a few of these facts.
    """

    anchor: str
    value: Value
    short: str
    definitions: tuple[Value, ...]
    notes: tuple[Value, ...]
    links: tuple[tuple[str, tuple[Value, ...]], ...]
    domain: tuple[Value, ...] = ()
    range: tuple[Value, ...] = ()
    used: int = 0
    examples: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class TermGroup:
    """Terms of one sort under a heading."""

    anchor: str
    heading: str
    introduction: str
    entries: tuple[TermEntry, ...]


def vocabulary_view(reader: Reader) -> tuple[TermGroup, ...]:
    """Return every term of the vocabulary: classes, predicates of facts, other properties, concept schemes, agents."""
    triples = reader.triples
    base = reader.addresses.base
    predicates = set(_own(base, triples.subjects(iris.RDF_TYPE, iris.FACT_PREDICATE)))
    properties = {
        iri
        for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
        for iri in _own(base, triples.subjects(iris.RDF_TYPE, _OWL + name))
    }
    groups = [
        TermGroup(
            "classes",
            "Classes",
            "Classes of resources that the graph describes.",
            _entries(reader, _own(base, triples.subjects(iris.RDF_TYPE, _OWL + "Class"))),
        ),
        TermGroup(
            "fact-predicates",
            "Predicates of facts",
            "What a fact may say of its subject.",
            _entries(reader, predicates),
        ),
        TermGroup(
            "properties",
            "Other properties",
            "What connects facts, evidence and passages, and what is derived from them.",
            _entries(reader, properties - predicates),
        ),
    ]
    for scheme in reader.values(_own(base, triples.subjects(iris.RDF_TYPE, iris.SKOS_CONCEPT_SCHEME))):
        definition = triples.value(scheme.iri, iris.SKOS_DEFINITION) or ""
        concepts = _own(base, triples.subjects(iris.SKOS_IN_SCHEME, scheme.iri))
        anchor = base.local_name(scheme.iri)
        groups.append(TermGroup(anchor, f"Concepts: {scheme.text}", definition, _entries(reader, concepts)))
    agents = _own(base, triples.subjects(iris.RDF_TYPE, _AGENT))
    groups.append(TermGroup("agents", "Agents", "Who makes and reads what is published.", _entries(reader, agents)))
    return tuple(group for group in groups if group.entries)


def _own(base: Base, iris: Iterable[str]) -> list[str]:
    return [iri for iri in iris if base.is_term(iri)]


def _entries(reader: Reader, iris: Iterable[str]) -> tuple[TermEntry, ...]:
    return tuple(_entry(reader, value) for value in reader.values(iris))


def _entry(reader: Reader, value: Value) -> TermEntry:
    triples = reader.triples
    iri = value.iri
    used = triples.subjects(iris.RDF_PREDICATE, iri, _COUNTED_UP_TO)
    links = [(words, reader.values(triples.iris(iri, predicate))) for predicate, words in _ALIGNMENTS]
    scheme = reader.values(triples.iris(iri, _SCHEME_OF))
    if scheme:
        links.append(("values from", scheme))
    return TermEntry(
        anchor=reader.addresses.base.local_name(iri),
        value=value,
        short=reader.addresses.short(iri),
        definitions=reader.values(triples.literals(iri, iris.SKOS_DEFINITION)),
        notes=reader.values(
            [
                *triples.literals(iri, iris.SKOS_SCOPE_NOTE),
                *triples.literals(iri, iris.SKOS_EXAMPLE),
                *triples.literals(iri, iris.RDFS_COMMENT),
            ]
        ),
        links=tuple((words, values) for words, values in links if values),
        domain=reader.values([*triples.iris(iri, iris.SCHEMA_DOMAIN), *triples.iris(iri, iris.RDFS_DOMAIN)]),
        range=reader.values([*triples.iris(iri, iris.SCHEMA_RANGE), *triples.iris(iri, iris.RDFS_RANGE)]),
        used=len(used),
        examples=tuple(reader.fact(fact) for fact in used[:_EXAMPLES]),
    )


@dataclass(frozen=True)
class ShapeRule:
    """One rule of a shape.

    Attributes:
        anchor: local name, which is also its fragment.
        value: the rule.
        message: what it tells a curator whose data break it.
        severity: ``Violation``, ``Warning`` or ``Info``.
        about: what it looks at: a path, or classes that it targets.
        definition: what it is for, where the shape says so.
        repeated: whether the page has shown it already, for another shape.
    """

    anchor: str
    value: Value
    message: str
    severity: str
    about: tuple[Value, ...]
    definition: str
    repeated: bool = False

    @property
    def is_bare(self) -> bool:
        """Whether it says nothing that its shape does not say: the query by which the shape validates."""
        return not (self.message or self.definition or self.about)


@dataclass(frozen=True)
class Shape:
    """A shape with the rules that belong to it; ``own`` is the rule that the shape itself is."""

    own: ShapeRule
    targets: tuple[Value, ...]
    rules: tuple[ShapeRule, ...]


def shapes_view(reader: Reader) -> tuple[Shape, ...]:
    """Return every shape with its rules."""
    triples = reader.triples
    nodes = [iri for iri in triples.subjects(iris.RDF_TYPE, _SH + "NodeShape") if iri.startswith(str(NOSO_SHAPES))]
    seen = set(nodes)
    return tuple(_shape(reader, value, seen) for value in reader.values(nodes))


def _shape(reader: Reader, value: Value, seen: set[str]) -> Shape:
    triples = reader.triples
    parts = [
        iri
        for predicate in ("property", "sparql", "node")
        for iri in triples.iris(value.iri, _SH + predicate)
        if iri.startswith(str(NOSO_SHAPES))
    ]
    targets = [
        iri
        for predicate in ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode")
        for iri in triples.iris(value.iri, _SH + predicate)
    ]
    rules = [_rule(reader, part) for part in reader.values(dict.fromkeys(parts))]
    rules = [replace(rule, repeated=rule.value.iri in seen) for rule in rules]
    seen.update(parts)
    return Shape(own=_rule(reader, value), targets=reader.values(targets), rules=tuple(rules))


def _rule(reader: Reader, value: Value) -> ShapeRule:
    triples = reader.triples
    severity = triples.iri(value.iri, _SH + "severity") or _SH + "Violation"
    return ShapeRule(
        anchor=value.iri.removeprefix(str(NOSO_SHAPES)),
        value=value,
        message=triples.value(value.iri, _SH + "message") or "",
        severity=severity.removeprefix(_SH),
        about=reader.values(
            iri for iri in triples.iris(value.iri, _SH + "path") if reader.addresses.page(iri) and "genid" not in iri
        ),
        definition=triples.value(value.iri, iris.SKOS_DEFINITION)
        or triples.value(value.iri, iris.RDFS_COMMENT)
        or triples.value(value.iri, _SH + "description")
        or "",
    )
