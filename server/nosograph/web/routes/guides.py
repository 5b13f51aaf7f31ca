"""The guides for each kind of reader, from ``docs/``, and the icon that browsers ask for by a fixed name."""

from __future__ import annotations

from flask import Blueprint, Response

from nosograph.rdf.formats import HTML
from nosograph.web.html.guides import INDEX, Guide, guides
from nosograph.web.html.rendering import STATIC_TYPES, render, static_files
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers
from nosograph.web.views.site import Site

blueprint = Blueprint("guides", __name__)


@blueprint.get("/docs/")
@answers(HTML)
def show_guides() -> Response:
    """Return the list of guides."""
    return _response(INDEX)


@blueprint.get("/docs/<name>")
@answers(HTML)
def show_guide(name: str) -> Response:
    """Return one guide."""
    if name == INDEX or name not in guides():
        raise not_found(
            f"There is no guide {name[:100]!r}.",
            "The guides are listed at /docs/.",
            available=sorted(set(guides()) - {INDEX}),
        )
    return _response(name)


@blueprint.get("/favicon.ico")
def show_icon() -> Response:
    """Return the icon of the site, for programs that do not read the page's own link to it."""
    response = Response(static_files()["icon.svg"], content_type=STATIC_TYPES["svg"])
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def render_guide(site: Site, guide: Guide) -> str:
    """Return the page of a guide."""
    return render(
        "guide.html",
        frame_of(
            site,
            guide.title,
            _path(guide.name),
            section="docs",
            description=f"{guide.title}: a guide to the graph and the software.",
        ),
        guide=guide,
        guides=[other for other in guides().values() if other.name != INDEX],
    )


def _response(name: str) -> Response:
    site = current().site
    path = _path(name)
    return html_response(site.pages.get(f"/{path}", lambda: render_guide(site, guides()[name])), path)


def _path(name: str) -> str:
    return "docs/" if name == INDEX else f"docs/{name}"
