"""The page of a concept as values: what uses it, with exact totals."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store
from small_site import AMBER, make_documents, make_site
from stores import add_union

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.store.uses import EVERY_ENTRY, Selection
from nosograph.web.views.concept import ConceptView, concept_view
from nosograph.web.views.site import PageCache, Site
from nosograph.web.views.uses import MOST_OF_A_USE, PAGE_LENGTH, Use

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
        store.add(Quad(condition, NamedNode(iris.RDF_TYPE), NamedNode(noso("Condition")), GRAPH))
        status = noso("denied" if number % 3 == 0 else "affirmed")
        for predicate, value in (
            (iris.RDF_SUBJECT, condition),
            (iris.RDF_PREDICATE, NamedNode(noso("rarity"))),
            (iris.RDF_OBJECT, NamedNode(RARE)),
            (iris.STATUS, NamedNode(status)),
            (iris.RDF_TYPE, NamedNode(noso("Fact"))),
        ):
            store.add(Quad(fact, NamedNode(predicate), value, GRAPH))
        store.add(
            Quad(condition, NamedNode(iris.SKOS_PREF_LABEL), Literal(f"rarity {999 - number}", language="en"), GRAPH)
        )
    add_union(store)
    documents = make_documents(store, small.release.vocabulary)
    return replace(small, source=store, documents=documents, pages=PageCache())


def view(site: Site, iri: str, use: str = "", selection: Selection = EVERY_ENTRY) -> ConceptView:
    """Return the view of a concept of a site."""
    return concept_view(site.reader(), site.documents, iri, use, selection)


def selection_of(address: str) -> Selection:
    """Return the selection that the address of a list names."""
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return Selection(
        given.get("status", ""), given.get("q", ""), int(given.get("after", 0)), int(given.get("before", 0))
    )


def rarities(site: Site, selection: Selection = EVERY_ENTRY) -> Use:
    """Return one page of what counts as rare."""
    (use,) = view(site, RARE, "noso:rarity", selection).uses
    return use


def subjects(use: Use) -> list[str]:
    """Return what the facts of a list are about."""
    return [fact.subject.text for fact in use.facts]


def test_what_is_said_to_be_so_is_listed_by_its_subject(small_site: Site) -> None:
    """The heading is made of the predicate's phrase and the concept, so that a row is the subject alone."""
    (use,) = view(small_site, RARE).uses

    assert (use.name, use.heading, use.total) == ("noso:rarity", "What counts as a rare disease", 1)
    assert use.table is not None
    (row,) = use.table.rows
    assert row.of_heading and row.fact.subject.iri == AMBER
    assert row.supporting and row.disputing and row.fact.status.name == "contested"


def test_evidence_that_has_it_is_listed_as_statements(small_site: Site) -> None:
    """A value of a qualifier lists the facts, each with that evidence alone that gives it."""
    use = next(use for use in view(small_site, noso("sometimes")).uses if use.name == "noso:frequency")

    assert use.heading == "Frequency: sometimes"
    assert [len(fact.evidence) for fact in use.facts] == [1] * use.total
    assert use.table is not None and not any(row.of_heading for row in use.table.rows)


def test_resources_that_use_it_directly_are_listed(small_site: Site) -> None:
    """A status lists the facts that have it, by their words."""
    use = next(use for use in view(small_site, noso("denied")).uses)

    assert (use.heading, use.total, use.table) == ("Status: denied", 1, None)
    assert [row.value.text for row in use.rows] == ["coastal amber fever has the complication cold hands"]


def test_a_concept_that_nothing_uses_has_no_use(small_site: Site) -> None:
    """It still has its definition and the other values of its scheme."""
    shown = view(small_site, noso("veryRareDisease"))

    assert shown.uses == () and shown.definitions
    assert {value.iri for value in shown.beside} >= {RARE, shown.value.iri}
    assert [value.iri for value in shown.broader] == [RARE]


def test_long_uses_are_counted_exactly_and_paged(crowded: Site) -> None:
    """The page of a concept has the beginning and the number; the pages of a use have every entry once, by label."""
    (short,) = view(crowded, RARE).uses
    pages = [rarities(crowded)]
    while pages[-1].page.after:
        pages.append(rarities(crowded, selection_of(pages[-1].page.after)))
    found = [subject for use in pages for subject in subjects(use)]

    assert (short.total, len(short.facts)) == (301, MOST_OF_A_USE)
    assert short.href == "/concept/noso:rareDisease?use=noso:rarity"
    assert [len(use.facts) for use in pages] == [PAGE_LENGTH] * 3 + [1]
    assert found == sorted(found) and len(set(found)) == 301
    assert pages[0].page.before == ""
    assert pages[1].page.words == "101 to 200 of 301"


def test_the_page_before_is_the_one_that_was_left(crowded: Site) -> None:
    """Going on and back again shows the same entries."""
    first = rarities(crowded)
    second = rarities(crowded, selection_of(first.page.after))
    back = rarities(crowded, selection_of(second.page.before))

    assert subjects(back) == subjects(first)
    assert back.page.before == "" and back.page.after == first.page.after


def test_a_list_is_narrowed_by_status_and_by_name(crowded: Site) -> None:
    """Each status tells its number; together with words the entries that fit are counted and read on as well."""
    whole = rarities(crowded)
    numbers = {choice.words: choice.number for choice in whole.statuses}
    denied = rarities(crowded, Selection(status="denied"))
    named = rarities(crowded, Selection(status="denied", words="rarity 99"))

    assert numbers == {"All": 301, "Affirmed": 200, "Contested": 1, "Denied": 100}
    assert {fact.status.name for fact in denied.facts} == {"denied"}
    assert (denied.fitting, len(denied.facts), denied.page.after) == (100, 100, "")
    assert subjects(named) == ["rarity 990", "rarity 993", "rarity 996", "rarity 999"]
    assert (named.fitting, named.page.words) == (4, "4 of 4")
    assert rarities(crowded, Selection(words="nothing is called so")).facts == ()
