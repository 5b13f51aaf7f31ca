"""What differs between two releases, as a value, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nosograph.rdf.curies import compact
from nosograph.rdf.names import Base


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
class StatusChange:
    """A fact whose status differs; ``fact`` is the newer one, ``before`` the status in the older release."""

    fact: ReleasedFact
    before: str


@dataclass(frozen=True)
class NamedResource:
    """A resource and its label."""

    iri: str
    label: str


@dataclass(frozen=True)
class LabelChange:
    """A resource whose label differs."""

    iri: str
    before: str
    after: str


@dataclass(frozen=True)
class QuadChanges:
    """How many quads of one named graph are in only one of two releases."""

    added: int
    removed: int


@dataclass(frozen=True)
class Comparison:
    """What a newer release has that an older one lacks, and the reverse; every list is sorted by IRI.

    Attributes:
        old: version of the older release.
        new: version of the newer release.
        base: base of the IRIs of both.
        facts_added: facts that only the newer one has.
        facts_removed: facts that only the older one has.
        status_changed: facts with another status.
        evidence_changed: IRIs of facts with the same status and other evidence.
        resources_added: resources with a label that only the newer one has.
        resources_removed: resources with a label that only the older one has.
        resources_withdrawn: resources that only the newer one marks as withdrawn (``owl:deprecated``).
        labels_changed: resources with another label.
        graphs: named graph → quads that are in only one of the two; a graph without a difference is left out.
    """

    old: str
    new: str
    base: Base
    facts_added: tuple[ReleasedFact, ...] = ()
    facts_removed: tuple[ReleasedFact, ...] = ()
    status_changed: tuple[StatusChange, ...] = ()
    evidence_changed: tuple[str, ...] = ()
    resources_added: tuple[NamedResource, ...] = ()
    resources_removed: tuple[NamedResource, ...] = ()
    resources_withdrawn: tuple[NamedResource, ...] = ()
    labels_changed: tuple[LabelChange, ...] = ()
    graphs: Mapping[str, QuadChanges] | None = None

    @property
    def quads_added(self) -> int:
        """Quads that only the newer release has."""
        return sum(changes.added for changes in (self.graphs or {}).values())

    @property
    def quads_removed(self) -> int:
        """Quads that only the older release has."""
        return sum(changes.removed for changes in (self.graphs or {}).values())

    @property
    def differs(self) -> bool:
        """Whether there is any difference outside the description of the release itself."""
        metadata = str(self.base.graph("metadata"))
        return any(graph != metadata for graph in self.graphs or {})

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON, with whole IRIs and the number of each kind of difference."""
        content = asdict(self)
        content["base"] = self.base.iri
        counts: dict[str, int] = {name: len(value) for name, value in content.items() if isinstance(value, tuple)}
        counts |= {"quads_added": self.quads_added, "quads_removed": self.quads_removed}
        return {"old": content.pop("old"), "new": content.pop("new"), "counts": counts, **content}

    def to_text(self) -> str:
        """Return the comparison as lines to read: ``+`` is only in the newer release, ``-`` only in the older."""
        lines = [f"{self.old} → {self.new}: {self.quads_added} quads added, {self.quads_removed} removed"]
        sections: tuple[tuple[str, Iterable[str]], ...] = (
            ("Resources added", (f"+ {self._short(entry.iri)} {entry.label}" for entry in self.resources_added)),
            ("Resources removed", (f"- {self._short(entry.iri)} {entry.label}" for entry in self.resources_removed)),
            (
                "Resources withdrawn",
                (f"! {self._short(entry.iri)} {entry.label}" for entry in self.resources_withdrawn),
            ),
            (
                "Labels changed",
                (f"~ {self._short(entry.iri)} {entry.before} → {entry.after}" for entry in self.labels_changed),
            ),
            ("Facts added", (f"+ {self._statement(fact)}" for fact in self.facts_added)),
            ("Facts removed", (f"- {self._statement(fact)}" for fact in self.facts_removed)),
            (
                "Facts with another status",
                (
                    f"~ {self._statement(change.fact, before=self._short(change.before))}"
                    for change in self.status_changed
                ),
            ),
            ("Facts with other evidence", (f"~ {self._short(iri)}" for iri in self.evidence_changed)),
        )
        for title, entries in sections:
            section = list(entries)
            if section:
                lines += ["", f"{title} ({len(section)})", *section]
        if not self.differs:
            lines.append("The data do not differ.")
        return "\n".join(lines)

    def _statement(self, fact: ReleasedFact, before: str = "") -> str:
        terms = " ".join(self._short(term) for term in (fact.iri, fact.subject, fact.predicate, fact.object))
        return f"{terms} ({f'{before} → ' if before else ''}{self._short(fact.status)})"

    def _short(self, iri: str) -> str:
        return compact(iri, self.base)
