"""The description of the whole interface, made from the routes themselves: in OpenAPI, and as a page."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app

from nosograph import __version__
from nosograph.rdf.formats import HTML, JSON
from nosograph.web.html.rendering import render, static_digest, static_files
from nosograph.web.http.links import Link
from nosograph.web.http.openapi import Examples, Interface, Route, describe_interface
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, notes_of, takes_only
from nosograph.web.views.interface_examples import examples_of_path, examples_of_query
from nosograph.web.views.interface_page import interface_page

blueprint = Blueprint("interface", __name__)


@blueprint.get("/openapi.json")
@takes_only()
@answers(JSON)
def show_description() -> Response:
    """Return the description of the interface for programs (OpenAPI 3.1)."""
    return Response(json.dumps(_describe(), ensure_ascii=False, indent=1), content_type=JSON.content_type)


@blueprint.get("/openapi.html")
@answers(HTML)
def show_interface() -> Response:
    """Return the page with the description of the interface."""
    site = current().site
    frame = frame_of(site, "Interface", "openapi.html", description="What programs can ask here, and how.")
    text = render("interface.html", frame, page=interface_page(_describe()))
    return html_response(text, "openapi.html", more=[Link("openapi.json", "alternate", JSON.media_type)])


def _describe() -> dict[str, Any]:
    site = current().site
    groups = {
        name: (sys.modules[group.import_name].__doc__ or "").partition("\n")[0]
        for name, group in current_app.blueprints.items()
    }
    interface = Interface(site.release.manifest.profile.name, __version__, site.site_url.rstrip("/"), groups)
    path = examples_of_path(site) | {"static": static_digest(), "{digest}": min(static_files())}
    return describe_interface(interface, _routes(), Examples(site.release.base.kinds, path, examples_of_query(site)))


def _routes() -> Iterator[Route]:
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        group = rule.endpoint.partition(".")[0]
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield Route(rule.rule, method, group, view.__doc__ or "", notes_of(view))
