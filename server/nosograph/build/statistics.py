"""Counts what a release holds, whole and by graph, from the columns of its quads.

The figures are those that VoID (§2.6, §4) and the HCLS community profile (§6) ask for, and the classes and datatypes of
objects by which query editors complete what is typed (void-ext, http://ldf.fi/void-ext).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from nosograph.build.columns import QuadColumns
from nosograph.rdf.columns import datatype
from nosograph.rdf.curies import parse_iri
from nosograph.rdf.iris import MAPPING_PREDICATES
from nosograph.rdf.names import CODE_SYSTEMS, NOSO, STANDARD_PREFIXES, last_segment
from nosograph.vocabulary.terms import Vocabulary

_TYPE: Final = f"<{STANDARD_PREFIXES['rdf']}type>"
_STATUS: Final = f"<{NOSO['status']}>"
_STRING: Final = f"{STANDARD_PREFIXES['xsd']}string"
_LANG_STRING: Final = f"{STANDARD_PREFIXES['rdf']}langString"

_FIGURES: Final = """count(*), count(DISTINCT s) FILTER (p = $1), count(DISTINCT s), count(DISTINCT o),
    count(DISTINCT o) FILTER (o[1] = '"'), count(DISTINCT p), count(DISTINCT o) FILTER (p = $1)"""

_OF_CLASS: Final = "FROM triples JOIN types ON types.s = triples.s"
_DATATYPE: Final = f"CASE WHEN o[-1] = '\"' THEN '{_STRING}' ELSE coalesce({datatype('o')}, '{_LANG_STRING}') END"


@dataclass(frozen=True)
class PropertyUse:
    """How often a property is used: its triples, its distinct subjects, its distinct objects."""

    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True)
class ClassPropertyUse:
    """How often a property is used by the resources of a class.

    Attributes:
        triples: triples whose subject is of the class.
        classes: those whose object is of a class, by its IRI.
        datatypes: those whose object is a literal, by the IRI of its datatype.
    """

    triples: int
    classes: dict[str, int]
    datatypes: dict[str, int]


@dataclass(frozen=True)
class Figures:
    """What one graph, or the union of several, amounts to.

    Attributes:
        triples: distinct triples.
        entities: distinct subjects that have a type.
        subjects: distinct subjects.
        objects: distinct objects, IRIs and literals.
        literals: distinct literals.
        properties: distinct properties.
        classes: distinct classes.
    """

    triples: int = 0
    entities: int = 0
    subjects: int = 0
    objects: int = 0
    literals: int = 0
    properties: int = 0
    classes: int = 0


@dataclass(frozen=True)
class Statistics:
    """What a release holds.

    Attributes:
        whole: figures of the union of the graphs.
        graphs: figures of each graph, by its IRI, in the order of the IRIs.
        properties: use of each property, by IRI.
        classes: resources of each class, by IRI.
        class_properties: use of each property by the resources of a class, by IRI of the class and of the property.
        links: triples by (code system, mapping predicate).
        statuses: facts by the local name of their status.
    """

    whole: Figures
    graphs: Mapping[str, Figures]
    properties: Mapping[str, PropertyUse]
    classes: Mapping[str, int]
    class_properties: Mapping[str, Mapping[str, ClassPropertyUse]]
    links: Mapping[tuple[str, str], int]
    statuses: Mapping[str, int]

    def kinds(self, vocabulary: Vocabulary) -> Mapping[str, int]:
        """Return the number of resources by kind, for the kinds that there are."""
        counted = {entry.kind: self.classes.get(entry.iri, 0) for entry in vocabulary.classes}
        return {kind: number for kind, number in sorted(counted.items()) if number}

    def of_class(self, name: str) -> int:
        """Return the number of resources of a class of the evidence model, by its local name."""
        return self.classes.get(str(NOSO[name]), 0)


def measure(columns: QuadColumns) -> Statistics:
    """Return the figures of distinct quads; a triple of several graphs counts once in what is about their union."""
    columns.run("CREATE TEMP TABLE triples AS SELECT DISTINCT s, p, o FROM quads")
    columns.run("CREATE TEMP TABLE types AS SELECT s, o AS class FROM triples WHERE p = $1", [_TYPE])
    graphs = columns.rows(f"SELECT g, {_FIGURES} FROM quads GROUP BY g ORDER BY g", [_TYPE])
    by_graph = {_iri(name): Figures(*numbers) for name, *numbers in graphs}
    (whole,) = columns.rows(f"SELECT {_FIGURES} FROM triples", [_TYPE])
    uses = columns.rows("SELECT p, count(*), count(DISTINCT s), count(DISTINCT o) FROM triples GROUP BY p ORDER BY p")
    properties = {_iri(name): PropertyUse(*numbers) for name, *numbers in uses}
    classes = columns.rows("SELECT class, count(*) FROM types GROUP BY class ORDER BY class")
    statistics = Statistics(
        whole=Figures(*whole),
        graphs=by_graph,
        properties=properties,
        classes={_iri(name): number for name, number in classes},
        class_properties=_measure_class_properties(columns),
        links=_measure_links(columns),
        statuses=_measure_statuses(columns),
    )
    columns.run("DROP TABLE triples")
    columns.run("DROP TABLE types")
    return statistics


def _measure_class_properties(columns: QuadColumns) -> dict[str, dict[str, ClassPropertyUse]]:
    """Count triples by class of the subject and property, and by class or datatype of the object as well."""
    found: dict[str, dict[str, ClassPropertyUse]] = {}
    for name, used, triples in columns.rows(f"SELECT class, p, count(*) {_OF_CLASS} GROUP BY ALL ORDER BY ALL"):
        found.setdefault(_iri(name), {})[_iri(used)] = ClassPropertyUse(triples, {}, {})
    for name, used, class_, triples in columns.rows(
        f"SELECT types.class, p, reached.class, count(*) {_OF_CLASS} JOIN types AS reached ON reached.s = triples.o"
        " WHERE p <> $1 GROUP BY ALL ORDER BY ALL",
        [_TYPE],
    ):
        found[_iri(name)][_iri(used)].classes[_iri(class_)] = triples
    for name, used, type_, triples in columns.rows(
        f"SELECT class, p, {_DATATYPE} AS type, count(*) {_OF_CLASS} WHERE o[1] = '\"' GROUP BY ALL ORDER BY ALL"
    ):
        found[_iri(name)][_iri(used)].datatypes[type_] = triples
    return found


def _measure_links(columns: QuadColumns) -> dict[tuple[str, str], int]:
    """Count the triples that lead to codes of other systems."""
    names = [f"<{iri}>" for iri in sorted(MAPPING_PREDICATES)]
    links: Counter[tuple[str, str]] = Counter()
    for predicate, code, triples in columns.rows(
        "SELECT p, o, count(*) FROM triples WHERE p IN (SELECT unnest($1)) GROUP BY p, o", [names]
    ):
        target = parse_iri(_iri(code))
        if target is not None and target.prefix in CODE_SYSTEMS:
            links[target.prefix, _iri(predicate)] += triples
    return dict(sorted(links.items()))


def _measure_statuses(columns: QuadColumns) -> dict[str, int]:
    rows = columns.rows("SELECT o, count(*) FROM triples WHERE p = $1 GROUP BY o ORDER BY o", [_STATUS])
    return {last_segment(_iri(name)): number for name, number in rows}


def _iri(term: str) -> str:
    return term[1:-1]
