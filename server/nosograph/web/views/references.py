"""The numbered references of a page: the documents that its statements were read in, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.store.reader import GraphReader
from nosograph.web.views.facts import Fact, Reader, Value
from nosograph.web.views.licenses import License, license_names

_DCTERMS: Final = STANDARD_PREFIXES["dcterms"]
_DATES: Final = ("modified", "issued", "created", "date")
_ADDRESSES: Final = (iris.SCHEMA_URL, iris.FOAF_HOMEPAGE, iris.RDFS_SEE_ALSO)

SHOWN: Final = frozenset(
    [_DCTERMS + name for name in (*_DATES, "publisher", "rights", "license", "description", "format")]
    + [noso("readBy"), noso("readOn"), iris.TEXT_DIGEST, iris.TEXT_LENGTH, *_ADDRESSES]
)
"""Properties of a document that its citation shows."""


@dataclass(frozen=True)
class CitedDocument:
    """A document, and what the release says of it.

    Attributes:
        source: the document.
        publisher: who published it.
        date: when it was last changed, or issued, as the release has it; empty where that is not known.
        rights: what is known of its rights, or empty.
        licenses: the licences that it is under, as far as they are known.
        addresses: where it is read on the web, where that is known.
        extent: what was read, in the words of the curators, or empty.
        media_type: the media type of the text that was read, or empty.
        digest: SHA-256 of that text, or empty where the document was not read itself.
        length: its length in characters, or empty.
        read_by: who read it for the release.
        read_on: when.
    """

    source: Value
    publisher: tuple[Value, ...]
    date: str
    rights: str
    licenses: tuple[License, ...]
    addresses: tuple[Value, ...]
    extent: str
    media_type: str
    digest: str
    length: str
    read_by: tuple[Value, ...]
    read_on: str


@dataclass(frozen=True)
class Reference(CitedDocument):
    """A document with its number on the page.

    Attributes:
        number: its number, from 1.
        statements: how many statements of the page rest on it.
        cites: works that it gives as its own references for them.
    """

    number: int
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
        Reference(
            number=number,
            source=sources[iri],
            statements=len(resting[iri]),
            cites=tuple(sorted(cited[iri].values(), key=lambda work: work.text.casefold())),
            **_known(reader, iri),
        )
        for number, iri in enumerate(ordered, 1)
    )
    return References(entries, {entry.source.iri: entry.number for entry in entries})


def read_document(reader: Reader, source: Value) -> CitedDocument:
    """Return what a release says of a document."""
    return CitedDocument(source=source, **_known(reader, source.iri))


def day_of_document(triples: GraphReader, iri: str) -> str:
    """Return the date that a document has, or an empty text."""
    return next(filter(None, (triples.value(iri, _DCTERMS + name) for name in _DATES)), "")


def day_of_reading(triples: GraphReader, iri: str) -> str:
    """Return the day on which a document was read, or an empty text."""
    return triples.value(iri, noso("readOn")) or ""


def _known(reader: Reader, iri: str) -> dict[str, Any]:
    """Return the fields of a document but itself."""
    triples = reader.triples
    triples.statements(iri)
    return {
        "publisher": reader.values(triples.objects(iri, _DCTERMS + "publisher")),
        "date": day_of_document(triples, iri),
        "rights": triples.value(iri, _DCTERMS + "rights") or "",
        "licenses": license_names(
            license for license in triples.iris(iri, _DCTERMS + "license") if reader.addresses.page(license)
        ),
        "addresses": tuple(
            Value(value.text, "", "", value.text, "", True) for value in _literal_addresses(reader, iri)
        ),
        "extent": triples.value(iri, _DCTERMS + "description") or "",
        "media_type": triples.value(iri, _DCTERMS + "format") or "",
        "digest": triples.value(iri, iris.TEXT_DIGEST) or "",
        "length": triples.value(iri, iris.TEXT_LENGTH) or "",
        "read_by": reader.values(triples.objects(iri, noso("readBy"))),
        "read_on": day_of_reading(triples, iri),
    }


def _literal_addresses(reader: Reader, iri: str) -> Iterable[Value]:
    """Return the addresses on the web that a document has, be they IRIs or literals, those that are safe to link."""
    for predicate in _ADDRESSES:
        for term in reader.triples.objects(iri, predicate):
            text = getattr(term, "value", "")
            if text and (reader.addresses.page(text) or "").startswith(("http://", "https://")):
                yield Value(text)
