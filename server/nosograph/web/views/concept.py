"""The page of a concept: what it means, where it stands in its scheme, and everything of the release that uses it."""

from __future__ import annotations

from dataclasses import dataclass

from nosograph.rdf import iris
from nosograph.store.documents import DocumentFile
from nosograph.store.uses import EVERY_ENTRY, Selection
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.uses import Use, UseLister


@dataclass(frozen=True)
class ConceptView:
    """What the page of a concept shows.

    Attributes:
        value: the concept.
        scheme: the schemes that it is in.
        definitions: what it means.
        notes: how it is to be used.
        broader: broader concepts.
        narrower: narrower concepts.
        beside: every concept of its schemes, itself included.
        uses: what uses it.
    """

    value: Value
    scheme: tuple[Value, ...]
    definitions: tuple[Value, ...]
    notes: tuple[Value, ...]
    broader: tuple[Value, ...]
    narrower: tuple[Value, ...]
    beside: tuple[Value, ...]
    uses: tuple[Use, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that the page shows."""
        return tuple(fact for use in self.uses for fact in use.facts)


def concept_view(
    reader: Reader, documents: DocumentFile, iri: str, use: str = "", selection: Selection = EVERY_ENTRY
) -> ConceptView:
    """Return what the page of a concept shows.

    Args:
        reader: reads the release.
        documents: the lists of what uses it.
        iri: the concept.
        use: the property whose entries alone are wanted, as a CURIE; empty for the beginning of each use.
        selection: which of these entries are wanted.
    """
    triples = reader.triples
    schemes = triples.iris(iri, iris.SKOS_IN_SCHEME)
    lister = UseLister(reader, documents, iri, reader.addresses.page(iri) or "")
    found = [entry for entry in lister.ordered(documents.uses(iri)) if use in ("", lister.name(entry))]
    return ConceptView(
        value=reader.value(iri),
        scheme=reader.values(schemes),
        definitions=reader.values(triples.literals(iri, iris.SKOS_DEFINITION)),
        notes=reader.values([*triples.literals(iri, iris.SKOS_SCOPE_NOTE), *triples.literals(iri, iris.SKOS_EXAMPLE)]),
        broader=reader.values(triples.iris(iri, iris.SKOS_BROADER)),
        narrower=reader.values(triples.subjects(iris.SKOS_BROADER, iri)),
        beside=reader.values({one for scheme in schemes for one in triples.subjects(iris.SKOS_IN_SCHEME, scheme)}),
        uses=tuple(lister.part(entry, selection) if use else lister.beginning(entry) for entry in found),
    )
