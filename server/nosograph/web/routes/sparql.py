"""The SPARQL endpoint: reads a request by the protocol, negotiates, asks the store, sends the whole answer or none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from nosograph.errors import QuerySyntaxError
from nosograph.rdf import writer
from nosograph.rdf.formats import HTML, JSON, JSON_LD, RDF_FORMATS, TURTLE, Format
from nosograph.sparql.form import BYTE_ORDER_MARK, QueryForm, query_form
from nosograph.sparql.formats import FORMATS_BY_FORM
from nosograph.store.interface import Answer, Query, Timings
from nosograph.web.http import links, negotiation
from nosograph.web.http.problems import Problem, ProblemError, not_acceptable
from nosograph.web.http.sparql_protocol import (
    ASKED,
    ProtocolRequest,
    bad_request,
    format_names,
    formats_named,
    largest_body,
    read_request,
    wants_page,
)
from nosograph.web.routes.client_connection import client_gone
from nosograph.web.routes.context import current
from nosograph.web.routes.delivery import NEVER, SHORT
from nosograph.web.routes.query_pages import answer_page, render_sparql_page
from nosograph.web.server.response_cache import SHARE_OF_ONE
from nosograph.web.views.release_parts import read_described

blueprint = Blueprint("sparql", __name__)

_GRAPH_ALIASES: Final = {JSON_LD.name: (JSON.media_type,)}
_DESCRIPTION_FORMATS: Final = (TURTLE, HTML, *(format for format in RDF_FORMATS if format is not TURTLE))


@blueprint.route("/sparql", methods=["GET", "POST"])
def answer() -> Response:
    """Answer a query, or describe the endpoint where there is none.

    Relative IRIs in a query are relative to the endpoint's own IRI (RFC 3986 §5.1.3), which does not depend on the host
    that a client has named; a declaration says so in front of the query, and errors are placed without it.
    """
    asked = request.environ.get(ASKED) or _read_request()
    if asked.query is None:
        if request.method == "POST":
            raise bad_request("The request holds no query.", "Send it as the parameter `query`.", "no-query")
        return _describe_endpoint(asked)
    if wants_page(asked, request.headers.get("Accept")):
        page = answer_page(asked)
        page.vary.add("Accept")
        return page
    base = f"BASE <{current().release.base.iri}sparql> "
    try:
        return _answer_query(asked, base + asked.query.removeprefix(BYTE_ORDER_MARK))
    except QuerySyntaxError as error:
        if error.line == 1 and error.column is not None:
            error.column = max(1, error.column - len(base))
        raise


def _read_request() -> ProtocolRequest:
    query_string = request.query_string.decode("ascii", errors="replace")
    return read_request(request.method, query_string, request.headers.get("Content-Type", ""), _read_body())


def _read_body() -> bytes:
    """Return the body of a POST, which has a bound and no content coding.

    Raises:
        ProblemError: 413 for a body beyond the bound, 415 for one with a content coding.
    """
    if request.method != "POST":
        return b""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
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
    bound = largest_body(current().settings.query_text)
    try:
        if (request.content_length or 0) > bound:
            raise RequestEntityTooLarge
        body = request.environ["wsgi.input"].read(bound + 1)
        if len(body) > bound:
            raise RequestEntityTooLarge
    except RequestEntityTooLarge:
        raise ProblemError(
            Problem(
                413,
                f"The body has more than {bound} bytes.",
                hint="Send a shorter query.",
                code="body-too-large",
                fields={"limit_bytes": bound},
            )
        ) from None
    assert isinstance(body, bytes)
    return body


def _answer_query(asked: ProtocolRequest, text: str) -> Response:
    context = current()
    form = query_form(text)
    query = Query(
        text=text,
        formats={},
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        timeout=asked.timeout,
        client=request.remote_addr or "",
    )
    gone = client_gone()
    try:
        choice = _choose_format(asked, form)
    except ProblemError:
        # That a query does not parse is said before what is wrong with the format of its answer.
        context.store.check(_with_format(query, form, FORMATS_BY_FORM[form][0]), gone=gone)
        raise
    answer = context.store.answer(_with_format(query, form, choice.format), gone=gone)
    return _respond(answer, choice, asked, context.settings.answer_cache * 1024 * 1024 // SHARE_OF_ONE)


def _with_format(query: Query, form: QueryForm, format: Format) -> Query:
    return Query(query.text, {form: format}, query.default_graphs, query.named_graphs, query.timeout, query.client)


def _choose_format(asked: ProtocolRequest, form: QueryForm) -> negotiation.Choice:
    """Return the format of the answer: the one named in a parameter, else the one that fits the Accept header best.

    Raises:
        ProblemError: 400 for an unknown name, 406 when nothing fits.
    """
    formats = FORMATS_BY_FORM[form]
    if asked.format is not None:
        return _named_format(asked.format, formats, str(form))
    accept = request.headers.get("Accept")
    choice = negotiation.choose(accept, formats, _GRAPH_ALIASES)
    if choice is None:
        raise not_acceptable(formats, accept or "")
    return choice


def _named_format(name: str, formats: Sequence[Format], what: str) -> negotiation.Choice:
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


def _respond(answer: Answer, choice: negotiation.Choice, asked: ProtocolRequest, kept: int) -> Response:
    """Return the response: a small answer as bytes, with an entity tag; a large one streamed from its spool."""
    if answer.size <= kept:
        with answer:
            response = Response(answer.read())
    else:
        response = Response(_chunks(answer))
        response.headers["Content-Length"] = str(answer.size)
        response.call_on_close(answer.close)
    response.headers["Content-Type"] = choice.content_type
    response.headers["Cache-Control"] = NEVER if asked.is_volatile else SHORT
    response.headers["Server-Timing"] = server_timing(answer.timings)
    response.vary.add("Accept")
    links.add_links(response.headers, links.license_links(current().release.manifest.licenses()))
    return response


def _chunks(answer: Answer) -> Iterator[bytes]:
    yield from answer.chunks()


def server_timing(timings: Timings) -> str:
    """Return where the time went as the Server-Timing header says it, in milliseconds."""
    phases = (
        ("parse", timings.parse),
        ("queue", timings.queue),
        ("evaluate", timings.evaluate),
        ("serialise", timings.serialise),
    )
    return ", ".join(f"{name};dur={seconds * 1000:.2f}" for name, seconds in phases)


def _service_description(format: Format) -> bytes:
    """Return the service description: the release's own file where there is one in the format, else made from it."""
    context = current()
    if format.name in ("ttl", "jsonld"):
        return context.release.read(f"service.{format.name}")
    base = context.release.base
    quads = read_described(context.release, "service.ttl")
    return writer.write_document(quads, format, base.prefixes(), context.jsonld, first=f"{base.iri}sparql")


def _describe_endpoint(asked: ProtocolRequest) -> Response:
    """Return the service description (SPARQL 1.1 Service Description §2), or the editor where a browser asks."""
    context = current()
    if asked.format is not None:
        choice = _named_format(asked.format, RDF_FORMATS, "a request without a query")
    else:
        accept = request.headers.get("Accept")
        found = negotiation.choose_document(accept, _DESCRIPTION_FORMATS, _GRAPH_ALIASES)
        if found is None:
            raise not_acceptable(_DESCRIPTION_FORMATS, accept or "")
        choice = found
    if choice.format is HTML:
        response = Response(render_sparql_page(context.site))
    else:
        response = Response(_service_description(choice.format))
    response.headers["Content-Type"] = choice.content_type
    response.vary.add("Accept")
    links.add_links(
        response.headers,
        [
            links.Link(f"{context.site_url}sparql", "canonical"),
            *links.license_links(context.release.manifest.licenses()),
            *(links.Link("sparql", "service-desc", format.media_type) for format in (TURTLE, JSON_LD)),
            links.Link("sparql", "service-doc", HTML.media_type),
        ],
    )
    return response
