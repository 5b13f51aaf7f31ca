"""A condition's page: its facts grouped as people think of a condition, its forms as a tree, and what is inherited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from nosograph.rdf import iris
from nosograph.web.views.facts import Evidence, Fact, Reader, Value

MOST_FACTS: Final = 1000
"""Facts that one page shows at most; beyond that a query is the better tool, and the page says so."""

MOST_FORMS: Final = 300
"""Forms that the tree shows at most."""


@dataclass(frozen=True)
class Topic:
    """A section of the page: its anchor, its heading, and the predicates that belong to it with their own headings."""

    anchor: str
    heading: str
    predicates: Mapping[str, str]


TOPICS: Final = (
    Topic(
        "what-it-is",
        "What it is",
        {
            "grouping": "Kind",
            "extent": "Extent",
            "affects": "Affects",
            "affectsOnly": "Affects only",
        },
    ),
    Topic("forms", "Forms", {"hasSubtype": "Forms", "mainSubtypeCount": "Number of main forms"}),
    Topic("causes", "Causes", {"causeStatus": "What is known", "origin": "Origin", "hasCausalFactor": "Factors"}),
    Topic(
        "mechanism",
        "Mechanism",
        {"hasMechanism": "Processes", "leadsTo": "What leads to what", "involves": "What takes part"},
    ),
    Topic(
        "symptoms",
        "Symptoms",
        {
            "hasMainSymptom": "Main symptom",
            "hasSymptom": "Symptoms",
            "symptomsVaryBy": "They vary",
            "locatedIn": "Where findings show",
            "extent of a finding": "How far findings reach",
        },
    ),
    Topic("complications", "Complications", {"hasComplication": "Complications"}),
    Topic(
        "who-gets-it",
        "Who gets it",
        {"prevalence": "Prevalence", "morePrevalentIn": "More common in", "rarity": "Rarity"},
    ),
    Topic(
        "treatment",
        "Treatment",
        {"hasTreatment": "Treatments", "treatmentOutcome": "Claimed effects", "treatmentVariesBy": "It varies"},
    ),
    Topic(
        "outlook",
        "Outlook and care",
        {"curability": "Cure", "seriousness": "Seriousness", "course": "Course", "management": "Management"},
    ),
    Topic(
        "resources",
        "Where to read on",
        {
            "hasBasicResource": "To begin with",
            "hasInDepthResource": "In depth",
            "hasResource": "Further resources",
        },
    ),
)
"""Sections in the order in which a reader asks; every other predicate goes to a last section, so nothing is lost."""

OTHER: Final = Topic("further", "Further statements", {})

NO_PURPOSE: Final = "Purpose not said"


@dataclass(frozen=True)
class Group:
    """Facts of one predicate, or of one purpose, under a heading of their own."""

    heading: str
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Section:
    """One topic of the page with its facts."""

    anchor: str
    heading: str
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        """How many different facts it shows."""
        return len({fact.iri for group in self.groups for fact in group.facts})


@dataclass(frozen=True)
class Branch:
    """A form in the tree of forms, with the fact that makes it one."""

    form: Value
    fact: Fact | None
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Inherited:
    """What a broader condition's page says that this one's does not."""

    ancestor: Value
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Condition:
    """Everything that a condition's page shows about it.

    Attributes:
        sections: its facts by topic.
        broader: conditions that it is a form of, the nearest first.
        forms: its forms as a tree.
        forms_cut: whether the tree was cut because it is too large.
        parents: conditions that it is directly a form of.
        disagreements: facts that some sources support and some deny.
        uneven: facts that sources support with different certainty.
        frequencies: facts that sources support equally surely, but say to hold differently often.
        inherited: what broader conditions say.
        named_by: facts of other things in which it is the object.
        cut: whether there are more facts than the page shows.
    """

    sections: tuple[Section, ...]
    broader: tuple[Value, ...]
    parents: tuple[Value, ...]
    forms: tuple[Branch, ...]
    forms_cut: bool
    disagreements: tuple[Fact, ...]
    uneven: tuple[Fact, ...]
    frequencies: tuple[Fact, ...]
    inherited: tuple[Inherited, ...]
    named_by: tuple[Fact, ...]
    cut: bool

    @property
    def differences(self) -> int:
        """How many facts sources differ about."""
        return len(self.disagreements) + len(self.uneven) + len(self.frequencies)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact of its own, each once."""
        found = {fact.iri: fact for section in self.sections for group in section.groups for fact in group.facts}
        return tuple(found.values())


