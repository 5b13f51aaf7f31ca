"""What a publisher says of itself in VoID, DCAT and SPARQL Service Description, read as one graph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from nosograph.doctor.exchange import is_address
from nosograph.rdf.names import STANDARD_PREFIXES

_P: Final = STANDARD_PREFIXES
RDF_TYPE: Final = _P["rdf"] + "type"
VOID: Final = _P["void"]
DCAT: Final = _P["dcat"]
DCTERMS: Final = _P["dcterms"]
SD: Final = _P["sd"]
SPDX: Final = _P["spdx"]
OWL: Final = _P["owl"]
PAV: Final = _P["pav"]

Node = NamedNode | BlankNode


@dataclass(frozen=True)
class DeclaredDump:
    """A file with the data, as a description declares it.

    Attributes:
        url: where it is.
        media_type: its media type; empty where that is not said.
        size: its size in bytes; None where that is not said.
        algorithm: name of the algorithm of its checksum, as in ``hashlib``; empty where there is none.
        checksum: its checksum, in hexadecimal digits.
    """

    url: str
    media_type: str = ""
    size: int | None = None
    algorithm: str = ""
    checksum: str = ""


class DescriptionGraph:
    """Triples of descriptions, and what can be known from them."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: dict[tuple[object, str], list[object]] = {}
        self._subjects: dict[str, list[Node]] = {}
        self._typed: dict[str, list[Node]] = {}
        for triple in dict.fromkeys(triples):
            subject, predicate = triple.subject, triple.predicate.value
            if not isinstance(subject, NamedNode | BlankNode):
                continue
            self._objects.setdefault((subject, predicate), []).append(triple.object)
            self._subjects.setdefault(predicate, []).append(subject)
            if predicate == RDF_TYPE and isinstance(triple.object, NamedNode):
                self._typed.setdefault(triple.object.value, []).append(subject)

    def of_type(self, *classes: str) -> list[Node]:
        """Return the resources of classes."""
        return [node for name in classes for node in self._typed.get(name, ())]

    def objects(self, subject: object, *predicates: str) -> list[object]:
        """Return the objects of a subject and of predicates."""
        return [found for predicate in predicates for found in self._objects.get((subject, predicate), ())]

    def texts(self, subject: object, *predicates: str) -> list[str]:
        """Return the objects of a subject and of predicates, as text."""
        return [
            str(found.value) for found in self.objects(subject, *predicates) if isinstance(found, NamedNode | Literal)
        ]

    def addresses(self, subject: object, *predicates: str) -> list[str]:
        """Return the objects of a subject and of predicates that are addresses, some of which are written as text."""
        return [text for text in self.texts(subject, *predicates) if is_address(text)]

    def anywhere(self, *predicates: str) -> Iterator[str]:
        """Return the addresses that are objects of predicates, whatever their subjects."""
        for predicate in predicates:
            for subject in self._subjects.get(predicate, ()):
                yield from self.addresses(subject, predicate)

    def subjects(self, predicate: str) -> list[Node]:
        """Return the subjects of a predicate."""
        return list(dict.fromkeys(self._subjects.get(predicate, ())))

    def object_nodes(self, predicate: str) -> list[NamedNode]:
        """Return the IRIs that are objects of a predicate."""
        found = (value for subject in self.subjects(predicate) for value in self.objects(subject, predicate))
        return [value for value in found if isinstance(value, NamedNode) and is_address(value.value)]

    def parents_of(self, predicate: str) -> list[str]:
        """Return the IRIs of subjects of a predicate that its object is below, as an endpoint is below a data set."""
        return [
            node.value
            for node in self.subjects(predicate)
            if isinstance(node, NamedNode)
            and is_address(node.value)
            and any(text.startswith(node.value) for text in self.texts(node, predicate))
        ]

    @property
    def datasets(self) -> list[Node]:
        """The data sets that are described as VoID or DCAT has them, without the partitions of others."""
        parts = {
            found
            for predicate in ("subset", "classPartition", "propertyPartition")
            for subject in self._subjects.get(VOID + predicate, ())
            for found in self.objects(subject, VOID + predicate)
        }
        named = self.of_type(VOID + "Dataset", DCAT + "Dataset", DCAT + "DatasetSeries")
        return [node for node in dict.fromkeys(named) if node not in parts]

    @property
    def main_dataset(self) -> Node | None:
        """The data set that has an endpoint and most triples; another one where none has an endpoint."""
        ranked = sorted(
            self.datasets,
            key=lambda node: (bool(self.texts(node, VOID + "sparqlEndpoint")), self.declared_triples(node) or -1),
        )
        return ranked[-1] if ranked else None

    def declared_triples(self, dataset: object) -> int | None:
        """Return how many triples a data set has, as it says."""
        return next(
            (number for text in self.texts(dataset, VOID + "triples") if (number := _number(text)) is not None), None
        )

    @property
    def uri_spaces(self) -> list[str]:
        """How the IRIs of the main data set begin."""
        return self.addresses(self.main_dataset, VOID + "uriSpace") if self.main_dataset else []

    @property
    def dumps(self) -> list[DeclaredDump]:
        """The files with the data: distributions of the data sets, and what ``void:dataDump`` names."""
        found: dict[str, DeclaredDump] = {}
        for dataset in self.datasets:
            for node in self.objects(dataset, DCAT + "distribution"):
                for url in self.addresses(node, DCAT + "downloadURL"):
                    found.setdefault(url, self._distribution(node, url))
        for url in self.anywhere(VOID + "dataDump"):
            found.setdefault(url, DeclaredDump(url))
        return list(found.values())

    def _distribution(self, node: object, url: str) -> DeclaredDump:
        media_type = next((_media_type(text) for text in self.texts(node, DCAT + "mediaType")), "")
        size = next((_number(text) for text in self.texts(node, DCAT + "byteSize")), None)
        for checksum in self.objects(node, SPDX + "checksum"):
            names = self.texts(checksum, SPDX + "algorithm")
            values = self.texts(checksum, SPDX + "checksumValue")
            if names and values and re.fullmatch(r"[0-9a-fA-F]{32,128}", values[0]):
                algorithm = names[0].rpartition("_")[2].lower()
                return DeclaredDump(url, media_type, size, algorithm, values[0].lower())
        return DeclaredDump(url, media_type, size)


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _media_type(text: str) -> str:
    """Return a media type that is written as itself or as an IRI of IANA's registry."""
    return text.partition("/media-types/")[2] or text
