"""The front page and the lists of resources of one class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from pyoxigraph import NamedNode

from nosograph.rdf import iris
from nosograph.rdf.names import NOSO
from nosograph.release.manifest import Manifest
from nosograph.store.documents import DocumentFile
from nosograph.vocabulary.terms import FACT_KIND, MAPPING_KIND, SOURCE_KIND, Vocabulary
from nosograph.web.views.addresses import Addresses
from nosograph.web.views.facts import Reader, Value
from nosograph.web.views.references import day_of_document, day_of_reading
from nosograph.web.views.wording import STATUSES, StatusWording

DOCUMENTS_READ: Final = 5000
"""Documents that were read and are counted at most."""

PAGE_LENGTH: Final = 200
ON_THE_FRONT_PAGE: Final = 12

CURATED_SORTED: Final = 200
"""Curated resources among which the front page looks for the first by name."""


@dataclass(frozen=True)
class Row:
    """One entry of a list; ``anchor`` names it where it is the first under its letter."""

    value: Value
    definition: Value | None = None
    status: StatusWording | None = None
    anchor: str = ""


@dataclass(frozen=True)
class LetterLink:
    """A letter with which names of a list begin, and the address of the first of them."""

    letter: str
    href: str


@dataclass(frozen=True)
class PageOfList:
    """Which part of a list is shown, with the addresses of the parts before and after it."""

    words: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class ListOfKind:
    """One page of the list of a kind.

    Attributes:
        rows: its entries.
        page: which part of the list they are.
        letters: where the list of a kind with several pages has its letters; else none.
    """

    rows: tuple[Row, ...]
    page: PageOfList
    letters: tuple[LetterLink, ...]


@dataclass(frozen=True)
class Figure:
    """A number of the release with the list that it counts."""

    name: str
    number: int
    href: str = ""


@dataclass(frozen=True)
class Coverage:
    """How much a release covers, what curators read apart from what was imported.

    Attributes:
        curated: number of resources of the focus, and of facts, that curated graphs state.
        imported: the same for what only imports state.
        imports: titles of the imported data sets.
        documents: how many documents were read.
        references: how many more are named by those, and were not read.
        read_from: the first day on which one was read, or empty.
        read_to: the last day, or empty.
        newest: the newest date that a document has, or empty.
    """

    curated: tuple[int, int]
    imported: tuple[int, int]
    imports: tuple[str, ...]
    documents: int
    references: int
    read_from: str
    read_to: str
    newest: str


def coverage(reader: Reader, made: DocumentFile, manifest: Manifest) -> Coverage:
    """Return how much a release covers; the imported part is counted by the difference to its whole.

    Args:
        reader: reads the release.
        made: its documents that were made ahead.
        manifest: its manifest.
    """
    triples, vocabulary, counts = reader.triples, reader.vocabulary, manifest.counts
    base, focus = reader.addresses.base, vocabulary.focus
    own_focus = triples.count_typed(str(base.graph("conditions")), focus.iri) if focus else 0
    own_facts = triples.count_typed(str(base.graph("facts")), str(NOSO.Fact))
    having = triples.having(iris.TEXT_DIGEST, DOCUMENTS_READ)
    read = {quad.subject.value for quad in having if isinstance(quad.subject, NamedNode)}
    for document in made.find_all(read):
        document.tell_own(triples)
    days = sorted(filter(None, (day_of_reading(triples, iri) for iri in read)))
    return Coverage(
        curated=(own_focus, own_facts),
        imported=((counts.kinds.get(focus.kind, 0) - own_focus) if focus else 0, counts.facts - own_facts),
        imports=tuple(manifest.terms[name].title or name.removeprefix("import/") for name in manifest.imports),
        documents=len(read),
        references=max(counts.kinds.get(SOURCE_KIND, 0) - len(read), 0),
        read_from=days[0] if days else "",
        read_to=days[-1] if days else "",
        newest=max((day_of_document(triples, iri) for iri in read), default=""),
    )


def list_of_kind(reader: Reader, documents: DocumentFile, kind: str, number: int, page: int) -> ListOfKind:
    """Return one page of the list of a kind, in the order of the labels.

    Args:
        reader: reads the release.
        documents: the lists and documents that were made ahead.
        kind: the kind.
        number: how many there are, from the manifest.
        page: which page, from 1.
    """
    start = (page - 1) * PAGE_LENGTH
    letters = documents.letters(kind) if number > PAGE_LENGTH else []
    anchors = {position: f"letter-{order}" for order, (_, position) in enumerate(letters, 1)}
    rows = [
        replace(row, anchor=anchors.get(position, ""))
        for position, row in enumerate(rows_of_kind(reader, documents, kind, start, PAGE_LENGTH), start + 1)
    ]
    last = start + len(rows)
    return ListOfKind(
        tuple(rows),
        PageOfList(
            words=f"{start + 1:,} to {last:,} of {number:,}",
            before=f"/{kind}/?page={page - 1}" if page > 1 else "",
            after=f"/{kind}/?page={page + 1}" if last < number else "",
        ),
        tuple(
            LetterLink(letter, f"/{kind}/?page={1 + (position - 1) // PAGE_LENGTH}#{anchors[position]}")
            for letter, position in letters
        ),
    )


def rows_of_kind(reader: Reader, documents: DocumentFile, kind: str, start: int, number: int) -> tuple[Row, ...]:
    """Return entries of the list of a kind, in the order of the labels: so many after so many."""
    entries = documents.entries(kind, start, number)
    for entry in entries:
        entry.tell(reader.triples)
    for document in documents.find_all(entry.described for entry in entries):
        document.tell(reader.triples)
    return tuple(row_of(reader, kind, entry.iri) for entry in entries)


def first_rows(reader: Reader, documents: DocumentFile, manifest: Manifest, number: int) -> tuple[Row, ...]:
    """Return entries of the list of what the site is about: first what curators state, then what is only imported."""
    focus = reader.vocabulary.focus
    if focus is None:
        return ()
    if not manifest.imports:
        return rows_of_kind(reader, documents, focus.kind, 0, number)
    graph = str(reader.addresses.base.graph("conditions"))
    own = islice(reader.triples.typed(graph, focus.iri), CURATED_SORTED)
    curated = {quad.subject.value for quad in own if isinstance(quad.subject, NamedNode)}
    listed = {entry.iri: entry for entry in documents.listed(curated)}
    for entry in listed.values():
        entry.tell(reader.triples)
    rows = sorted((row_of(reader, focus.kind, iri) for iri in listed), key=lambda row: row.value.text.casefold())
    if len(rows) < number:
        rows += [row for row in rows_of_kind(reader, documents, focus.kind, 0, number) if row.value.iri not in curated]
    return tuple(rows[:number])


def row_of(reader: Reader, kind: str, iri: str) -> Row:
    """Return the entry of a resource in a list."""
    if kind == FACT_KIND:
        fact = reader.fact(iri)
        return Row(Value(fact.words, "", iri, fact.href, kind), None, fact.status)
    if kind == MAPPING_KIND:
        return Row(mapping_value(reader, iri))
    definition = reader.triples.literal(iri, iris.SKOS_DEFINITION)
    return Row(reader.value(iri), reader.value(definition) if definition is not None else None)


def mapping_value(reader: Reader, iri: str) -> Value:
    """Return a mapping as words: the resource, the code, and how they relate."""
    triples = reader.triples
    subject = triples.iri(iri, iris.SSSOM_SUBJECT)
    target = triples.iri(iri, iris.SSSOM_OBJECT)
    if not subject or not target:
        return reader.value(iri)
    words = f"{reader.value(subject).text} as {reader.addresses.short(target)}"
    return Value(words, "", iri, reader.addresses.page(iri) or "", MAPPING_KIND)


def kinds_with_numbers(vocabulary: Vocabulary, numbers: Mapping[str, int]) -> tuple[tuple[str, str, int], ...]:
    """Return the kinds that there are with their plural and number, in the order of the vocabulary."""
    return tuple(
        (entry.kind, entry.plural_name, numbers[entry.kind]) for entry in vocabulary.classes if numbers.get(entry.kind)
    )


def statuses(addresses: Addresses, numbers: Mapping[str, int]) -> tuple[Figure, ...]:
    """Return how many facts have each status, with the list of these."""
    return tuple(
        Figure(status.word, numbers[name], f"{addresses.page(iris.noso(name))}?use={addresses.short(iris.STATUS)}")
        for name, status in STATUSES.items()
        if numbers.get(name)
    )


def figures(vocabulary: Vocabulary, numbers: Mapping[str, int], evidence: int, triples: int) -> tuple[Figure, ...]:
    """Return the numbers that the front page shows."""
    shown = [Figure(plural, number, f"/{kind}/") for kind, plural, number in kinds_with_numbers(vocabulary, numbers)]
    return (*shown, Figure("Pieces of evidence", evidence), Figure("Triples", triples, "/downloads"))
