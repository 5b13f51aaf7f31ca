"""Small bar charts of a release's statistics, as figures that a page can place: lengths in per cent of the longest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nosograph.store.documents import WITH_PASSAGE, WITH_REFERENCE, DocumentFile
from nosograph.web.views.facts import Reader
from nosograph.web.views.wording import STATUSES

LENGTH: Final = 330
"""Length of the longest bar, in units of the picture."""

MOST_BARS: Final = 8


@dataclass(frozen=True)
class Bar:
    """One bar: what it counts, how many, its length in units of the picture, and its style."""

    name: str
    number: int
    length: float
    style: str = "plain"
    href: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart with its caption."""

    anchor: str
    caption: str
    bars: tuple[Bar, ...]


def statistics(
    reader: Reader, documents: DocumentFile, statuses: Mapping[str, int], evidence: int
) -> tuple[Chart, ...]:
    """Return the charts of the front page: facts by status, evidence by source, evidence with a reference of its own.

    Args:
        reader: reads the release.
        documents: the figures that were made ahead.
        statuses: facts by the local name of their status.
        evidence: number of pieces of evidence.
    """
    by_status = [(status.word, statuses.get(name, 0), name, "") for name, status in STATUSES.items()]
    sources = []
    for entry, number in documents.evidence_by_source(MOST_BARS):
        entry.tell(reader.triples)
        source = reader.value(entry.iri)
        sources.append((source.text, number, "plain", source.href))
    coverage = [
        ("All evidence", evidence, "plain", ""),
        ("With a passage", documents.figure(WITH_PASSAGE), "plain", ""),
        ("With a reference behind it", documents.figure(WITH_REFERENCE), "plain", ""),
    ]
    return (
        _chart("by-status", "Facts by status", by_status),
        _chart("by-source", "Evidence by source", sources),
        _chart("coverage", "What evidence carries", coverage),
    )


def _chart(anchor: str, caption: str, entries: Iterable[tuple[str, int, str, str]]) -> Chart:
    shown = list(entries)
    longest = max((number for _, number, _, _ in shown), default=0) or 1
    return Chart(
        anchor,
        caption,
        tuple(
            Bar(name, number, round(LENGTH * number / longest, 1), style, href) for name, number, style, href in shown
        ),
    )
