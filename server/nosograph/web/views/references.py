"""The numbered references of a page: the documents that its statements were read in, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.web.views.facts import Fact, Reader, Value

_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_DATES: Final = ("modified", "issued", "created", "date")
_ADDRESSES: Final = (iris.SCHEMA_URL, iris.FOAF_HOMEPAGE, iris.RDFS_SEE_ALSO)


@dataclass(frozen=True)
class Reference:
    """A document with its number on the page, and what the release says of it.

    Attributes:
        number: its number, from 1.
        source: the document.
        publisher: who published it.
        date: when it was last changed, or issued, as the release has it; empty where that is not known.
        rights: what is known of its rights, or empty.
        addresses: where it is read on the web, where that is known.
        read_by: who read it for the release.
        read_on: when.
        has_text: whether the release has the digest of its text, so that its passages can be checked.
        statements: how many statements of the page rest on it.
        cites: works that it gives as its own references for them.
    """

    number: int
    source: Value
    publisher: tuple[Value, ...]
    date: str
    rights: str
    addresses: tuple[Value, ...]
    read_by: tuple[Value, ...]
    read_on: str
    has_text: bool
    statements: int
    cites: tuple[Value, ...]


@dataclass(frozen=True)
class References:
    """The references of a page.

    Attributes:
        entries: the documents in the order of their numbers.
        numbers: number of a document by its IRI.
    """

    entries: tuple[Reference, ...]
    numbers: Mapping[str, int]

    def marks(self, sources: Iterable[str]) -> list[int]:
        """Return the numbers of some documents, each once, in ascending order."""
        return sorted({self.numbers[iri] for iri in sources})

    @property
    def newest(self) -> str:
        """The newest date that a document has, or empty."""
        return max((entry.date for entry in self.entries), default="")

    @property
    def read_on(self) -> str:
        """The newest date on which a document was read, or empty."""
        return max((entry.read_on for entry in self.entries), default="")


def number_references(reader: Reader, facts: Iterable[Fact]) -> References:
    """Return the documents that facts were read in; the one that most facts rest on is number 1."""
    resting: dict[str, set[str]] = {}
    cited: dict[str, dict[str, Value]] = {}
    sources: dict[str, Value] = {}
    for fact in facts:
        for item in fact.evidence:
            iri = item.source.iri
            sources[iri] = item.source
            resting.setdefault(iri, set()).add(fact.iri)
            cited.setdefault(iri, {}).update((work.iri or work.text, work) for work in item.cites)
    ordered = sorted(sources, key=lambda iri: (-len(resting[iri]), sources[iri].text.casefold(), iri))
    entries = tuple(
        _reference(reader, number, sources[iri], len(resting[iri]), cited[iri].values())
        for number, iri in enumerate(ordered, 1)
    )
    return References(entries, {entry.source.iri: entry.number for entry in entries})


def _reference(reader: Reader, number: int, source: Value, statements: int, cited: Iterable[Value]) -> Reference:
    triples, iri = reader.triples, source.iri
    triples.statements(iri)
    addresses = [Value(value.text, "", "", value.text, "", True) for value in _literal_addresses(reader, iri)]
    return Reference(
        number=number,
        source=source,
        publisher=reader.values(triples.objects(iri, _DCTERMS + "publisher")),
        date=next(filter(None, (triples.value(iri, _DCTERMS + name) for name in _DATES)), ""),
        rights=triples.value(iri, _DCTERMS + "rights") or "",
        addresses=tuple(addresses),
        read_by=reader.values(triples.objects(iri, noso("readBy"))),
        read_on=triples.value(iri, noso("readOn")) or "",
        has_text=bool(triples.value(iri, iris.TEXT_DIGEST)),
        statements=statements,
        cites=tuple(sorted(cited, key=lambda work: work.text.casefold())),
    )


def _literal_addresses(reader: Reader, iri: str) -> Iterable[Value]:
    """Return the addresses on the web that a document has, be they IRIs or literals, those that are safe to link."""
    for predicate in _ADDRESSES:
        for term in reader.triples.objects(iri, predicate):
            text = getattr(term, "value", "")
            if text and (reader.addresses.page(text) or "").startswith(("http://", "https://")):
                yield Value(text)
