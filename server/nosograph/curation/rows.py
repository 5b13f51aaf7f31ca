"""Rows of the table of facts become evidence: each cell read, each passage found, each mistake told by its column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import URIRef
from rdflib.term import Node

from nosograph.curation.columns import FACTS, FAMILY, CurationColumns
from nosograph.curation.descriptions import missing_cells
from nosograph.curation.passages import CuratedPassage, PassageError, PassageReader
from nosograph.curation.tables import CellProblem, CurationRow
from nosograph.curation.terms import PropertyTerm
from nosograph.curation.values import Values, shorten, split_cell
from nosograph.errors import InputError
from nosograph.facts.derivation import evidence_iri, fact_iri, passage_iri
from nosograph.rdf.names import NOSO, is_identifier


@dataclass(frozen=True)
class CuratedEvidence:
    """What one row says.

    Attributes:
        subject: subject of the proposition.
        predicate: its predicate.
        object: its object.
        about_fact: property and value of each statement about the fact, such as its context.
        values: property and value of each statement of the evidence, its source first.
        passages: where it was read.
        family: the name of the file of facts that it belongs to.
        row: the row that it was read from, or None where it was read from the data.
    """

    subject: URIRef
    predicate: URIRef
    object: Node
    about_fact: tuple[tuple[URIRef, Node], ...]
    values: tuple[tuple[URIRef, Node], ...]
    passages: tuple[CuratedPassage, ...]
    family: str
    row: CurationRow | None = None

    @property
    def source(self) -> URIRef:
        """The document in which it was read."""
        source = next(value for property_, value in self.values if property_ == NOSO.source)
        assert isinstance(source, URIRef)
        return source

    @property
    def fact(self) -> URIRef:
        """The IRI of its fact."""
        context = next((value for property_, value in self.about_fact if property_ == NOSO.context), None)
        return fact_iri(self.subject, self.predicate, self.object, context)

    @property
    def iri(self) -> URIRef:
        """The IRI of the evidence."""
        passages = ((entry.property, passage_iri(self.source, entry.start, entry.end)) for entry in self.passages)
        return evidence_iri(self.fact, [*self.values, *passages])


@dataclass(frozen=True)
class FactReader:
    """Reads rows of facts.

    Attributes:
        values: what cells may say.
        columns: the columns of the tables.
        passages: finds passages in the texts.
        family: the family of rows that name none.
    """

    values: Values
    columns: CurationColumns
    passages: PassageReader
    family: str

    def read(self, row: CurationRow) -> tuple[CuratedEvidence | None, list[CellProblem], list[CellProblem]]:
        """Return what a row says, or None; what is wrong in it; and remarks on what was found."""
        problems = list(missing_cells(row, self.columns.tables[FACTS]))
        remarks: list[CellProblem] = []
        wrong = {problem.column for problem in problems}

        def told(column: str, error: InputError) -> None:
            if column not in wrong:
                problems.append(CellProblem(row.table, row.number, column, error.what, error.hint))
                wrong.add(column)

        proposition = self._proposition(row.cells, wrong, told)
        about_fact, values = [], []
        for entries, found in ((self.values.terms.about_fact, about_fact), (self.values.terms.evidence, values)):
            for rule in entries:
                heading = rule.term.label
                if heading in row.cells and heading not in wrong:
                    try:
                        found += [(rule.iri, value) for value in self._values(row.cells[heading], rule)]
                    except InputError as error:
                        told(heading, error)
        source = next((value for property_, value in values if property_ == NOSO.source), None)
        passages: list[CuratedPassage] = []
        for columns in self.columns.passages if isinstance(source, URIRef) else ():
            try:
                for passage, remark in self.passages.read(row.cells, columns, source):
                    passages.append(passage)
                    if remark:
                        remarks.append(CellProblem(row.table, row.number, columns.heading("quotation"), remark))
            except PassageError as error:
                told(error.column, error)
        family = row.cells.get(FAMILY, self.family).strip()
        if not is_identifier(family):
            told(FAMILY, InputError(f"{family!r} is no name of a file.", hint="Use lower-case words joined by hyphens."))
        if problems or proposition is None:
            return None, problems, []
        evidence = CuratedEvidence(*proposition, tuple(about_fact), tuple(values), tuple(passages), family, row)
        return evidence, [], remarks

    def _proposition(self, cells: Mapping[str, str], wrong: set[str], told) -> tuple[URIRef, URIRef, Node] | None:  # type: ignore[no-untyped-def]
        rule = subject = object_ = None
        if "predicate" not in wrong:
            try:
                rule = self.values.predicate(cells["predicate"].strip())
            except InputError as error:
                told("predicate", error)
        if "subject" not in wrong:
            try:
                subject = self.values.resource(cells["subject"].strip(), rule.domain if rule else frozenset())
            except InputError as error:
                told("subject", error)
        if rule is not None and "object" not in wrong:
            try:
                object_ = self.values.value(cells["object"].strip(), rule)
            except InputError as error:
                told("object", error)
        if rule is None or subject is None or object_ is None:
            return None
        return subject, rule.iri, object_

    def _values(self, cell: str, rule: PropertyTerm) -> Iterator[Node]:
        parts = split_cell(cell)
        if rule.single and len(parts) > 1 and not rule.datatypes:
            raise InputError(
                f"The cell has {len(parts)} values, and a piece of evidence has one.",
                hint="Write a row for each: they may quote the same words.",
            )
        for part in [cell.strip()] if rule.single else parts:
            yield self.values.value(part, rule)


def written_twice(evidence: Iterable[CuratedEvidence], elsewhere: Mapping[URIRef, str]) -> Iterator[CellProblem]:
    """Return each row that says what another row, or a file of another family, says already.

    Args:
        evidence: what the rows say.
        elsewhere: evidence in other files, with where it is.
    """
    seen: dict[URIRef, str] = {}
    for entry in evidence:
        assert entry.row is not None
        iri = entry.iri
        where = seen.get(iri) or elsewhere.get(iri)
        if where is not None:
            yield CellProblem(
                entry.row.table,
                entry.row.number,
                "",
                f"The evidence for {shorten(entry.subject)} {shorten(entry.predicate)} is at {where} already.",
                "Remove one of the two.",
            )
        seen.setdefault(iri, f"row {entry.row.number}")
