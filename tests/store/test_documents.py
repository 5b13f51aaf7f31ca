"""Documents that are made ahead say what the store says, in every format, and tell a reader all that a page needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, NamedNode, Store
from stores import CountingSource, write_documents_of

from nosograph.rdf import iris, writer
from nosograph.rdf.formats import N_QUADS, N_TRIPLES, TURTLE
from nosograph.rdf.lines import quad_line
from nosograph.release.opening import Release
from nosograph.store import lookup
from nosograph.store.documents import DocumentFile, GatheredDocument, ReadyDocument
from nosograph.store.lookup import ResourceLookup
from nosograph.store.quad_file import QuadFile, open_quad_file
from nosograph.store.reader import NAMING, GraphReader, open_store, quads_in_memory
from nosograph.vocabulary.terms import FACT_KIND, MAPPING_KIND

NOTHING = NamedNode("http://example.org/nothing")


@pytest.fixture(scope="module")
def store(release: Release) -> Store:
    """The store of the curated release."""
    return open_store(release.store_folder)


@pytest.fixture(scope="module")
def documents(release: Release) -> DocumentFile:
    """The documents of the curated release."""
    return DocumentFile(release.documents_file)


@pytest.fixture(scope="module")
def quad_file(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuadFile]:
    """The quads of the curated release, read from its N-Quads."""
    work = tmp_path_factory.mktemp("sorted")
    with open_quad_file(release.dump("nq"), release.vocabulary, release.base, work) as source:
        yield source


def documented(release: Release, store: Store) -> list[str]:
    """Return the resources of every class but facts and mappings, withdrawn ones too."""
    reader = GraphReader(store)
    classes = [entry.iri for entry in release.vocabulary.classes if entry.kind not in (FACT_KIND, MAPPING_KIND)]
    return sorted({iri for name in classes for iri in reader.subjects(iris.RDF_TYPE, name)})


def test_a_document_made_ahead_is_the_one_that_the_store_gives(
    release: Release, store: Store, documents: DocumentFile
) -> None:
    """Quads, types, graphs and counts of every resource are those of a description by look-ups."""
    found = documented(release, store)

    assert len(found) > 50
    for iri in found:
        ready = documents.find(iri)
        described = ResourceLookup(release.base, GraphReader(store)).describe(iri)
        assert ready is not None
        assert described is not None
        gathered = GatheredDocument(iri, described)
        assert set(ready.quads) == set(described)
        assert len(ready.quads) == len(described)
        assert (ready.types, ready.graphs) == (gathered.types, gathered.graphs)
        assert ready.own == ready.quads[: len(gathered.own)]
        assert (ready.incoming, ready.cut) == (described.incoming, described.cut)


def test_a_document_made_ahead_has_the_bytes_of_one_that_is_written(
    release: Release, store: Store, documents: DocumentFile
) -> None:
    """Turtle, N-Triples and N-Quads that take no parsing are what the writer makes of the store's description."""
    prefixes = release.base.prefixes()
    focus = release.vocabulary.focus
    assert focus is not None

    for iri in GraphReader(store).subjects(iris.RDF_TYPE, focus.iri):
        ready = documents.find(iri)
        described = ResourceLookup(release.base, GraphReader(store)).describe(iri)
        assert ready is not None
        assert described is not None
        for format in (TURTLE, N_TRIPLES, N_QUADS):
            assert ready.written(format) == writer.write_document(described, format, prefixes, first=iri)


def test_what_a_document_tells_is_what_the_store_answers(
    release: Release, store: Store, documents: DocumentFile
) -> None:
    """Statements, names and facts about a resource are the store's, without asking it."""
    for iri in documented(release, store):
        ready = documents.find(iri)
        assert ready is not None
        counting = CountingSource(store)
        told, asking = GraphReader(counting), GraphReader(store)
        ready.tell(told)
        for predicate in (iris.RDF_SUBJECT, iris.RDF_OBJECT, iris.CONTEXT, iris.SOURCE, iris.CITES, iris.SSSOM_SUBJECT):
            assert told.subjects(predicate, iri) == asking.subjects(predicate, iri)
        for name in {quad.subject.value for quad in ready.quads}:
            for predicate in NAMING:
                assert told.objects(name, predicate) == asking.objects(name, predicate)
        assert told.about(iri) == asking.about(iri)
        assert not counting.asked


