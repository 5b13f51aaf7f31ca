"""The page of a resource that the site is about, as a condition: its facts by section, its forms, what it inherits.

Sections, headings and roles are those of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from nosograph.vocabulary.terms import Inheritance, PageSection, Qualifier, Role, Vocabulary, capitalise
from nosograph.web.views.facts import Evidence, Fact, Reader, Value

MOST_FACTS: Final = 1000
"""Facts that one page shows at most; beyond that a query is the better tool, and the page says so."""

MOST_FORMS: Final = 300
"""Forms that the tree shows at most."""

MOST_FORMS_SUMMARISED: Final = 6
"""Direct forms whose facts answer a question that nothing about the resource itself answers."""


OTHER: Final = PageSection("", "further", "Further statements")
"""The section of predicates that the vocabulary gives none, so that nothing is lost."""


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
    def facts(self) -> tuple[Fact, ...]:
        """The different facts that it shows."""
        return tuple({fact.iri: fact for group in self.groups for fact in group.facts}.values())


@dataclass(frozen=True)
class Branch:
    """A form in the tree of forms, with the fact that makes it one."""

    form: Value
    fact: Fact | None
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class Inherited:
    """What is said of a broader condition and holds for this one too (``noso:inherits``).

    Attributes:
        ancestor: the broader condition.
        sections: what is inherited from it, by topic.
        withheld: what is said of it and could be inherited, but does not hold here: closer facts say otherwise.
    """

    ancestor: Value
    sections: tuple[Section, ...]
    withheld: tuple[Fact, ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that is inherited, each once."""
        found = {fact.iri: fact for section in self.sections for group in section.groups for fact in group.facts}
        return tuple(found.values())


@dataclass(frozen=True)
class Condition:
    """Everything that a condition's page shows about it.

    Attributes:
        sections: its facts by topic.
        broader: conditions that it is a form of, the nearest first.
        forms: its forms as a tree.
        forms_anchor: anchor of the section that shows the tree.
        of_forms: its direct forms, each with the facts about it.
        forms_cut: whether the tree was cut because it is too large.
        parents: conditions that it is directly a form of.
        disagreements: facts that some sources support and some deny.
        uneven: facts that sources support with different certainty.
        frequencies: facts that sources support equally surely, but say to hold differently often.
        inherited: what broader conditions say.
        named_by: facts of other resources in which it is the object.
        cut: whether there are more facts than the page shows.
    """

    sections: tuple[Section, ...]
    broader: tuple[Value, ...]
    parents: tuple[Value, ...]
    forms: tuple[Branch, ...]
    forms_anchor: str
    of_forms: tuple[tuple[Value, tuple[Fact, ...]], ...]
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

    @property
    def shown(self) -> tuple[Fact, ...]:
        """Every fact that the page shows in its sections, those of its own first."""
        inherited = [fact for member in self.inherited for fact in (*member.facts, *member.withheld)]
        return (*self.facts, *inherited, *self.named_by)


def condition_view(reader: Reader, iri: str) -> Condition:
    """Return what the page of a condition shows about it."""
    vocabulary = reader.vocabulary
    to_forms = vocabulary.with_role(Role.FORM)
    own = reader.facts_about(iri, MOST_FACTS + 1)
    from_broader = reader.facts_inherited(iri, MOST_FACTS + 1)
    facts = own[:MOST_FACTS] + reader.facts_within(iri, MOST_FACTS)
    tree = _Tree(reader)
    forms = tree.below(iri, {iri})
    broader = ancestors(reader, iri)
    agreed = [fact for fact in facts if fact.status.name != "contested"]
    return Condition(
        sections=sections(vocabulary, facts),
        broader=broader,
        parents=reader.values(_directly_broader(reader, iri)),
        forms=forms,
        forms_anchor=_forms_anchor(vocabulary),
        of_forms=tuple(
            (branch.form, reader.facts_about(branch.form.iri, MOST_FACTS)) for branch in forms[:MOST_FORMS_SUMMARISED]
        ),
        forms_cut=tree.count > MOST_FORMS,
        disagreements=tuple(fact for fact in facts if fact.status.name == "contested"),
        uneven=tuple(fact for fact in agreed if fact.is_uneven),
        frequencies=tuple(fact for fact in agreed if not fact.is_uneven and fact.differs_in_frequency),
        inherited=_inherited(reader, from_broader[:MOST_FACTS], broader, facts),
        named_by=tuple(fact for fact in reader.facts_naming(iri, MOST_FACTS) if fact.predicate.iri not in to_forms),
        cut=max(len(own), len(from_broader)) > MOST_FACTS,
    )


def sections(vocabulary: Vocabulary, facts: Iterable[Fact]) -> tuple[Section, ...]:
    """Return facts by the sections of the vocabulary, each predicate in its order; sections without facts left out."""
    return tuple(
        Section(
            section.anchor,
            section.heading,
            tuple(group for members in predicates for group in _groups(vocabulary, members)),
        )
        for section, predicates in in_order(vocabulary, facts)
    )


