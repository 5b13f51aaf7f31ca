"""Reads a request as the SPARQL 1.1 Protocol says: header values, address and body in, a value out (§2.1).

Nothing here asks the store or knows the framework, so every rule of the protocol can be tested by itself, and the
cache in front of the routes reads requests by the very same rules.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from nosograph.rdf.formats import ANSWER_FORMATS, HTML, JSON, SPARQL_QUERY, SPARQL_UPDATE, Format
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import is_volatile
from nosograph.web.http import negotiation
from nosograph.web.http.bodies import FORM, decode_body, decode_value, parse_content_type, parse_form
from nosograph.web.http.problems import Problem, ProblemError, bad_request, several_values

DIRECT: Final = SPARQL_QUERY.media_type
UPDATE: Final = SPARQL_UPDATE.media_type

ASKED: Final = "nosograph.asked"
"""Where a request that has been read already lies in the WSGI environment, so that it is not read again."""

UPDATE_PARAMETERS: Final = ("update", "using-graph-uri", "using-named-graph-uri")

_REMEMBERED: Final = 1024

_NAMED: Final[dict[str, tuple[Format, ...]]] = {
    name: tuple(format for format in ANSWER_FORMATS if name in (format.name, *format.spellings))
    for known in ANSWER_FORMATS
    for name in (known.name, *known.spellings)
}
"""What clients write in ``format=``; a name that means a result format and an RDF format is settled by query form."""


@dataclass(frozen=True)
class ProtocolRequest:
    """What a client asks of the endpoint.

    Attributes:
        query: the query, or None when there is none.
        default_graphs: values of ``default-graph-uri``.
        named_graphs: values of ``named-graph-uri``.
        format: value of ``format``, ``output`` or ``results``, or None.
        timeout: seconds after which the client no longer wants the answer, or None.
        engine: value of ``engine``, or None.
    """

    query: str | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    format: str | None = None
    timeout: float | None = None
    engine: Engine | None = None

    @property
    def is_volatile(self) -> bool:
        """Whether the answer to the query must not be kept, as ``sparql.form.is_volatile`` says."""
        return self.query is not None and is_volatile(self.query)


def read_request(method: str, query_string: str, content_type: str, body: bytes) -> ProtocolRequest:
    """Return what a request asks.

    Args:
        method: GET, HEAD or POST.
        query_string: the query part of the address, still percent-encoded.
        content_type: value of the Content-Type header, or empty.
        body: the body of a POST.

    Raises:
        ProblemError: 400 for parameters that are malformed or given twice; 403 for an update; 415 for a body
            of another type.
    """
    pairs = _parameters(query_string, "query part of the address")
    direct: str | None = None
    if method == "POST":
        media_type, charset = parse_content_type(content_type)
        if media_type == UPDATE:
            raise update_refused()
        if media_type not in (FORM, DIRECT):
            raise _unsupported(content_type)
        if charset.lower() not in ("utf-8", "utf8", "us-ascii"):
            raise _unsupported_charset(charset)
        text = decode_body(body)
        if media_type == DIRECT:
            direct = text
        else:
            pairs += _parameters(text, "body")
    return _collect(pairs, direct)


def wants_page(asked: ProtocolRequest, accept: str | None) -> bool:
    """Return whether a client prefers a page to every format of an answer, as browsers do.

    Raises:
        MalformedHeader: nothing in the Accept header can be understood.
    """
    if asked.format is not None:
        return False
    return (_remembered_page if len(accept or "") <= _REMEMBERED else _prefers_page)(accept)


def _prefers_page(accept: str | None) -> bool:
    choice = negotiation.choose(accept, (*ANSWER_FORMATS, HTML))
    return choice is not None and choice.format is HTML


_remembered_page: Final = lru_cache(maxsize=1024)(_prefers_page)


def formats_named(name: str) -> tuple[Format, ...] | None:
    """Return the formats that a ``format`` parameter may mean: a short name or a media type; None for an unknown one.

    A plus sign that was sent unescaped has become a space; no name holds a space, so it is read as the plus sign.
    Several names with commas between, which is how some clients spell the media types of one format, mean all of them.
    """
    if "," in name:
        meant = [format for part in name.split(",") for format in formats_named(part) or ()]
        return tuple(dict.fromkeys(meant)) or None
    wanted = name.strip().lower().replace(" ", "+")
    if wanted in _NAMED:
        return _NAMED[wanted]
    if wanted == JSON.media_type:
        return _NAMED["json"]
    return tuple(format for format in ANSWER_FORMATS if wanted in (format.media_type, *format.aliases)) or None


def largest_body(query_text: int) -> int:
    """Return the bytes that the body of a request may have, for queries of up to ``query_text`` KiB in a form."""
    return 3 * 1024 * query_text + 64 * 1024  # percent-encoding triples a byte


def format_names() -> tuple[str, ...]:
    """Return the short names that a ``format`` parameter takes, for messages."""
    return tuple(format.name for format in ANSWER_FORMATS)


def read_engine(values: Sequence[str]) -> Engine | None:
    """Return the engine that the values of the parameter ``engine`` choose, or None.

    Raises:
        ProblemError: 400 for a name that is none, or for two values.
    """
    given = {value.strip().lower() for value in values if value.strip()}
    if not given:
        return None
    names = [engine.value for engine in Engine]
    if len(given) > 1:
        raise several_values("engine", len(given))
    if not given <= set(names):
        raise bad_request(
            f"The parameter engine is not one of {', '.join(names)}.",
            "Leave it out, and the query decides; the answer is the same.",
            "unknown-engine",
            available=names,
        )
    return Engine(given.pop())


def update_refused() -> ProblemError:
    """Return the error for an update."""
    return ProblemError(
        Problem(
            403,
            "This endpoint only reads; it takes no update.",
            hint="Send a query as the parameter `query` or as application/sparql-query.",
            code="query-refused",
        )
    )


def _parameters(text: str, where: str) -> list[tuple[str, str]]:
    """Return names and values, decoded once, as UTF-8 (SPARQL 1.1 Protocol §2.1.1, §2.1.2)."""
    if text.startswith("query=") and "&" not in text:  # most requests
        return [("query", decode_value(text[6:], where))]
    return parse_form(text, where)


def _collect(pairs: Sequence[tuple[str, str]], direct: str | None) -> ProtocolRequest:
    """Return what the parameters ask; those that mean nothing here are ignored, because editors add their own."""
    if direct is None and len(pairs) == 1 and pairs[0][0] == "query":
        return ProtocolRequest(pairs[0][1])
    if any(name in UPDATE_PARAMETERS for name, _ in pairs):
        raise update_refused()
    queries = [value for name, value in pairs if name == "query"]
    if direct is not None:
        queries.append(direct)
    if len(queries) > 1:
        raise bad_request(
            f"The request holds {len(queries)} queries.", "Send one query in a request.", "several-queries"
        )
    return ProtocolRequest(
        query=queries[0] if queries else None,
        default_graphs=tuple(value for name, value in pairs if name == "default-graph-uri"),
        named_graphs=tuple(value for name, value in pairs if name == "named-graph-uri"),
        format=_one_format([value for name, value in pairs if name in ("format", "output", "results")]),
        timeout=_one_timeout([value for name, value in pairs if name == "timeout"]),
        engine=read_engine([value for name, value in pairs if name == "engine"]),
    )


def _one_format(values: Sequence[str]) -> str | None:
    """Return the one format that is asked for, under the name that comes first.

    Clients that do not know the endpoint send the name of one format under several parameters, and its media type too.
    """
    given = {value.strip().lower(): value for value in values if value.strip()}
    if len(given) > 1 and not set.intersection(*(set(formats_named(value) or ()) for value in given.values())):
        raise bad_request(
            f"The request asks for several formats: {', '.join(given.values())}.", "Name one.", "several-formats"
        )
    return next(iter(given.values()), None)


def _one_timeout(values: Sequence[str]) -> float | None:
    given = {value.strip() for value in values if value.strip()}
    if not given:
        return None
    try:
        seconds = float(given.pop())
    except ValueError:
        seconds = math.nan
    if given or not math.isfinite(seconds) or seconds <= 0:
        raise bad_request(
            "The parameter timeout is not one number of seconds above 0.", "Write it like timeout=10.", "bad-timeout"
        )
    return seconds


def _unsupported(content_type: str) -> ProblemError:
    shown = f"is {content_type!r}" if content_type else "is missing"
    return ProblemError(
        Problem(
            415,
            f"The Content-Type {shown}.",
            hint=f"Send a query as {DIRECT}, or its parameters as {FORM}.",
            code="unsupported-media-type",
            fields={"available": [DIRECT, FORM]},
            headers={"Accept-Post": f"{DIRECT}, {FORM}"},
        )
    )


def _unsupported_charset(charset: str) -> ProblemError:
    return ProblemError(
        Problem(
            415,
            f"The body is in the charset {charset!r}.",
            hint="Send it in UTF-8, the only one that the protocol allows.",
            code="unsupported-media-type",
            headers={"Accept-Post": f"{DIRECT};charset=utf-8, {FORM}"},
        )
    )
