"""What the pages of changes show: the history of the data, and what differs between two releases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from nosograph.comparison.changelog import HistoryEntry
from nosograph.comparison.differences import SECTIONS, Change, Comparison, QuadChanges
from nosograph.rdf.names import Base
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.wording import STATUSES, UNKNOWN_STATUS, StatusWording, counted

ON_THE_PAGE: Final = 50
"""Publications that the page of the history and the feed have; the changelog has all."""


@dataclass(frozen=True)
class SectionCount:
    """How many changes of a sort there are."""

    section: str
    heading: str
    number: int


@dataclass(frozen=True)
class PublicationView:
    """A publication as the history shows it.

    Attributes:
        version: the version.
        date: the day of its publication.
        time: the time of its publication.
        previous: the version before it; empty where that is not known.
        is_kept: whether it is known what it changed.
        counts: the sorts of changes that there are.
        quads: statements that are new, and those that are gone, but for those that describe the releases themselves.
    """

    version: str
    date: str
    time: str
    previous: str
    is_kept: bool
    counts: tuple[SectionCount, ...] = ()
    quads: QuadChanges = QuadChanges(0, 0)


@dataclass(frozen=True)
class ChangeRow:
    """A change as a page shows it.

    Attributes:
        resource: the resource.
        parts: subject, predicate and object of a fact or a mapping; none for other resources.
        label_before: its label before, where that is another one.
        status: what the sources make of a fact, or None.
        status_before: what they made of it before, where that is another status.
        note: what else there is to say.
    """

    resource: Value
    parts: tuple[Value, ...]
    label_before: str
    status: StatusWording | None
    status_before: StatusWording | None
    note: str


@dataclass(frozen=True)
class ChangeSection:
    """The first changes of a sort."""

    name: str
    heading: str
    number: int
    rows: tuple[ChangeRow, ...]


@dataclass(frozen=True)
class DifferenceView:
    """What differs between two releases.

    Attributes:
        old: the older version.
        new: the newer version.
        sections: the sorts of changes that there are.
        graphs: each named graph that differs, with the statements that are new and those that are gone.
        quads: statements that are new, and those that are gone, but for those that describe the releases themselves.
    """

    old: str
    new: str
    sections: tuple[ChangeSection, ...]
    graphs: tuple[tuple[Value, int, int], ...]
    quads: QuadChanges


def history_view(history: Sequence[HistoryEntry], base: Base) -> tuple[PublicationView, ...]:
    """Return the newest publications, the newest first.

    Raises:
        ReleaseError: a kept difference is damaged.
    """
    return tuple(_publication(entry, base) for entry in history[:ON_THE_PAGE])


def difference_view(reader: Reader, comparison: Comparison) -> DifferenceView:
    """Return what differs between two releases, with the labels that the release which is served has.

    Raises:
        ReleaseError: a kept difference is damaged.
    """
    summary = comparison.summary
    sections = tuple(
        ChangeSection(
            name, heading, summary.counts[name], tuple(_row(reader, change) for change in summary.first[name])
        )
        for name, heading in SECTIONS.items()
        if summary.counts[name]
    )
    graphs = tuple((reader.value(graph), changes.added, changes.removed) for graph, changes in summary.graphs.items())
    return DifferenceView(
        comparison.old,
        comparison.new,
        sections,
        graphs,
        summary.of_data(comparison.base),
    )


def _publication(entry: HistoryEntry, base: Base) -> PublicationView:
    published, summary = entry.publication, entry.summary
    counts = summary.counts if summary else {}
    return PublicationView(
        published.version,
        published.time.date().isoformat(),
        published.time.isoformat(),
        published.previous,
        summary is not None,
        tuple(SectionCount(name, heading, counts[name]) for name, heading in SECTIONS.items() if counts.get(name)),
        summary.of_data(base) if summary else QuadChanges(0, 0),
    )


def _row(reader: Reader, change: Change) -> ChangeRow:
    resource = reader.value(change.iri)
    if change.label:
        resource = replace(resource, text=change.label, language="")
    parts = [change.subject, change.predicate, change.object] if change.predicate else []
    notes = [
        f"{counted(len(pieces), 'piece')} of evidence {verb}"
        for pieces, verb in ((change.evidence_added, "added"), (change.evidence_removed, "removed"))
        if pieces
    ]
    return ChangeRow(
        resource,
        tuple(reader.value(part) if "://" in part else Value(part) for part in parts),
        change.label_before,
        _status(reader, change.status),
        _status(reader, change.status_before),
        ", ".join(notes),
    )


def _status(reader: Reader, iri: str) -> StatusWording | None:
    return STATUSES.get(reader.addresses.base.local_name(iri), UNKNOWN_STATUS) if iri else None
