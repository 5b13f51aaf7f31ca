"""What the descriptions of a release have in common: what they are about, their names, and the triples they say.

Everything described has an IRI: things of one release are fragments of the release's own address.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple
from rdflib import Graph, URIRef

from nosograph.build.statistics import Statistics
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import COMPRESSIONS, DUMP_FORMATS, dump_name
from nosograph.sparql.questions import Question
from nosograph.vocabulary.terms import Vocabulary

MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True)
class Profile:
    """What people say of the data set as a whole; the defaults stand in where the data say nothing."""

    title: str = "Nosograph"
    description: str = "Statements about medical conditions, each with the evidence behind it."
    creator: str = "Nosograph contributors"
    license: str = "https://creativecommons.org/licenses/by/4.0/"
    keywords: tuple[str, ...] = ("rare diseases", "evidence", "knowledge graph")


def read_profile(dataset: Graph, base: Base) -> Profile:
    """Return what a graph says about the base IRI, which stands for the data set."""
    subject, terms, default = URIRef(base.iri), STANDARD_PREFIXES, Profile()

    def said(local: str, otherwise: str) -> str:
        value = min(map(str, dataset.objects(subject, URIRef(terms["dcterms"] + local))), default=None)
        return otherwise if value is None else value

    keywords = sorted(str(value) for value in dataset.objects(subject, URIRef(f"{terms['schema']}keywords")))
    return Profile(
        title=said("title", default.title),
        description=said("description", default.description),
        creator=said("creator", default.creator),
        license=said("license", default.license),
        keywords=tuple(keywords) or default.keywords,
    )


@dataclass(frozen=True)
class DescribedRelease:
    """What the descriptions are about.

    Attributes:
        base: the base of all data IRIs.
        vocabulary: the vocabulary of the data.
        version: the version of the release.
        date: its date.
        profile: what people say of the data set.
        statistics: figures of the union of its graphs, without the metadata graph: that graph holds these very
            figures, so it cannot be counted in them.
        graphs: figures of each graph by name, without the metadata graph.
        examples: IRIs of a few things to try first.
        questions: the published queries.
        content_hash: the digest that the version is made from.
        files: sizes and digests by file name; empty while the dumps, which cannot hold their own, are not written.
    """

    base: Base
    vocabulary: Vocabulary
    version: str
    date: date
    profile: Profile
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

    @property
    def license(self) -> NamedNode:
        """The licence of the data."""
        return NamedNode(self.profile.license)

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
        for prefix, start in self.base.prefixes().items():
            if iri.startswith(start) and iri != start and "/" not in iri[len(start) :]:
                return self.part(kind, f"{prefix}-{iri[len(start) :]}")
        return self.part(kind, hashlib.sha256(iri.encode()).hexdigest()[:16])

    def download(self, name: str) -> NamedNode:
        """Return the address of a file of this release."""
        return NamedNode(f"{self.base.iri}dumps/{self.version}/{name}")

    def distributions(self) -> Iterator[tuple[NamedNode, str, str, str | None, str]]:
        """Return each dump: its IRI, file name, media type, compression's extension or None, and the format's label."""
        for form in DUMP_FORMATS:
            for compression in (None, *COMPRESSIONS):
                name = dump_name(form.name, compression)
                part = self.part("dump", name.removeprefix(f"{name.split('.')[0]}."))
                yield part, name, form.media_type, compression, form.label


class Description:
    """Triples that are being said about a release; saying one twice says it once."""

    def __init__(self) -> None:
        self.lines: set[bytes] = set()

    def say(self, subject: NamedNode, predicate: str, *objects: NamedNode | Literal) -> None:
        """Say a triple for each object; ``predicate`` is a CURIE."""
        self.say_iri(subject, named(predicate).value, *objects)

    def say_iri(self, subject: NamedNode, predicate: str, *objects: NamedNode | Literal) -> None:
        """Say a triple for each object; ``predicate`` is an IRI, for what no prefix of the project abbreviates."""
        for value in objects:
            self.lines.add(f"{Triple(subject, NamedNode(predicate), value)} .\n".encode())

    def type(self, subject: NamedNode, *classes: str) -> None:
        """Say what something is, by the CURIEs of its classes."""
        self.say(subject, "rdf:type", *map(named, classes))

    def sorted_lines(self) -> list[bytes]:
        """Return the triples as sorted lines of canonical N-Triples."""
        return sorted(self.lines)


def named(curie: str) -> NamedNode:
    """Return the IRI of a CURIE with one of the standard prefixes."""
    prefix, _, local = curie.partition(":")
    return NamedNode(STANDARD_PREFIXES[prefix] + local)


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
