"""Compares two answers to a query, in any format: as multisets, or as sequences."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Hashable, Sequence

import pyoxigraph

from nosograph.rdf.formats import SPARQL_CSV, Format
from nosograph.sparql.form import QueryForm

NODE = "_:"
"""Stands for every blank node: their labels are free, and which of them are the same is not compared."""


def same_answer(form: QueryForm, format: Format, first: bytes, second: bytes, *, ordered: bool) -> bool:
    """Return whether two answers to a query in one format are the same.

    Args:
        form: the form of the query.
        format: the format of both answers.
        first: an answer.
        second: the other.
        ordered: whether the order of solutions counts.

    Raises:
        SyntaxError: one is not of the format.
    """
    if first == second:
        return True
    if form is QueryForm.ASK and format.media_type.startswith("text/"):
        return first.strip() == second.strip()
    found = [_parts(form, format, content) for content in (first, second)]
    return found[0] == found[1] if ordered else Counter(found[0]) == Counter(found[1])


def _parts(form: QueryForm, format: Format, content: bytes) -> Sequence[Hashable]:
    """Return the solutions or the triples of an answer."""
    if format is SPARQL_CSV:
        rows = csv.reader(io.StringIO(content.decode(), newline=""))
        return [tuple(NODE if cell.startswith(NODE) else cell for cell in row) for row in rows]
    if form in (QueryForm.SELECT, QueryForm.ASK):
        results_format = pyoxigraph.QueryResultsFormat.from_media_type(format.media_type)
        results = pyoxigraph.parse_query_results(content, format=results_format)
        if isinstance(results, pyoxigraph.QueryBoolean):
            return [bool(results)]
        assert isinstance(results, pyoxigraph.QuerySolutions)
        header = tuple(variable.value for variable in results.variables)
        return [header, *(tuple(_comparable(term) for term in solution) for solution in results)]
    rdf_format = pyoxigraph.RdfFormat.from_media_type(format.media_type)
    triples = (quad.triple for quad in pyoxigraph.parse(content, format=rdf_format))
    return [tuple(_comparable(term) for term in (part.subject, part.predicate, part.object)) for part in triples]


def _comparable(term: object) -> str:
    return NODE if isinstance(term, pyoxigraph.BlankNode) else str(term)
