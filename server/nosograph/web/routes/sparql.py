"""The SPARQL endpoint of the application: asks the store in the thread of the request; the rules are in ``server``."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from nosograph.rdf import writer
from nosograph.rdf.formats import ANSWER_FORMATS, HTML, JSON_LD, RDF_FORMATS, SPARQL_QUERY, TURTLE, Format
from nosograph.web.http import links, negotiation
from nosograph.web.http.bodies import FORM
from nosograph.web.http.openapi import Body
from nosograph.web.http.problems import not_acceptable
from nosograph.web.http.sparql_protocol import ProtocolRequest
from nosograph.web.routes.client_connection import client_gone
from nosograph.web.routes.context import current
from nosograph.web.routes.delivery import send_reply
from nosograph.web.routes.parameters import answers
from nosograph.web.routes.query_pages import answer_page, render_sparql_page
from nosograph.web.server.sparql_endpoint import (
    GRAPH_ALIASES,
    PATH,
    answer_reply,
    named_format,
    plan_query,
    read_protocol_request,
)
from nosograph.web.views.release_parts import read_described

blueprint = Blueprint("sparql", __name__)

_PARAMETERS: Final = ("query", "default-graph-uri", "named-graph-uri", "format", "timeout", "engine")
_BODIES: Final = (Body(FORM, {"query": "ASK {}"}), Body(SPARQL_QUERY.media_type, "ASK {}"))

_DESCRIPTION_FORMATS: Final = (TURTLE, HTML, *(format for format in RDF_FORMATS if format is not TURTLE))


@blueprint.route(PATH, methods=["GET", "POST"])
@answers(*ANSWER_FORMATS, HTML, takes=_PARAMETERS, bodies=_BODIES)
def answer() -> Response:
    """Answer a query in a format or, for a browser, as a page; describe the endpoint where there is no query."""
    context = current()
    asked = read_protocol_request(request.environ, context.settings)
    planned = plan_query(request.environ, asked)
    if planned is None and asked.query is not None:
        page = answer_page(asked)
        page.vary.add("Accept")
        return page
    if planned is None:
        return _describe_endpoint(asked)
    gone = client_gone()
    if planned.refusal is not None:
        context.store.check(planned.query, gone=gone)
        raise planned.refusal
    found = context.store.answer(planned.query, gone=gone)
    return send_reply(answer_reply(found, planned, context.release, context.settings))


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
        choice = named_format(asked.format, RDF_FORMATS, "a request without a query")
    else:
        accept = request.headers.get("Accept")
        found = negotiation.choose_document(accept, _DESCRIPTION_FORMATS, GRAPH_ALIASES)
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
