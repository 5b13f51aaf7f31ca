"""Facts as rows of tables: what is stated, how often, under which conditions, and who says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from nosograph.rdf.iris import EVIDENCE_CODE, INFERRED_ELECTRONICALLY
from nosograph.store.documents import LISTED, DocumentFile
from nosograph.vocabulary.terms import Role, Vocabulary
from nosograph.web.views.condition import Section
from nosograph.web.views.facts import Evidence, Fact, Reader, Value

DIVIDED_FROM: Final = 30
"""Rows of one group from which it is divided by the broad resources under which their objects stand."""

NO_GROUPS: Final[Mapping[str, tuple[Value, ...]]] = {}
REMAINING: Final = "Others"
"""Heading of the rows whose objects stand under no broad resource."""


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
class FrequencyExtent:
    """Between which shares of all cases a fact holds, as far as its sources give numbers; from 0 to 1."""

    least: float
    greatest: float

    @property
    def order(self) -> str:
        """What it is sorted by, as text: the greatest share first of all."""
        return f"{self.greatest:.3f}{self.least:.3f}".replace(".", "")


@dataclass(frozen=True)
class StatementRow:
    """One fact of a table.

    Attributes:
        fact: the fact.
        of_page: whether its subject is the resource of the page, so that the object alone tells what it states.
        frequencies: how often it holds, as its sources say.
        details: what else they say about it.
        of_heading: whether the heading of its group tells all but its subject.
        extent: between which shares it holds, where a source that supports it gives one.
        also: further groups under which its object stands, beside the one in which the row is.
    """

    fact: Fact
    of_page: bool
    frequencies: tuple[Said, ...]
    details: tuple[Said, ...]
    of_heading: bool = False
    extent: FrequencyExtent | None = None
    also: tuple[Value, ...] = ()

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
    """The rows of one predicate, or of one purpose, with their heading; empty where it says what the table's does.

    Attributes:
        heading: the heading.
        rows: every row.
        parts: the same rows in parts, where they are many and their objects stand under several broad resources.
    """

    heading: str
    rows: tuple[StatementRow, ...]
    parts: tuple[RowGroup, ...] = ()


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
    def has_extents(self) -> bool:
        """Whether a row tells between which shares of all cases its fact holds."""
        return any(row.extent for row in self.rows)

    @cached_property
    def has_details(self) -> bool:
        """Whether a row tells more about its fact."""
        return any(row.details for row in self.rows)

    @cached_property
    def has_statuses(self) -> bool:
        """Whether a row's fact is anything but affirmed."""
        return any(row.fact.status.name != "affirmed" for row in self.rows)


def statement_table(
    vocabulary: Vocabulary, section: Section, page_iri: str, broad: Mapping[str, tuple[Value, ...]] = NO_GROUPS
) -> StatementTable:
    """Return the facts of a section as a table of the page about a resource.

    Args:
        vocabulary: the vocabulary.
        section: the section.
        page_iri: the resource.
        broad: the broad resources under which the objects of long groups stand, as ``broad_groups`` finds them.
    """
    alone = len(section.groups) == 1
    groups = []
    for group in section.groups:
        heading = "" if alone and group.heading == section.heading else group.heading
        rows = tuple(statement_row(vocabulary, fact, page_iri) for fact in group.facts)
        groups.append(RowGroup(heading, rows, divide(rows, broad) if len(rows) >= DIVIDED_FROM else ()))
    return StatementTable(section.anchor, section.heading, tuple(groups))


def naming_table(vocabulary: Vocabulary, facts: Iterable[Fact], page_iri: str) -> StatementTable | None:
    """Return the facts of other resources that name the resource of a page, or None where there are none."""
    rows = tuple(statement_row(vocabulary, fact, page_iri) for fact in facts)
    return StatementTable("named", "Named in other facts", (RowGroup("", rows),)) if rows else None


