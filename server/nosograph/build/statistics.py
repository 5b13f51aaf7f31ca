"""Counts what a graph holds, in one pass over its sorted triples and one external sort of its objects.

The figures are those that VoID (§2.6, §4) and the HCLS community profile (§6) ask for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nosograph.rdf.curies import parse_iri
from nosograph.rdf.iris import MAPPING_PREDICATES
from nosograph.rdf.names import CODE_SYSTEMS, NOSO, STANDARD_PREFIXES, last_segment
from nosograph.rdf.sorting import LineSorter
from nosograph.vocabulary.terms import Vocabulary

_TYPE: Final = f"<{STANDARD_PREFIXES['rdf']}type>".encode()


@dataclass(frozen=True)
class PropertyUse:
    """How often a property is used: its triples, its distinct subjects, its distinct objects."""

    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True)
class Statistics:
    """Figures of one graph, or of the union of several.

    Attributes:
        triples: distinct triples.
        entities: distinct subjects that have a type.
        subjects: distinct subjects.
        objects: distinct objects, IRIs and literals.
        literals: distinct literals.
        properties: use of each property, by IRI.
        classes: resources of each class, by IRI.
        class_properties: triples whose subject is of a class, by IRI of the class and of the property.
        links: triples by (code system, mapping predicate).
        statuses: facts by the local name of their status.
    """

    triples: int
    entities: int
    subjects: int
    objects: int
    literals: int
    properties: Mapping[str, PropertyUse]
    classes: Mapping[str, int]
    class_properties: Mapping[str, Mapping[str, int]]
    links: Mapping[tuple[str, str], int]
    statuses: Mapping[str, int]

    def kinds(self, vocabulary: Vocabulary) -> Mapping[str, int]:
        """Return the number of resources by kind, for the kinds that there are."""
        counted = {entry.kind: self.classes.get(entry.iri, 0) for entry in vocabulary.classes}
        return {kind: number for kind, number in sorted(counted.items()) if number}

    def of_class(self, name: str) -> int:
        """Return the number of resources of a class of the evidence model, by its local name."""
        return self.classes.get(str(NOSO[name]), 0)


def measure(triples: Iterable[bytes], folder: Path) -> Statistics:
    """Return the figures of a graph from its sorted, distinct N-Triples; ``folder`` takes what memory cannot hold."""
    total = entities = subjects = 0
    uses: Counter[bytes] = Counter()
    users: Counter[bytes] = Counter()
    classes: Counter[bytes] = Counter()
    within: dict[bytes, Counter[bytes]] = defaultdict(Counter)
    own_classes: list[bytes] = []
    own_uses: dict[bytes, int] = {}
    links: Counter[tuple[str, str]] = Counter()
    statuses: Counter[bytes] = Counter()
    by_object = LineSorter(folder)
    matches = {f"<{iri}>".encode(): iri for iri in MAPPING_PREDICATES}
    status = f"<{NOSO['status']}>".encode()
    last_subject = last_predicate = b""
    for line in triples:
        subject, predicate, rest = line.split(b" ", 2)
        total += 1
        if subject != last_subject:
            subjects += 1
            _count_within(within, own_classes, own_uses)
            own_classes, own_uses = [], {}
            last_subject, last_predicate = subject, b""
        if predicate != last_predicate:
            users[predicate] += 1
            last_predicate = predicate
            entities += predicate == _TYPE
        uses[predicate] += 1
        own_uses[predicate] = own_uses.get(predicate, 0) + 1
        by_object.add(rest[:-2] + predicate + b"\n")
        if predicate == _TYPE:
            classes[rest[:-3]] += 1
            own_classes.append(rest[:-3])
        elif predicate == status:
            statuses[rest[:-3]] += 1
        elif predicate in matches:
            target = parse_iri(_iri(rest[:-3]))
            if target is not None and target.prefix in CODE_SYSTEMS:
                links[target.prefix, matches[predicate]] += 1
    _count_within(within, own_classes, own_uses)
    objects, literals, reached = _measure_objects(by_object)
    return Statistics(
        triples=total,
        entities=entities,
        subjects=subjects,
        objects=objects,
        literals=literals,
        properties={
            _iri(name): PropertyUse(number, users[name], reached[name]) for name, number in sorted(uses.items())
        },
        classes={_iri(name): number for name, number in sorted(classes.items())},
        class_properties={
            _iri(name): {_iri(used): number for used, number in sorted(properties.items())}
            for name, properties in sorted(within.items())
        },
        links=dict(sorted(links.items())),
        statuses={last_segment(_iri(name)): number for name, number in sorted(statuses.items())},
    )


def _count_within(within: Mapping[bytes, Counter[bytes]], classes: list[bytes], uses: Mapping[bytes, int]) -> None:
    """Count the triples of a resource for each of its classes."""
    for name in classes:
        counted = within[name]
        for predicate, triples in uses.items():
            counted[predicate] += triples


def _measure_objects(by_object: LineSorter) -> tuple[int, int, Counter[bytes]]:
    """Count distinct objects, distinct literals, and distinct objects by property, from lines ``object property``."""
    objects = literals = 0
    reached: Counter[bytes] = Counter()
    previous = b""
    for line in by_object:
        obj, _, predicate = line.rpartition(b" ")
        reached[predicate[:-1]] += 1
        if obj != previous:
            objects += 1
            literals += obj.startswith(b'"')
            previous = obj
    return objects, literals, reached


def _iri(term: bytes) -> str:
    return term[1:-1].decode()
