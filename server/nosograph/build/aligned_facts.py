"""Relates the facts about the resources of an alignment group: which agree, which imply another, which contradict it.

Each fact keeps its subject and its object. What leads from one to the other is a property that the table of rules in
the vocabulary gives (``noso:AlignmentRule``); the rules compare stances, predicates, objects with the hierarchy above
them, and frequencies. A fact is compared with those of the other resources of its group that have the same object or
one above it, so the work grows with the facts and with the depth of the hierarchy, never with the square of the facts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from itertools import groupby
from math import ceil, floor, sqrt
from typing import Any, Final

from nosograph.build.alignment_groups import Alignment, AlignmentGroup, align
from nosograph.rdf import iris
from nosograph.rdf.curies import compact
from nosograph.rdf.iris import noso
from nosograph.rdf.lines import triple_part
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.vocabulary.alignment import AlignmentTerms, TermRelation
from nosograph.vocabulary.terms import FACT_KIND

_SUBJECT: Final = f"<{iris.RDF_SUBJECT}>".encode()
_CONTEXT: Final = f"<{iris.CONTEXT}>".encode()
_DEVIATE: Final = 1.959964
"""Of the normal distribution, for an interval with 95 % confidence."""


@dataclass
class AlignedFact:
    """A fact about a resource of a group.

    Attributes:
        iri: the fact.
        subject: the resource.
        predicate: the predicate.
        object: its object, by group where that is in one; a literal as canonical N-Quads have it.
        stances: the stances that some evidence has.
        intervals: least and greatest whole percentage of each frequency that supporting evidence gives.
    """

    iri: str
    subject: str = ""
    predicate: str = ""
    object: str = ""
    stances: set[str] = field(default_factory=set)
    intervals: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True)
class AlignmentAccount:
    """What a build joined.

    Attributes:
        groups: how many groups there are.
        resources: how many resources they have.
        facts: how many facts there are about them, those in a context left out.
        related: property → how many pairs of facts it relates; one that leads both ways counts once.
        alignment: the groups, for those that were refused.
    """

    groups: int
    resources: int
    facts: int
    related: Mapping[str, int]
    alignment: Alignment

    def to_json(self) -> dict[str, Any]:
        """Return the account as JSON has it."""
        return {
            "groups": self.groups,
            "resources": self.resources,
            "facts": self.facts,
            "related": {compact(name): number for name, number in sorted(self.related.items())},
            "refused": self.alignment.to_json(),
        }

    def to_text(self, base: Base) -> str:
        """Return the account as text for people."""
        lines = [f"  groups: {self.groups}", f"  resources: {self.resources}", f"  facts about them: {self.facts}"]
        lines += [f"  {compact(name)}: {number}" for name, number in sorted(self.related.items())]
        return "\n".join((*lines, *filter(None, [self.alignment.to_text(base)])))


def read_aligned_facts(
    lines: Iterable[bytes], alignment: Alignment, base: Base, terms: AlignmentTerms
) -> dict[str, list[AlignedFact]]:
    """Return the facts about the resources of each group, by group; those that hold in a context are left out.

    Args:
        lines: canonical N-Quads of all graphs, sorted: the evidence of a fact stands beside it.
        alignment: the groups.
        base: the base of the data.
        terms: the vocabulary.
    """
    start = f"<{base.iri}{FACT_KIND}/".encode()
    found: dict[str, list[AlignedFact]] = {}
    own = (line for line in lines if line.startswith(start))
    for name, group in groupby(own, key=lambda line: line[len(start) :].partition(b">")[0].partition(b"/")[0]):
        statements = [triple_part(line).split(b" ", 2) for line in group]
        subject = next((value for _, predicate, value in statements if predicate == _SUBJECT), b"")[1:-1].decode()
        key = alignment.key.get(subject, "")
        if key in alignment.groups and all(predicate != _CONTEXT for _, predicate, _ in statements):
            iri = f"{base.iri}{FACT_KIND}/{name.decode()}"
            found.setdefault(key, []).append(_read_fact(iri, statements, alignment, terms))
    return found


def _read_fact(
    iri: str, statements: Iterable[Sequence[bytes]], alignment: Alignment, terms: AlignmentTerms
) -> AlignedFact:
    """Return a fact with what its evidence says."""
    fact = AlignedFact(iri)
    evidence: dict[str, dict[str, str]] = {}
    for subject, predicate, value in statements:
        name, term = predicate[1:-1].decode(), value.decode()
        term = term[1:-1] if term.startswith("<") else term
        if (about := subject[1:-1].decode()) != iri:
            evidence.setdefault(about, {})[name] = term
        elif name == iris.RDF_SUBJECT:
            fact.subject = term
        elif name == iris.RDF_PREDICATE:
            fact.predicate = term
        elif name == iris.RDF_OBJECT:
            fact.object = alignment.key_of(term)
    for said in evidence.values():
        stance = said.get(iris.STANCE, "")
        fact.stances.add(stance)
        if stance == noso("supports"):
            fact.intervals += _intervals(said, terms)
    return fact


def _intervals(said: Mapping[str, str], terms: AlignmentTerms) -> Iterator[tuple[int, int]]:
    """Return the frequencies that evidence gives, as whole percentages: a count in place of the share made of it."""
    counted = [
        wilson(number, among)
        for name, other in terms.counts.items()
        if (number := _integer(said.get(name))) is not None and (among := _integer(said.get(other)))
    ]
    if counted:
        yield from counted
        return
    for name in terms.frequencies & said.keys():
        extent = terms.extents.get(said[name])
        share = _share(said[name])
        if extent is None and share is not None:
            extent = (share, share)
        if extent is not None:
            yield floor(extent[0] * 100), ceil(extent[1] * 100)


def wilson(number: int, among: int) -> tuple[int, int]:
    """Return the whole percentages around the interval in which a share lies with 95 % confidence.

    Wilson's score interval (J. Am. Stat. Assoc. 22, 1927, 209-212), which holds for few cases too.
    """
    share, square = number / among, _DEVIATE**2
    middle = share + square / (2 * among)
    half = _DEVIATE * sqrt(share * (1 - share) / among + square / (4 * among**2))
    whole = 1 + square / among
    return max(0, floor(100 * (middle - half) / whole)), min(100, ceil(100 * (middle + half) / whole))


def _lexical(term: str | None) -> str:
    return term.partition('"^^')[0].removeprefix('"') if term is not None and term.startswith('"') else ""


def _integer(term: str | None) -> int | None:
    text = _lexical(term)
    return int(text) if text.isascii() and text.isdigit() else None


def _share(term: str) -> Decimal | None:
    try:
        return Decimal(_lexical(term)) if term.startswith('"') else None
    except InvalidOperation:
        return None


class FactComparison:
    """Compares the facts about the resources of groups by the rules of a vocabulary.

    Args:
        alignment: the groups, for the hierarchy of terms.
        terms: the rules.

    Attributes:
        related: property → pairs of facts that it relates so far; one that leads both ways counts once.
    """

    def __init__(self, alignment: Alignment, terms: AlignmentTerms) -> None:
        self.related: Counter[str] = Counter()
        self._terms = terms
        self._above = cache(alignment.broader)
        self._rules = cache(terms.rules_for)
        self._matches = cache(self._compare_predicates)

    def relate(self, facts: Sequence[AlignedFact]) -> Iterator[tuple[str, str, str]]:
        """Return first fact, property and second fact for each two facts about the resources of one group."""
        by_object: dict[str, list[AlignedFact]] = {}
        for fact in facts:
            by_object.setdefault(fact.object, []).append(fact)
        found: set[tuple[str, str, str]] = set()
        for fact in facts:
            for other in by_object[fact.object]:
                found |= self._apply(fact, other, TermRelation.SAME)
            for term in self._above(fact.object) & by_object.keys():
                for other in by_object[term]:
                    found |= self._apply(fact, other, TermRelation.BROADER)
                    found |= self._apply(other, fact, TermRelation.NARROWER)
            for term in self._terms.incompatible.get(fact.object, frozenset()) & by_object.keys():
                for other in by_object[term]:
                    found |= self._apply(fact, other, TermRelation.INCOMPATIBLE)
        counted = {(name, min(one, two), max(one, two)) for one, name, two in found}
        for name, _, _ in counted:
            self.related[name] += 1
        for one, name, two in sorted(found):
            yield one, name, two
            yield two, self._terms.inverses.get(name, name), one

    def _apply(self, one: AlignedFact, other: AlignedFact, objects: TermRelation) -> set[tuple[str, str, str]]:
        """Return what the rules yield for two facts whose objects are so related; nothing for those of one resource."""
        if one.subject == other.subject:
            return set()
        return {
            (one.iri, rule.yields, other.iri)
            for rule in self._rules(one.predicate, objects)
            if rule.first in one.stances
            and rule.second in other.stances
            and self._matches(one.predicate, other.predicate, rule.predicates)
            and (not rule.disjoint or _are_disjoint(one.intervals, other.intervals))
        }

    def _compare_predicates(self, one: str, other: str, relation: str) -> bool:
        """Return whether the second predicate is to the first what a rule asks for."""
        first, second = self._terms.family(one), self._terms.family(other)
        return {
            TermRelation.SAME: one == other,
            TermRelation.SAME_OR_BROADER: other in first,
            TermRelation.SAME_OR_NARROWER: one in second,
            TermRelation.COMPARABLE: not first.isdisjoint(second),
        }.get(TermRelation(relation), False)


def _are_disjoint(one: Sequence[tuple[int, int]], other: Sequence[tuple[int, int]]) -> bool:
    """Return whether there are intervals on both sides, and none of one side has a value in common with the other's."""
    return bool(one and other) and all(
        most < lowest or highest < least for least, most in one for lowest, highest in other
    )


