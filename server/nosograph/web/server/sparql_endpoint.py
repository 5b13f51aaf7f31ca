"""The SPARQL endpoint as functions from values to values: a request to a query, and its answer to a response.

The route of the application and the front call them alike; only how they wait for the store differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from nosograph.rdf.formats import JSON, JSON_LD, Format
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.sparql.form import BYTE_ORDER_MARK, QueryForm, query_form
from nosograph.sparql.formats import FORMATS_BY_FORM
from nosograph.store.interface import Answer, Query
from nosograph.web.http import links, negotiation
from nosograph.web.http.delivery import NEVER, SHORT
from nosograph.web.http.malformed import body_too_large
from nosograph.web.http.problems import Problem, ProblemError, bad_request, not_acceptable
from nosograph.web.http.replies import FileContent, Reply
from nosograph.web.http.sparql_protocol import (
    ASKED,
    ProtocolRequest,
    format_names,
    formats_named,
    largest_body,
    read_request,
    wants_page,
)
from nosograph.web.server.admission import network_of
from nosograph.web.server.response_cache import SHARE_OF_ONE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

PATH: Final = "/sparql"

ROUTE_NAME: Final = "sparql.answer"
"""Name of the endpoint in metrics: that of its route in the application."""

GRAPH_ALIASES: Final = {JSON_LD.name: (JSON.media_type,)}
"""Media types that stand for a format where the answer is a graph."""

_REMEMBERED: Final = 1024
"""Characters of an Accept header, or of a format's name, whose choice is remembered."""

_LEAST_READ: Final = 64 * 1024
"""Bytes of an answer that are always read at once, also by a server without a cache."""


@dataclass(frozen=True)
class PlannedQuery:
    """A query that a request holds, and how its answer is to be written.

    Attributes:
        query: what the store is asked.
        choice: the format of the answer; None where there is a refusal.
        refusal: why no format fits. It is told when the store has said that the query parses.
    """

    query: Query
    choice: negotiation.Choice | None
    refusal: ProblemError | None


def read_protocol_request(environ: WSGIEnvironment, settings: Settings) -> ProtocolRequest:
    """Return what a request to the endpoint asks; its body is read at most once.

    Raises:
        ProblemError: the request does not follow the protocol, or its body is too long.
    """
    asked = environ.get(ASKED)
    if asked is None:
        body = _read_body(environ, largest_body(settings.query_text))
        query_string, content_type = environ.get("QUERY_STRING", ""), environ.get("CONTENT_TYPE", "")
        asked = environ[ASKED] = read_request(environ["REQUEST_METHOD"], query_string, content_type, body)
    assert isinstance(asked, ProtocolRequest)
    return asked


def plan_query(environ: WSGIEnvironment, asked: ProtocolRequest) -> PlannedQuery | None:
    """Return the query that a request holds, or None where the application has to answer.

    It describes the endpoint where there is no query, and shows answers as pages to browsers.

    Raises:
        ProblemError: a POST holds no query.
        QuerySyntaxError: the text begins like no query.
    """
    if asked.query is None:
        if environ["REQUEST_METHOD"] == "POST":
            raise bad_request("The request holds no query.", "Send it as the parameter `query`.", "no-query")
        return None
    accept = environ.get("HTTP_ACCEPT")
    if wants_page(asked, accept):
        return None
    text = asked.query.removeprefix(BYTE_ORDER_MARK)
    form = query_form(text)
    choice: negotiation.Choice | None = None
    refusal: ProblemError | None = None
    short = len(accept or "") <= _REMEMBERED and len(asked.format or "") <= _REMEMBERED
    try:
        choice = (_remembered_format if short else _choose_format)(asked.format, form, accept)
    except ProblemError as error:
        refusal = error
    query = Query(
        text=text,
        formats={form: choice.format if choice else FORMATS_BY_FORM[form][0]},
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        timeout=asked.timeout,
        client=network_of(environ.get("REMOTE_ADDR", "")),
        engine=asked.engine,
    )
    return PlannedQuery(query, choice, refusal)


