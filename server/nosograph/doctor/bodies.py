"""Reads the content of answers: booleans, tables, graphs; what cannot be read is an error that says why."""

from __future__ import annotations

import csv
import io
from typing import Final

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

from nosograph.doctor.exchange import Exchange
from nosograph.doctor.outcomes import UnreadableBody
from nosograph.rdf.formats import (
    GRAPH_FORMATS,
    JSON_LD,
    SPARQL_CSV,
    SPARQL_JSON,
    SPARQL_TSV,
    SPARQL_XML,
    Format,
)

_RESULTS: Final = {
    SPARQL_JSON: QueryResultsFormat.JSON,
    SPARQL_XML: QueryResultsFormat.XML,
    SPARQL_TSV: QueryResultsFormat.TSV,
}
_GRAPHS: Final = tuple(format for format in GRAPH_FORMATS if format is not JSON_LD)
"""Formats of graphs that are read; a context of JSON-LD may be anywhere, and is not fetched."""


def find_format(formats: tuple[Format, ...], media_type: str) -> Format | None:
    """Return the format of a media type; None where it is none of them."""
    return next((known for known in formats if media_type in (known.media_type, *known.aliases)), None)


def text_of(answer: Exchange) -> str:
    """Return the content as text, in UTF-8 as all formats here are.

    Raises:
        UnreadableBody: it is not UTF-8, or says that it is something else.
    """
    charset = answer.header("Content-Type").lower().partition("charset=")[2].strip('" ;')
    if charset not in ("", "utf-8", "utf8", "us-ascii"):
        raise UnreadableBody(f"The answer says that it is in the charset {charset[:40]!r}, not UTF-8.")
    try:
        return answer.body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableBody(f"The answer is not UTF-8 text: {error.reason} at byte {error.start}.") from error


def read_boolean(answer: Exchange) -> bool:
    """Return the answer to an ASK.

    Raises:
        UnreadableBody: it is none.
    """
    format = _expected(answer, tuple(_RESULTS))
    found = _results(answer, format)
    if not isinstance(found, QueryBoolean):
        raise UnreadableBody(f"The {format.label} answer holds rows where an ASK has true or false.")
    return bool(found)


def read_table(answer: Exchange) -> list[list[str | None]]:
    """Return the rows of a SELECT, each value as its text; None where a variable has none.

    Raises:
        UnreadableBody: the answer is no table.
    """
    format = _expected(answer, (*_RESULTS, SPARQL_CSV))
    if format is SPARQL_CSV:
        try:
            rows = list(csv.reader(io.StringIO(text_of(answer)), strict=True))
        except csv.Error as error:
            raise UnreadableBody(f"The answer is not CSV: {error}.") from error
        if not rows or any(len(row) != len(rows[0]) for row in rows[1:] if row):
            raise UnreadableBody("The CSV answer has no header, or rows of different lengths.")
        return [[value or None for value in row or [""]] for row in rows[1:]]
    found = _results(answer, format)
    if not isinstance(found, QuerySolutions):
        raise UnreadableBody(f"The {format.label} answer holds no rows.")
    try:
        return [[getattr(value, "value", None) for value in solution] for solution in found]
    except (SyntaxError, ValueError, OSError) as error:
        raise UnreadableBody(f"The answer is not {format.label}: {_short(error)}.") from error


def read_number(answer: Exchange) -> int:
    """Return the one number of a table of one cell.

    Raises:
        UnreadableBody: the answer is something else.
    """
    rows = read_table(answer)
    text = rows[0][0] if len(rows) == 1 and len(rows[0]) == 1 else None
    if text is None or not text.isascii() or not text.isdigit():
        raise UnreadableBody(f"One number was asked for, and the answer holds {str(rows[:2])[:100]}.")
    return int(text[:18])


def read_triples(answer: Exchange) -> list[Triple]:
    """Return the triples of an RDF document; named graphs are not told apart.

    Raises:
        UnreadableBody: it is no RDF document in a format that is read here.
    """
    format = _expected(answer, _GRAPHS)
    text_of(answer)
    known = RdfFormat.from_media_type(format.media_type)
    try:
        return [quad.triple for quad in parse(answer.body, known, base_iri=answer.call.url)]
    except (SyntaxError, ValueError, OSError) as error:
        raise UnreadableBody(f"The answer is not {format.label}: {_short(error)}.") from error


def _expected(answer: Exchange, formats: tuple[Format, ...]) -> Format:
    if answer.status != 200:
        raise UnreadableBody(f"The answer is {answer.to_text()}, not 200.")
    format = find_format(formats, answer.media_type)
    if format is None:
        names = " or ".join(known.media_type for known in formats)
        raise UnreadableBody(f"The answer is in {answer.media_type or 'no named media type'}, not in {names}.")
    if answer.is_truncated:
        raise UnreadableBody("The answer is longer than what is read of it.")
    return format


def _results(answer: Exchange, format: Format) -> QueryBoolean | QuerySolutions:
    text_of(answer)
    try:
        return parse_query_results(answer.body, _RESULTS[format])
    except (SyntaxError, ValueError, OSError) as error:
        raise UnreadableBody(f"The answer is not {format.label}: {_short(error)}.") from error


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
