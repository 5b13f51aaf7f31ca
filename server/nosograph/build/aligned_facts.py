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
from math import ceil, exp, floor, lgamma, log, log1p
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
_DISPUTES: Final = noso("disputes")

_TAIL: Final = 0.025
"""Probability beyond each end of an interval with 95 % confidence."""

_MOST_CASES: Final = 1000
_STEPS: Final = 24
_ROUNDING: Final = 1e-4

Interval = tuple[int, int]
"""Least and greatest whole percentage."""


@dataclass
class AlignedFact:
    """A fact about a resource of a group.

    Attributes:
        iri: the fact.
        subject: the resource.
        predicate: the predicate.
        object: its object, by group where that is in one; a literal as canonical N-Quads have it.
        intervals: stance that some evidence has → the shares of cases that each piece of it speaks of.
    """

    iri: str
    subject: str = ""
    predicate: str = ""
    object: str = ""
    intervals: dict[str, list[Interval]] = field(default_factory=dict)


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
        fact.intervals.setdefault(stance, []).extend(_intervals(said, stance, terms))
    if _DISPUTES in fact.intervals:  # the most definite denial: all of them begin at nobody
        fact.intervals[_DISPUTES] = [min(fact.intervals[_DISPUTES], key=lambda interval: interval[1])]
    return fact


def _intervals(said: Mapping[str, str], stance: str, terms: AlignmentTerms) -> list[Interval]:
    """Return the shares of cases that a piece of evidence speaks of, as whole percentages.

    A count comes before the share made of it. Evidence without a frequency supports any share but none, and denies all
    but none; with a frequency of unknown extent, a denial may leave any share.
    """
    counted = [
        likely_shares(number, among)
        for name, other in terms.counts.items()
        if (number := _integer(said.get(name))) is not None and (among := _integer(said.get(other)))
    ]
    if counted:
        return counted
    given = terms.frequencies & said.keys()
    found = []
    for name in given:
        extent, share = terms.extents.get(said[name]), _share(said[name])
        if extent is None and share is not None:
            extent = (share, share)
        if extent is not None:
            found.append((floor(extent[0] * 100), ceil(extent[1] * 100)))
    if found:
        return found
    if stance == _DISPUTES:
        return [(0, 100 if given else 0)]
    return [(1, 100)]


@cache
def likely_shares(number: int, among: int) -> Interval:
    """Return the whole percentages around the interval in which a share lies with 95 % confidence.

    The exact interval of Clopper and Pearson (Biometrika 26, 1934, 404-413), because most counts are of few cases. Of
    more than a thousand cases the share itself is taken.
    """
    if among > _MOST_CASES:
        return 100 * number // among, -(-100 * number // among)
    least = 0.0 if number == 0 else _solve(lambda share: _at_most(among - number, among, 1 - share))
    most = 1.0 if number >= among else 1 - _solve(lambda share: _at_most(number, among, 1 - share))
    return floor(100 * least + _ROUNDING), ceil(100 * most - _ROUNDING)


def _solve(probability: Callable[[float], float]) -> float:
    """Return where a probability that grows with a share reaches 2.5 %."""
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < _TAIL else (low, middle)
    return low


def _at_most(number: int, among: int, share: float) -> float:
    """Return the probability that no more than a number of cases have what a share of all cases has."""
    whole, yes, no = lgamma(among + 1), log(share), log1p(-share)
    terms = (
        whole - lgamma(found + 1) - lgamma(among - found + 1) + found * yes + (among - found) * no
        for found in range(number + 1)
    )
    return sum(map(exp, terms))


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
        back = {(two, self._terms.inverses.get(name, name), one) for one, name, two in found}
        yield from sorted(found | back)

    def _apply(self, one: AlignedFact, other: AlignedFact, objects: TermRelation) -> set[tuple[str, str, str]]:
        """Return what the rules yield for two facts whose objects are so related; nothing for those of one resource."""
        if one.subject == other.subject:
            return set()
        return {
            (one.iri, rule.yields, other.iri)
            for rule in self._rules(one.predicate, objects)
            if rule.first in one.intervals
            and rule.second in other.intervals
            and self._matches(one.predicate, other.predicate, rule.predicates)
            and (not rule.disjoint or _are_disjoint(one.intervals[rule.first], other.intervals[rule.second]))
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


def _are_disjoint(one: Iterable[Interval], other: Sequence[Interval]) -> bool:
    """Return whether no interval of one side has a value in common with an interval of the other."""
    return all(most < lowest or highest < least for least, most in one for lowest, highest in other)


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
