"""Small bar charts of a release's statistics, as figures that a page can place: lengths in per cent of the longest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nosograph.rdf import iris
from nosograph.web.views.facts import Reader
from nosograph.web.views.wording import STATUSES

LENGTH: Final = 330
"""Length of the longest bar, in units of the picture."""

MOST_BARS: Final = 8
_COUNTED_UP_TO: Final = 100_000


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


def statistics(reader: Reader, statuses: Mapping[str, int], evidence: int) -> tuple[Chart, ...]:
    """Return the charts of the front page: facts by status, evidence by source, evidence with a reference of its own.

    Args:
        reader: reads the release.
        statuses: facts by the local name of their status.
        evidence: number of pieces of evidence.
    """
    by_status = [(status.word, statuses.get(name, 0), name, "") for name, status in STATUSES.items()]
    triples = reader.triples
    sources = []
    for source in reader.values(triples.subjects(iris.RDF_TYPE, iris.noso("Source"))):
        number = len(triples.subjects(iris.SOURCE, source.iri, _COUNTED_UP_TO))
        if number:
            sources.append((source.text, number, "plain", source.href))
    sources.sort(key=lambda entry: -entry[1])
    referenced = len({quad.subject for quad in triples.having(iris.CITES, _COUNTED_UP_TO)})
    placed = len({quad.subject for quad in triples.having(iris.PASSAGE, _COUNTED_UP_TO)})
    coverage = [
        ("All evidence", evidence, "plain", ""),
        ("With a passage", placed, "plain", ""),
        ("With a reference behind it", referenced, "plain", ""),
    ]
    return (
        _chart("by-status", "Facts by status", by_status),
        _chart("by-source", "Evidence by source", sources[:MOST_BARS]),
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
