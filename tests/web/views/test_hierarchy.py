"""The hierarchy as values: what is broader, what is narrower, and how much of it a page holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from small_site import AMBER, COASTAL, make_site
from stores import CountingSource, add_union

from nosograph.rdf import iris
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.web.views.facts import Reader
from nosograph.web.views.hierarchy import MOST_NODES, PAGE_LENGTH, TreeNode, kind_trees, position, ways_from
from nosograph.web.views.site import PageCache, Site

GRAPH = NamedNode(DEFAULT_BASE + "graph/import/more")


def finding(name: str) -> str:
    """Return the IRI of a finding."""
    return f"{DEFAULT_BASE}finding/{name}"


def site_with(edges: Iterable[tuple[str, str]]) -> Site:
    """Return a site of findings, each edge from the narrower to the broader."""
    store = Store()
    for narrower, broader in edges:
        for name in (narrower, broader):
            label = Literal(name.replace("-", " "), language="en")
            store.add(Quad(NamedNode(finding(name)), NamedNode(iris.SKOS_PREF_LABEL), label, GRAPH))
        ends = NamedNode(finding(narrower)), NamedNode(finding(broader))
        store.add(Quad(ends[0], NamedNode(iris.SKOS_BROADER), ends[1], GRAPH))
    add_union(store)
    return replace(make_site("small.trig"), source=store, pages=PageCache())


def texts(nodes: Iterable[TreeNode]) -> list[str]:
    """Return the labels of nodes."""
    return [node.value.text for node in nodes]


def count(nodes: Iterable[TreeNode]) -> int:
    """Return how many nodes there are, with those below them."""
    return sum(1 + count(node.nodes) for node in nodes)


def test_each_kind_with_a_hierarchy_has_its_tree(reader: Reader) -> None:
    """The broadest stand first, with how many are narrower, how many facts name them, and what is below."""
    (tree,) = kind_trees(reader, {"condition": 5})
    (top,) = tree.level.nodes

    assert (tree.entry.kind, tree.level.total, tree.alone) == ("condition", 1, 3)
    assert (top.value.iri, top.narrower, top.href) == (AMBER, 1, "/hierarchy/condition/amber-fever")
    assert top.facts == len(reader.facts_about(AMBER, 99)) + len(reader.facts_naming(AMBER, 99)) > 3
    assert texts(top.nodes) == ["coastal amber fever"]


def test_a_resource_has_the_ways_that_lead_to_it() -> None:
    """One way for each that is directly broader, from the broadest down; what is narrower stands below."""
    reader = site_with([("a-b", "a"), ("c", "a-b"), ("c", "d"), ("e", "c")]).reader()
    shown = position(reader, finding("c"))

    assert [[value.text for value in path] for path in shown.paths] == [["a", "a b"], ["d"]]
    assert texts(shown.level.nodes) == ["e"]


@pytest.mark.parametrize("edges", [[("a", "b"), ("b", "a")], [("a", "a")], [("a", "b"), ("b", "c"), ("c", "b")]])
def test_a_circle_ends(edges: list[tuple[str, str]]) -> None:
    """Data that make a resource broader than itself are shown as far as they are a hierarchy."""
    reader = site_with(edges).reader()

    assert count(position(reader, finding("a")).level.nodes) < 10
    assert all(len(path) < 4 for path in position(reader, finding("a")).paths)
    kind_trees(reader, {"finding": 3})


def test_a_page_of_a_huge_level_is_bounded() -> None:
    """Thousands beside each other are paged in the order of labels; deeper levels that do not fit are a link away."""
    wide = [(f"one-{number:04}", "top") for number in range(1500)]
    deep = [(f"below-{number:04}-{part}", f"one-{number:04}") for number in range(150) for part in range(3)]
    source = CountingSource(site_with([*wide, *deep]).source)
    reader = replace(make_site("small.trig"), source=source, pages=PageCache()).reader()
    shown = position(reader, finding("top"), 2)

    assert shown.level.total == 1500
    assert texts(shown.level.nodes)[:2] == ["one 0100", "one 0101"] and len(shown.level.nodes) == PAGE_LENGTH
    assert PAGE_LENGTH < count(shown.level.nodes) <= PAGE_LENGTH + MOST_NODES
    assert shown.level.page.before.endswith("?page=1") and shown.level.page.after.endswith("?page=3")
    opened = position(reader, finding("top")).level.nodes
    assert all(len(node.nodes) in (0, node.narrower) for node in opened)
    assert not all(node.nodes for node in opened) and any(node.nodes for node in opened)


def test_a_page_leads_to_those_beside_it(reader: Reader) -> None:
    """Resources with the same broader one are offered for a comparison; one that stands alone has no hierarchy."""
    beside = site_with([("a", "top"), ("b", "top"), ("c", "top")]).reader()

    assert [value.text for value in ways_from(beside, finding("b")).beside] == ["a", "c"]
    assert ways_from(reader, COASTAL).hierarchy == "/hierarchy/condition/coastal-amber-fever"
    assert ways_from(reader, finding("cold-hands")).hierarchy == ""
