"""Makes a site from the fixtures of this folder, without a server and without a release on disk."""

from __future__ import annotations

import datetime
from collections import Counter
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store
from stores import add_union, write_documents_of

from nosograph.assets import find_assets
from nosograph.rdf.names import DEFAULT_BASE, NOSO
from nosograph.release.manifest import Counts, Manifest, Profile, ReleaseFile
from nosograph.release.opening import Release
from nosograph.store.documents import DocumentFile, GatheredDocument
from nosograph.store.reader import QuadSource
from nosograph.vocabulary.reading import read_vocabulary_folder
from nosograph.vocabulary.terms import Vocabulary
from nosograph.web.html.document_pages import page_of_resource
from nosograph.web.views.site import Site

FIXTURES = Path(__file__).parent / "small_site_fixtures"
PROFILE = Profile(
    title="Nosograph: a small graph",
    publisher="Nosograph contributors",
    license="https://creativecommons.org/licenses/by/4.0/",
)
VERSION = "2026-01-02-0123456789ab"
AMBER = DEFAULT_BASE + "condition/amber-fever"
COASTAL = DEFAULT_BASE + "condition/coastal-amber-fever"
RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


class SmallRelease(Release):
    """A release without files, with the project's vocabulary."""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary."""
        return read_vocabulary_folder(find_assets().ontology)


_DOCUMENTS = TemporaryDirectory(prefix="nosograph-documents-")
"""Folder of the documents of these sites, until the tests end."""


def make_documents(source: QuadSource, vocabulary: Vocabulary) -> DocumentFile:
    """Return the documents of a graph as a release has them."""
    path = Path(_DOCUMENTS.name) / f"{len(list(Path(_DOCUMENTS.name).iterdir()))}.sqlite"
    return write_documents_of(source, path, vocabulary)


def make_site(*names: str, folder: Path = FIXTURES) -> Site:
    """Return the site of some fixture files and the project's vocabulary."""
    store = Store()
    for name in names:
        store.load(path=FIXTURES / name, format=RdfFormat.TRIG)
    for path in sorted(find_assets().ontology.glob("*.ttl")):
        store.load(path=path, format=RdfFormat.TURTLE, to_graph=NamedNode(DEFAULT_BASE + "graph/ontology"))
    add_union(store)
    vocabulary = read_vocabulary_folder(find_assets().ontology)
    kinds = Counter(
        kind
        for kind, entry in vocabulary.by_kind.items()
        for _ in {q.subject for q in store.quads_for_pattern(None, RDF_TYPE, NamedNode(entry.iri), DefaultGraph())}
    )
    statuses = Counter(
        quad.object.value.rsplit("#", 1)[-1]
        for quad in store.quads_for_pattern(None, NamedNode(str(NOSO.status)), None, DefaultGraph())
    )
    manifest = Manifest(
        version=VERSION,
        base_iri=DEFAULT_BASE,
        date=datetime.date(2026, 1, 2),
        content_hash="0" * 64,
        counts=Counts(
            quads=sum(1 for _ in store if _.graph_name != DefaultGraph()),
            triples=sum(1 for _ in store.quads_for_pattern(None, None, None, DefaultGraph())),
            facts=kinds["fact"],
            evidence=len(list(store.quads_for_pattern(None, RDF_TYPE, class_node("Evidence"), DefaultGraph()))),
            statuses=statuses,
            graphs={},
            kinds=dict(kinds),
        ),
        inputs={},
        files={
            "nosograph.ttl": ReleaseFile("nosograph.ttl", 1234, "ab" * 32, "text/turtle"),
            "nosograph.ttl.gz": ReleaseFile("nosograph.ttl.gz", 456, "cd" * 32, "text/turtle", "gz"),
        },
        profile=PROFILE,
    )
    return Site(SmallRelease(folder, manifest), "https://nosograph.example/", store, make_documents(store, vocabulary))


def class_node(name: str) -> NamedNode:
    """Return a class of the vocabulary as the engine's term."""
    return NamedNode(str(NOSO[name]))


def page(site: Site, kind: str, identifier: str, state: str = "active") -> str:
    """Return the page of a resource of a site."""
    iri = f"{DEFAULT_BASE}{kind}/{identifier}"
    return page_of_resource(site, kind, identifier, GatheredDocument(iri, site.triples().statements(iri)), state)
