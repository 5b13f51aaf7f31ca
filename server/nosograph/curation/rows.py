"""Rows of the table of facts become evidence: cells read, passages found, mistakes reported by column."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from rdflib import URIRef
from rdflib.term import Node

from nosograph.curation.columns import FACTS, FAMILY, CurationColumns
from nosograph.curation.descriptions import missing_cells
from nosograph.curation.names import CuratedNames
from nosograph.curation.passage_cells import CuratedPassage, PassageError, PassageReader
from nosograph.curation.tables import CellProblem, CurationRow
from nosograph.curation.terms import PropertyTerm
from nosograph.curation.values import Values, split_cell
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
        row: the row that it was read from.
    """

    subject: URIRef
    predicate: URIRef
    object: Node
    about_fact: tuple[tuple[URIRef, Node], ...]
    values: tuple[tuple[URIRef, Node], ...]
    passages: tuple[CuratedPassage, ...]
    family: str
    row: CurationRow

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


T = TypeVar("T")


@dataclass(frozen=True)
class _RowProblems:
    """What is wrong in a row: one problem a column, as the first one explains the others."""

    row: CurationRow
    found: list[CellProblem]

    def tell(self, column: str, error: InputError) -> None:
        """Note what is wrong in a column."""
        if all(problem.column != column for problem in self.found):
            self.found.append(CellProblem(self.row.table, self.row.number, column, error.what, error.hint))

    def attempt(self, column: str, read: Callable[[str], T]) -> T | None:
        """Return what a reader makes of a cell; None, with the problem noted, where it is wrong."""
        if any(problem.column == column for problem in self.found):
            return None
        try:
            return read(self.row.cells[column].strip())
        except InputError as error:
            self.tell(column, error)
            return None


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
        problems = _RowProblems(row, list(missing_cells(row, self.columns.tables[FACTS])))
        remarks: list[CellProblem] = []
        proposition = self._proposition(problems)
        about_fact = self._described(self.values.terms.about_fact, problems)
        values = self._described(self.values.terms.evidence, problems)
        source = dict(values).get(NOSO.source)
        passages: list[CuratedPassage] = []
        for columns in self.columns.passages:
            if not isinstance(source, URIRef):
                break
            try:
                for passage, remark in self.passages.read(row.cells, columns, source):
                    passages.append(passage)
                    if remark:
                        remarks.append(CellProblem(row.table, row.number, columns.heading("quotation"), remark))
            except PassageError as error:
                problems.tell(error.column, error)
        family = row.cells.get(FAMILY, self.family).strip()
        if not is_identifier(family):
            problems.tell(
                FAMILY, InputError(f"{family!r} is no name of a file.", hint="Use lower-case words joined by hyphens.")
            )
        if problems.found or proposition is None:
            return None, problems.found, []
        evidence = CuratedEvidence(*proposition, about_fact, values, tuple(passages), family, row)
        return evidence, [], remarks

    def _proposition(self, problems: _RowProblems) -> tuple[URIRef, URIRef, Node] | None:
        """Return subject, predicate and object; None where one of them is wrong."""
        rule = problems.attempt("predicate", self.values.predicate)
        domain = rule.domain if rule else frozenset()
        subject = problems.attempt("subject", lambda cell: self.values.resource(cell, domain))
        object_ = problems.attempt("object", lambda cell: self.values.value(cell, rule)) if rule else None
        if rule is None or subject is None or object_ is None:
            return None
        return subject, rule.iri, object_

    def _described(self, rules: Iterable[PropertyTerm], problems: _RowProblems) -> tuple[tuple[URIRef, Node], ...]:
        """Return property and value of each cell of some columns."""
        found: list[tuple[URIRef, Node]] = []
        for rule in rules:
            if rule.term.label in problems.row.cells:
                values = problems.attempt(rule.term.label, partial(self._values, rule)) or []
                found += [(rule.iri, value) for value in values]
        return tuple(found)

    def _values(self, rule: PropertyTerm, cell: str) -> list[Node]:
        parts = [cell.strip()] if rule.single and rule.datatypes else split_cell(cell)
        if rule.single and len(parts) > 1:
            raise InputError(
                f"The cell has {len(parts)} values, and a piece of evidence has one.",
                hint="Write a row for each: they may quote the same words.",
            )
        return [self.values.value(part, rule) for part in parts]


def written_twice(
    evidence: Iterable[CuratedEvidence], elsewhere: Mapping[URIRef, str], names: CuratedNames
) -> Iterator[CellProblem]:
    """Return each row that says what another row, or a file of another family, says already.

    Args:
        evidence: what the rows say.
        elsewhere: evidence in other files, with where it is.
        names: shortens names for messages.
    """
    seen: dict[URIRef, str] = {}
    for entry in evidence:
        iri = entry.iri
        where = seen.get(iri) or elsewhere.get(iri)
        if where is not None:
            yield CellProblem(
                entry.row.table,
                entry.row.number,
                "",
                f"This evidence of {names.shorten(entry.subject)} is at {where} already.",
                "Remove one of the two.",
            )
        seen.setdefault(iri, f"row {entry.row.number}")
