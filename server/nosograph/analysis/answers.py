"""Writes what the analysis engine found in the formats of SPARQL results, as the store's engine writes them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any, Final, Protocol

import pyoxigraph

from nosograph.analysis.relations import Form
from nosograph.analysis.translating import Plan
from nosograph.analysis.translation import StoredTerm
from nosograph.analysis.types import DATATYPES, SCALE, Type
from nosograph.rdf.formats import SPARQL_XML, Format
from nosograph.rdf.graph_answers import write_graph_answer
from nosograph.rdf.writer import XmlText

KNOWN: Final = 200_000
"""Terms that are kept while one answer is written."""

_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})


Rows = Iterator[list[tuple[Any, ...]]]
"""The rows of an answer, some at once."""


class TermSource(Protocol):
    """Knows the terms of a file."""

    def terms(self, numbers: list[int]) -> Iterator[tuple[int, StoredTerm]]:
        """Return terms by their numbers."""
        ...


def write_boolean(answer: bool, format: Format, output: IO[bytes]) -> None:
    """Write the answer to an ASK."""
    text = b'{"head":{},"boolean":%s}' % (b"true" if answer else b"false")
    _write(text, pyoxigraph.QueryResultsFormat.JSON, format, output)


def write_solutions(plan: Plan, rows: Rows, source: TermSource, format: Format, output: IO[bytes]) -> None:
    """Write the answer to a SELECT: spelled as SPARQL TSV, which the store's engine reads and writes in any format."""
    _write(_Lines(solution_lines(plan, rows, source)), pyoxigraph.QueryResultsFormat.TSV, format, output)


def write_triples(
    plan: Plan, rows: Rows, source: TermSource, format: Format, output: IO[bytes], prefixes: Mapping[str, str]
) -> None:
    """Write the answer to a CONSTRUCT, each triple once."""
    write_graph_answer(_triples(plan, rows, source), format, output, prefixes)


def _triples(plan: Plan, rows: Rows, source: TermSource) -> Iterator[pyoxigraph.Triple]:
    """Return the triples of a template for each solution; what is unbound, or no triple, is left out (§16.2)."""
    lines: Any = _Lines(solution_lines(plan, rows, source))
    solutions = pyoxigraph.parse_query_results(lines, format=pyoxigraph.QueryResultsFormat.TSV)
    assert isinstance(solutions, pyoxigraph.QuerySolutions)
    seen: set[pyoxigraph.Triple] = set()
    for solution in solutions:
        nodes: dict[pyoxigraph.BlankNode, pyoxigraph.BlankNode] = {}

        def term(part: Any, solution: Any = solution, nodes: Any = nodes) -> Any:
            if isinstance(part, str):
                return solution[part] if part in plan.columns else None
            return nodes.setdefault(part, pyoxigraph.BlankNode()) if isinstance(part, pyoxigraph.BlankNode) else part

        for subject, predicate, obj in (tuple(map(term, triple)) for triple in plan.template):
            if obj is None or isinstance(subject, (pyoxigraph.Literal, type(None))):
                continue
            if isinstance(predicate, pyoxigraph.NamedNode):
                triple = pyoxigraph.Triple(subject, predicate, obj)
                if triple not in seen:
                    seen.add(triple)
                    yield triple


def _write(content: Any, written: pyoxigraph.QueryResultsFormat, format: Format, output: IO[bytes]) -> None:
    results = pyoxigraph.parse_query_results(content, format=written)
    target: Any = XmlText(output) if format is SPARQL_XML else output
    results.serialize(target, pyoxigraph.QueryResultsFormat.from_media_type(format.media_type))


def solution_lines(plan: Plan, rows: Rows, source: TermSource) -> Iterator[bytes]:
    """Return the header and the rows of an answer as lines of SPARQL TSV, a few thousand at once."""
    yield ("\t".join(f"?{variable}" for variable in plan.columns) + "\n").encode()
    known = {number: spell(term) for number, term in plan.own.items()}
    forms = list(plan.columns.values())
    ids = [index for index, form in enumerate(forms) if form is Form.ID]
    others = [(index, form) for index, form in enumerate(forms) if form is not Form.ID]
    for chunk in rows:
        wanted = {row[index] for row in chunk for index in ids} - known.keys()
        wanted.discard(None)
        if wanted:
            if len(known) > KNOWN:
                known = {number: spell(term) for number, term in plan.own.items()}
                wanted = {row[index] for row in chunk for index in ids if row[index] is not None} - known.keys()
            for number, term in source.terms(sorted(wanted)):
                known[number] = spell(term)
        lines = []
        for row in chunk:
            cells = [""] * len(forms)
            for index in ids:
                if row[index] is not None:
                    cells[index] = known[row[index]]
            for index, form in others:
                if row[index] is not None:
                    cells[index] = spell_scalar(form, row[index])
            lines.append("\t".join(cells))
        lines.append("")
        yield "\n".join(lines).encode()


def spell(term: StoredTerm) -> str:
    """Return a term as N-Triples spell it."""
    if term.type is Type.IRI:
        return f"<{term.value}>"
    if term.type is Type.NODE:
        return f"_:{term.value}"
    text = f'"{term.value.translate(_ESCAPES)}"'
    if term.language:
        return f"{text}@{term.language}"
    return text if term.type is Type.STRING else f"{text}^^<{term.datatype}>"


def spell_scalar(form: Form, value: Any) -> str:
    """Return a calculated value as N-Triples spell it, numbers in the form that the store gives them."""
    if form is Form.SPELLED:
        return str(value)
    if form is Form.STRING:
        return spell(StoredTerm(Type.STRING, value))
    if form is Form.IRI:
        return f"<{value}>"
    if form is Form.INTEGER:
        return f'"{value}"^^<{DATATYPES[Type.INTEGER]}>'
    if form is Form.BOOLEAN:
        return f'"{str(value).lower()}"^^<{DATATYPES[Type.BOOLEAN]}>'
    if form is Form.DECIMAL:
        whole, rest = divmod(abs(int(value)), SCALE)
        digits = f"{whole}.{rest:018}".rstrip("0").rstrip(".")
        return f'"{"-" if value < 0 else ""}{digits}"^^<{DATATYPES[Type.DECIMAL]}>'
    return f'"{_spell_double(float(value))}"^^<{DATATYPES[Type.DOUBLE]}>'


def _spell_double(value: float) -> str:
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "INF" if value > 0 else "-INF"
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


class _Lines(io.RawIOBase):
    """A readable stream over parts of a text, read as they are needed."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._part = b""
        self._position = 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Take the next bytes."""
        while self._position == len(self._part):
            part = next(self._parts, None)
            if part is None:
                return 0
            self._part, self._position = part, 0
        size = min(len(buffer), len(self._part) - self._position)
        buffer[:size] = memoryview(self._part)[self._position : self._position + size]
        self._position += size
        return size
