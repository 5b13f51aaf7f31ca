"""The terms of a vocabulary as the software uses them: frozen values, read from the ontology and passed in.

The software knows the evidence model (``ontology/evidence.ttl``) by name. The classes and predicates of a field it
knows through these values alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES, Base

AGENT_KIND: Final = "agent"
ALIGNMENT_KIND: Final = "alignment"
FACT_KIND: Final = "fact"
MAPPING_KIND: Final = "mapping"
RELEASE_KIND: Final = "release"
SOURCE_KIND: Final = "source"
"""Path segments of the classes of the evidence model, which the software has routes and pages for."""

TERM_KIND: Final = "term"
"""What search calls the terms of the vocabulary, beside the kinds."""

UNLABELLED_KINDS: Final = frozenset({ALIGNMENT_KIND, FACT_KIND, MAPPING_KIND, RELEASE_KIND})
"""Kinds whose resources have no name of their own by which somebody would search for them."""


class Role(StrEnum):
    """What a predicate says of the resources of the focus: the concepts of ``noso:RoleScheme``, by IRI."""

    CAUSE = noso("causeRole")
    FORM = noso("formRole")
    FREQUENCY = noso("frequencyRole")
    LOCATION = noso("locationRole")
    MANIFESTATION = noso("manifestationRole")
    OCCURRENCE = noso("occurrenceRole")
    OUTLOOK = noso("outlookRole")
    PARTICIPANT = noso("participantRole")
    PROCESS = noso("processRole")
    REMEDY = noso("remedyRole")
    STEP = noso("stepRole")


class Inheritance(StrEnum):
    """How the facts of a predicate pass to narrower resources: the concepts of ``noso:InheritanceScheme``, by IRI."""

    PLAIN = ""
    NEVER = noso("notInherited")
    SINGLE_VALUED = noso("singleValued")


@dataclass(frozen=True)
class ResourceClass:
    """A class whose resources are published.

    Attributes:
        iri: the class.
        kind: path segment of its resources, which is also their prefix in curated files.
        label: what one of them is called.
        plural: what several are called.
        description: what the list of them holds.
        order: its position among the classes.
        focus: whether the site is about its resources.
        offered: whether the query editor offers its resources by name.
        column: the column of the drawing in which its resources stand as parts of a causal step, or empty.
        schema_type: the class of schema.org that its resources belong to, or empty.
        schema_page_type: the class of schema.org of pages about them, or empty.
        schema_code_type: the class of schema.org of their codes, or empty.
    """

    iri: str
    kind: str
    label: str
    plural: str
    description: str = ""
    order: int = 0
    focus: bool = False
    offered: bool = False
    column: str = ""
    schema_type: str = ""
    schema_page_type: str = ""
    schema_code_type: str = ""

    @property
    def name(self) -> str:
        """The label with a capital, as a heading has it."""
        return capitalise(self.label)

    @property
    def plural_name(self) -> str:
        """The plural label with a capital, as a heading has it."""
        return capitalise(self.plural)


@dataclass(frozen=True)
class FactPredicate:
    """A predicate of facts.

    Attributes:
        iri: the predicate.
        label: what it is called.
        phrase: the words between subject and object in a sentence; the label where it is such a phrase.
        list_phrase: the words between subject and several objects; the phrase where it agrees with them.
        section: the section of its facts, or empty.
        order: its position in the section.
        heading: heading of its facts on the page of their subject.
        context_section: the section of its facts that hold in a context.
        context_order: its position in that section.
        context_heading: heading of its facts that hold in a context.
        inverse_heading: heading of its facts on the page of their object.
        roles: what it says of the resources of the focus.
        column: the column of the drawing in which its objects stand, or empty.
        grouped_by: the qualifier by whose values its facts are shown in groups, or empty.
        inheritance: how its facts pass to narrower resources.
        restricted_by: predicates by which a narrower resource limits what it inherits.
        schema_property: the property of schema.org with its meaning, or empty.
        schema_type: the class of schema.org of its objects, or empty.
        wider: it and every wider predicate of the vocabulary.
        inverse: its inverse, whose triples are derived, or empty.
        closures: wider predicates that are transitive, whose triples are derived at any depth.
    """

    iri: str
    label: str
    phrase: str = ""
    list_phrase: str = ""
    section: str = ""
    order: int = 0
    heading: str = ""
    context_section: str = ""
    context_order: int = 0
    context_heading: str = ""
    inverse_heading: str = ""
    roles: frozenset[str] = frozenset()
    column: str = ""
    grouped_by: str = ""
    inheritance: Inheritance = Inheritance.PLAIN
    restricted_by: frozenset[str] = frozenset()
    schema_property: str = ""
    schema_type: str = ""
    wider: frozenset[str] = frozenset()
    inverse: str = ""
    closures: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Qualifier:
    """A property by which evidence narrows what its source says.

    Attributes:
        iri: the property.
        label: what it is called.
        order: its position among the qualifiers.
        roles: what its values tell.
        absent_heading: heading of the facts whose evidence lacks it, where facts are grouped by it.
    """

    iri: str
    label: str
    order: int = 0
    roles: frozenset[str] = frozenset()
    absent_heading: str = ""


@dataclass(frozen=True)
class PageSection:
    """A section of a page about a resource of the focus: its anchor, its heading, its position."""

    iri: str
    anchor: str
    heading: str
    order: int = 0


@dataclass(frozen=True)
class DrawingColumn:
    """A column of the drawing: its heading and its position."""

    iri: str
    heading: str
    order: int = 0


@dataclass(frozen=True)
class SummaryLine:
    """A line of the summary of a resource of the focus.

    Attributes:
        iri: the line.
        label: what the line tells, as a heading has it.
        question: the question that it answers.
        order: its position.
        roles: the roles of the predicates whose facts answer it.
    """

    iri: str
    label: str
    question: str = ""
    order: int = 0
    roles: frozenset[str] = frozenset()


@dataclass(frozen=True)
class SiteTexts:
    """What a site says of itself on its pages, in the words of its field.

    Attributes:
        subject: what its facts are about, as a phrase; empty where the ontology does not say.
        search_hint: what a reader may search for.
        disclaimer: the notice at the foot of every page, or empty.
        full_disclaimer: the notice at length, or empty.
    """

    subject: str = ""
    search_hint: str = "A name or a code"
    disclaimer: str = ""
    full_disclaimer: str = ""

    @property
    def disclaimer_parts(self) -> tuple[str, str]:
        """The first sentence of the notice, and the rest."""
        first, stop, rest = self.disclaimer.partition(". ")
        return (f"{first}.", rest) if stop else (first, "")


@dataclass(frozen=True)
class Vocabulary:
    """A vocabulary: what facts may be about and may say, and how the software shows and derives.

    Attributes:
        ontology: IRI of the ontology of the field; of the evidence model where there is no other.
        namespaces: prefix and namespace of each ontology.
        classes: classes whose resources are published, in their order.
        predicates: predicates of facts by IRI.
        qualifiers: qualifiers of evidence, in their order.
        sections: sections of a page, in their order.
        columns: columns of the drawing, in their order.
        role_names: what a role is called: its labels, those that are hidden included, by its IRI.
        summary: lines of the summary of a resource of the focus, in their order.
        disputes: properties that lead from a fact to one with which it disagrees → what they are called.
        concepts: the values that facts and evidence take from closed lists, which have a page each.
        extents: of values that stand for shares of all cases, the least and the greatest share, from 0 to 1.
        shares: properties of evidence that give a share of all cases as a number from 0 to 1, with their labels.
        import_keys: word of a foreign format, such as ``hpoa:onset`` or ``hpoa:sex=MALE`` → the term that it means.
        texts: what a site says of itself.
    """

    ontology: str = noso("")[:-1]
    namespaces: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[ResourceClass, ...] = ()
    predicates: Mapping[str, FactPredicate] = field(default_factory=dict)
    qualifiers: tuple[Qualifier, ...] = ()
    sections: tuple[PageSection, ...] = ()
    columns: tuple[DrawingColumn, ...] = ()
    role_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    summary: tuple[SummaryLine, ...] = ()
    disputes: Mapping[str, str] = field(default_factory=dict)
    concepts: frozenset[str] = frozenset()
    extents: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    shares: Mapping[str, str] = field(default_factory=dict)
    import_keys: Mapping[str, str] = field(default_factory=dict)
    texts: SiteTexts = SiteTexts()

    @cached_property
    def by_kind(self) -> Mapping[str, ResourceClass]:
        """The classes by kind, in their order."""
        return {entry.kind: entry for entry in self.classes}

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds, in the order of the classes."""
        return tuple(self.by_kind)

    @cached_property
    def focus(self) -> ResourceClass | None:
        """The class that the site is about, where the vocabulary names one."""
        return next((entry for entry in self.classes if entry.focus), None)

    @cached_property
    def derived(self) -> frozenset[str]:
        """Properties that the build derives and nobody writes."""
        found = {noso(name) for name in ("status", "ofSource", "inherits")}
        for predicate in self.predicates.values():
            found |= {predicate.inverse, *predicate.closures} - {"", *self.predicates}
        return frozenset(found)

    def keyed(self, key: str) -> dict[str, str]:
        """Return value → term for every word ``key=value`` of a foreign format."""
        start = f"{key}="
        return {word[len(start) :]: term for word, term in self.import_keys.items() if word.startswith(start)}

    def with_role(self, role: Role) -> frozenset[str]:
        """Return the predicates that have a role."""
        return frozenset(iri for iri, predicate in self.predicates.items() if role in predicate.roles)

    def broader_properties(self) -> frozenset[str]:
        """Return the properties that lead from a form to what it is directly a form of."""
        return frozenset(self.predicates[iri].inverse for iri in self.with_role(Role.FORM)) - {""}

    def predicate(self, iri: str, label: str = "") -> FactPredicate:
        """Return what is known of a predicate; of one that the vocabulary does not have, only its label."""
        return self.predicates.get(iri) or FactPredicate(iri, label, phrase=label, list_phrase=label)

    def base(self, iri: str = DEFAULT_BASE) -> Base:
        """Return a base with the kinds and prefixes of this vocabulary.

        Raises:
            SettingsError: the IRI cannot be a base.
        """
        own = {prefix: start for prefix, start in self.namespaces.items() if prefix not in STANDARD_PREFIXES}
        return Base(iri, self.kinds, tuple(own.items()))


def capitalise(text: str) -> str:
    """Return a text with its first letter as a capital, and the others as they are."""
    return text[:1].upper() + text[1:]
