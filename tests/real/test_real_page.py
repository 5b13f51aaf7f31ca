"""The page of the real condition with most findings: what it reads, what it weighs, what it begins with."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from annotations import diseases, import_annotations
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
def largest(annotation_files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, str, int]:
    """Return a site with the condition that has most findings, its local name, and how many findings it has."""
    findings = Counter(line.partition(" ")[0] for line in set(diseases()))
    disease, number = findings.most_common(1)[0]
    small = make_site("small.trig")
    store = Store()
    store.extend(quad for quad in small.source.quads_for_pattern(None, None, None) if quad.graph_name != DefaultGraph())
    imported = import_annotations(tmp_path_factory.mktemp("largest") / "hpo.nq", lambda code: code == disease)
    store.extend(parse(path=imported.path, format=RdfFormat.N_QUADS))
    add_union(store)
    documents = make_documents(store, small.release.vocabulary)
    site = replace(small, source=store, documents=documents, pages=PageCache())
    return site, disease.replace(":", "_"), number


def page(site: Site, name: str) -> str:
    """Return the page of a condition as a server makes it."""
    iri = f"{DEFAULT_BASE}condition/{name}"
    lookup = ResourceLookup(site.release.base, site.triples(), site.documents)
    document = lookup.document(iri)
    assert document is not None
    read_ahead(site.documents, site.release.vocabulary, document, lookup.reader)
    return page_of_resource(site, "condition", name, document, lookup.state(iri).state.value, lookup.reader)


def test_a_page_with_hundreds_of_findings_asks_little(largest: tuple[Site, str, int]) -> None:
    """Facts, evidence, sources and names are in the document that was made ahead, systems in a list of theirs."""
    site, name, findings = largest
    counting = CountingSource(site.source)
    documents = CountingDocuments(site.documents.path)

    page(replace(site, source=counting, documents=documents, pages=PageCache()), name)

    assert findings > 200
    assert counting.asked.total() <= 2
    assert documents.queries <= 5


def test_a_page_with_hundreds_of_findings_is_light_and_well_formed(largest: tuple[Site, str, int]) -> None:
    """Every finding has its row, and the whole takes no more on the wire than a curated page may."""
    site, name, findings = largest
    html = page(site, name)

    html5lib.HTMLParser(strict=True).parse(html)
    assert len(gzip.compress(html.encode())) < WIRE
    symptoms = html.partition('<section id="symptoms"')[2]
    rows = symptoms.partition('<div class="divided" data-parts>')[2].partition("</div>")[0]
    assert len(re.findall(r'<th scope="row"', rows)) == findings
    assert 'type="application/ld+json"' in html


def test_a_page_with_hundreds_of_findings_begins_with_some_and_tells_how_many(largest: tuple[Site, str, int]) -> None:
    """The summary names a few and links the table for the rest."""
    site, name, findings = largest
    card = page(site, name).partition('<section id="summary"')[2].partition("</section>")[0]

    named = len(re.findall(r'href="/finding/', card))
    assert 0 < named < 20
    more = re.search(r"and (\d+) more", card)
    assert more is not None
    assert findings / 2 < named + int(more[1]) <= findings  # the rest is denied or contested
