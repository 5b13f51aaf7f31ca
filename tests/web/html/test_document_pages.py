"""A page and the document that it is about are made from one reading of the graph."""

from __future__ import annotations

import pytest
from stores import CountingSource

from nosograph.release.opening import Release
from nosograph.store.documents import DocumentFile
from nosograph.store.lookup import ResourceLookup
from nosograph.store.reader import open_store
from nosograph.web.html.document_pages import page_of_resource
from nosograph.web.views.site import Site


@pytest.mark.parametrize(
    ("kind", "name"), [("condition", "scleroderma"), ("source", "scleroderma-overview"), ("finding", "dryness")]
)
def test_no_pattern_is_read_twice_for_a_page(release: Release, kind: str, name: str) -> None:
    """What the document about a resource has read, its page does not read again."""
    source = CountingSource(open_store(release.store_folder))
    site = Site(release, "https://noso.example/", source, DocumentFile(release.documents_file))
    lookup = ResourceLookup(release.base, site.triples())
    iri = f"{release.base.iri}{kind}/{name}"

    document = lookup.document(iri)
    assert document is not None
    text = page_of_resource(site, kind, name, document, "active", lookup.reader)

    assert iri in text
    assert {pattern: number for pattern, number in source.asked.items() if number > 1} == {}
