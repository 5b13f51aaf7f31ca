"""Names of resources and terms with their prefixes, as curated files and tables write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rdflib import URIRef
from rdflib.term import Node


@dataclass(frozen=True)
class CuratedNames:
    """Shortens IRIs to names with a prefix, and expands them.

    Attributes:
        prefixes: prefix → namespace.
    """

    prefixes: Mapping[str, str]

    @cached_property
    def _longest_first(self) -> list[tuple[str, str]]:
        return sorted(((iri, prefix) for prefix, iri in self.prefixes.items()), key=lambda pair: -len(pair[0]))

    def shorten(self, term: Node | None) -> str:
        """Return an IRI with its prefix, such as ``condition:scleroderma``; anything else as its text."""
        text = str(term)
        for namespace, prefix in self._longest_first:
            if text.startswith(namespace):
                return f"{prefix}:{text[len(namespace) :]}"
        return text

    def expand(self, name: str) -> URIRef | None:
        """Return the IRI of a name with a prefix, or of an absolute IRI; None for anything else."""
        prefix, colon, local = name.partition(":")
        if prefix in ("http", "https") and local.startswith("//"):
            return URIRef(name)
        if not colon or not local or any(character.isspace() or character in '<>"{}|\\^`' for character in name):
            return None
        namespace = self.prefixes.get(prefix)
        return URIRef(namespace + local) if namespace is not None else None


def fold_name(text: str) -> str:
    """Return a name or heading without what people spell differently: capitals and the number of spaces."""
    return " ".join(text.casefold().split())
