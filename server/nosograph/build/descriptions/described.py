"""What the descriptions of a release have in common: what they are about, their names, and their triples.

Everything described has an IRI: the parts of a release are fragments of the release's own address.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from nosograph.build.statistics import Statistics
from nosograph.rdf.curies import expand, parse_iri
from nosograph.rdf.names import IMPORT_PREFIX, Base
from nosograph.release.manifest import GraphTerms, Profile, ReleaseFile, licenses_of_graphs
from nosograph.release.names import COMPRESSIONS, CURATED_DUMPS, DUMPS, Dump
from nosograph.sparql.questions import Question
from nosograph.vocabulary.terms import Vocabulary

MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class DescribedRelease:
    """What the descriptions are about.

    Attributes:
        base: the base of all data IRIs.
        vocabulary: the vocabulary of the data.
        version: the version of the release.
        date: its date.
        profile: what its publisher says of the data set.
        terms: what is said of each graph by name.
        statistics: figures of the union of its graphs, without the metadata graph: that graph holds these very
            figures, so it cannot be counted in them.
        graphs: figures of each graph by name, without the metadata graph.
        examples: IRIs of a few resources to try first.
        questions: the published queries.
        content_hash: the digest that the version is made from.
        files: sizes and digests by file name; empty while the dumps, which cannot hold their own, are not written.
    """

    base: Base
    vocabulary: Vocabulary
    version: str
    date: date
    profile: Profile
    terms: Mapping[str, GraphTerms]
    statistics: Statistics
    graphs: Mapping[str, Statistics]
    examples: tuple[str, ...]
    questions: tuple[Question, ...]
    content_hash: str = ""
    files: Mapping[str, ReleaseFile] = field(default_factory=dict)

    @property
    def dataset(self) -> NamedNode:
        """The data set whatever its version: HCLS summary level, DCAT series."""
        return NamedNode(self.base.iri)

    def licenses(self, graphs: Iterable[str] | None = None) -> tuple[NamedNode, ...]:
        """Return the licences of what some named graphs say, or all; a graph without its own has the data set's."""
        return tuple(map(NamedNode, licenses_of_graphs(self.profile, self.terms, graphs)))

    @property
    def release(self) -> NamedNode:
        """This version of the data set."""
        return NamedNode(self.base.resource("release", self.version))

    @property
    def catalog(self) -> NamedNode:
        """The catalogue that lists the data set and the endpoint."""
        return NamedNode(f"{self.base.iri}catalog")

    @property
    def publisher(self) -> NamedNode:
        """Who publishes the data."""
        return NamedNode(f"{self.base.iri}about#publisher")

    @property
    def endpoint(self) -> NamedNode:
        """The address that takes queries."""
        return NamedNode(f"{self.base.iri}sparql")

    @property
    def service(self) -> NamedNode:
        """The query service behind the endpoint."""
        return NamedNode(f"{self.base.iri}sparql#service")

    def part(self, kind: str, name: str = "") -> NamedNode:
        """Return the IRI of a part of the release, for example ``part("graph", "facts")``."""
        return NamedNode(f"{self.release.value}#{kind}" + (f"-{_UNSAFE.sub('-', name)}" if name else ""))

    def partition(self, kind: str, iri: str) -> NamedNode:
        """Return the IRI of a class or property partition, named after the prefix and local name where there is one."""
        found = parse_iri(iri, self.base)
        if found is not None and "/" not in found.identifier:
            return self.part(kind, f"{found.prefix}-{found.identifier}")
        return self.part(kind, hashlib.sha256(iri.encode()).hexdigest()[:16])

    def property_partition(self, class_iri: str, property_iri: str) -> NamedNode:
        """Return the IRI of the partition by a property within the partition of a class."""
        of_property = self.partition("property", property_iri).value.rpartition("#")[2]
        return NamedNode(f"{self.partition('class', class_iri).value}-{of_property}")

    def download(self, name: str) -> NamedNode:
        """Return the address of a file of this release."""
        return NamedNode(f"{self.base.iri}dumps/{self.version}/{name}")

    def distributions(self) -> Iterator[tuple[NamedNode, str, str, str | None, str]]:
        """Return each dump: its IRI, file name, media type, compression's extension or None, and what it is called."""
        yield from self._distributions(DUMPS)

    def curated_distributions(self) -> Iterator[tuple[NamedNode, str, str, str | None, str]]:
        """Return each dump of the curated graphs alone, as ``distributions`` does; none where nothing was imported."""
        if any(name.startswith(IMPORT_PREFIX) for name in self.terms):
            yield from self._distributions(CURATED_DUMPS)

    def _distributions(self, dumps: Iterable[Dump]) -> Iterator[tuple[NamedNode, str, str, str | None, str]]:
        for dump in dumps:
            for compression in (None, *COMPRESSIONS):
                part = self.part("dump", ".".join(filter(None, (dump.extension, compression))))
                yield part, dump.name(compression), dump.format.media_type, compression, dump.label


class Description:
    """Triples about a release, each once however often it is added."""

    def __init__(self) -> None:
        self.lines: set[bytes] = set()

    def say(self, subject: NamedNode, predicate: str, *objects: NamedNode | Literal) -> None:
        """Add a triple for each object; ``predicate`` is a CURIE."""
        self.say_iri(subject, named(predicate).value, *objects)

    def say_iri(self, subject: NamedNode, predicate: str, *objects: NamedNode | Literal) -> None:
        """Add a triple for each object; ``predicate`` is an IRI, for what no prefix of the project abbreviates."""
        for value in objects:
            self.lines.add(f"{Triple(subject, NamedNode(predicate), value)} .\n".encode())

    def type(self, subject: NamedNode, *classes: str) -> None:
        """Add the types of a resource, by the CURIEs of its classes."""
        self.say(subject, "rdf:type", *map(named, classes))

    def sorted_lines(self) -> list[bytes]:
        """Return the triples as sorted lines of canonical N-Triples."""
        return sorted(self.lines)


def named(curie: str) -> NamedNode:
    """Return the IRI of a CURIE with one of the standard prefixes."""
    iri = expand(curie)
    assert iri is not None
    return NamedNode(iri)


def english(text: str) -> Literal:
    """Return an English text."""
    return Literal(text, language="en")


def plain(text: str) -> Literal:
    """Return a text that is in no language."""
    return Literal(text)


def number(value: int) -> Literal:
    """Return a whole number."""
    return typed(str(value), "xsd:integer")


def day(value: date) -> Literal:
    """Return a date."""
    return typed(value.isoformat(), "xsd:date")


def typed(text: str, datatype: str) -> Literal:
    """Return a literal with the datatype of a CURIE."""
    return Literal(text, datatype=named(datatype))
