"""How a release stands in a SPARQL service: its named graphs, their union, and the statement that names the release.

Engines differ in what the default graph is, and in whether a triple of two graphs counts twice where they merge them.
So the service also holds the union of the graphs, as a graph of its own, and every query names its dataset: that graph
as its default graph, those of the release as its named graphs. What else the service holds cannot be seen. Where no
two graphs share a triple, the union may be left out, and queries have all graphs merged.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nosograph.errors import ReleaseError
from nosograph.rdf.lines import triple_part
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.release.opening import Release

PART: Final = 20_000
"""Triples that are sent at once."""

PLACEHOLDER: Final = "{version}"
"""What stands for the version of the release in the address of a service, so that each has a store of its own."""

_IDENTIFIER: Final = STANDARD_PREFIXES["dcterms"] + "identifier"
_GENERATED_BY: Final = STANDARD_PREFIXES["prov"] + "wasGeneratedBy"
_TRIPLES: Final = "http://rdfs.org/ns/void#triples"
_DEFAULT_GRAPHS: Final = STANDARD_PREFIXES["dcterms"] + "requires"
_METHOD: Final = STANDARD_PREFIXES["dcterms"] + "accrualMethod"


@dataclass(frozen=True)
class ServiceCopy:
    """The copy of a release in a service.

    Attributes:
        version: version of the release.
        release: IRI of the release.
        graphs: IRI of each of its named graphs → its triples.
        triples: distinct triples of their union.
        union: IRI of the graph that holds the union; empty where there is none.
        statement: IRI of the graph that holds the statement which names the release.
        part: triples that are sent at once.
    """

    version: str
    release: str
    graphs: Mapping[str, int]
    triples: int
    union: str
    statement: str
    part: int = PART

    @property
    def default_graphs(self) -> tuple[str, ...]:
        """The graphs that queries have as their default graph."""
        return (self.union,) if self.union else tuple(self.graphs)

    @property
    def stored(self) -> Mapping[str, int]:
        """IRI of each graph that the service holds → its triples."""
        return {**self.graphs, self.union: self.triples} if self.union else self.graphs

    @property
    def identity_query(self) -> str:
        """The query for the version that the service holds, the loading that it is of, and its default graphs."""
        return (
            f"SELECT ?version ?load ?default WHERE {{ GRAPH <{self.statement}> {{ ?release <{_IDENTIFIER}> ?version ; "
            f"<{_GENERATED_BY}> ?load ; <{_DEFAULT_GRAPHS}> ?default }} }}"
        )

    @property
    def progress_query(self) -> str:
        """The query for how the service is being filled, where it is."""
        return f"SELECT ?method WHERE {{ GRAPH <{self.statement}> {{ <{self.release}> <{_METHOD}> ?method }} }}"

    @property
    def progress(self) -> str:
        """How the service is being filled with this release."""
        return f"In parts of {self.part} triples{'' if self.union else ', without their union'}."

    def progress_triples(self) -> bytes:
        """Return the statement that the service is being filled, as N-Triples."""
        return f'<{self.release}> <{_METHOD}> "{self.progress}" .\n'.encode()

    def statement_triples(self) -> bytes:
        """Return the statement that the service holds the release, as N-Triples; it differs each time."""
        return "".join(
            f"<{self.release}> <{predicate}> {value} .\n"
            for predicate, value in (
                (_IDENTIFIER, f'"{self.version}"'),
                (_TRIPLES, f'"{self.triples}"^^<{STANDARD_PREFIXES["xsd"]}integer>'),
                (_GENERATED_BY, f"<{uuid.uuid4().urn}>"),
                *((_DEFAULT_GRAPHS, f"<{graph}>") for graph in self.default_graphs),
            )
        ).encode()

    def quad_lines(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Return everything that the service holds, for loaders that take a file, from the lines of the release."""
        tail = f" <{self.union}> .\n".encode()
        previous = b""
        for line in lines:
            yield line
            if self.union and (triple := triple_part(line)) != previous:
                previous = triple
                yield triple + tail
        for line in self.statement_triples().splitlines():
            yield line[:-1] + f"<{self.statement}> .\n".encode()


def service_copy(release: Release, *, with_union: bool = True, part: int = PART) -> ServiceCopy:
    """Return how a release stands in a service.

    Args:
        release: the release.
        with_union: whether the service holds the union of the graphs.
        part: triples that are sent at once.

    Raises:
        ReleaseError: the union is to be left out, and some graphs share triples.
    """
    counts = release.manifest.counts
    if not with_union and counts.overlaps:
        first, second = counts.overlaps[0]
        raise ReleaseError(
            f"The graphs {first} and {second} share triples, which would count twice without the union of the graphs.",
            hint="Load it with the union.",
        )
    graph = release.base.graph
    return ServiceCopy(
        version=release.version,
        release=f"{release.base.iri}release/{release.version}",
        graphs={str(graph(name)): number for name, number in sorted(counts.graphs.items())},
        triples=counts.triples,
        union=str(graph("union")) if with_union else "",
        statement=str(graph("loaded")),
        part=part,
    )


def address_of_release(address: str, version: str) -> str:
    """Return the address of the service that holds a version, where the placeholder stands for it."""
    return address.replace(PLACEHOLDER, version)
