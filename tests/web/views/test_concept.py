"""The page of a concept as values: what uses it, with exact totals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store
from small_site import AMBER, make_site
from stores import add_union

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.web.views import concept
from nosograph.web.views.concept import MOST_OF_A_USE, PAGE_LENGTH, concept_view, uses_of
from nosograph.web.views.facts import Reader
from nosograph.web.views.site import PageCache, Remembered, Site

RARE = noso("rareDisease")
GRAPH = NamedNode(DEFAULT_BASE + "graph/facts")


@pytest.fixture(scope="module")
def crowded() -> Site:
    """Return a site in which three hundred more conditions are rare, the names in the reverse order of the facts."""
    small = make_site("small.trig")
    store = Store()
    store.extend(
        quad
        for quad in small.source.quads_for_pattern(None, None, None)
        if not isinstance(quad.graph_name, DefaultGraph)
    )
    for number in range(300):
        fact = NamedNode(f"{DEFAULT_BASE}fact/{0xF000 + number:016x}")
        condition = NamedNode(f"{DEFAULT_BASE}condition/more-{number}")
        for predicate, value in (
            (iris.RDF_SUBJECT, condition),
            (iris.RDF_PREDICATE, NamedNode(noso("rarity"))),
            (iris.RDF_OBJECT, NamedNode(RARE)),
            (iris.STATUS, NamedNode(noso("affirmed"))),
            (iris.RDF_TYPE, NamedNode(noso("Fact"))),
        ):
            store.add(Quad(fact, NamedNode(predicate), value, GRAPH))
        store.add(
            Quad(condition, NamedNode(iris.SKOS_PREF_LABEL), Literal(f"rarity {999 - number}", language="en"), GRAPH)
        )
    add_union(store)
    return replace(small, source=store, pages=PageCache())


def test_what_is_said_to_be_so_is_listed_by_its_subject(reader: Reader) -> None:
    """The heading is made of the predicate's phrase and the concept, so that a row is the subject alone."""
    (use,) = concept_view(reader, RARE, uses_of(reader, RARE)).uses

    assert (use.name, use.heading, use.total) == ("noso:rarity", "What counts as a rare disease", 1)
    assert use.table is not None
    (row,) = use.table.rows
    assert row.of_heading and row.fact.subject.iri == AMBER
    assert row.supporting and row.disputing and row.fact.status.name == "contested"


def test_evidence_that_has_it_is_listed_as_statements(reader: Reader) -> None:
    """A value of a qualifier lists the facts, each with that evidence alone that gives it."""
    use = next(
        use
        for use in concept_view(reader, noso("sometimes"), uses_of(reader, noso("sometimes"))).uses
        if use.name == "noso:frequency"
    )

    assert use.heading == "Frequency: sometimes"
    assert [len(fact.evidence) for fact in use.facts] == [1] * use.total
    assert use.table is not None and not any(row.of_heading for row in use.table.rows)


def test_resources_that_use_it_directly_are_listed(reader: Reader) -> None:
    """A status lists the facts that have it, by their words."""
    use = next(use for use in concept_view(reader, noso("denied"), uses_of(reader, noso("denied"))).uses)

    assert (use.heading, use.total, use.table) == ("Status: denied", 1, None)
    assert [row.value.text for row in use.rows] == ["coastal amber fever has the complication cold hands"]


def test_a_concept_that_nothing_uses_has_no_use(reader: Reader) -> None:
    """It still has its definition and the other values of its scheme."""
    view = concept_view(reader, noso("veryRareDisease"), uses_of(reader, noso("veryRareDisease")))

    assert view.uses == () and view.definitions
    assert {value.iri for value in view.beside} >= {RARE, view.value.iri}
    assert [value.iri for value in view.broader] == [RARE]


def test_long_uses_are_counted_exactly_and_paged(crowded: Site) -> None:
    """The page of a concept has the beginning and the number; the pages of a use have every entry once, by label."""
    reader = crowded.reader()
    (short,) = concept_view(reader, RARE, uses_of(reader, RARE)).uses
    pages = [concept_view(reader, RARE, uses_of(reader, RARE), "noso:rarity", page).uses[0] for page in range(1, 5)]
    found = [fact.subject.text for use in pages for fact in use.facts]

    assert (short.total, len(short.facts)) == (301, MOST_OF_A_USE)
    assert short.href == "/concept/noso:rareDisease?use=noso:rarity"
    assert [len(use.facts) for use in pages] == [PAGE_LENGTH] * 3 + [1]
    assert found == sorted(found) and len(set(found)) == 301
    assert (pages[0].page.before, pages[3].page.after) == ("", "")
    assert pages[1].page.words == "101 to 200 of 301"


def test_a_huge_use_is_counted_to_its_end_and_listed_to_a_bound(crowded: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The total stays exact; the pages end where the list does."""
    monkeypatch.setattr(concept, "SORTED_UP_TO", 100)
    monkeypatch.setattr(concept, "MOST_LISTED", 150)
    reader = crowded.reader()
    found = uses_of(reader, RARE)
    last = concept_view(reader, RARE, found, "noso:rarity", 2).uses[0]

    assert (last.total, last.listed, len(last.facts)) == (301, 150, 50)
    assert last.page.after == ""


def test_what_uses_a_concept_is_found_once() -> None:
    """Another page of a concept does not read the release again; the concept asked for longest ago is dropped."""
    remembered: Remembered[int] = Remembered(2)
    found = []
    for key in ("a", "b", "a", "c", "a", "b"):
        remembered.get(key, lambda key=key: found.append(key) or len(found))

    assert found == ["a", "b", "c", "b"]