def answer_reply(answer: Answer, planned: PlannedQuery, release: Release, settings: Settings) -> Reply:
    """Return the response for an answer: a small one as bytes, a large one as the file that it lies in."""
    assert planned.choice is not None
    reply = Reply(200)
    if answer.size <= max(settings.answer_cache * 1024 * 1024 // SHARE_OF_ONE, _LEAST_READ):
        with answer:
            reply.content = answer.read()
    else:
        reply.content = FileContent(answer.chunks(), answer.size, answer.close)
    reply.headers = {
        "Content-Type": planned.choice.content_type,
        "Cache-Control": NEVER if answer.is_volatile else SHORT,
        "Server-Timing": server_timing(answer),
        "Vary": "Accept",
    }
    links.add_links(reply.headers, links.license_links(release.manifest.licenses()))
    return reply


def server_timing(answer: Answer) -> str:
    """Return where the time went as the Server-Timing header says it, in milliseconds, and the engine that answered."""
    timings = answer.timings
    told = (
        f"parse;dur={timings.parse * 1000:.2f}, queue;dur={timings.queue * 1000:.2f}, "
        f"evaluate;dur={timings.evaluate * 1000:.2f}, serialise;dur={timings.serialise * 1000:.2f}"
    )
    return told if answer.engine is None else f'{told}, engine;desc="{answer.engine}"'


def named_format(name: str, formats: Sequence[Format], what: str) -> negotiation.Choice:
    """Return the format that a parameter names.

    Raises:
        ProblemError: 400 for an unknown name, 406 for a format that ``what`` cannot be written in.
    """
    meant = formats_named(name)
    if meant is None:
        raise bad_request(
            f"There is no format named {name!r}.",
            f"The names are {', '.join(format_names())}; media types are understood as well.",
            "unknown-format",
            available=list(format_names()),
        )
    for format in formats:
        if format in meant:
            return negotiation.Choice(format, format.media_type)
    available = [format.name for format in formats]
    raise ProblemError(
        Problem(
            406,
            f"The answer to {what} cannot be written as {name!r}.",
            hint=f"It can be had as {', '.join(available)}.",
            code="not-acceptable",
            fields={"available": available},
        )
    )


def _choose_format(named: str | None, form: QueryForm, accept: str | None) -> negotiation.Choice:
    """Return the format of the answer: the one named in a parameter, else the one that fits the Accept header best.

    Raises:
        ProblemError: 400 for an unknown name, 406 when nothing fits.
    """
    formats = FORMATS_BY_FORM[form]
    if named is not None:
        return named_format(named, formats, str(form))
    choice = negotiation.choose(accept, formats, GRAPH_ALIASES)
    if choice is None:
        raise not_acceptable(formats, accept or "")
    return choice


_remembered_format: Final = lru_cache(maxsize=1024)(_choose_format)
"""By strings alone: to look a choice up by the formats themselves takes longer than a worker takes to be asked."""


def _read_body(environ: WSGIEnvironment, bound: int) -> bytes:
    """Return the body of a POST, which has a bound and no content coding.

    Raises:
        ProblemError: 413 for a body beyond the bound, 415 for one with a content coding.
    """
    if environ["REQUEST_METHOD"] != "POST":
        return b""
    coding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if coding not in ("", "identity"):
        raise ProblemError(
            Problem(
                415,
                f"The body has the content coding {coding!r}.",
                hint="Send it without one.",
                code="unsupported-media-type",
                headers={"Accept-Encoding": "identity"},
            )
        )
    announced = environ.get("CONTENT_LENGTH", "")
    if announced.isdigit() and int(announced) > bound:
        raise ProblemError(body_too_large(bound))
    # Where a server does not end the stream at the end of the body, only an announced length may be read (PEP 3333).
    length = bound + 1 if environ.get("wsgi.input_terminated") else int(announced) if announced.isdigit() else 0
    body = environ["wsgi.input"].read(length)
    if len(body) > bound:
        raise ProblemError(body_too_large(bound))
    assert isinstance(body, bytes)
    return body
