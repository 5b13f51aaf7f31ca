"""The answer to a query as a page shows it: a bounded part of its rows, with labels, and how many there are in all.

Answers are read in formats with a row on each line, so that any part of a long one is cut out, and all of it counted,
without holding it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from pyoxigraph import (
    Literal,
    QueryResultsFormat,
    QuerySolutions,
    parse,
    parse_query_results,
)

from nosograph.errors import StoreError
from nosograph.rdf import writer
from nosograph.rdf.formats import N_TRIPLES, TURTLE
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.sparql.form import QueryForm, query_form
from nosograph.sparql.lexing import Kind, tokens
from nosograph.store.interface import Answer, Query, Store, Timings, never
from nosograph.store.reader import Term
from nosograph.store.ready_answers import LINE_FORMATS
from nosograph.web.views.answer_drawing import AnswerDrawing, draw_triples
from nosograph.web.views.facts import Reader, Value

PART: Final = 200
"""Rows of an answer that a page shows at once."""

_PART_BYTES: Final = 2 * 1024 * 1024
"""Bytes of rows that a page shows at once, but always one row; fewer rows are shown where they are long."""

_LONGEST: Final = 2000
"""Characters of a value that a page shows."""

_TRIPLE: Final = ("subject", "predicate", "object")
_NUMBERS: Final = frozenset(
    STANDARD_PREFIXES["xsd"] + name
    for name in ("integer", "decimal", "double", "float", "int", "long", "short", "nonNegativeInteger")
)


@dataclass(frozen=True)
class Table:
    """A part of the answer to a query, for people.

    Attributes:
        form: the form of the query; empty where it has none.
        columns: names of the variables; of a graph, the parts of a triple.
        rows: cells; None where a variable is unbound.
        first: number of rows before these.
        total: number of rows in all.
        text: the rows of a graph as Turtle, and for ASK the word.
        numbers: the columns that hold numbers alone.
        short: the IRIs of the rows as CURIEs, where they have one that is not their label.
        is_ordered: whether the query says in which order rows come; else another part may be of another order.
        timings: where the time went.
        drawing: the rows of a graph as a picture, or None.
        error: what went wrong, or empty.
        line: line of the error in the query, or None.
        column: column of the error, or None.
        hint: what to do about the error, or empty.
    """

    form: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Value | None, ...], ...] = ()
    first: int = 0
    total: int = 0
    text: str = ""
    numbers: frozenset[str] = frozenset()
    short: Mapping[str, str] = field(default_factory=dict)
    is_ordered: bool = False
    timings: Timings = Timings()
    drawing: AnswerDrawing | None = None
    error: str = ""
    line: int | None = None
    column: int | None = None
    hint: str = ""

    @property
    def is_graph(self) -> bool:
        """Whether the answer is a graph: of CONSTRUCT or DESCRIBE."""
        return self.form in (QueryForm.CONSTRUCT, QueryForm.DESCRIBE)

    @property
    def before(self) -> int | None:
        """The first row of the part before this one, or None."""
        return max(self.first - PART, 0) if self.first else None

    @property
    def after(self) -> int | None:
        """The first row of the part behind this one, or None."""
        end = self.first + len(self.rows)
        return end if self.rows and end < self.total else None


def error_table(error: StoreError) -> Table:
    """Return why a query was not answered."""
    return Table(
        error=error.what,
        hint=error.hint,
        line=getattr(error, "line", None),
        column=getattr(error, "column", None),
    )


def read_answer(
    store: Store, reader: Reader, query: Query, *, first: int = 0, most: int = PART, gone: Callable[[], bool] = never
) -> Table:
    """Return a part of the answer to a query, evaluated by the store, outside this process.

    Args:
        store: what answers.
        reader: makes values, with labels, from terms.
        query: the query; its formats are chosen here.
        first: rows to leave out at the beginning.
        most: rows to show at most.
        gone: tells whether the client has gone; then the query is stopped.

    Raises:
        StoreError: the query was not answered.
    """
    form = query_form(query.text)
    with store.answer(replace(query, formats={form: LINE_FORMATS[form]}), gone=gone) as answer:
        return show_answer(answer, reader, query.text, first=first, most=most)


def show_answer(answer: Answer, reader: Reader, text: str, *, first: int = 0, most: int = PART) -> Table:
    """Return a part of an answer in one of ``LINE_FORMATS``.

    Args:
        answer: the answer.
        reader: makes values, with labels, from terms.
        text: the query.
        first: rows to leave out at the beginning.
        most: rows to show at most.
    """
    form = answer.form
    table = Table(form=str(form), first=first, is_ordered=_says_order(text), timings=answer.timings)
    if form is QueryForm.ASK:
        return replace(table, text="Yes" if json.loads(answer.read())["boolean"] else "No")
    heads = int(form is QueryForm.SELECT)
    lines, number = _cut(answer.chunks(), heads, first + heads, most)
    table = replace(table, total=number - heads)
    if form is QueryForm.SELECT:
        solutions = parse_query_results(b"\n".join([*lines, b""]), format=QueryResultsFormat.TSV)
        assert isinstance(solutions, QuerySolutions)
        columns = tuple(variable.value for variable in solutions.variables)
        return _fill(table, columns, [tuple(solution) for solution in solutions], reader)
    triples = list(parse(b"\n".join(lines), format=writer.engine_format(N_TRIPLES)))
    return replace(
        _fill(table, _TRIPLE, [(triple.subject, triple.predicate, triple.object) for triple in triples], reader),
        text=writer.write_document(triples, TURTLE, reader.addresses.base.prefixes()).decode(),
        drawing=draw_triples(triples, reader),
    )


def _cut(chunks: Iterable[bytes], heads: int, first: int, most: int) -> tuple[list[bytes], int]:
    """Return the first ``heads`` lines of a text and those from the one numbered ``first``, and how many it has in all.

    What is behind them is counted and not looked at.
    """
    kept: list[bytes] = []
    begun: list[bytes] = []
    number = size = 0
    for chunk in chunks:
        if number >= first + most or size > _PART_BYTES:
            number += chunk.count(b"\n")
            continue
        *ended, rest = chunk.split(b"\n")
        for end in ended:
            if (number < heads or first <= number < first + most) and size <= _PART_BYTES:
                kept.append(b"".join([*begun, end]))
                size += len(kept[-1])
            begun = []
            number += 1
        begun.append(rest)
    return kept, number


def _fill(table: Table, columns: tuple[str, ...], found: Sequence[Sequence[Term | None]], reader: Reader) -> Table:
    """Return a table with its columns and rows."""
    rows = tuple(tuple(None if term is None else _shown(reader.value(term)) for term in row) for row in found)
    iris = {cell.iri: cell.text for row in rows for cell in row if cell is not None and cell.iri}
    short = {iri: reader.addresses.short(iri) for iri in iris}
    return replace(
        table,
        columns=columns,
        rows=rows,
        short={iri: curie for iri, curie in short.items() if curie != iris[iri]},
        numbers=frozenset(
            name for place, name in enumerate(columns) if found and all(_is_number(row[place]) for row in found)
        ),
    )


def _shown(value: Value) -> Value:
    return value if len(value.text) <= _LONGEST else replace(value, text=f"{value.text[:_LONGEST]} …")


def _is_number(term: Term | None) -> bool:
    return isinstance(term, Literal) and term.datatype.value in _NUMBERS


def _says_order(text: str) -> bool:
    return any(token.kind is Kind.WORD and text[token.start : token.end].upper() == "ORDER" for token in tokens(text))
