"""What the front page says of how much a release covers."""

from __future__ import annotations

from dataclasses import replace

from pyoxigraph import NamedNode, Quad, RdfFormat, Store
from small_site import RDF_TYPE, class_node, make_documents
from stores import add_union

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.release.manifest import GraphTerms
from nosograph.store.documents import DocumentFile
from nosograph.web.views.overview import coverage
from nosograph.web.views.site import Site


def made_of(site: Site, store: Store) -> DocumentFile:
    """Return the documents of other quads of a site."""
    return make_documents(store, site.release.vocabulary)


IMPORT = NamedNode(DEFAULT_BASE + "graph/import/other")


def test_what_curators_read_is_counted(small_site: Site) -> None:
    """Conditions and facts of the curated graphs, documents with a digest, and references that were not read."""
    found = coverage(small_site.reader(), small_site.documents, small_site.release.manifest)

    assert found.curated == (2, small_site.release.manifest.counts.facts)
    assert found.imported == (0, 0)
    assert (found.documents, found.references) == (2, 1)
    assert (found.read_from, found.read_to, found.newest) == ("", "", "")


def test_imports_are_counted_apart(small_site: Site) -> None:
    """What only an import states is not said to be curated, and the import is named by its title, else its name."""
    store = Store()
    store.bulk_extend(small_site.source.quads_for_pattern(None, None, None))
    for number in range(3):
        fact = NamedNode(f"{DEFAULT_BASE}fact/{number + 0xABC0:016x}")
        store.add(Quad(fact, RDF_TYPE, class_node("Fact"), IMPORT))
    store.add(Quad(NamedNode(DEFAULT_BASE + "condition/other"), RDF_TYPE, class_node("Condition"), IMPORT))
    add_union(store)
    manifest = small_site.release.manifest
    counts = replace(manifest.counts, facts=manifest.counts.facts + 3, kinds={**manifest.counts.kinds, "condition": 3})
    terms = {"facts": GraphTerms(), "import/other": GraphTerms(title="Other annotations"), "import/x": GraphTerms()}

    found = coverage(
        replace(small_site, source=store).reader(),
        made_of(small_site, store),
        replace(manifest, counts=counts, terms=terms),
    )

    assert found.curated == (2, manifest.counts.facts)
    assert found.imported == (1, 3)
    assert found.imports == ("Other annotations", "x")


def test_days_of_reading_are_the_first_and_the_last(small_site: Site) -> None:
    """A release tells from when to when its documents were read."""
    store = Store()
    store.bulk_extend(small_site.source.quads_for_pattern(None, None, None))
    graph = NamedNode(DEFAULT_BASE + "graph/sources")
    for name, day in (("coast-leaflet", "2026-01-02"), ("inland-leaflet", "2025-12-31")):
        store.load(
            f'<{DEFAULT_BASE}source/{name}> <{DEFAULT_BASE}ontology#readOn> "{day}" .'.encode(),
            format=RdfFormat.TURTLE,
            to_graph=graph,
        )
    add_union(store)

    found = coverage(
        replace(small_site, source=store).reader(), made_of(small_site, store), small_site.release.manifest
    )

    assert (found.read_from, found.read_to) == ("2025-12-31", "2026-01-02")
