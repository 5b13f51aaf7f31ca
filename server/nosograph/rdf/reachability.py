"""Walks a relation from node to node, as transitive properties and hierarchies are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def reachable(starts: Iterable[T], neighbours: Callable[[T], Iterable[T]]) -> Iterator[T]:
    """Return the nodes that can be reached, those at the start included, each once; a cycle ends the walk.

    Args:
        starts: where the walk begins.
        neighbours: returns the nodes that one step leads to.
    """
    ahead = list(dict.fromkeys(starts))
    seen = set(ahead)
    while ahead:
        node = ahead.pop()
        yield node
        for neighbour in neighbours(node):
            if neighbour not in seen:
                seen.add(neighbour)
                ahead.append(neighbour)
