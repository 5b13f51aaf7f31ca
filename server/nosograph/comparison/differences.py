"""What differs between two releases, as values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

from nosograph.comparison.walking import ChangedResource
from nosograph.rdf.lines import graph_part
from nosograph.rdf.names import Base

SECTIONS: Final[Mapping[str, str]] = {
    "resources_added": "Resources added",
    "resources_removed": "Resources removed",
    "resources_withdrawn": "Resources withdrawn",
    "labels_changed": "Labels changed",
    "resources_changed": "Resources with other statements",
    "facts_added": "Facts added",
    "facts_removed": "Facts removed",
    "status_changed": "Facts with another status",
    "evidence_changed": "Facts with other evidence",
    "facts_changed": "Facts with other statements",
    "mappings_added": "Mappings added",
    "mappings_removed": "Mappings removed",
    "mappings_changed": "Mappings changed",
    "others_changed": "Other statements",
}
"""Section → its heading, in the order in which they are shown; every change is in one."""

SHOWN: Final = 100
"""Changes of a section that a summary has; the others are counted."""


@dataclass(frozen=True)
class ReleasedFact:
    """A fact as a release has it; every field is an IRI.

    Attributes:
        iri: the fact.
        subject: subject of its proposition.
        predicate: predicate of its proposition.
        object: object of its proposition, or its text where it is a literal.
        status: what the evidence makes of it (``noso:affirmed``, …).
    """

    iri: str
    subject: str
    predicate: str
    object: str
    status: str


@dataclass(frozen=True)
class Change:
    """How two releases differ in what they say of one resource; what does not apply is empty.

    Attributes:
        section: one of ``SECTIONS``.
        iri: the resource.
        label: its label in the newer release, or in the older one where the newer has none.
        label_before: its label in the older release, where that is another one.
        subject: subject of the proposition of a fact, or resource of a mapping.
        predicate: predicate of the proposition, or relation of a mapping.
        object: object of the proposition or code of a mapping, an IRI or the text of a literal.
        status: status of a fact in the newer release, or in the older one where the newer does not have it.
        status_before: its status in the older release, where that is another one.
        evidence_added: pieces of evidence of a fact that only the newer release has.
        evidence_removed: pieces of evidence that only the older release has.
        quads_added: how many quads only the newer release has.
        quads_removed: how many quads only the older release has.
    """

    section: str
    iri: str
    label: str = ""
    label_before: str = ""
    subject: str = ""
    predicate: str = ""
    object: str = ""
    status: str = ""
    status_before: str = ""
    evidence_added: tuple[str, ...] = ()
    evidence_removed: tuple[str, ...] = ()
    quads_added: int = 0
    quads_removed: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the change as values of JSON, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> Change:
        """Return the change that was written so."""
        lists = {name: tuple(value) for name, value in content.items() if isinstance(value, list)}
        return Change(**{**content, **lists})


@dataclass(frozen=True)
class QuadChanges:
    """How many quads of one named graph are in only one of two releases."""

    added: int
    removed: int


@dataclass(frozen=True)
class ComparisonSummary:
    """How many differences of which sort there are, and the first of each.

    Attributes:
        counts: section → its changes; besides, pieces of evidence and quads that are in only one of the releases.
        graphs: IRI of a named graph → quads that are in only one of the two; a graph without a difference is left out.
        first: section → its first changes, in the order of their IRIs.
    """

    counts: Mapping[str, int]
    graphs: Mapping[str, QuadChanges]
    first: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)

    @property
    def changes(self) -> int:
        """How many changes there are."""
        return sum(self.counts[section] for section in SECTIONS)

    def of_data(self, base: Base) -> QuadChanges:
        """Return how many quads differ, without those that describe the releases themselves."""
        found = [changes for graph, changes in self.graphs.items() if graph != str(base.graph("metadata"))]
        return QuadChanges(sum(entry.added for entry in found), sum(entry.removed for entry in found))

    def to_json(self) -> dict[str, Any]:
        """Return the summary as values of JSON."""
        return {
            "counts": dict(self.counts),
            "graphs": {graph: asdict(changes) for graph, changes in self.graphs.items()},
            "first": {section: [change.to_json() for change in changes] for section, changes in self.first.items()},
        }

    @staticmethod
    def from_json(content: Mapping[str, Any]) -> ComparisonSummary:
        """Return the summary that was written so."""
        return ComparisonSummary(
            dict(content["counts"]),
            {graph: QuadChanges(**changes) for graph, changes in content["graphs"].items()},
            {section: tuple(map(Change.from_json, changes)) for section, changes in content["first"].items()},
        )


class SummaryWriter:
    """Makes a summary of changes that pass by."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._added: Counter[str] = Counter()
        self._removed: Counter[str] = Counter()
        self._first: dict[str, list[Change]] = {}

    def add(self, resource: ChangedResource, change: Change | None) -> None:
        """Take in a resource that differs, and what it amounts to; None for the description of a release itself."""
        self._added.update(graph_part(line).decode() for line in resource.added)
        self._removed.update(graph_part(line).decode() for line in resource.removed)
        if change is None:
            return
        self._counts[change.section] += 1
        self._counts["evidence_added"] += len(change.evidence_added)
        self._counts["evidence_removed"] += len(change.evidence_removed)
        first = self._first.setdefault(change.section, [])
        if len(first) < SHOWN:
            first.append(change)

    def summary(self) -> ComparisonSummary:
        """Return what was taken in."""
        graphs = {
            graph: QuadChanges(self._added[graph], self._removed[graph])
            for graph in sorted(self._added.keys() | self._removed.keys())
        }
        names = (*SECTIONS, "evidence_added", "evidence_removed")
        counts = {name: self._counts[name] for name in names}
        counts |= {"quads_added": self._added.total(), "quads_removed": self._removed.total()}
        return ComparisonSummary(counts, graphs, {name: tuple(self._first.get(name, ())) for name in SECTIONS})


@dataclass(frozen=True)
class Comparison:
    """What a newer release has that an older one lacks, and the reverse.

    It holds no difference itself: each look at them reads them again, a resource at a time, in the order of the IRIs.

    Attributes:
        old: version of the older release.
        new: version of the newer release.
        base: base of the IRIs of both.
        read: returns the resources that differ.
        describe: returns what a resource amounts to; None for the description of a release itself.
        known: the summary, where it is known.
        described: returns every change, where that is known without ``describe``.
    """

    old: str
    new: str
    base: Base
    read: Callable[[], Iterator[ChangedResource]]
    describe: Callable[[ChangedResource], Change | None]
    known: ComparisonSummary | None = None
    described: Callable[[], Iterator[Change]] | None = None

    def resources(self) -> Iterator[ChangedResource]:
        """Return every resource that differs, with its lines in both releases."""
        return self.read()

    def changes(self, section: str | None = None) -> Iterator[Change]:
        """Return every change, or those of one section."""
        found: Iterable[Change | None] = self.described() if self.described else map(self.describe, self.read())
        return (change for change in found if change is not None and section in (None, change.section))

    @cached_property
    def summary(self) -> ComparisonSummary:
        """How many differences there are, and the first of each sort."""
        if self.known is not None:
            return self.known
        writer = SummaryWriter()
        for resource in self.read():
            writer.add(resource, self.describe(resource))
        return writer.summary()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many differences of which sort there are."""
        return self.summary.counts

    @property
    def differs(self) -> bool:
        """Whether there is any difference outside the description of the release itself."""
        return self.summary.of_data(self.base) != QuadChanges(0, 0)
