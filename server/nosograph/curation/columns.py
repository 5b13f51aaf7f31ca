"""The columns of the tables that curators fill: of facts, of resources and of sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from rdflib import URIRef
from rdflib.namespace import DCTERMS, RDF, RDFS, SKOS, XSD

from nosograph.curation.terms import CurationTerms, PropertyTerm, VocabularyTerm
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES

FACTS: Final[str] = "facts"
RESOURCES: Final[str] = "resources"
SOURCES: Final[str] = "sources"
TABLES: Final[tuple[str, ...]] = (FACTS, RESOURCES, SOURCES)
"""The tables, in the order of a workbook's sheets."""

NOTE: Final = "note"
FAMILY: Final = "family"
NAME: Final = "name"
CLASS: Final = "class"
FILE: Final = "file"


@dataclass(frozen=True)
class CurationColumn:
    """One column of a table.

    Attributes:
        heading: its cell in the first row.
        about: what stands in it, in one sentence.
        required: whether every row has it filled.
        rule: the property whose values stand in it, or None where the column has another role.
        spellings: further headings that are read as this one.
    """

    heading: str
    about: str
    required: bool = False
    rule: PropertyTerm | None = None
    spellings: tuple[str, ...] = ()


@dataclass(frozen=True)
class PassageColumns:
    """The columns that tell where one passage of a piece of evidence stands.

    Attributes:
        property: the property that links the evidence to the passage.
        name: the word before the headings, for any passage but the evidence's own.
        required: whether every piece of evidence has the passage.
    """

    property: URIRef
    name: str
    required: bool

    def heading(self, part: str) -> str:
        """Return the heading of one of the columns: quotation, occurrence, position or digest."""
        return f"{self.name} {part}".strip()


@dataclass(frozen=True)
class CurationColumns:
    """The columns of every table, and those of them that tell of a passage."""

    tables: dict[str, tuple[CurationColumn, ...]]
    passages: tuple[PassageColumns, ...]


def columns_of(terms: CurationTerms) -> CurationColumns:
    """Return the columns of the tables, as the vocabulary has them."""
    passages = tuple(
        PassageColumns(term.iri, "" if term.iri == NOSO.passage else _passage_name(term), term.iri == NOSO.passage)
        for term in terms.passages
    )
    tables = {FACTS: _of_facts(terms, passages), RESOURCES: _of_resources(terms), SOURCES: _of_sources(terms)}
    return CurationColumns(tables, passages)


def _of_facts(terms: CurationTerms, passages: Sequence[PassageColumns]) -> tuple[CurationColumn, ...]:
    source, *others = map(_column, terms.evidence)
    columns = [
        CurationColumn("subject", "The resource that the fact is about: its name or its label.", True),
        CurationColumn("predicate", "What is said of it: the name or label of a predicate.", True),
        CurationColumn("object", "What it is said with: a resource, a value, a number, a date or a text.", True),
        *map(_column, terms.about_fact),
        source,
    ]
    for passage in passages:
        columns += [
            CurationColumn(passage.heading("quotation"), "The words of the source that say so."),
            CurationColumn(
                passage.heading("occurrence"), "Which one is meant, from 1, where they stand several times."
            ),
        ]
    columns += others
    for passage in passages:
        columns += [
            CurationColumn(passage.heading("position"), "Where they stand, in code points, as 352-377."),
            CurationColumn(passage.heading("digest"), "The SHA-256 of the words at the position."),
        ]
    return (
        *columns,
        CurationColumn(FAMILY, "The file in data/facts/ that has the fact, where it is not the table's own."),
        CurationColumn(NOTE, "A note of the curator's, which is read by nobody else."),
    )


def _of_resources(terms: CurationTerms) -> tuple[CurationColumn, ...]:
    described = [entry for entry in terms.classes if entry.term.iri != NOSO.Source]
    classes = ", ".join(entry.term.label for entry in described)
    example = f"my-{described[0].prefix}" if described else "my-name"
    return (
        CurationColumn(NAME, f"Its name for good, such as {example}; its class gives it a prefix.", True),
        CurationColumn(CLASS, f"What it is: {classes}."),
        *_texts(),
        *(_column(entry) for entry in terms.described if entry.domain != frozenset({NOSO.Source})),
        _further_classes(),
        CurationColumn(NOTE, "A note of the curator's, which is read by nobody else."),
    )


