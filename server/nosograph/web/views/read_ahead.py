"""Lets a reader know at once what the page of a resource shows, from the documents that were made ahead.

A view asks for one value after another; each that is not known takes a look-up in the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nosograph.rdf import iris
from nosograph.store.documents import Document, DocumentFile, ReadyDocument
from nosograph.store.reader import GraphReader
from nosograph.vocabulary.terms import Role, Vocabulary

MOST_RELATIVES: Final = 40
"""Aligned, broader and narrower resources whose documents are read for a page; of further ones the store is asked."""


def read_ahead(documents: DocumentFile, vocabulary: Vocabulary, document: Document, reader: GraphReader) -> None:
    """Let a reader know what the page of a resource shows: its document, and those that it speaks of too.

    These are documents about aligned, broader and narrower resources, and about the members of an alignment group.

    Args:
        documents: the documents that were made ahead.
        vocabulary: tells which predicates lead to broader and narrower resources.
        document: the document about the resource.
        reader: the reader.
    """
    if not isinstance(document, ReadyDocument):
        return
    document.tell(reader)
    wanted = [*members_beside(reader, document.iri), *reader.iris(document.iri, iris.PROV_HAD_MEMBER)]
    if vocabulary.focus is not None and vocabulary.focus.iri in document.types:
        wanted += sorted(set(_relatives(vocabulary, document, reader)) - {document.iri})
    for other in documents.find_all(wanted[:MOST_RELATIVES]):
        other.tell(reader)


def members_beside(reader: GraphReader, resource: str) -> list[str]:
    """Return the other members of the alignment group of a resource, in order."""
    groups = reader.subjects(iris.PROV_HAD_MEMBER, resource)
    members = {member for group in groups for member in reader.iris(group, iris.PROV_HAD_MEMBER)}
    return sorted(members - {resource})


def _relatives(vocabulary: Vocabulary, document: ReadyDocument, reader: GraphReader) -> Iterable[str]:
    """Return what a resource is a form of and what is a form of it, at any distance, be it certain or not."""
    forms = vocabulary.with_role(Role.FORM)
    linking = vocabulary.broader_properties() | {name for iri in forms for name in vocabulary.predicates[iri].closures}
    for predicate in linking:
        yield from reader.iris(document.iri, predicate)
        yield from document.pointing.get(predicate, ())
    for end, other in ((iris.RDF_SUBJECT, iris.RDF_OBJECT), (iris.RDF_OBJECT, iris.RDF_SUBJECT)):
        for fact in document.pointing.get(end, ()):
            if reader.iri(fact, iris.RDF_PREDICATE) in forms:
                yield from reader.iris(fact, other)