def in_order(
    vocabulary: Vocabulary, facts: Iterable[Fact]
) -> Iterator[tuple[PageSection, tuple[tuple[Fact, ...], ...]]]:
    """Return the sections that have facts, in their order, with the facts of each predicate, in its order."""
    members: dict[tuple[str, int, str], list[Fact]] = {}
    known = {section.iri for section in vocabulary.sections}
    for fact in facts:
        predicate = vocabulary.predicate(fact.predicate.iri, fact.predicate.text)
        section, order = predicate.section, predicate.order
        if fact.contexts:
            section, order = predicate.context_section, predicate.context_order
        key = (section, order, predicate.iri) if section in known else ("", 0, predicate.iri)
        members.setdefault(key, []).append(fact)
    for section_ in (*vocabulary.sections, OTHER):
        keys = sorted(key for key in members if key[0] == section_.iri) if section_ is not OTHER else list(members)
        if keys:
            yield section_, tuple(tuple(members.pop(key)) for key in keys)


def heading_of(vocabulary: Vocabulary, fact: Fact) -> str:
    """Return the heading of the facts of a predicate, in a context or without one."""
    predicate = vocabulary.predicate(fact.predicate.iri, fact.predicate.text)
    return (predicate.context_heading if fact.contexts else predicate.heading) or capitalise(fact.predicate.text)


def _groups(vocabulary: Vocabulary, facts: tuple[Fact, ...]) -> list[Group]:
    """Return the facts of one predicate under their heading, or under one for each value of a qualifier."""
    predicate = vocabulary.predicate(facts[0].predicate.iri, facts[0].predicate.text)
    qualifier = next((entry for entry in vocabulary.qualifiers if entry.iri == predicate.grouped_by), None)
    if qualifier is not None:
        return by_qualifier(facts, qualifier)
    if Role.STEP in predicate.roles:
        facts = in_causal_order(facts)
    return [Group(heading_of(vocabulary, facts[0]), facts)]


def by_qualifier(facts: Iterable[Fact], qualifier: Qualifier) -> list[Group]:
    """Return facts by the values of a qualifier; under each value stands the evidence that gives it."""
    values: dict[str, dict[str, list[Evidence]]] = {}
    by_iri = {fact.iri: fact for fact in facts}
    absent = qualifier.absent_heading or f"{capitalise(qualifier.label)} not said"
    for fact in by_iri.values():
        for item in fact.evidence:
            named = [value.text for name, value in item.qualifiers if name == qualifier.label] or [absent]
            for text in named:
                values.setdefault(text, {}).setdefault(fact.iri, []).append(item)
    ordered = sorted(values, key=lambda text: (text == absent, text.casefold()))
    return [
        Group(
            capitalise(text),
            tuple(replace(by_iri[iri], evidence=tuple(items)) for iri, items in values[text].items()),
        )
        for text in ordered
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
            for broader in _directly_broader(reader, member):
                if broader not in seen:
                    seen.add(broader)
                    step.append(broader)
        found += step
        ahead = step
    return tuple(reader.value(broader) for broader in found)


def _forms_anchor(vocabulary: Vocabulary) -> str:
    wanted = {vocabulary.predicate(iri).section for iri in vocabulary.with_role(Role.FORM)}
    return next((section.anchor for section in vocabulary.sections if section.iri in wanted), OTHER.anchor)


def _directly_broader(reader: Reader, iri: str) -> list[str]:
    properties = sorted(reader.vocabulary.broader_properties())
    return [broader for name in properties for broader in reader.triples.iris(iri, name)]


def _inherited(
    reader: Reader, facts: Iterable[Fact], broader: Iterable[Value], own: Iterable[Fact]
) -> tuple[Inherited, ...]:
    """Return inherited facts by the resource of which they are said, in the order of these."""
    found: dict[str, list[Fact]] = {}
    for fact in facts:
        for holder in fact.contexts or (fact.subject,):
            found.setdefault(holder.iri, []).append(fact)
    restated = {_statement(fact) for fact in own if fact.status.name == "affirmed"}
    members = []
    for ancestor in broader:
        passed_on = found.get(ancestor.iri, [])
        known = {fact.iri for fact in passed_on}
        withheld = tuple(
            fact
            for fact in (*reader.facts_about(ancestor.iri, MOST_FACTS), *reader.facts_within(ancestor.iri, MOST_FACTS))
            if fact.iri not in known and _passes_on(reader.vocabulary, fact) and _statement(fact) not in restated
        )
        members.append(Inherited(ancestor, sections(reader.vocabulary, passed_on), withheld))
    return tuple(members)


def _statement(fact: Fact) -> tuple[str, str]:
    return fact.predicate.iri, fact.object.iri or fact.object.text


def _passes_on(vocabulary: Vocabulary, fact: Fact) -> bool:
    predicate = vocabulary.predicates.get(fact.predicate.iri)
    return predicate is not None and predicate.inheritance is not Inheritance.NEVER


class _Tree:
    """Walks the tree of forms, and counts so that a huge one stays readable."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.count = 0

    def below(self, iri: str, above: set[str]) -> tuple[Branch, ...]:
        """Return the forms of a condition, each with its own forms; a form that stands above itself is not followed."""
        reader = self._reader
        predicates = reader.vocabulary.with_role(Role.FORM)
        facts = [fact for fact in reader.facts_about(iri, MOST_FACTS) if fact.predicate.iri in predicates]
        branches = []
        for fact in facts:
            self.count += 1
            if self.count > MOST_FORMS:
                break
            form = fact.object
            below = self.below(form.iri, above | {form.iri}) if form.iri and form.iri not in above else ()
            branches.append(Branch(form, fact, below))
        return tuple(branches)
