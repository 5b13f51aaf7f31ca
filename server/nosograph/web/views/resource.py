"""The part of a page that resources of every class share: names, definition, formats, codes elsewhere, what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import NamedNode

from nosograph.rdf import iris
from nosograph.rdf.formats import DOCUMENT_FORMATS, HTML
from nosograph.rdf.names import ENTAILED, STANDARD_PREFIXES
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.wording import spell_code

EXACT_MATCH: Final = STANDARD_PREFIXES["skos"] + "exactMatch"
_SHOWN_ELSEWHERE: Final = {
    iris.RDF_TYPE,
    iris.SKOS_PREF_LABEL,
    iris.SKOS_ALT_LABEL,
    iris.SKOS_DEFINITION,
    iris.RDFS_LABEL,
    iris.INHERITS,
    iris.OWL_DEPRECATED,
    iris.DCTERMS_IS_REPLACED_BY,
} | {predicate for predicate, _ in iris.SKOS_MATCHES}


@dataclass(frozen=True)
class Alternate:
    """The same content in another format."""

    href: str
    media_type: str
    label: str


@dataclass(frozen=True)
class Code:
    """A code in another system, and how it relates to the resource.

    Attributes:
        target: the code's IRI, with its CURIE as text.
        match: the kind of match in words.
        match_iri: the mapping predicate.
        mapping: the mapping itself, which says who made it and why, or None.
        name: what the other system calls it, or empty.
        spelled: the code as people write it.
    """

    target: Value
    match: str
    match_iri: str
    mapping: Value | None
    name: str = ""
    spelled: str = ""

    @property
    def exact(self) -> bool:
        """Whether it stands for the same thing."""
        return self.match_iri == EXACT_MATCH


@dataclass(frozen=True)
class Resource:
    """What a page says at its head and foot.

    Attributes:
        iri: permanent IRI.
        kind: path segment of its class, as in its IRI.
        kind_name: the kind in words.
        label: preferred label.
        synonyms: other names.
        definitions: definitions, as a rule one.
        notes: scope notes and comments.
        types: classes.
        codes: codes elsewhere.
        links: home pages and other pages to read on.
        formats: documents about it in each format.
        replaced_by: what took its place, where it was withdrawn for another one.
        properties: what else is said of it directly, as pairs.
    """

    iri: str
    kind: str
    kind_name: str
    label: Value
    synonyms: tuple[Value, ...]
    definitions: tuple[Value, ...]
    notes: tuple[Value, ...]
    types: tuple[Value, ...]
    codes: tuple[Code, ...]
    links: tuple[Value, ...]
    formats: tuple[Alternate, ...]
    replaced_by: tuple[Value, ...]
    properties: tuple[tuple[Value, tuple[Value, ...]], ...]


def resource_view(reader: Reader, kind: str, identifier: str, iri: str) -> Resource:
    """Return what the page of any resource shows about the resource itself."""
    triples = reader.triples
    entry = reader.vocabulary.by_kind.get(kind)
    return Resource(
        iri=iri,
        kind=kind,
        kind_name=entry.name if entry else kind.capitalize(),
        label=reader.value(iri),
        synonyms=reader.values(triples.literals(iri, iris.SKOS_ALT_LABEL)),
        definitions=reader.values(triples.literals(iri, iris.SKOS_DEFINITION)),
        notes=reader.values([*triples.literals(iri, iris.SKOS_SCOPE_NOTE), *triples.literals(iri, iris.RDFS_COMMENT)]),
        types=reader.values(triples.iris(iri, iris.RDF_TYPE)),
        codes=codes(reader, iri),
        links=reader.values(
            value
            for predicate in (iris.SCHEMA_URL, iris.FOAF_HOMEPAGE, iris.RDFS_SEE_ALSO)
            for value in _addresses(reader, iri, predicate)
        ),
        formats=document_formats(kind, identifier),
        replaced_by=reader.values(triples.iris(iri, iris.DCTERMS_IS_REPLACED_BY)),
        properties=properties(reader, iri, _SHOWN_ELSEWHERE),
    )


def _addresses(reader: Reader, iri: str, predicate: str) -> tuple[str, ...]:
    """Return IRIs and xsd:anyURI literals alike."""
    found = [term.value for term in reader.triples.objects(iri, predicate) if hasattr(term, "value")]
    return tuple(address for address in found if reader.addresses.page(address))


def document_formats(kind: str, identifier: str) -> tuple[Alternate, ...]:
    """Return the documents about a resource in every format but HTML."""
    path = f"/{kind}/{quote(identifier, safe='/-._~')}"
    return tuple(
        Alternate(f"{path}.{format.name}", format.media_type, format.label)
        for format in DOCUMENT_FORMATS
        if format is not HTML
    )


def codes(reader: Reader, iri: str) -> tuple[Code, ...]:
    """Return the codes that a resource has in other systems.

    The closest matches stand first; among those, the codes that people write with the name of their system stand
    before those that are written as CURIEs, each by the alphabet.
    """
    triples = reader.triples
    by_target: dict[tuple[str, str], str] = {}
    for mapping in triples.subjects(iris.SSSOM_SUBJECT, iri, 500):
        target = triples.iri(mapping, iris.SSSOM_OBJECT)
        predicate = triples.iri(mapping, iris.SSSOM_PREDICATE)
        if target and predicate:
            by_target[target, predicate] = mapping
    found = []
    for predicate, words in iris.SKOS_MATCHES:
        related = []
        for term in triples.objects(iri, predicate):
            if not isinstance(term, NamedNode):
                continue
            described = by_target.get((term.value, predicate))
            name = triples.value(described, iris.SSSOM_OBJECT_LABEL) if described else None
            short = reader.addresses.short(term.value)
            href = reader.addresses.page(term.value) or ""
            code = Value(short, "", term.value, href, "", bool(href) and not href.startswith("/"))
            said = reader.value(described) if described else None
            related.append(Code(code, words, predicate, said, name or "", spell_code(short)))
        found += sorted(related, key=lambda code: (code.spelled == code.target.text, code.spelled.casefold()))
    return tuple(found)


def properties(reader: Reader, iri: str, hidden: set[str]) -> tuple[tuple[Value, tuple[Value, ...]], ...]:
    """Return what is said of a resource directly, by predicate.

    Predicates that the page shows elsewhere are left out, and so are the direct triples of facts, as the page has
    the facts themselves, and what the graph of entailed statements says again in the terms of other vocabularies.
    """
    triples = reader.triples
    grouped: dict[str, list[Value]] = {}
    for predicate, term in triples.about(iri, without=str(reader.addresses.base.graph(ENTAILED))):
        if predicate not in hidden and predicate not in reader.vocabulary.predicates:
            grouped.setdefault(predicate, []).append(reader.value(term))
    rows = [
        (reader.value(predicate), tuple(sorted(values, key=lambda value: value.text.casefold())))
        for predicate, values in grouped.items()
    ]
    return tuple(sorted(rows, key=lambda row: row[0].text.casefold()))
