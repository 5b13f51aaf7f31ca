"""Names of resources and terms with their prefixes, as curated files and tables write them."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import URIRef
from rdflib.term import Node

from nosograph.rdf.curies import compact, expand
from nosograph.rdf.names import Base


@dataclass(frozen=True)
class CuratedNames:
    """Shortens IRIs to names with a prefix, and expands them.

    Attributes:
        base: the base whose prefixes the names have.
    """

    base: Base

    def shorten(self, term: Node | None) -> str:
        """Return an IRI with its prefix, such as ``condition:scleroderma``; anything else as its text."""
        return compact(str(term), self.base)

    def expand(self, name: str) -> URIRef | None:
        """Return the IRI of a name with a prefix, or of an absolute IRI; None for anything else."""
        if name.startswith(("http://", "https://")):
            return URIRef(name)
        _, _, local = name.partition(":")
        if not local or any(character.isspace() or character in '<>"{}|\\^`' for character in name):
            return None
        iri = expand(name, self.base)
        return URIRef(iri) if iri is not None else None


def fold_name(text: str) -> str:
    """Return a name or heading without what people spell differently: capitals and the number of spaces."""
    return " ".join(text.casefold().split())