def join(
    lines: Callable[[], Iterable[bytes]], base: Base, terms: AlignmentTerms, write: Callable[[bytes], None]
) -> AlignmentAccount:
    """Write the graph of alignments as lines of canonical N-Triples, in no order; return what it joins.

    Args:
        lines: reads the sorted, canonical N-Quads of all graphs; called twice.
        base: the base of the data.
        terms: the rules.
        write: takes a line.
    """
    alignment = align(lines(), base, terms)
    facts = read_aligned_facts(lines(), alignment, base, terms) if alignment.groups else {}
    comparison = FactComparison(alignment, terms)
    for group in alignment.groups.values():
        for triple in _describe(group):
            write(b"%s %s %s .\n" % triple)
    for related in facts.values():
        for one, name, other in comparison.relate(related):
            write(f"<{one}> <{name}> <{other}> .\n".encode())
    return AlignmentAccount(
        groups=len(alignment.groups),
        resources=sum(len(group.members) for group in alignment.groups.values()),
        facts=sum(map(len, facts.values())),
        related=comparison.related,
        alignment=alignment,
    )


def _describe(group: AlignmentGroup) -> Iterator[tuple[bytes, bytes, bytes]]:
    said = [(iris.RDF_TYPE, f"<{iri}>") for iri in (noso("AlignmentGroup"), STANDARD_PREFIXES["prov"] + "Collection")]
    said += [(iris.RDFS_LABEL, group.label)] if group.label else []
    said += [(iris.PROV_HAD_MEMBER, f"<{iri}>") for iri in group.members]
    yield from ((f"<{group.iri}>".encode(), f"<{name}>".encode(), value.encode()) for name, value in said)
