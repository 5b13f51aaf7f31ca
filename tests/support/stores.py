"""Stores as a release has them: the default graph holds the union of the named graphs, each triple once."""

from __future__ import annotations

from pyoxigraph import Quad, Store


def add_union(store: Store) -> None:
    """Add each triple of the named graphs to the default graph."""
    store.bulk_extend([Quad(quad.subject, quad.predicate, quad.object) for quad in store])
