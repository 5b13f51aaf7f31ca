"""Writes the history of the data: each publication, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from nosograph.comparison.difference_file import DifferenceFile
from nosograph.comparison.differences import SECTIONS, ComparisonSummary
from nosograph.comparison.kept import KeptDifferences
from nosograph.comparison.writing import change_in_words
from nosograph.rdf.names import Base
from nosograph.release.ledger import Publication

NAMED: Final = 10
"""Changes of a section that the changelog names; the others are counted."""

_COUNTED_ONLY: Final = frozenset({"resources_changed", "others_changed"})
"""Sections that follow from others for the most part: a new fact is a new statement of its subject too."""


@dataclass(frozen=True)
class HistoryEntry:
    """A publication, and what it changed.

    Attributes:
        publication: the publication.
        file: the kept difference to the one before it; None for the first, and where none is kept.
    """

    publication: Publication
    file: DifferenceFile | None = None

    @property
    def summary(self) -> ComparisonSummary | None:
        """How many differences of which sort there are; None where they are not known.

        Raises:
            ReleaseError: the kept difference is damaged.
        """
        return self.file.summary if self.file else None

    def to_json(self) -> dict[str, Any]:
        """Return the entry as values of JSON."""
        counts: Mapping[str, int] | None = self.summary.counts if self.summary else None
        return self.publication.to_json() | {"counts": counts}


def read_history(kept: KeptDifferences, publications: Sequence[Publication]) -> tuple[HistoryEntry, ...]:
    """Return every publication with what it changed, the newest first."""
    return tuple(
        HistoryEntry(entry, kept.find(entry.previous, entry.version) if entry.previous else None)
        for entry in reversed(publications)
    )


def changelog(history: Sequence[HistoryEntry], base: Base, title: str) -> str:
    """Return the history of the data as Markdown, the newest publication first."""
    lines = [f"# Changes of {title}" if title else "# Changes"]
    for entry in history:
        published = entry.publication
        lines += ["", f"## {published.version}", "", f"Published on {published.time.date()}."]
        if not published.previous:
            lines.append("What came before is not known here.")
        elif entry.summary is None:
            lines.append(f"What changed since {published.previous} is not kept here.")
        else:
            lines += [f"Since {published.previous}:", *_changes(entry.summary, base)]
    return "\n".join(lines) + "\n"


def _changes(summary: ComparisonSummary, base: Base) -> Iterator[str]:
    found = [(section, number) for section in SECTIONS if (number := summary.counts[section])]
    if not found:
        yield ""
        yield "* The data are the same."
    for section, number in found:
        yield ""
        yield f"* {SECTIONS[section]}: {number}"
        if section in _COUNTED_ONLY:
            continue
        for change in islice(summary.first[section], NAMED):
            yield f"  * {change_in_words(change, base)}"
        if number > NAMED:
            yield f"  * and {number - NAMED} more"
