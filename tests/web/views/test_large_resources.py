"""The page of a resource that very much names: numbers and beginnings, with lists that have the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store
from small_site import make_documents, make_site, page
from stores import CountingDocuments, CountingSource, add_union

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.store.uses import FoundUse, Selection, Way
from nosograph.web.http.problems import ProblemError
from nosograph.web.routes.uses import check_filter
from nosograph.web.views.related import MOST_NAMING, listed_apart
from nosograph.web.views.site import PageCache, Site
from nosograph.web.views.uses import MOST_FILTERED, MOST_OF_A_USE

FINDING = "CODE_2"
CONDITIONS = MOST_NAMING + 50


@pytest.fixture(scope="module")
def crowded() -> Site:
    """Return a site with a finding that a few hundred conditions have, by a source that is cited as often."""
    small = make_site("small.trig")
    store = Store()
    of_graphs = small.source.quads_for_pattern(None, None, None)
    store.extend(quad for quad in of_graphs if not isinstance(quad.graph_name, DefaultGraph))
    graph = NamedNode(DEFAULT_BASE + "graph/import/many")
    store.extend(Quad(NamedNode(one), NamedNode(name), value, graph) for one, name, value in _triples())
    add_union(store)
    return replace(small, source=store, documents=make_documents(store, small.release.vocabulary), pages=PageCache())


def _triples() -> Iterator[tuple[str, str, NamedNode | Literal]]:
    finding = DEFAULT_BASE + f"finding/{FINDING}"
    yield finding, iris.RDF_TYPE, NamedNode(noso("Finding"))
    yield finding, iris.SKOS_PREF_LABEL, Literal("a common finding", language="en")
    for number in range(CONDITIONS):
        condition = f"{DEFAULT_BASE}condition/CODE_{1000 + number}"
        fact = f"{DEFAULT_BASE}fact/{0xB000 + number:016x}"
        evidence = f"{fact}/evidence/{number:016x}"
        yield condition, iris.RDF_TYPE, NamedNode(noso("Condition"))
        yield condition, iris.SKOS_PREF_LABEL, Literal(f"syndrome {number:03}", language="en")
        for subject, predicate, value in (
            (fact, iris.RDF_TYPE, noso("Fact")),
            (fact, iris.RDF_SUBJECT, condition),
            (fact, iris.RDF_PREDICATE, noso("hasPhenotype")),
            (fact, iris.RDF_OBJECT, finding),
            (fact, iris.STATUS, noso("denied" if number < 7 else "affirmed")),
            (fact, iris.EVIDENCE, evidence),
            (evidence, iris.RDF_TYPE, noso("Evidence")),
            (evidence, iris.SOURCE, DEFAULT_BASE + "source/handbook"),
            (evidence, iris.STANCE, noso("disputes" if number < 7 else "supports")),
            (evidence, iris.CERTAINTY, noso("stated")),
        ):
            yield subject, predicate, NamedNode(value)


def test_the_page_has_the_number_and_the_beginning(crowded: Site) -> None:
    """It says how many there are in all and by status, shows the first, and leads to all and to those of a status."""
    html = page(crowded, "finding", FINDING)
    section = html.partition('<section id="noso-hasPhenotype"')[2].partition('<section id="cite"')[0]

    assert len(re.findall(r'<th scope="row">', section)) == MOST_OF_A_USE
    assert f"{CONDITIONS} statements, 1 to {MOST_OF_A_USE} of {CONDITIONS}" in section
    assert 'href="/finding/CODE_2/named?use=noso:hasPhenotype"' in section
    assert 'href="/finding/CODE_2/named?use=noso:hasPhenotype&amp;status=denied"' in section
    assert "There is more than one page can show" not in html


def test_the_page_reads_only_what_it_shows(crowded: Site) -> None:
    """What it takes follows what it shows and not what there is: some look-ups for each row."""
    source, documents = CountingSource(crowded.source), CountingDocuments(crowded.documents.path)
    page(replace(crowded, source=source, documents=documents, pages=PageCache()), "finding", FINDING)

    assert documents.queries < 12
    assert sum(source.asked.values()) < 12 * MOST_OF_A_USE


def test_what_is_listed_apart_is_what_no_page_can_show() -> None:
    """Facts that name a resource count together; a source is read whole, and cited works in part."""

    def use(predicate: str, way: Way, total: int) -> FoundUse:
        return FoundUse(1, predicate, way, "fact", total, {})

    few = [use("a", Way.OBJECT, MOST_NAMING // 2), use("b", Way.OBJECT, MOST_NAMING // 2)]
    assert listed_apart(few) == []
    assert listed_apart([*few, use("c", Way.OBJECT, 1)]) == [*few, use("c", Way.OBJECT, 1)]
    assert listed_apart([use(iris.SOURCE, Way.EVIDENCE, MOST_NAMING + 1)]) == []
    assert listed_apart([use(iris.CITES, Way.EVIDENCE, MOST_NAMING + 1)]) != []
    assert listed_apart([use(iris.STATUS, Way.DIRECT, 10_000)]) == []


def test_a_list_too_long_is_not_filtered_by_words() -> None:
    """A filter looks at every name, so a list beyond the bound says that it has none; a status is no such filter."""
    long = FoundUse(1, "a", Way.OBJECT, "fact", MOST_FILTERED + 1, {})

    with pytest.raises(ProblemError) as caught:
        check_filter([long], Selection(words="fever"))
    check_filter([long], Selection(status="denied"))
    check_filter([replace(long, total=MOST_FILTERED)], Selection(words="fever"))

    assert caught.value.problem.status == 400