def condition_view(reader: Reader, iri: str) -> Condition:
    """Return what the page of a condition shows about it."""
    own = reader.facts_about(iri, MOST_FACTS + 1)
    facts = own[:MOST_FACTS] + reader.facts_within(iri, MOST_FACTS)
    tree = _Tree(reader)
    forms = tree.below(iri, {iri})
    broader = ancestors(reader, iri)
    said = {(fact.predicate.iri, fact.object.iri or fact.object.text) for fact in facts}
    agreed = [fact for fact in facts if fact.status.name != "contested"]
    return Condition(
        sections=sections(facts),
        broader=broader,
        parents=reader.values(reader.triples.iris(iri, iris.SUBTYPE_OF)),
        forms=forms,
        forms_cut=tree.count > MOST_FORMS,
        disagreements=tuple(fact for fact in facts if fact.status.name == "contested"),
        uneven=tuple(fact for fact in agreed if fact.is_uneven),
        frequencies=tuple(fact for fact in agreed if not fact.is_uneven and fact.differs_in_frequency),
        inherited=tuple(_inherited(reader, ancestor, said) for ancestor in broader),
        named_by=tuple(fact for fact in reader.facts_naming(iri, MOST_FACTS) if fact.predicate.iri != iris.HAS_SUBTYPE),
        cut=len(own) > MOST_FACTS,
    )


def sections(facts: Iterable[Fact]) -> tuple[Section, ...]:
    """Return facts grouped by topic, topics without facts left out."""
    by_predicate: dict[str, list[Fact]] = {}
    for fact in facts:
        name = _local(fact.predicate.iri)
        if name == "extent" and fact.contexts:
            name = "extent of a finding"
        by_predicate.setdefault(name, []).append(fact)
    found = []
    for topic in TOPICS:
        groups: list[Group] = []
        for name, heading in topic.predicates.items():
            members = tuple(by_predicate.pop(name, ()))
            if members and name == "hasTreatment":
                groups += by_purpose(members)
            elif members and name == "leadsTo":
                groups.append(Group(heading, in_causal_order(members)))
            elif members:
                groups.append(Group(heading, members))
        if groups:
            found.append(Section(topic.anchor, topic.heading, tuple(groups)))
    if by_predicate:
        rest = tuple(Group(members[0].predicate.text.capitalize(), tuple(members)) for members in by_predicate.values())
        found.append(Section(OTHER.anchor, OTHER.heading, rest))
    return tuple(found)


def by_purpose(facts: Iterable[Fact]) -> list[Group]:
    """Return facts about treatments by purpose; under each purpose stands the evidence that gives it."""
    purposes: dict[str, dict[str, list[Evidence]]] = {}
    by_iri = {fact.iri: fact for fact in facts}
    for fact in by_iri.values():
        for item in fact.evidence:
            named = [value.text for name, value in item.qualifiers if name == "intent"] or [NO_PURPOSE]
            for purpose in named:
                purposes.setdefault(purpose, {}).setdefault(fact.iri, []).append(item)
    ordered = sorted(purposes, key=lambda purpose: (purpose == NO_PURPOSE, purpose.casefold()))
    return [
        Group(
            purpose[:1].upper() + purpose[1:],
            tuple(replace(by_iri[iri], evidence=tuple(items)) for iri, items in purposes[purpose].items()),
        )
        for purpose in ordered
    ]


def in_causal_order(facts: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Return causal steps so that a step stands after those that lead to its start; a cycle is cut anywhere."""
    remaining = list(facts)
    ordered: list[Fact] = []
    while remaining:
        ends = {fact.object.iri for fact in remaining}
        ready = [fact for fact in remaining if fact.subject.iri not in ends] or remaining[:1]
        ordered += ready
        remaining = [fact for fact in remaining if fact not in ready]
    return tuple(ordered)


def ancestors(reader: Reader, iri: str) -> tuple[Value, ...]:
    """Return the conditions that this one is a form of, at any distance, the nearest first."""
    found: list[str] = []
    ahead = [iri]
    seen = {iri}
    while ahead:
        step: list[str] = []
        for member in ahead:
            for broader in reader.triples.iris(member, iris.SUBTYPE_OF):
                if broader not in seen:
                    seen.add(broader)
                    step.append(broader)
        found += step
        ahead = step
    return tuple(reader.value(broader) for broader in found)


def _inherited(reader: Reader, ancestor: Value, said: set[tuple[str, str]]) -> Inherited:
    facts = [
        fact
        for fact in (*reader.facts_about(ancestor.iri, MOST_FACTS), *reader.facts_within(ancestor.iri, MOST_FACTS))
        if _local(fact.predicate.iri) not in ("hasSubtype", "mainSubtypeCount")
        and (fact.predicate.iri, fact.object.iri or fact.object.text) not in said
    ]
    return Inherited(ancestor, sections(facts))


class _Tree:
    """Walks the tree of forms, and counts so that a huge one stays readable."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.count = 0

    def below(self, iri: str, above: set[str]) -> tuple[Branch, ...]:
        """Return the forms of a condition, each with its own forms; a form that stands above itself is not followed."""
        reader = self._reader
        facts = [fact for fact in reader.facts_about(iri, MOST_FACTS) if fact.predicate.iri == iris.HAS_SUBTYPE]
        branches = []
        for fact in facts:
            self.count += 1
            if self.count > MOST_FORMS:
                break
            form = fact.object
            below = self.below(form.iri, above | {form.iri}) if form.iri and form.iri not in above else ()
            branches.append(Branch(form, fact, below))
        return tuple(branches)


def _local(iri: str) -> str:
    return iri.removeprefix(iris.noso(""))