def test_a_document_that_is_cut_leaves_the_rest_to_the_store(
    release: Release, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what points to it, and of itself, the store is asked; the notice of the document is no statement of it."""
    monkeypatch.setattr(lookup, "INCOMING", 3)
    iri = f"{release.base.iri}condition/scleroderma"
    quads = [quad for quad in store.quads_for_pattern(None, None, None) if quad.graph_name != DefaultGraph()]
    ready = write_documents_of(store, tmp_path / "documents", release.vocabulary).find(iri)
    assert ready is not None
    told, asking = GraphReader(store), GraphReader(quads_in_memory(quads))
    ready.tell(told)

    assert ready.cut
    assert ready.incoming > 3
    assert told.subjects(iris.RDF_SUBJECT, iri) == asking.subjects(iris.RDF_SUBJECT, iri)
    assert told.about(iri) == asking.about(iri)


def test_the_lists_have_every_resource_in_the_order_of_the_labels(
    release: Release, store: Store, documents: DocumentFile
) -> None:
    """No resource is missing, none stands twice, and parts of a list join without a gap."""
    for entry in release.vocabulary.classes:
        wanted = GraphReader(store).subjects(iris.RDF_TYPE, entry.iri)
        parts = [documents.entries(entry.kind, start, 7) for start in range(0, len(wanted) + 7, 7)]
        listed = [row.iri for part in parts for row in part]
        assert sorted(listed) == sorted(wanted)
        if entry.kind not in (FACT_KIND, MAPPING_KIND):
            labels = [label.value.casefold() if (label := GraphReader(store).label(iri)) else iri for iri in listed]
            assert labels == sorted(labels)


def test_figures_count_the_evidence(release: Release, store: Store, documents: DocumentFile) -> None:
    """Evidence by source is what points to the source."""
    found = {entry.iri: number for entry, number in documents.evidence_by_source(100)}

    reader = GraphReader(store)
    sources = reader.subjects(iris.RDF_TYPE, iris.noso("Source"))
    counted = {source: len(reader.subjects(iris.SOURCE, source)) for source in sources}
    assert found == {source: number for source, number in counted.items() if number}
    assert sum(found.values()) == release.manifest.counts.evidence


@pytest.mark.parametrize(
    "name", ["condition/scleroderma", "condition/sclero", "ontology#Condition", "condition/zzz", ""]
)
def test_a_quad_file_finds_what_the_store_does(release: Release, store: Store, quad_file: QuadFile, name: str) -> None:
    """The lines of a subject and of an object are the quads of the store, in byte order."""
    asked = NamedNode(release.base.iri + name)
    patterns = ((asked, None, None), (None, None, asked))
    found = (quad_file.with_subject(str(asked).encode()), list(quad_file.with_object(str(asked).encode())))

    for pattern, lines in zip(patterns, found, strict=True):
        quads = [quad for quad in store.quads_for_pattern(*pattern) if quad.graph_name != DefaultGraph()]
        assert lines == sorted(map(quad_line, quads))


def test_a_resource_without_a_document_has_none(documents: DocumentFile) -> None:
    """What is not of the data set, and what no list can be asked of, is answered with nothing."""
    assert documents.find(NOTHING.value) is None
    assert list(documents.find_all(())) == []
    assert documents.entries("condition", 1_000_000, 10) == []


def test_a_ready_document_is_found_once_for_several_threads(documents: DocumentFile, release: Release) -> None:
    """Several IRIs take one query and come in their order."""
    names = [f"{release.base.iri}condition/{name}" for name in ("systemic-scleroderma", "scleroderma", "missing")]

    found: list[ReadyDocument] = list(documents.find_all(names))

    assert [document.iri for document in found] == sorted(names[:2])
