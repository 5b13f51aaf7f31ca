"""Reads a vocabulary from the triples of its ontology: by the build from its files, by the server from the release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, parse

from nosograph.errors import Location, ReleaseError
from nosograph.rdf import iris
from nosograph.rdf.iris import noso
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.rdf.reachability import reachable
from nosograph.vocabulary.terms import (
    DrawingColumn,
    FactPredicate,
    Inheritance,
    PageSection,
    Qualifier,
    ResourceClass,
    Role,
    SiteTexts,
    SummaryLine,
    Vocabulary,
    capitalise,
)

_OWL: Final = STANDARD_PREFIXES["owl"]
_SKOS: Final = STANDARD_PREFIXES["skos"]
_SCHEMA: Final = STANDARD_PREFIXES["schema"]
_SH: Final = STANDARD_PREFIXES["sh"]
_VANN: Final = STANDARD_PREFIXES["vann"]

_Term = NamedNode | Literal
_Index = dict[str, dict[str, list[_Term]]]


def read_vocabulary(triples: Iterable[Triple | Quad]) -> Vocabulary:
    """Return the vocabulary that the triples of an ontology describe.

    What a term lacks is left empty; ``vocabulary.checking`` tells what a vocabulary must have.
    """
    return _Reading(triples).vocabulary()


def read_vocabulary_file(path: Path) -> Vocabulary:
    """Return the vocabulary of a Turtle file, such as the ``ontology.ttl`` of a release.

    Raises:
        ReleaseError: the file cannot be read.
    """
    return _read([path])


def read_vocabulary_folder(folder: Path) -> Vocabulary:
    """Return the vocabulary that the Turtle files of a folder describe together.

    Raises:
        ReleaseError: a file cannot be read.
    """
    return _read(sorted(folder.rglob("*.ttl")))


def _read(paths: Iterable[Path]) -> Vocabulary:
    triples: list[Quad] = []
    for path in paths:
        try:
            triples += parse(path=path, format=RdfFormat.TURTLE)
        except (OSError, SyntaxError, ValueError) as error:
            raise ReleaseError(
                f"The vocabulary cannot be read: {error}.",
                location=Location(str(path)),
                hint="Build the release again with `nosograph build`, or name another one.",
            ) from error
    return read_vocabulary(triples)


class _Reading:
    """The triples of an ontology by subject and predicate."""

    def __init__(self, triples: Iterable[Triple | Quad]) -> None:
        self._index: _Index = {}
        for triple in triples:
            subject, obj = triple.subject, triple.object
            if isinstance(subject, NamedNode) and isinstance(obj, (NamedNode, Literal)):
                self._index.setdefault(subject.value, {}).setdefault(triple.predicate.value, []).append(obj)
        self._inverses = {
            inverse: iri for iri in sorted(self._index, reverse=True) for inverse in self._iris(iri, _OWL + "inverseOf")
        }

    def vocabulary(self) -> Vocabulary:
        namespaces = self._namespaces()
        starts = tuple(namespaces.values())
        classes = [self._class(iri) for iri in sorted(self._index) if self._text(iri, noso("pathSegment"))]
        qualifiers = [self._qualifier(iri) for iri in self._of_type(noso("Qualifier"))]
        sections = [
            PageSection(iri, self._text(iri, noso("anchor")), self._label(iri), self._number(iri, _SH + "order"))
            for iri in self._of_type(_SH + "PropertyGroup")
        ]
        columns = [
            DrawingColumn(iri, self._heading(iri), self._number(iri, _SH + "order"))
            for iri in self._of_type(noso("DrawingColumn"))
        ]
        summary = [
            SummaryLine(
                iri,
                self._heading(iri),
                self._text(iri, noso("question")),
                self._number(iri, _SH + "order"),
                frozenset(self._iris(iri, noso("role"))),
            )
            for iri in self._of_type(noso("SummaryLine"))
        ]
        ontology = self._ontology()
        return Vocabulary(
            ontology=ontology,
            namespaces=namespaces,
            classes=tuple(sorted(classes, key=lambda entry: (entry.order, entry.kind))),
            predicates={iri: self._predicate(iri, starts) for iri in self._of_type(iris.FACT_PREDICATE)},
            qualifiers=tuple(sorted(qualifiers, key=lambda entry: (entry.order, entry.iri))),
            sections=tuple(sorted(sections, key=lambda entry: (entry.order, entry.iri))),
            columns=tuple(sorted(columns, key=lambda entry: (entry.order, entry.iri))),
            role_names={role.value: self._names(role.value) for role in Role},
            summary=tuple(sorted(summary, key=lambda entry: (entry.order, entry.iri))),
            disputes=self._disputes(),
            concepts=frozenset(iri for iri in self._of_type(iris.SKOS_CONCEPT) if iri.startswith(starts)),
            extents={iri: extent for iri in self._of_type(iris.SKOS_CONCEPT) if (extent := self._extent(iri))},
            shares={
                iri: self._label(iri)
                for iri in self._with(noso("role"), Role.FREQUENCY)
                if not self._is(iri, noso("Qualifier"))
            },
            import_keys={
                word.value: iri
                for iri in sorted(self._index)
                for word in self._values(iri, noso("importKey"))
                if isinstance(word, Literal)
            },
            texts=SiteTexts(
                subject=self._text(ontology, noso("subjectMatter")),
                search_hint=self._text(ontology, noso("searchHint")) or SiteTexts.search_hint,
                disclaimer=self._text(ontology, noso("siteDisclaimer")),
                full_disclaimer=self._text(ontology, noso("fullDisclaimer")),
            ),
        )

    def _namespaces(self) -> Mapping[str, str]:
        """Return the namespaces that ontologies declare (VANN), and that of the evidence model."""
        found = {"noso": str(NOSO)}
        for iri in self._of_type(_OWL + "Ontology"):
            prefix = self._text(iri, _VANN + "preferredNamespacePrefix")
            start = self._text(iri, _VANN + "preferredNamespaceUri")
            if prefix and start:
                found[prefix] = start
        return dict(sorted(found.items()))

    def _ontology(self) -> str:
        own = noso("")[:-1]
        others = [
            iri
            for iri in self._of_type(_OWL + "Ontology")
            if iri != own and self._text(iri, _VANN + "preferredNamespaceUri")
        ]
        return others[0] if others else own

    def _class(self, iri: str) -> ResourceClass:
        label = self._label(iri)
        return ResourceClass(
            iri=iri,
            kind=self._text(iri, noso("pathSegment")),
            label=label,
            plural=self._text(iri, noso("pluralLabel")) or label,
            description=self._text(iri, noso("listDescription")),
            order=self._number(iri, _SH + "order"),
            focus=self._text(iri, noso("focus")) == "true",
            offered=self._text(iri, noso("offeredByName")) == "true",
            column=self._iri(iri, noso("column")),
            schema_type=self._iri(iri, noso("schemaType")),
            schema_page_type=self._iri(iri, noso("schemaPageType")),
            schema_code_type=self._iri(iri, noso("schemaCodeType")),
        )

    def _predicate(self, iri: str, namespaces: tuple[str, ...]) -> FactPredicate:
        label = self._label(iri)
        heading = self._text(iri, noso("heading")) or capitalise(label)
        phrase = self._text(iri, noso("phrase")) or label
        section = self._iri(iri, _SH + "group")
        order = self._number(iri, _SH + "order")
        inheritance = self._iri(iri, noso("inheritance"))
        wider = self._wider(iri, namespaces)
        return FactPredicate(
            iri=iri,
            label=label,
            phrase=phrase,
            list_phrase=self._text(iri, noso("listPhrase")) or phrase,
            section=section,
            order=order,
            heading=heading,
            context_section=self._iri(iri, noso("contextGroup")) or section,
            context_order=self._number(iri, noso("contextOrder")) or order,
            context_heading=self._text(iri, noso("contextHeading")) or heading,
            inverse_heading=self._text(iri, noso("inverseHeading")) or capitalise(label),
            roles=frozenset(self._iris(iri, noso("role"))),
            column=self._iri(iri, noso("column")),
            grouped_by=self._iri(iri, noso("groupedBy")),
            inheritance=Inheritance(inheritance) if inheritance in tuple(Inheritance) else Inheritance.PLAIN,
            restricted_by=frozenset(self._iris(iri, noso("restrictedBy"))),
            schema_property=self._iri(iri, noso("schemaProperty")),
            schema_type=self._iri(iri, noso("schemaType")),
            wider=wider,
            inverse=self._inverses.get(iri) or self._iri(iri, _OWL + "inverseOf"),
            closures=frozenset(term for term in wider if self._is(term, _OWL + "TransitiveProperty")),
        )

    def _wider(self, iri: str, namespaces: tuple[str, ...]) -> frozenset[str]:
        """Return a predicate and its super-properties within the vocabularies."""

        def steps(term: str) -> list[str]:
            return [wider for wider in self._iris(term, iris.RDFS_SUBPROPERTY) if wider.startswith(namespaces)]

        return frozenset(reachable([iri], steps))

    def _disputes(self) -> Mapping[str, str]:
        """Return the properties below that of facts which disagree, with their labels."""
        below = [iri for iri in sorted(self._index) if noso("disagreesWith") in self._wider(iri, ("http",))]
        return {iri: self._label(iri) for iri in below if iri != noso("disagreesWith")}

    def _qualifier(self, iri: str) -> Qualifier:
        return Qualifier(
            iri=iri,
            label=self._label(iri),
            order=self._number(iri, _SH + "order"),
            roles=frozenset(self._iris(iri, noso("role"))),
            absent_heading=self._text(iri, noso("absentHeading")),
        )

    def _extent(self, iri: str) -> tuple[float, float] | None:
        """Return the least and the greatest share of cases that a value stands for, where it says both."""
        bounds = [self._text(iri, _SCHEMA + name) for name in ("minValue", "maxValue")]
        try:
            least, greatest = map(float, bounds)
        except ValueError:
            return None
        return (least, greatest) if 0 <= least <= greatest <= 1 else None

    def _with(self, predicate: str, value: str) -> list[str]:
        return [iri for iri in sorted(self._index) if value in self._iris(iri, predicate)]

    def _of_type(self, class_: str) -> list[str]:
        return [iri for iri in sorted(self._index) if self._is(iri, class_)]

    def _is(self, iri: str, class_: str) -> bool:
        return NamedNode(class_) in self._index.get(iri, {}).get(iris.RDF_TYPE, [])

    def _values(self, iri: str, predicate: str) -> list[_Term]:
        return self._index.get(iri, {}).get(predicate, [])

    def _iris(self, iri: str, predicate: str) -> list[str]:
        return sorted(term.value for term in self._values(iri, predicate) if isinstance(term, NamedNode))

    def _iri(self, iri: str, predicate: str) -> str:
        return next(iter(self._iris(iri, predicate)), "")

    def _text(self, iri: str, predicate: str) -> str:
        """Return a literal: one in English or in no language before others, the first in the alphabet of several."""
        found = [term for term in self._values(iri, predicate) if isinstance(term, Literal)]
        return min(found, key=lambda term: (term.language not in (None, "en"), term.value)).value if found else ""

    def _names(self, iri: str) -> tuple[str, ...]:
        """Return every label of a concept, the preferred ones first."""
        labels = (_SKOS + "prefLabel", _SKOS + "altLabel", _SKOS + "hiddenLabel")
        found = [
            sorted(term.value for term in self._values(iri, label) if isinstance(term, Literal)) for label in labels
        ]
        return tuple(dict.fromkeys(name for names in found for name in names))

    def _heading(self, iri: str) -> str:
        return self._text(iri, noso("heading")) or self._label(iri)

    def _label(self, iri: str) -> str:
        return self._text(iri, iris.RDFS_LABEL)

    def _number(self, iri: str, predicate: str) -> int:
        text = self._text(iri, predicate)
        return int(text) if text.isascii() and text.isdigit() else 0
