"""Rows of the tables of resources and sources become descriptions, and are held against what is described already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SKOS
from rdflib.term import Node

from nosograph.curation.columns import CLASS, FILE, NAME, CurationColumn
from nosograph.curation.tables import CellProblem, CurationRow
from nosograph.curation.texts import DescribedText, describe_text
from nosograph.curation.values import (
    KnownResource,
    Values,
    expand,
    make_identifier,
    read_text,
    shorten,
    split_cell,
)
from nosograph.errors import InputError
from nosograph.rdf.names import DEFAULT_BASE, KINDS, NOSO, is_identifier


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

    @property
    def known(self) -> KnownResource:
        """What cells need to know of it."""
        return KnownResource(
            self.iri,
            frozenset(v for p, v in self.values if p == RDF.type and isinstance(v, URIRef)),
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
        name, cell = row.cells.get(NAME, "").strip(), row.cells.get(CLASS, "").strip()
        classes = {**{term.label.casefold(): key for key, term in self.values.terms.classes.items()}} | {
            key.casefold(): key for key in self.values.terms.classes
        }
        chosen = "Source" if self.is_source else classes.get(cell.removeprefix("noso:").casefold())
        if cell and chosen is None:
            raise InputError(
                f"{cell!r} is no class of resources.", hint=f"The classes are: {', '.join(self.values.terms.classes)}."
            )
        kinds = {class_name: kind for kind, class_name in KINDS.items()}
        prefix, colon, local = name.rpartition(":")
        if colon and prefix not in KINDS:
            raise InputError(
                f"{name!r} begins with no prefix of resources.", hint=f"The prefixes are: {', '.join(KINDS)}."
            )
        kind = prefix or (kinds[chosen] if chosen else "")
        if not kind:
            raise InputError(
                f"The class of {name!r} is not told.",
                hint="Fill the column class, or write the name as condition:my-condition.",
            )
        if chosen is None:
            chosen = KINDS[kind]
        if kinds[chosen] != kind or (chosen == "Source") != self.is_source or chosen not in self.values.terms.classes:
            raise InputError(
                f"{name!r} is no name of a {chosen}.",
                hint="Sources have a table of their own." if kind == "source" else f"Begin it with {kinds[chosen]}:.",
            )
        if not is_identifier(local):
            raise InputError(
                f"{name!r} is no name that data can have.",
                hint=f"Write lower-case words joined by hyphens, such as {kind}:{make_identifier(local)}.",
            )
        return URIRef(f"{DEFAULT_BASE}{kind}/{local}"), NOSO[chosen]

    def _statements(self, cell: str, column: CurationColumn) -> Iterator[tuple[URIRef, Node]]:
        assert column.rule is not None
        property_ = column.rule.iri
        for value in [cell.strip()] if column.rule.single else split_cell(cell):
            if property_ == RDF.type:
                class_ = expand(value)
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
                "Paste its value in its stead.",
            )
        elif column.required and not row.cells.get(column.heading, "").strip():
            yield CellProblem(row.table, row.number, column.heading, "The cell is empty.", column.about)


def differs(resource: CuratedResource, graph: Graph) -> URIRef | None:
    """Return a property of which a graph records other values than a description has; None where it agrees with it.

    A property that the description does not mention may be recorded, and further classes may be.
    """
    for property_ in dict.fromkeys(property_ for property_, _ in resource.values):
        said = {value for entry, value in resource.values if entry == property_}
        recorded = set(graph.objects(resource.iri, property_))
        if said - recorded or (property_ != RDF.type and recorded - said):
            return property_
    return None


def described_twice(resource: CuratedResource, known: KnownResource) -> CellProblem:
    """Return the problem that a resource is described elsewhere in other words."""
    return CellProblem(
        resource.row.table,
        resource.row.number,
        NAME,
        f"{shorten(resource.iri)} is described otherwise at {known.location}.",
        "Correct it there, or take the row out.",
    )
