"""The hierarchy as values: what is broader, what is narrower, and how much of it a page holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store
from small_site import AMBER, COASTAL, make_documents, make_site
from stores import CountingDocuments, CountingSource, add_union

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.release.opening import Release
from nosograph.store.documents import DocumentFile
from nosograph.web.views.hierarchy import (
    MOST_NODES,
    PAGE_LENGTH,
    Position,
    TreeNode,
    Ways,
    kind_trees,
    position,
    ways_from,
)
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
            store.add(Quad(NamedNode(finding(name)), NamedNode(iris.RDF_TYPE), NamedNode(noso("Finding")), GRAPH))
        ends = NamedNode(finding(narrower)), NamedNode(finding(broader))
        store.add(Quad(ends[0], NamedNode(iris.SKOS_BROADER), ends[1], GRAPH))
    add_union(store)
    small = make_site("small.trig")
    return replace(small, source=store, documents=make_documents(store, small.release.vocabulary), pages=PageCache())


def place(site: Site, name: str, page: int = 1) -> Position:
    """Return where a finding of a site stands."""
    return position(site.reader(), site.documents, finding(name), page)


def ways(site: Site, iri: str) -> Ways:
    """Return where a reader may go from a resource of a site."""
    return ways_from(site.reader(), site.documents, iri)


def texts(nodes: Iterable[TreeNode]) -> list[str]:
    """Return the labels of nodes."""
    return [node.value.text for node in nodes]


def count(nodes: Iterable[TreeNode]) -> int:
    """Return how many nodes there are, with those below them."""
    return sum(1 + count(node.nodes) for node in nodes)


def test_each_kind_with_a_hierarchy_has_its_tree(small_site: Site) -> None:
    """The broadest stand first, with how many are narrower, how many facts name them, and what is below."""
    reader = small_site.reader()
    (tree,) = kind_trees(reader, small_site.documents, {"condition": 5})
    (top,) = tree.level.nodes

    assert (tree.entry.kind, tree.level.total, tree.alone) == ("condition", 1, 3)
    assert (top.value.iri, top.narrower, top.href) == (AMBER, 1, "/hierarchy/condition/amber-fever")
    assert top.facts == len(reader.facts_about(AMBER, 99)) + len(reader.facts_naming(AMBER, 99)) > 3
    assert texts(top.nodes) == ["coastal amber fever"]


def test_a_resource_has_the_ways_that_lead_to_it() -> None:
    """One way for each that is directly broader, from the broadest down; what is narrower stands below."""
    site = site_with([("a-b", "a"), ("c", "a-b"), ("c", "d"), ("e", "c")])
    shown = place(site, "c")

    assert [[value.text for value in path] for path in shown.paths] == [["a", "a b"], ["d"]]
    assert texts(shown.level.nodes) == ["e"]


@pytest.mark.parametrize("edges", [[("a", "b"), ("b", "a")], [("a", "a")], [("a", "b"), ("b", "c"), ("c", "b")]])
def test_a_circle_ends(edges: list[tuple[str, str]]) -> None:
    """Data that make a resource broader than itself are shown as far as they are a hierarchy."""
    site = site_with(edges)

    assert count(place(site, "a").level.nodes) < 10
    assert all(len(path) < 4 for path in place(site, "a").paths)
    kind_trees(site.reader(), site.documents, {"finding": 3})


def test_a_page_of_a_huge_level_is_bounded() -> None:
    """Thousands beside each other are paged in the order of labels; deeper levels that do not fit are a link away."""
    wide = [(f"one-{number:04}", "top") for number in range(1500)]
    deep = [(f"below-{number:04}-{part}", f"one-{number:04}") for number in range(150) for part in range(3)]
    site = site_with([*wide, *deep])
    source, documents = CountingSource(site.source), CountingDocuments(site.documents.path)
    site = replace(site, source=source, documents=documents)
    shown = place(site, "top", 2)

    assert shown.level.total == 1500
    assert texts(shown.level.nodes)[:2] == ["one 0100", "one 0101"] and len(shown.level.nodes) == PAGE_LENGTH
    assert PAGE_LENGTH < count(shown.level.nodes) <= PAGE_LENGTH + MOST_NODES
    assert shown.level.page.before.endswith("?page=1") and shown.level.page.after.endswith("?page=3")
    assert sum(source.asked.values()) + documents.queries < 15
    opened = place(site, "top").level.nodes
    assert all(len(node.nodes) in (0, node.narrower) for node in opened)
    assert not all(node.nodes for node in opened) and any(node.nodes for node in opened)


def test_a_page_leads_to_those_beside_it(small_site: Site) -> None:
    """Resources with the same broader one are offered for a comparison; one that stands alone has no hierarchy."""
    beside = site_with([("a", "top"), ("b", "top"), ("c", "top")])

    assert [value.text for value in ways(beside, finding("b")).beside] == ["a", "c"]
    assert ways(small_site, COASTAL).hierarchy == "/hierarchy/condition/coastal-amber-fever"
    assert ways(small_site, finding("cold-hands")).hierarchy == ""


@pytest.mark.parametrize("fixture", ["release", "plant_release"])
def test_every_vocabulary_has_steps_and_numbers(fixture: str, request: pytest.FixtureRequest) -> None:
    """Steps are those of the vocabulary's forms and of SKOS; each fact counts for its subject and its object."""
    release: Release = request.getfixturevalue(fixture)
    documents = DocumentFile(release.documents_file)
    roots = documents.roots()
    focus = release.vocabulary.focus
    assert focus is not None

    assert roots[focus.kind][0]
    assert sum(kind != focus.kind for kind in roots) == 1
    facts = release.manifest.counts.facts
    resources = [iri for kind in release.vocabulary.kinds for iri in documents.addresses(kind)]
    concepts = sorted(release.vocabulary.concepts)
    assert sum(documents.fact_numbers([*resources, *concepts]).values()) >= facts