def _of_sources(terms: CurationTerms) -> tuple[CurationColumn, ...]:
    described = {entry.iri: entry for entry in terms.described if NOSO.Source in entry.domain}
    return (
        CurationColumn(NAME, "Its name for good, as source:my-source or my-source.", True),
        *_texts(),
        CurationColumn(FILE, "The file of its text; empty for a reference that was not read."),
        *(CurationColumn(rule.term.label, rule.term.definition, rule=rule) for rule in _SOURCE_PROPERTIES),
        *(_column(entry) for iri, entry in described.items() if iri not in {rule.iri for rule in _SOURCE_PROPERTIES}),
        _further_classes(),
        CurationColumn(NOTE, "A note of the curator's, which is read by nobody else."),
    )


def _texts() -> tuple[CurationColumn, ...]:
    return (
        CurationColumn("label", "What people call it.", True, _text(SKOS.prefLabel, "label")),
        CurationColumn(
            "alternative labels", "Other names, with | between them.", rule=_text(SKOS.altLabel, "alternative labels")
        ),
        CurationColumn(
            "definition", "What it is, in your own words.", True, _text(SKOS.definition, "definition", single=True)
        ),
    )


def _further_classes() -> CurationColumn:
    rule = PropertyTerm(
        VocabularyTerm(RDF.type, "further classes", ""), frozenset(), frozenset(), (), None, single=False
    )
    return CurationColumn("further classes", "Classes of other vocabularies, such as schema:Article.", rule=rule)


def _column(entry: PropertyTerm) -> CurationColumn:
    term = entry.term
    about = term.definition + ("" if entry.single else " Several values have | between them.")
    return CurationColumn(term.label, about, entry.required, entry, (term.local,))


def _passage_name(term: VocabularyTerm) -> str:
    """Return the word that tells a passage from the evidence's own: ``antecedent`` for ``noso:antecedentPassage``."""
    return " ".join(word for word in term.label.split() if word != "passage") or term.label


def _text(iri: URIRef, label: str, definition: str = "", *, single: bool = False) -> PropertyTerm:
    term = VocabularyTerm(iri, label, definition)
    return PropertyTerm(term, frozenset(), frozenset(), (RDF.langString,), None, single=single)


def _linked(iri: URIRef, label: str, definition: str, *datatypes: URIRef, classes: Iterable[URIRef]) -> PropertyTerm:
    term = VocabularyTerm(iri, label, definition)
    return PropertyTerm(term, frozenset(), frozenset(classes), datatypes, None, single=True)


def _plain(iri: URIRef, label: str, definition: str, *datatypes: URIRef) -> PropertyTerm:
    return PropertyTerm(VocabularyTerm(iri, label, definition), frozenset(), frozenset(), datatypes, None, single=True)


_SOURCE_PROPERTIES: Final = (
    _text(DCTERMS.title, "title", "Its title, as it stands on it.", single=True),
    _linked(
        DCTERMS.publisher,
        "publisher",
        "Who brought it out: an organization that is described, or a name.",
        XSD.string,
        classes=[RDFS.Resource],
    ),
    _plain(DCTERMS.issued, "date", "The day or the year in which it came out.", XSD.date, XSD.gYear),
    _plain(DCTERMS.modified, "modified", "The day on which it was last changed.", XSD.date),
    _text(DCTERMS.rights, "rights", "What is known of its rights.", single=True),
    _linked(DCTERMS.license, "licence", "The IRI of its licence, where it has one.", classes=[]),
    _plain(URIRef(STANDARD_PREFIXES["schema"] + "url"), "address", "Where it can be read.", XSD.anyURI),
    _text(DCTERMS.description, "description", "What was read of it, and how.", single=True),
    _plain(DCTERMS.format, "format", "The media type of what was read, such as text/plain.", XSD.string),
    _plain(DCTERMS.identifier, "identifier", "The stem of its file's name, where the file does not say.", XSD.string),
    _plain(DCTERMS.language, "language", "The tag of its language, such as en.", XSD.string),
)
"""What the description of a source says beside its labels and its text."""
