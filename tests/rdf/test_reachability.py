"""A relation is walked to its end, once for each node."""

from __future__ import annotations

from nosograph.rdf.reachability import reachable

EDGES = {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": ["b"], "e": ["a"]}


def test_each_node_is_reached_once_and_a_cycle_ends_the_walk() -> None:
    """Two ways to a node, and a way back, reach it once; what only leads to the start is not reached."""
    found = list(reachable(["a"], lambda node: EDGES.get(node, ())))

    assert found[0] == "a"
    assert sorted(found) == ["a", "b", "c", "d"]


def test_several_starts_are_all_reached() -> None:
    """Nodes at the start that are the same count once; without a start nothing is reached."""
    assert sorted(reachable(["d", "e", "d"], lambda node: EDGES.get(node, ()))) == ["a", "b", "c", "d", "e"]
    assert list(reachable([], lambda node: [node])) == []
