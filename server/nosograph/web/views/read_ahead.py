"""Lets a reader know at once what the page of a resource shows, from the documents that were made ahead.

A view asks for one value after another; each that is not known takes a look-up in the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pyoxigraph import NamedNode

from nosograph.rdf import iris
from nosograph.store.documents import Document, DocumentFile
from nosograph.store.reader import GraphReader
from nosograph.vocabulary.terms import Role, Vocabulary

MOST_RELATIVES: Final = 40
"""Broader and narrower resources whose documents are read for a page; of further ones the store is asked."""


def read_ahead(documents: DocumentFile | None, vocabulary: Vocabulary, document: Document, reader: GraphReader) -> None:
    """Tell a reader what the page of a resource shows: its document, and those of broader and narrower resources.

    Args:
        documents: the documents that were made ahead, where there are any.
        vocabulary: tells which predicates lead to broader and narrower resources.
        document: the document about the resource.
        reader: the reader.
    """
    document.tell(reader)
    if documents is None or vocabulary.focus is None or vocabulary.focus.iri not in document.types:
        return
    relatives = sorted(set(_relatives(vocabulary, document)) - {document.iri})
    for relative in documents.find_all(relatives[:MOST_RELATIVES]):
        relative.tell(reader)


def _relatives(vocabulary: Vocabulary, document: Document) -> Iterable[str]:
    """Return what a resource is a form of and what is a form of it, at any distance."""
    predicates = set(vocabulary.broader_properties())
    for iri in vocabulary.with_role(Role.FORM):
        predicates |= {iri, *vocabulary.predicates[iri].closures}
    forms = set(vocabulary.with_role(Role.FORM))
    of_forms = set()
    for quad in document.quads:
        predicate = quad.predicate.value
        if predicate in predicates:
            yield from (term.value for term in (quad.subject, quad.object) if isinstance(term, NamedNode))
        elif predicate == iris.RDF_PREDICATE and isinstance(quad.object, NamedNode) and quad.object.value in forms:
            of_forms.add(quad.subject)
    for quad in document.quads:
        if quad.subject in of_forms and quad.predicate.value in (iris.RDF_SUBJECT, iris.RDF_OBJECT):
            yield str(quad.object.value) if isinstance(quad.object, NamedNode) else ""
