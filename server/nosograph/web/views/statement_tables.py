"""Facts as rows of tables: what is stated, how often, under which conditions, and who says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from nosograph.rdf.iris import EVIDENCE_CODE, INFERRED_ELECTRONICALLY
from nosograph.vocabulary.terms import Role, Vocabulary
from nosograph.web.views.condition import Section
from nosograph.web.views.facts import Evidence, Fact, Value


@dataclass(frozen=True)
class Said:
    """A value that evidence gives, under the name of its qualifier.

    Attributes:
        name: label of the qualifier.
        value: the value.
        sources: IRIs of the documents that give it, where not all that support the fact do; otherwise empty.
    """

    name: str
    value: Value
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatementRow:
    """One fact of a table.

    Attributes:
        fact: the fact.
        of_page: whether its subject is the resource of the page, so that the object alone tells what it states.
        frequencies: how often it holds, as its sources say.
        details: what else they say about it.
        of_heading: whether the heading of its group tells all but its subject.
    """

    fact: Fact
    of_page: bool
    frequencies: tuple[Said, ...]
    details: tuple[Said, ...]
    of_heading: bool = False

    @property
    def sources(self) -> int:
        """How many documents speak about it."""
        return len(self.fact.sources)

    @property
    def supporting(self) -> tuple[str, ...]:
        """IRIs of the documents that support it, each once."""
        return _sources(self.fact.supporting)

    @property
    def disputing(self) -> tuple[str, ...]:
        """IRIs of the documents that deny it, each once."""
        return _sources(self.fact.disputing)


@dataclass(frozen=True)
class RowGroup:
    """The rows of one predicate, or of one purpose, with their heading; empty where it says what the table's does."""

    heading: str
    rows: tuple[StatementRow, ...]


@dataclass(frozen=True)
class StatementTable:
    """A table of facts of one topic, with the columns that its rows need.

    Attributes:
        anchor: anchor of the topic.
        heading: heading of the topic.
        groups: its rows, in groups.
    """

    anchor: str
    heading: str
    groups: tuple[RowGroup, ...]

    @cached_property
    def rows(self) -> tuple[StatementRow, ...]:
        """Every row."""
        return tuple(row for group in self.groups for row in group.rows)

    @cached_property
    def count(self) -> int:
        """How many different facts it shows."""
        return len({row.fact.iri for row in self.rows})

    @cached_property
    def has_frequencies(self) -> bool:
        """Whether a row tells how often its fact holds."""
        return any(row.frequencies for row in self.rows)

    @cached_property
    def has_details(self) -> bool:
        """Whether a row tells more about its fact."""
        return any(row.details for row in self.rows)

    @cached_property
    def has_statuses(self) -> bool:
        """Whether a row's fact is anything but affirmed."""
        return any(row.fact.status.name != "affirmed" for row in self.rows)


def statement_table(vocabulary: Vocabulary, section: Section, page_iri: str) -> StatementTable:
    """Return the facts of a section as a table of the page about a resource."""
    alone = len(section.groups) == 1
    return StatementTable(
        section.anchor,
        section.heading,
        tuple(
            RowGroup(
                "" if alone and group.heading == section.heading else group.heading,
                tuple(statement_row(vocabulary, fact, page_iri) for fact in group.facts),
            )
            for group in section.groups
        ),
    )


def naming_table(vocabulary: Vocabulary, facts: Iterable[Fact], page_iri: str) -> StatementTable | None:
    """Return the facts of other resources that name the resource of a page, or None where there are none."""
    rows = tuple(statement_row(vocabulary, fact, page_iri) for fact in facts)
    return StatementTable("named", "Named in other facts", (RowGroup("", rows),)) if rows else None


def concept_table(vocabulary: Vocabulary, anchor: str, heading: str, facts: Iterable[Fact], iri: str) -> StatementTable:
    """Return the facts that have a concept as their object, or in their evidence, as a table of the concept's page.

    Args:
        vocabulary: the vocabulary.
        anchor: anchor of the table.
        heading: what it holds; for facts whose object is the concept, it tells all but the subject.
        facts: the facts.
        iri: the concept.
    """
    rows = (replace(statement_row(vocabulary, fact, iri), of_heading=fact.object.iri == iri) for fact in facts)
    return StatementTable(anchor, heading, (RowGroup("", tuple(rows)),))


def statement_row(vocabulary: Vocabulary, fact: Fact, page_iri: str) -> StatementRow:
    """Return a fact as a row of a table of the page about a resource."""
    frequency = {entry.label for entry in vocabulary.qualifiers if Role.FREQUENCY in entry.roles}
    grouped_by = vocabulary.predicate(fact.predicate.iri).grouped_by
    shown_elsewhere = {entry.label for entry in vocabulary.qualifiers if entry.iri in (EVIDENCE_CODE, grouped_by)}
    said = _said(fact)
    return StatementRow(
        fact=fact,
        of_page=fact.subject.iri == page_iri,
        frequencies=tuple(entry for entry in said if entry.name in frequency),
        details=tuple(
            entry
            for entry in said
            if entry.name not in frequency | shown_elsewhere or entry.value.iri == INFERRED_ELECTRONICALLY
        ),
    )


def _said(fact: Fact) -> list[Said]:
    """Return what the evidence for a fact adds to it, each value once, with its sources where only some say so."""
    found: dict[tuple[str, str], tuple[Value, list[Evidence]]] = {}
    for item in fact.supporting or fact.evidence:
        for name, value in item.qualifiers:
            found.setdefault((name, value.iri or value.text), (value, []))[1].append(item)
    everyone = _sources(fact.supporting or fact.evidence)
    said = []
    for (name, _), (value, items) in found.items():
        sources = _sources(items)
        said.append(Said(name, value, () if sources == everyone else sources))
    return said


def _sources(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.source.iri for item in evidence))
