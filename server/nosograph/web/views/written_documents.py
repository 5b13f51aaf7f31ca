"""Documents about resources as RDF, each of which also says what it is itself.

Who keeps a document without the headers that came with it still has its address, its licence and its version, and who
finds it by its IRI gets from it to the data set (``void:inDataset`` is VoID's term for that link). What a document says
of itself is in no named graph of the release: in formats with graphs it stands in the default graph.
"""

from __future__ import annotations

from typing import Final

from pyoxigraph import Literal, NamedNode, Quad

from nosograph.rdf import iris, writer
from nosograph.rdf.formats import N_QUADS, N_TRIPLES, TURTLE, Format
from nosograph.rdf.jsonld import Context
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.release.opening import Release
from nosograph.store.documents import Document
from nosograph.web.views.licenses import licenses_of

_CONTINUED: Final = frozenset({TURTLE, N_TRIPLES, N_QUADS})
"""Formats in which one document after another is a document."""


def write_resource_document(
    release: Release, document: Document, format: Format, context: Context, address: str
) -> bytes:
    """Return the document about a resource in one format, with what it says of itself.

    Args:
        release: the release that it is of.
        document: what it says of the resource.
        format: one of ``RDF_FORMATS``.
        context: the context of JSON-LD.
        address: where it is reached, whole.
    """
    prefixes, itself = release.base.prefixes(), describe_document(release, document, address)
    ready = document.written(format) if format in _CONTINUED else None
    if ready is not None:
        return ready + writer.write_document(itself, format, {})  # prefixes stand at the head of a document alone
    return writer.write_document((*document.quads, *itself), format, prefixes, context, first=document.iri)


def describe_document(release: Release, document: Document, address: str) -> list[Quad]:
    """Return what a document says of itself: its subject, the release that it is of, its version, date and licences."""
    itself, manifest = NamedNode(address), release.manifest
    dcterms = STANDARD_PREFIXES["dcterms"]
    said: list[tuple[str, NamedNode | Literal]] = [
        (iris.RDF_TYPE, NamedNode(STANDARD_PREFIXES["foaf"] + "Document")),
        (STANDARD_PREFIXES["foaf"] + "primaryTopic", NamedNode(document.iri)),
        (STANDARD_PREFIXES["void"] + "inDataset", NamedNode(str(release.base.resource("release", release.version)))),
        (STANDARD_PREFIXES["dcat"] + "version", Literal(manifest.version)),
        (dcterms + "issued", Literal(manifest.date.isoformat(), datatype=NamedNode(STANDARD_PREFIXES["xsd"] + "date"))),
        *((dcterms + "license", NamedNode(iri)) for iri in licenses_of(release, document.graphs)),
    ]
    return [Quad(itself, NamedNode(predicate), value) for predicate, value in said]
