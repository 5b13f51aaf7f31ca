"""Compares two releases by their sorted N-Quads, a subject at a time.

Both files are sorted, and all quads of a subject are lines that follow each other, so one pass over both is enough and
memory holds the quads of one subject.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.comparison.differences import (
    Comparison,
    LabelChange,
    NamedResource,
    QuadChanges,
    ReleasedFact,
    StatusChange,
)
from nosograph.errors import Location, ReleaseError
from nosograph.rdf.formats import N_QUADS
from nosograph.rdf.lines import graph_part, parse_lines, read_lines
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.release.opening import Release

Group = tuple[bytes, list[bytes]]

_TYPE: Final = STANDARD_PREFIXES["rdf"] + "type"
_SUBJECT: Final = STANDARD_PREFIXES["rdf"] + "subject"
_PREDICATE: Final = STANDARD_PREFIXES["rdf"] + "predicate"
_OBJECT: Final = STANDARD_PREFIXES["rdf"] + "object"
_LABELS: Final = (STANDARD_PREFIXES["skos"] + "prefLabel", STANDARD_PREFIXES["rdfs"] + "label")
_DEPRECATED: Final = STANDARD_PREFIXES["owl"] + "deprecated"
_FACT: Final = f"{NOSO}Fact"
_STATUS: Final = f"{NOSO}status"
_EVIDENCE: Final = f"{NOSO}evidence"


def compare_releases(old: Release, new: Release) -> Comparison:
    """Return what differs between two releases, in time proportional to their size.

    Raises:
        ReleaseError: their bases differ, or a dump cannot be read.
    """
    if old.base != new.base:
        raise ReleaseError(
            f"The releases have different bases, {old.base.iri} and {new.base.iri}, so no IRI is in both.",
            hint="Build one of them again with the other's --base-iri.",
        )
    found = _Differences(str(old.base.graph("metadata")))
    older, newer = _groups(old.dump(N_QUADS.name)), _groups(new.dump(N_QUADS.name))
    for before, after in _paired(older, newer):
        if before != after:
            found.add(before, after)
    return found.comparison(old, new)


def _groups(path: Path) -> Iterator[Group]:
    """Return each subject of a sorted file of N-Quads, as it is written, with its lines."""
    try:
        for subject, lines in groupby(read_lines(path), key=lambda line: line.partition(b" ")[0]):
            yield subject, list(lines)
    except OSError as error:
        raise ReleaseError(f"The dump cannot be read: {error.strerror}.", location=Location(str(path))) from error


def _paired(older: Iterator[Group], newer: Iterator[Group]) -> Iterator[tuple[list[bytes], list[bytes]]]:
    """Return the lines of each subject in both files; none in the file that does not have the subject."""
    before, after = next(older, None), next(newer, None)
    while before is not None or after is not None:
        # A subject ends with ">", so none is the beginning of another, and subjects have the order of their lines.
        if after is None or (before is not None and before[0] < after[0]):
            assert before is not None
            yield before[1], []
            before = next(older, None)
        elif before is None or after[0] < before[0]:
            yield [], after[1]
            after = next(newer, None)
        else:
            yield before[1], after[1]
            before, after = next(older, None), next(newer, None)


@dataclass(frozen=True)
class _Described:
    """What one release says of one subject."""

    iri: str
    label: str = ""
    withdrawn: bool = False
    fact: ReleasedFact | None = None
    evidence: frozenset[str] = frozenset()


@dataclass
class _Differences:
    """Collects differences, subject by subject."""

    metadata: str
    facts_added: list[ReleasedFact] = field(default_factory=list)
    facts_removed: list[ReleasedFact] = field(default_factory=list)
    status_changed: list[StatusChange] = field(default_factory=list)
    evidence_changed: list[str] = field(default_factory=list)
    resources_added: list[NamedResource] = field(default_factory=list)
    resources_removed: list[NamedResource] = field(default_factory=list)
    resources_withdrawn: list[NamedResource] = field(default_factory=list)
    labels_changed: list[LabelChange] = field(default_factory=list)
    added: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)

    def add(self, old_lines: list[bytes], new_lines: list[bytes]) -> None:
        """Take in a subject whose lines differ."""
        self.removed.update(graph_part(line).decode() for line in set(old_lines) - set(new_lines))
        self.added.update(graph_part(line).decode() for line in set(new_lines) - set(old_lines))
        before, after = (self._describe(lines) for lines in (old_lines, new_lines))
        self._compare_facts(before, after)
        self._compare_resources(before, after)

    def comparison(self, old: Release, new: Release) -> Comparison:
        """Return what was collected."""
        graphs = {
            graph: QuadChanges(self.added[graph], self.removed[graph])
            for graph in sorted(self.added.keys() | self.removed.keys())
        }
        return Comparison(
            old=old.version,
            new=new.version,
            base=new.base,
            facts_added=tuple(self.facts_added),
            facts_removed=tuple(self.facts_removed),
            status_changed=tuple(self.status_changed),
            evidence_changed=tuple(self.evidence_changed),
            resources_added=tuple(self.resources_added),
            resources_removed=tuple(self.resources_removed),
            resources_withdrawn=tuple(self.resources_withdrawn),
            labels_changed=tuple(self.labels_changed),
            graphs=graphs,
        )

    def _describe(self, lines: list[bytes]) -> _Described | None:
        """Return what the lines of one subject say, or None when the release does not describe it."""
        quads = [quad for quad in parse_lines(lines) if _value(quad.graph_name) != self.metadata]
        if not quads:
            return None
        iri = _value(quads[0].subject)
        values: dict[str, list[str]] = {}
        for quad in quads:
            values.setdefault(quad.predicate.value, []).append(_value(quad.object))
        fact = None
        if _FACT in values.get(_TYPE, []):
            subject, predicate, object, status = (
                next(iter(values.get(name, [""]))) for name in (_SUBJECT, _PREDICATE, _OBJECT, _STATUS)
            )
            fact = ReleasedFact(iri, subject, predicate, object, status)
        return _Described(
            iri, _label(quads), "true" in values.get(_DEPRECATED, []), fact, frozenset(values.get(_EVIDENCE, []))
        )

    def _compare_facts(self, before: _Described | None, after: _Described | None) -> None:
        old, new = before and before.fact, after and after.fact
        if new and not old:
            self.facts_added.append(new)
        elif old and not new:
            self.facts_removed.append(old)
        elif old and new and old.status != new.status:
            self.status_changed.append(StatusChange(new, old.status))
        elif new and before and after and before.evidence != after.evidence:
            self.evidence_changed.append(new.iri)

    def _compare_resources(self, before: _Described | None, after: _Described | None) -> None:
        if (before and before.fact) or (after and after.fact):
            return
        if after and after.withdrawn and not (before and before.withdrawn):
            label = after.label or (before.label if before else "")
            self.resources_withdrawn.append(NamedResource(after.iri, label))
        elif after and after.label and not before:
            self.resources_added.append(NamedResource(after.iri, after.label))
        elif before and before.label and not after:
            self.resources_removed.append(NamedResource(before.iri, before.label))
        elif before and after and before.label != after.label:
            self.labels_changed.append(LabelChange(after.iri, before.label, after.label))


def _value(term: object) -> str:
    """Return an IRI or the text of a literal."""
    return term.value if isinstance(term, NamedNode | Literal) else str(term)


def _label(quads: list[Quad]) -> str:
    """Return the label of a subject, an English or untagged one before others; empty when it has none."""
    for name in _LABELS:
        labels = [quad.object for quad in quads if quad.predicate.value == name and isinstance(quad.object, Literal)]
        labels.sort(key=lambda label: (label.language not in (None, "en"), label.value))
        if labels:
            return labels[0].value
    return ""