def use_table(vocabulary: Vocabulary, anchor: str, heading: str, facts: Iterable[Fact], iri: str) -> StatementTable:
    """Return the facts that have a resource or a concept as their object, or in their evidence, as a table.

    Args:
        vocabulary: the vocabulary.
        anchor: anchor of the table.
        heading: what it holds; for facts whose object is the resource, it tells all but the subject.
        facts: the facts.
        iri: the resource or concept.
    """
    rows = (replace(statement_row(vocabulary, fact, iri), of_heading=fact.object.iri == iri) for fact in facts)
    return StatementTable(anchor, heading, (RowGroup("", tuple(rows)),))


def broad_groups(
    reader: Reader, documents: DocumentFile, sections: Iterable[Section]
) -> Mapping[str, tuple[Value, ...]]:
    """Return the broad resources under which the objects of long groups stand, the nearest first: at most one query."""
    long = [group for section in sections for group in section.groups if len(group.facts) >= DIVIDED_FROM]
    objects = {fact.object.iri for group in long for fact in group.facts if fact.object.iri}
    if not objects:
        return NO_GROUPS
    found = documents.groups(objects)
    for iri, lines in found.lines.items():
        reader.triples.keep_parts(iri, LISTED, lines)
    return {iri: tuple(map(reader.value, groups)) for iri, groups in found.groups.items()}


def divide(rows: Iterable[StatementRow], broad: Mapping[str, tuple[Value, ...]]) -> tuple[RowGroup, ...]:
    """Return rows by the broad resource under which their object stands, or nothing where that makes no difference.

    An object under several counts under the nearest one, and its row names the others. The largest part is the first;
    within a part, what holds most often is.
    """
    parts: dict[str, list[StatementRow]] = {}
    for row in rows:
        above = broad.get(row.fact.object.iri, ())
        name = above[0].text if above else REMAINING
        parts.setdefault(name, []).append(replace(row, also=above[1:]) if above[1:] else row)
    if len(parts) < 2:
        return ()
    ordered = sorted(parts, key=lambda name: (name == REMAINING, -len(parts[name]), name.casefold()))
    return tuple(RowGroup(name, tuple(sorted(parts[name], key=_most_often_first))) for name in ordered)


def _most_often_first(row: StatementRow) -> tuple[float, float, str, str]:
    extent = row.extent or FrequencyExtent(-1, -1)
    return -extent.greatest, -extent.least, row.fact.object.text.casefold(), row.fact.iri


def statement_row(vocabulary: Vocabulary, fact: Fact, page_iri: str) -> StatementRow:
    """Return a fact as a row of a table of the page about a resource."""
    frequency = {entry.label for entry in vocabulary.qualifiers if Role.FREQUENCY in entry.roles}
    grouped_by = vocabulary.predicate(fact.predicate.iri).grouped_by
    shown_elsewhere = {entry.label for entry in vocabulary.qualifiers if entry.iri in (EVIDENCE_CODE, grouped_by)}
    said, shares = _said(fact), _shares(fact)
    return StatementRow(
        fact=fact,
        of_page=fact.subject.iri == page_iri,
        frequencies=(*(entry for entry in said if entry.name in frequency), *shares),
        details=tuple(
            entry
            for entry in said
            if entry.name not in frequency | shown_elsewhere or entry.value.iri == INFERRED_ELECTRONICALLY
        ),
        extent=frequency_extent(vocabulary, fact),
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


def _shares(fact: Fact) -> list[Said]:
    """Return the shares that the evidence for a fact gives as numbers, each once, the greatest first."""
    found = {(name, share) for item in fact.supporting or fact.evidence for name, share in item.shares}
    ordered = sorted(found, key=lambda pair: (-pair[1], pair[0]))
    return [Said(name, Value(f"{percent(share)} %")) for name, share in ordered]


def percent(share: float) -> str:
    """Return a share as a number of per cent, to three digits."""
    return f"{100 * share:.3g}"


def frequency_extent(vocabulary: Vocabulary, fact: Fact) -> FrequencyExtent | None:
    """Return between which shares the evidence for a fact says that it holds; None where it gives no number."""
    found = [share for item in fact.supporting for _, share in item.shares]
    for item in fact.supporting:
        for value in item.frequencies:
            found += vocabulary.extents.get(value.iri, ())
    return FrequencyExtent(min(found), max(found)) if found else None


def _sources(evidence: Iterable[Evidence]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.source.iri for item in evidence))
