"""The part of a page that every kind of thing shares: names, definition, formats, codes elsewhere, what it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from pyoxigraph import NamedNode

from nosograph.formats import DOCUMENT_FORMATS, HTML
from nosograph.web.pages import terms
from nosograph.web.pages.facts import Reader, Value
from nosograph.web.pages.rendering import Alternate
from nosograph.web.pages.wording import KIND_NAMES

_SHOWN_ELSEWHERE: Final = {
    terms.RDF_TYPE,
    terms.SKOS_PREF_LABEL,
    terms.SKOS_ALT_LABEL,
    terms.SKOS_DEFINITION,
    terms.RDFS_LABEL,
} | {predicate for predicate, _ in terms.SKOS_MATCHES}


@dataclass(frozen=True)
class Code:
    """A code in another system, and how it relates to the thing.

    Attributes:
        target: the code's IRI, with its CURIE as text.
        match: the kind of match in words.
        match_iri: the mapping predicate.
        mapping: the mapping itself, which says who made it and why, or None.
        name: what the other system calls it, or empty.
    """

    target: Value
    match: str
    match_iri: str
    mapping: Value | None
    name: str = ""


@dataclass(frozen=True)
class Thing:
    """What a page says at its head and foot.

    Attributes:
        iri: permanent IRI.
        kind: kind of thing, as in its IRI.
        kind_name: the kind in words.
        label: preferred label.
        synonyms: other names.
        definitions: definitions, as a rule one.
        notes: scope notes and comments.
        types: classes.
        codes: codes elsewhere.
        links: home pages and other places to read on.
        formats: documents about it in each format.
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
    properties: tuple[tuple[Value, tuple[Value, ...]], ...]


def thing_view(reader: Reader, kind: str, identifier: str, iri: str) -> Thing:
    """Give what the page of any thing shows about the thing itself."""
    triples = reader.triples
    return Thing(
        iri=iri,
        kind=kind,
        kind_name=KIND_NAMES.get(kind, (kind.capitalize(), ""))[0],
        label=reader.value(iri),
        synonyms=reader.values(triples.literals(iri, terms.SKOS_ALT_LABEL)),
        definitions=reader.values(triples.literals(iri, terms.SKOS_DEFINITION)),
        notes=reader.values(
            [*triples.literals(iri, terms.SKOS_SCOPE_NOTE), *triples.literals(iri, terms.RDFS_COMMENT)]
        ),
        types=reader.values(triples.iris(iri, terms.RDF_TYPE)),
        codes=codes(reader, iri),
        links=reader.values(
            value
            for predicate in (terms.SCHEMA_URL, terms.FOAF_HOMEPAGE, terms.RDFS_SEE_ALSO)
            for value in _addresses(reader, iri, predicate)
        ),
        formats=document_formats(kind, identifier),
        properties=properties(reader, iri, _SHOWN_ELSEWHERE),
    )


def _addresses(reader: Reader, iri: str, predicate: str) -> tuple[str, ...]:
    """Give IRIs and xsd:anyURI literals alike."""
    found = [term.value for term in reader.triples.objects(iri, predicate) if hasattr(term, "value")]
    return tuple(address for address in found if reader.addresses.page(address))


def document_formats(kind: str, identifier: str) -> tuple[Alternate, ...]:
    """Give the documents about a thing in every format but HTML."""
    path = f"/{kind}/{quote(identifier, safe='/-._~')}"
    return tuple(
        Alternate(f"{path}.{format.name}", format.media_type, format.label)
        for format in DOCUMENT_FORMATS
        if format is not HTML
    )


def codes(reader: Reader, iri: str) -> tuple[Code, ...]:
    """Give the codes that a thing has in other systems, the closest matches first."""
    triples = reader.triples
    by_target: dict[tuple[str, str], str] = {}
    for mapping in triples.subjects(terms.SSSOM_SUBJECT, iri, 500):
        target = triples.iri(mapping, terms.SSSOM_OBJECT)
        predicate = triples.iri(mapping, terms.SSSOM_PREDICATE)
        if target and predicate:
            by_target[target, predicate] = mapping
    found = []
    for predicate, words in terms.SKOS_MATCHES:
        for term in triples.objects(iri, predicate):
            if not isinstance(term, NamedNode):
                continue
            described = by_target.get((term.value, predicate))
            name = triples.value(described, terms.SSSOM_OBJECT_LABEL) if described else None
            short = reader.addresses.short(term.value)
            href = reader.addresses.page(term.value) or ""
            code = Value(short, "", term.value, href, "", bool(href) and not href.startswith("/"))
            found.append(Code(code, words, predicate, reader.value(described) if described else None, name or ""))
    return tuple(found)


def properties(reader: Reader, iri: str, hidden: set[str]) -> tuple[tuple[Value, tuple[Value, ...]], ...]:
    """Give what is said of a thing directly, by predicate.

    Predicates that the page shows elsewhere are left out, and so are the direct triples of facts: the page has
    the facts themselves.
    """
    triples = reader.triples
    grouped: dict[str, list[Value]] = {}
    for predicate, term in reader.triples.about(iri):
        if predicate not in hidden and not triples.holds(predicate, terms.RDF_TYPE, terms.FACT_PREDICATE):
            grouped.setdefault(predicate, []).append(reader.value(term))
    rows = [
        (reader.value(predicate), tuple(sorted(values, key=lambda value: value.text.casefold())))
        for predicate, values in grouped.items()
    ]
    return tuple(sorted(rows, key=lambda row: row[0].text.casefold()))
