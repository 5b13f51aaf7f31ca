"""Reads what the vocabulary says about joining data sets: the table of rules, the code systems, the extents of values.

The software knows no rule of its own: which two facts are related, and by which property, stands in ``ontology/``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, Triple

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.vocabulary.reading import read_vocabulary
from nosograph.vocabulary.terms import FactPredicate, Role, Vocabulary

_SCHEMA: Final = STANDARD_PREFIXES["schema"]


class TermRelation(StrEnum):
    """What a term of the second fact is to that of the first: the concepts of ``noso:TermRelationScheme``, by IRI."""

    BROADER = noso("broaderTerm")
    COMPARABLE = noso("comparableTerm")
    INCOMPATIBLE = noso("incompatibleTerm")
    NARROWER = noso("narrowerTerm")
    SAME = noso("sameTerm")
    SAME_OR_BROADER = noso("sameOrBroaderTerm")
    SAME_OR_NARROWER = noso("sameOrNarrowerTerm")


@dataclass(frozen=True)
class AlignmentRule:
    """A row of the table: when a property leads from one fact to another.

    Attributes:
        iri: the rule.
        yields: the property.
        first: the stance that some evidence of the first fact has.
        second: the stance that some evidence of the second fact has.
        objects: what the object of the second fact may be to that of the first.
        predicates: what the predicate of the second fact is to that of the first.
        applies_to: predicates, or roles of predicates, that it is about; every predicate where there are none.
        disjoint: whether the frequencies of the two facts must have no share in common.
    """

    iri: str
    yields: str
    first: str
    second: str
    objects: frozenset[str]
    predicates: str
    applies_to: frozenset[str] = frozenset()
    disjoint: bool = False

    def rank(self, predicate: FactPredicate) -> int:
        """Return how particularly the rule is about a predicate: 2 by its name, 1 by a role, 0 as any; -1 if not."""
        if not self.applies_to:
            return 0
        if predicate.iri in self.applies_to:
            return 2
        return 1 if self.applies_to & predicate.roles else -1


@dataclass(frozen=True)
class AlignmentTerms:
    """What a vocabulary says about joining data sets.

    Attributes:
        vocabulary: the vocabulary.
        rules: the table of rules, in the order of their IRIs.
        code_systems: beginnings of the IRIs of code systems whose codes name one resource each, longest first.
        extents: value → the least and the greatest share of cases that it stands for.
        frequencies: properties of evidence whose value tells how often a fact holds.
        counts: property that counts cases → the property that gives how many were examined.
        incompatible: value → the values that cannot hold beside it.
        inverses: property that rules yield → the property that leads back; a property without one leads both ways.
    """

    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    rules: tuple[AlignmentRule, ...] = ()
    code_systems: tuple[str, ...] = ()
    extents: Mapping[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    frequencies: frozenset[str] = frozenset()
    counts: Mapping[str, str] = field(default_factory=dict)
    incompatible: Mapping[str, frozenset[str]] = field(default_factory=dict)
    inverses: Mapping[str, str] = field(default_factory=dict)

    def code_system(self, iri: str) -> str:
        """Return the code system that an IRI belongs to, or nothing."""
        return next((start for start in self.code_systems if iri.startswith(start)), "")

    def family(self, predicate: str) -> frozenset[str]:
        """Return a predicate of facts and the predicates of facts above it."""
        return (self.vocabulary.predicate(predicate).wider | {predicate}) & self.vocabulary.predicates.keys()

    def rules_for(self, predicate: str, relation: TermRelation) -> tuple[AlignmentRule, ...]:
        """Return the rules about facts of a predicate whose objects are so related, the most particular of each sort.

        Rules are of one sort where they ask for the same stances and the same of frequencies.
        """
        known = self.vocabulary.predicate(predicate)
        best: dict[tuple[str, str, bool], tuple[int, list[AlignmentRule]]] = {}
        for rule in self.rules:
            rank = rule.rank(known)
            if rank < 0 or relation not in rule.objects:
                continue
            sort = (rule.first, rule.second, rule.disjoint)
            found, rules = best.get(sort, (-1, []))
            if rank > found:
                best[sort] = (rank, [rule])
            elif rank == found:
                rules.append(rule)
        return tuple(rule for _, rules in best.values() for rule in rules)


def read_alignment_terms(triples: Iterable[Triple | Quad]) -> AlignmentTerms:
    """Return what the triples of an ontology say about joining data sets; an incomplete rule is left out."""
    kept = list(triples)
    said: dict[str, dict[str, list[str]]] = {}
    for triple in kept:
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, (NamedNode, Literal)):
            values = said.setdefault(triple.subject.value, {}).setdefault(triple.predicate.value, [])
            values.append(triple.object.value)
    prefixes = {start for values in said.values() for start in values.get(noso("codePrefix"), ())}
    rules = (_rule(iri, values) for iri, values in sorted(said.items()) if _is_rule(values))
    incompatible: dict[str, set[str]] = {}
    for one, about in said.items():
        for other in about.get(noso("incompatibleWith"), ()):
            incompatible.setdefault(one, set()).add(other)
            incompatible.setdefault(other, set()).add(one)
    inverses: dict[str, str] = {}
    for one, about in said.items():
        for other in about.get(STANDARD_PREFIXES["owl"] + "inverseOf", ()):
            inverses |= {one: other, other: one}
    return AlignmentTerms(
        vocabulary=read_vocabulary(kept),
        rules=tuple(rule for rule in rules if rule.yields and rule.predicates in tuple(TermRelation)),
        code_systems=tuple(sorted(prefixes, key=lambda start: (-len(start), start))),
        extents={iri: extent for iri, values in said.items() if (extent := _extent(values)) is not None},
        frequencies=frozenset(
            iri
            for iri, values in said.items()
            if Role.FREQUENCY in values.get(noso("role"), ()) and noso("FactPredicate") not in _types(values)
        ),
        counts={iri: values[noso("countedAmong")][0] for iri, values in said.items() if noso("countedAmong") in values},
        incompatible={iri: frozenset(others) for iri, others in incompatible.items()},
        inverses=inverses,
    )


def _types(values: Mapping[str, list[str]]) -> list[str]:
    return values.get(iris.RDF_TYPE, [])


def _is_rule(values: Mapping[str, list[str]]) -> bool:
    return noso("AlignmentRule") in _types(values)


def _rule(iri: str, values: Mapping[str, list[str]]) -> AlignmentRule:
    def first(name: str) -> str:
        return min(values.get(noso(name), [""]))

    return AlignmentRule(
        iri=iri,
        yields=first("yields"),
        first=first("firstStance"),
        second=first("secondStance"),
        objects=frozenset(values.get(noso("objectRelation"), ())),
        predicates=first("predicateRelation"),
        applies_to=frozenset(values.get(noso("appliesTo"), ())),
        disjoint="true" in values.get(noso("disjointExtents"), ()),
    )


def _extent(values: Mapping[str, list[str]]) -> tuple[Decimal, Decimal] | None:
    try:
        least, most = (Decimal(values[_SCHEMA + name][0]) for name in ("minValue", "maxValue"))
    except (KeyError, InvalidOperation):
        return None
    return least, most
