"""Stores as a release has them: the default graph holds the union of the named graphs, each triple once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pyoxigraph import Quad, Store

from nosograph.store.reader import QuadSource


def add_union(store: Store) -> None:
    """Add each triple of the named graphs to the default graph."""
    store.bulk_extend([Quad(quad.subject, quad.predicate, quad.object) for quad in store])


class CountingSource:
    """Answers patterns from another source, and counts how often each pattern is asked.

    Attributes:
        asked: patterns as text, with how often each was asked.
    """

    def __init__(self, source: QuadSource) -> None:
        self._source = source
        self.asked: Counter[tuple[str, ...]] = Counter()

    def quads_for_pattern(self, *pattern: object) -> Iterator[Quad]:
        """Return the quads that match."""
        self.asked[tuple(map(str, pattern))] += 1
        return self._source.quads_for_pattern(*pattern)  # type: ignore[arg-type]
