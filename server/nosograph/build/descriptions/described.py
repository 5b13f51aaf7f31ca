"""What the descriptions of a release have in common: what they are about, their names, and their triples.

Everything described has an IRI: the parts of a release are fragments of the release's own address.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from typing import Final

from pyoxigraph import Literal, NamedNode, Triple

from nosograph.build.dumps.annotation_rows import has_annotations
from nosograph.build.dumps.mapping_sets import MappingSet
from nosograph.build.statistics import Figures, Statistics
from nosograph.rdf.curies import expand, parse_iri
from nosograph.rdf.formats import N_TRIPLES, TSV, TURTLE, Format
from nosograph.rdf.names import CURATED_GRAPHS, IMPORT_PREFIX, Base
from nosograph.release.manifest import GraphTerms, Profile, ReleaseFile, licenses_of_graphs
from nosograph.release.names import (
    ANNOTATIONS,
    COMPRESSIONS,
    CURATED_DUMPS,
    CURATED_EXCHANGE_DUMPS,
    DUMPS,
    EXCHANGE_DUMPS,
    GRAPHS_GROUP,
    SSSOM_EXTENSION,
    TABLES,
    Dump,
    ExchangeDump,
    graph_file,
    mapping_set_file,
)
from nosograph.sparql.questions import Question
from nosograph.vocabulary.terms import Vocabulary

MEDIA_TYPES: Final = "https://www.iana.org/assignments/media-types/"

_CURATED: Final = "The curated statements of the release, with vocabulary and shapes, in one file"
_TABLES_HOLD: Final = {
    "facts": "Every fact with each piece of its evidence as a row, denied and doubted ones with their status",
    "quads": "Every statement of the release as a row with the named graph that it is in",
}

_GRAPH_TITLES: Final = {
    "conditions": "Resources and what is said of them, as direct triples",
    "facts": "Facts with their evidence",
    "sources": "Source documents, references and passages",
    "mappings": "Links to the codes of other systems",
    "ontology": "The vocabulary",
    "shapes": "The rules that the data keep",
    "entailed": "The same in the terms of other vocabularies, for clients without reasoning",
    "metadata": "The description of the data set itself",
}

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
        statistics: what its graphs hold, without the metadata graph: that graph holds these very figures, so it
            cannot be counted in them.
        own: triples of the metadata graph, whose number does not depend on what they say.
        examples: IRIs of a few resources to try first.
        questions: the published queries.
        content_hash: the digest that the version is made from.
        plain: whether every dump is there plain as well, and not compressed alone.
        groups: names of what is there beside the dumps that every release has (``release.names.DUMP_GROUPS``).
        mapping_sets: the mapping sets of the data.
        resources: local name of a named graph, or an empty name for the data set → its CURIE in the registry of
            information resources (``infores:…``), as far as the data set says it.
        files: sizes and digests by file name; empty while the dumps, which cannot hold their own, are not written.
    """

    base: Base
    vocabulary: Vocabulary
    version: str
    date: date
    profile: Profile
    terms: Mapping[str, GraphTerms]
    statistics: Statistics
    examples: tuple[str, ...]
    questions: tuple[Question, ...]
    own: int = 0
    content_hash: str = ""
    plain: bool = True
    groups: frozenset[str] = frozenset()
    mapping_sets: tuple[MappingSet, ...] = ()
    resources: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, ReleaseFile] = field(default_factory=dict)

    @cached_property
    def graphs(self) -> Mapping[str, Figures]:
        """Figures of each graph by name, without the metadata graph."""
        start = self.base.graph("")
        return {iri.removeprefix(start): figures for iri, figures in self.statistics.graphs.items()}

    @property
    def triples(self) -> int:
        """The distinct triples of all graphs, which is what a query finds that names no graph, and a dump holds."""
        return self.statistics.whole.triples + self.own

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

    def object_partition(self, class_iri: str, property_iri: str, kind: str, iri: str) -> NamedNode:
        """Return the IRI of the part of a property partition whose objects are of a class or of a datatype."""
        of_objects = self.partition(kind, iri).value.rpartition("#")[2]
        return NamedNode(f"{self.property_partition(class_iri, property_iri).value}-{of_objects}")

    def download(self, name: str) -> NamedNode:
        """Return the address of a file of this release."""
        return NamedNode(f"{self.base.iri}dumps/{self.version}/{name}")

    @property
    def has_imports(self) -> bool:
        """Whether imported data sets are beside what was curated."""
        return any(name.startswith(IMPORT_PREFIX) for name in self.terms)

    def dumps(self) -> Iterator[Distribution]:
        """Return each dump of the whole in each of its forms."""
        yield from self._dumps(DUMPS, "Every statement of the release in one file", None)

    def curated_dumps(self) -> Iterator[Distribution]:
        """Return each dump of the curated graphs alone in each of its forms; none where nothing was imported."""
        if self.has_imports:
            yield from self._dumps(CURATED_DUMPS, _CURATED, tuple(CURATED_GRAPHS))

    def _dumps(self, dumps: Iterable[Dump], what: str, graphs: tuple[str, ...] | None) -> Iterator[Distribution]:
        for dump in dumps:
            for compression in dump.forms(plain=self.plain):
                part = self.part("dump", ".".join(filter(None, (dump.extension, compression))))
                said = f"{what}, {dump.label}"
                yield Distribution(part, dump.name(compression), dump.format, compression, dump.label, said, graphs)

    def tables(self) -> Iterator[Distribution]:
        """Return each table in each of its forms."""
        for table in TABLES:
            for compression in table.forms(plain=self.plain):
                part = self.part("table", ".".join(filter(None, (table.extension, compression))))
                yield Distribution(
                    part, table.name(compression), table.format, compression, table.label, _TABLES_HOLD[table.table]
                )

    def information_resource(self, graph: str = "") -> str:
        """Return the information resource that the statements of a graph come from, or that the data set is.

        One that was not said is made of a name; it is not in the registry.
        """
        imported = graph.startswith(IMPORT_PREFIX)
        name = graph.removeprefix(IMPORT_PREFIX) if imported else self.profile.name
        made = f"infores:{_UNSAFE.sub('-', name).strip('-').lower()}"
        return self.resources.get(graph if imported else "", made)

    def graph_title(self, name: str) -> str:
        """Return the title of a named graph."""
        said = self.terms.get(name, GraphTerms()).title
        return said or _GRAPH_TITLES.get(name, f"Imported data: {name}")

    def exchange_dumps(self) -> tuple[ExchangeDump, ...]:
        """Return the dumps in models of others that the release has; of the curated graphs alone it has them all."""
        curated = CURATED_EXCHANGE_DUMPS if self.has_imports else ()
        dumps = (*(dump for dump in EXCHANGE_DUMPS if dump.group in self.groups), *curated)
        return tuple(dump for dump in dumps if dump.group != ANNOTATIONS.group or has_annotations(self.vocabulary))

    def exchanged(self) -> Iterator[Distribution]:
        """Return each dump in a model of others in each of its forms."""
        for dump in self.exchange_dumps():
            graphs = tuple(CURATED_GRAPHS) if dump.curated else None
            said = f"{dump.about}, without imported data sets" if dump.curated else dump.about
            for compression in dump.forms(plain=self.plain):
                part = self.part("dump", ".".join(filter(None, (dump.extension, compression))))
                yield Distribution(part, dump.name(compression), dump.format, compression, dump.label, said, graphs)

    def graph_dumps(self) -> Iterator[Distribution]:
        """Return the file of each named graph in each of its forms; none where the release has no such files."""
        for name in sorted(self.terms) if GRAPHS_GROUP in self.groups else ():
            for compression in (None, *COMPRESSIONS) if self.plain else COMPRESSIONS:
                file = graph_file(name, compression)
                label = f"{N_TRIPLES.label} of one named graph: {self.graph_title(name)}"
                said = f"One named graph: {self.graph_title(name)}"
                yield Distribution(self.part("dump", file), file, N_TRIPLES, compression, label, said, (name,))

    def mapping_set_files(self, entry: MappingSet) -> Iterator[Distribution]:
        """Return the files of a mapping set."""
        for extension, format in ((SSSOM_EXTENSION, TSV), (TURTLE.name, TURTLE)):
            file = mapping_set_file(entry.name, extension)
            label = f"SSSOM in {format.label}: {entry.title}"
            said = f"The mapping set {entry.name} with the justification of each mapping, {format.label}"
            yield Distribution(self.part("dump", file), file, format, None, label, said, (entry.graph,))

    def checksum(self, distribution: Distribution) -> NamedNode:
        """Return the IRI of the checksum of a distribution."""
        return self.part("checksum", re.sub(r"\A.*#(?:dump|table)-", "", distribution.part.value))


@dataclass(frozen=True)
class Distribution:
    """A file of a release that holds all of it, or its curated graphs, in one form.

    Attributes:
        part: its IRI.
        name: its file name.
        format: its format.
        compression: extension of its compression, or None.
        label: what it is called.
        description: what it holds.
        graphs: local names of the named graphs that it holds, where these are not all.
    """

    part: NamedNode
    name: str
    format: Format
    compression: str | None
    label: str
    description: str
    graphs: tuple[str, ...] | None = None


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


@cache
def named(curie: str) -> NamedNode:
    """Return the IRI of a CURIE with one of the standard prefixes; a few hundred are asked for very often."""
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
