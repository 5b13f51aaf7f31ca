"""The reconciliation service: names of a table are matched with resources, as OpenRefine does (API version 0.2)."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, request

from nosograph import __version__
from nosograph.rdf.formats import HTML, JSON
from nosograph.web.html.rendering import render
from nosograph.web.http.bodies import FORM, decode_body, media_type_of, parse_form, parse_json
from nosograph.web.http.links import relative_reference
from nosograph.web.http.openapi import Body
from nosograph.web.http.problems import (
    Problem,
    ProblemError,
    bad_request,
    malformed_parameter,
    not_found,
    several_values,
)
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter
from nosograph.web.routes.reconciliation_queries import MOST_QUERIES, read_extension, read_queries
from nosograph.web.server.observation import FRAMED_POLICY
from nosograph.web.views.reconciliation import Reconciler, TooManyValues

blueprint = Blueprint("reconciliation", __name__)

_PREVIEW_SIZE = (430, 220)


@blueprint.get("/reconcile")
@answers(JSON, takes=("queries", "extend"), schema="ReconciliationAnswer")
def answer_get() -> Response:
    """Return the manifest of the service, or the answer to queries in the address."""
    return _answer({name: parameter(name) for name in ("queries", "extend") if name in request.args})


@blueprint.post("/reconcile")
@answers(
    JSON,
    schema="ReconciliationAnswer",
    bodies=[Body(FORM, {"queries": '{"q0": {"query": "name"}}'}, "ReconciliationForm")],
)
def answer_post() -> Response:
    """Return the candidates for a batch of names, or values of properties of entities."""
    media_type_of(request.headers.get("Content-Type", ""), [FORM])
    fields: dict[str, str] = {}
    for name, value in parse_form(decode_body(request.get_data()), "body"):
        if fields.setdefault(name, value) != value:
            raise several_values(name, 2)
    asked = {name: value for name, value in fields.items() if name in ("queries", "extend")}
    if not asked:
        raise bad_request("The body has neither queries nor extend.", "Send one of them as a field of a form.")
    return _answer(asked)


def _answer(asked: dict[str, str]) -> Response:
    if len(asked) > 1:
        raise bad_request("The request has both queries and extend.", "Send one of them.")
    reconciler = Reconciler(current().site)
    if "queries" in asked:
        queries = read_queries(parse_json(asked["queries"], "parameter queries"))
        results = {}
        for key, query in queries.items():
            with current().site.bulk:
                results[key] = {"result": reconciler.match(query)}
        return _json(results)
    if "extend" not in asked:
        return _json(_manifest(reconciler))
    wanted = read_extension(parse_json(asked["extend"], "parameter extend"))
    try:
        with current().site.bulk:
            return _json(reconciler.extend(wanted))
    except TooManyValues as error:
        raise ProblemError(
            Problem(
                422,
                f"The answer would have more than {error.limit:,} values.",
                hint="Ask for fewer entities or properties at once, or set a limit on their values.",
                code="too-many-values",
                fields={"limit": error.limit},
            )
        ) from error


def _manifest(reconciler: Reconciler) -> dict[str, Any]:
    context = current()
    site = context.site_url
    width, height = _PREVIEW_SIZE
    suggest = {
        name: {"service_url": site.rstrip("/"), "service_path": f"/reconcile/suggest/{name}"}
        for name in ("entity", "type", "property")
    }
    return {
        "versions": ["0.2"],
        "name": context.release.manifest.profile.name,
        "identifierSpace": context.release.base.iri,
        "schemaSpace": context.release.vocabulary.ontology,
        "documentation": f"{site}docs/linking",
        "logo": f"{site}favicon.ico",
        "serviceVersion": __version__,
        "defaultTypes": reconciler.types(),
        "view": {"url": f"{site}reconcile/view?id={{{{id}}}}"},
        "preview": {"url": f"{site}reconcile/preview?id={{{{id}}}}", "width": width, "height": height},
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": site.rstrip("/"), "service_path": "/reconcile/properties"},
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Limit",
                    "type": "number",
                    "default": 0,
                    "help_text": "Most values of each entity; 0 for all of them.",
                }
            ],
        },
        "batchSize": MOST_QUERIES,
    }


@blueprint.get("/reconcile/suggest/<any(entity, type, property):what>")
@answers(JSON, takes=("prefix", "cursor"), schema="Suggestions")
def suggest(what: str) -> Response:
    """Return what a prefix may be completed to: an entity, a type or a property."""
    reconciler = Reconciler(current().site)
    prefix, skipped = parameter("prefix")[:1000], _number("cursor", 0)
    if what == "entity":
        found: list[Any] = reconciler.suggest_entities(prefix, skipped)
    else:
        found = list((reconciler.suggest_types if what == "type" else reconciler.suggest_properties)(prefix, skipped))
    return _json({"result": found})


@blueprint.get("/reconcile/properties")
@answers(JSON, takes=("type", "limit"), schema="PropertyProposals")
def propose_properties() -> Response:
    """Return the properties whose values can be fetched for entities of a type."""
    type, limit = parameter("type"), _number("limit", 0)
    found = Reconciler(current().site).propose_properties(type)
    if found is None:
        raise not_found(f"There is no type {type[:50]!r}.", "The manifest at /reconcile lists the types.")
    shown = found[:limit] if limit else found
    return _json({"type": type, "properties": shown} | ({"limit": limit} if limit else {}))


@blueprint.get("/reconcile/view")
@answers(status=303, takes=("id",))
def lead_to_entity() -> Response:
    """Lead to the resource that an identifier of the service stands for."""
    iri = Reconciler(current().site).iri(parameter("id"))
    local, kind = current().site.addresses.local(iri), current().site.addresses.kind(iri)
    if local is None or kind is None or not local.removeprefix(kind).strip("/"):
        raise _no_entity()
    response = Response(status=303)
    response.headers["Location"] = relative_reference(request.path, f"/{local}")
    return response


@blueprint.get("/reconcile/preview")
@answers(HTML, takes=("id",))
def show_preview() -> Response:
    """Return the page about an entity that a client shows in a small frame."""
    site = current().site
    found = Reconciler(site).preview(parameter("id"))
    if found is None:
        raise _no_entity()
    frame = frame_of(site, found.label, "reconcile/preview", indexed=False)
    text = render("preview.html", frame, entity=found, page=site.addresses.page(found.iri))
    response = html_response(text, "reconcile/preview")
    response.headers["Content-Security-Policy"] = FRAMED_POLICY
    return response


def _no_entity() -> ProblemError:
    return not_found(
        f"There is no entity {parameter('id')[:100]!r}.", "Identifiers are what follows the base in an IRI."
    )


def _number(name: str, default: int) -> int:
    text = parameter(name) or str(default)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise malformed_parameter(f"The parameter {name} is not a number.", f"Write it like {name}=10.")
    return int(text)


def _json(value: Any) -> Response:
    return Response(json.dumps(value, ensure_ascii=False), content_type=JSON.content_type)
