"""Rows of the tables of resources and sources become descriptions, and are held against what is described already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS
from rdflib.term import Node

from nosograph.curation.columns import CLASS, FILE, NAME, CurationColumn
from nosograph.curation.names import CuratedNames
from nosograph.curation.tables import CellProblem, CurationRow
from nosograph.curation.terms import ClassTerm, CurationTerms
from nosograph.curation.texts import DescribedText, describe_text
from nosograph.curation.values import (
    KnownResource,
    Values,
    make_identifier,
    read_text,
    split_cell,
)
from nosograph.errors import InputError
from nosograph.rdf.names import DEFAULT_BASE, NOSO, is_identifier


@dataclass(frozen=True)
class CuratedResource:
    """The description of a resource or source.

    Attributes:
        iri: its IRI.
        values: property and value of each statement, in the order in which they are written.
        row: the row that it was read from.
    """

    iri: URIRef
    values: tuple[tuple[URIRef, Node], ...]
    row: CurationRow

    def known(self, terms: CurationTerms) -> KnownResource:
        """Return what cells need to know of it."""
        classes = [value for property_, value in self.values if property_ == RDF.type and isinstance(value, URIRef)]
        found = [entry.wider for entry in map(terms.class_of, classes) if entry is not None]
        return KnownResource(
            self.iri,
            frozenset(classes).union(*found),
            tuple(str(v) for p, v in self.values if p in (SKOS.prefLabel, SKOS.altLabel)),
            f"{self.row.table}, row {self.row.number}",
        )


@dataclass(frozen=True)
class DescriptionReader:
    """Reads rows that describe.

    Attributes:
        values: what cells may say.
        columns: the columns of the table.
        is_source: whether it is the table of sources.
        texts: the folder of the texts, or None.
    """

    values: Values
    columns: Sequence[CurationColumn]
    is_source: bool
    texts: Path | None

    def read(self, row: CurationRow) -> tuple[CuratedResource | None, list[CellProblem]]:
        """Return what a row describes, or None with what is wrong in it."""
        problems = list(missing_cells(row, self.columns))
        statements: list[tuple[URIRef, Node]] = []
        iri = class_ = None
        try:
            iri, class_ = self._name(row)
            statements.append((RDF.type, class_))
        except InputError as error:
            if NAME in row.cells:
                problems.append(CellProblem(row.table, row.number, NAME, error.what, error.hint))
        for column in self.columns:
            if column.rule is not None and column.heading in row.cells:
                try:
                    statements += self._statements(row.cells[column.heading], column)
                except InputError as error:
                    problems.append(CellProblem(row.table, row.number, column.heading, error.what, error.hint))
        if FILE in row.cells:
            try:
                statements += self._text(row.cells[FILE].strip(), statements)
            except InputError as error:
                problems.append(CellProblem(row.table, row.number, FILE, error.what, error.hint))
        if problems or iri is None:
            return None, problems
        types = [entry for entry in statements if entry[0] == RDF.type]
        rest = [entry for entry in statements if entry[0] != RDF.type]
        return CuratedResource(iri, tuple(types + rest), row), []

    def _name(self, row: CurationRow) -> tuple[URIRef, URIRef]:
        """Return the IRI and the class that a row names."""
        terms = self.values.terms
        name, cell = row.cells.get(NAME, "").strip(), row.cells.get(CLASS, "").strip()
        prefix, _, local = name.rpartition(":")
        named = terms.kind(prefix)
        if prefix and named is None:
            prefixes = ", ".join(entry.prefix for entry in terms.classes)
            raise InputError(f"{name!r} begins with no prefix of resources.", hint=f"The prefixes are: {prefixes}.")
        chosen = self._class(cell) or named
        if chosen is None:
            raise InputError(
                f"The class of {name!r} is not told.", hint="Fill the column class, or begin the name with a prefix."
            )
        is_source = chosen.term.iri == NOSO.Source
        if (named or chosen) != chosen or is_source != self.is_source:
            raise InputError(
                f"{name!r} is no name of a {chosen.term.label}.",
                hint=f"Begin it with {chosen.prefix}:."
                if is_source == self.is_source
                else "Sources have a table of their own.",
            )
        if not is_identifier(local):
            raise InputError(
                f"{name!r} is no name that data can have.",
                hint=f"Write lower-case words joined by hyphens, such as {chosen.prefix}:{make_identifier(local)}.",
            )
        return URIRef(f"{DEFAULT_BASE}{chosen.prefix}/{local}"), chosen.term.iri

    def _class(self, cell: str) -> ClassTerm | None:
        """Return the class that a cell names by its label, local name or prefix; for a source, that of sources."""
        classes = self.values.terms.classes
        if self.is_source:
            return self.values.terms.class_of(NOSO.Source)
        for entry in classes:
            names = (entry.term.label, entry.term.local, entry.prefix, self.values.shorten(entry.term.iri))
            if cell.casefold() in map(str.casefold, names):
                return entry
        if cell:
            labels = ", ".join(entry.term.label for entry in classes if entry.term.iri != NOSO.Source)
            raise InputError(f"{cell!r} is no class of resources.", hint=f"The classes are: {labels}.")
        return None

    def _statements(self, cell: str, column: CurationColumn) -> Iterator[tuple[URIRef, Node]]:
        assert column.rule is not None
        property_ = column.rule.iri
        for value in [cell.strip()] if column.rule.single else split_cell(cell):
            if property_ == RDF.type:
                class_ = self.values.terms.names.expand(value)
                if class_ is None:
                    raise InputError(f"{value!r} is no class.", hint="Write it with a prefix, such as schema:Article.")
                yield property_, class_
            elif RDF.langString in column.rule.datatypes:
                yield property_, read_text(value)
            else:
                yield property_, self.values.value(value, column.rule)

    def _text(self, file: str, statements: Sequence[tuple[URIRef, Node]]) -> Iterator[tuple[URIRef, Node]]:
        """Return what the description of a source records of its text."""
        if self.texts is None:
            raise InputError("The text is not at hand.", hint="Name the folder of the texts with --sources.")
        path = self.texts / file
        if Path(file).name != file or not path.is_file():
            raise InputError(f"The folder of texts has no file {file!r}.", hint="Write its name without a folder.")
        described: DescribedText = describe_text(path)
        if all(property_ != DCTERMS.identifier for property_, _ in statements):
            yield DCTERMS.identifier, Literal(path.stem)
        yield NOSO.textDigest, Literal(described.digest)
        yield NOSO.textLength, Literal(described.length)


def missing_cells(row: CurationRow, columns: Sequence[CurationColumn]) -> Iterator[CellProblem]:
    """Return what is wrong with a row before its cells are read: required ones are empty, or there are formulas."""
    for column in columns:
        if column.heading in row.formulas:
            yield CellProblem(
                row.table,
                row.number,
                column.heading,
                "The cell holds a formula, and formulas are not evaluated.",
                "Paste its value instead.",
            )
        elif column.required and not row.cells.get(column.heading, "").strip():
            yield CellProblem(row.table, row.number, column.heading, "The cell is empty.", column.about)


def differs(resource: CuratedResource, graph: Graph) -> URIRef | None:
    """Return a property of which a graph records other values than a description has; None where it agrees with it.

    A property that the row does not mention may be recorded or not, and further classes may be.
    """
    unsaid = {DCTERMS.identifier} if "identifier" not in resource.row.cells else set()
    for property_ in dict.fromkeys(property_ for property_, _ in resource.values if property_ not in unsaid):
        said = {value for entry, value in resource.values if entry == property_}
        recorded = set(graph.objects(resource.iri, property_))
        if said - recorded or (property_ != RDF.type and recorded - said):
            return property_
    return None


def described_twice(resource: CuratedResource, known: KnownResource, names: CuratedNames) -> CellProblem:
    """Return the problem that a resource is described elsewhere in other words."""
    return CellProblem(
        resource.row.table,
        resource.row.number,
        NAME,
        f"{names.shorten(resource.iri)} is described otherwise at {known.location}.",
        "Correct it there, or take the row out.",
    )
