"""Reads the content of answers: booleans, tables, graphs; what cannot be read is an error that says why."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Final
from xml.parsers import expat

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
    RDF_XML,
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
_DEEPEST: Final = 200
"""How deep triple terms may be nested; the parser takes a call for each, and some thousands end the process."""

_LARGEST_EXPANSION: Final = 16 * 1024 * 1024
"""Bytes that the entities of an XML document may stand for."""

_MOST_ENTITIES: Final = 200

_TERMS: Final = re.compile(
    rb'"""(?:[^"\\]|\\.|"(?!""))*+(?:""")?|"(?:[^"\\\n]|\\.)*+"?'
    rb"|'''(?:[^'\\]|\\.|'(?!''))*+(?:''')?|'(?:[^'\\\n]|\\.)*+'?"
    rb"|\\.|#[^\n]*+|<[^<>\s]*+>|(<<)|(>>)",
    re.DOTALL,
)
"""Texts, escapes, comments and IRIs of Turtle and its family, which are passed over, and the marks of triple terms. A
text without an end takes the rest, so that no byte is looked at twice."""

_BRACKETS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?|([{\[])|([}\]])', re.DOTALL)
"""Texts of JSON, which are passed over, and what opens and closes a level in it."""

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
    charset = answer.header("Content-Type").lower().partition("charset=")[2].partition(";")[0].strip('" ')
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
    try:
        return list(parse_triples(answer.body, format, answer.call.url))
    except (SyntaxError, ValueError, OSError) as error:
        raise UnreadableBody(f"The answer is not {format.label}: {_short(error)}.") from error


def parse_triples(content: bytes, format: Format, base: str) -> Iterator[Triple]:
    """Return the triples of RDF that somebody else wrote, once it is known that the parser survives it.

    Raises:
        UnreadableBody: it could make the parser fail, or take all memory.
        SyntaxError, ValueError, OSError: it is not in that format; raised where the triples are asked for.
    """
    check_shape(content, format)
    return (quad.triple for quad in parse(content, RdfFormat.from_media_type(format.media_type), base_iri=base))


def check_shape(content: bytes, format: Format) -> None:
    """Refuse content that no honest server sends: terms in terms in terms, and XML that becomes much larger when read.

    Raises:
        UnreadableBody: it is such content, or no XML where it should be.
    """
    if format in (RDF_XML, SPARQL_XML):
        _check_xml(content, has_terms=format is SPARQL_XML)
        return
    depth = 0
    for match in (_BRACKETS if format is SPARQL_JSON else _TERMS).finditer(content):
        depth += {1: 1, 2: -1}.get(match.lastindex or 0, 0)
        _check_depth(depth)


def _check_depth(depth: int) -> None:
    if depth > _DEEPEST:
        raise UnreadableBody(f"The answer is nested more than {_DEEPEST} deep.")


def _check_xml(content: bytes, *, has_terms: bool) -> None:
    """Refuse XML whose terms are nested too deep, or whose entities hold others or stand for much more than is read."""
    depth = size = number = 0

    def begin(name: str, attributes: object) -> None:
        nonlocal depth
        depth += 1
        _check_depth(depth)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(name: str, is_parameter: bool, value: str | None, *_: object) -> None:
        nonlocal number, size
        number += 1
        if is_parameter or value is None or "&" in value or "%" in value or number > _MOST_ENTITIES:
            raise UnreadableBody("The XML has entities within entities, from elsewhere, or very many of them.")
        size += len(value) * content.count(f"&{name};".encode())
        if size > _LARGEST_EXPANSION:
            raise UnreadableBody("The entities of the XML stand for more than what is read of an answer.")

    parser = expat.ParserCreate()
    if has_terms:
        parser.StartElementHandler = begin
        parser.EndElementHandler = end
    parser.EntityDeclHandler = declare
    parser.DefaultHandler = lambda data: None  # with it, no entity is expanded here
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise UnreadableBody(f"The answer is not XML: {_short(error)}.") from error
    if content.count(b"<!ENTITY") > number:  # of two with one name, this parser tells the first alone
        raise UnreadableBody("The XML has entities of which not all can be looked at.")


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
    check_shape(answer.body, format)
    try:
        return parse_query_results(answer.body, _RESULTS[format])
    except (SyntaxError, ValueError, OSError) as error:
        raise UnreadableBody(f"The answer is not {format.label}: {_short(error)}.") from error


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
