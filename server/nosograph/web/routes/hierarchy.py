"""The hierarchy of resources as pages: the broadest of each kind, and each resource with what is above and below it."""

from __future__ import annotations

from flask import Blueprint, Response

from nosograph.rdf.formats import HTML
from nosograph.rdf.names import is_local_name
from nosograph.store.lookup import State
from nosograph.web.html.rendering import render
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, page_number
from nosograph.web.views.hierarchy import address_of, kind_trees, position
from nosograph.web.views.site import Site

blueprint = Blueprint("hierarchy", __name__)


@blueprint.get("/hierarchy")
@answers(HTML)
def show_hierarchies() -> Response:
    """Return the broadest resources of every kind that has a hierarchy."""
    site = current().site
    text = site.pages.get("/hierarchy", lambda: render_hierarchies(site, "", 1))
    return html_response(text, "hierarchy", "CollectionPage")


@blueprint.get("/hierarchy/<kind:kind>/")
@answers(HTML, takes=("page",))
def show_hierarchy(kind: str) -> Response:
    """Return one page of the broadest resources of a kind."""
    site, page = current().site, page_number()
    path = f"hierarchy/{kind}/" if page == 1 else f"hierarchy/{kind}/?page={page}"
    text = site.pages.get(f"/{path}", lambda: render_hierarchies(site, kind, page))
    return html_response(text, path, "CollectionPage")


def render_hierarchies(site: Site, kind: str, page: int) -> str:
    """Return the page of the broadest resources of every kind, or one page of those of one kind.

    Raises:
        ProblemError: 404 where there is no such page.
    """
    trees = kind_trees(site.reader(), site.documents, site.release.manifest.counts.kinds, kind, page)
    if page > 1 and not any(tree.level.nodes for tree in trees):
        raise not_found(f"The list has no page {page}.", "Begin with page=1.")
    title = f"Hierarchy of {site.release.vocabulary.by_kind[kind].plural}" if kind else "Hierarchy"
    path = f"hierarchy/{kind}/" if kind else "hierarchy"
    return render(
        "hierarchy.html",
        frame_of(
            site,
            title if page == 1 else f"{title}, page {page}",
            path if page == 1 else f"{path}?page={page}",
            section="hierarchy",
            description="What is broader and what is narrower, as trees that open step by step.",
        ),
        title=title,
        trees=trees,
        alone=not kind,
    )


@blueprint.get("/hierarchy/<kind:kind>/<name>")
@answers(HTML, takes=("page",))
def show_position(kind: str, name: str) -> Response:
    """Return where a resource stands: what is above it, and one page of what is below it.

    Raises:
        ProblemError: 404 where there is no such resource, or no such page.
    """
    context = current()
    site, page = context.site, page_number()
    iri = str(site.release.base.resource(kind, name))
    if not is_local_name(name) or context.lookup().state(iri).state is not State.ACTIVE:
        raise not_found(f"There is no {kind} {name[:100]!r} in this release.", "Search for it at /search.")
    text = site.pages.get(f"/hierarchy {iri} {page}", lambda: render_position(site, iri, page))
    return html_response(text, f"hierarchy/{kind}/{name}" if page == 1 else f"hierarchy/{kind}/{name}?page={page}")


def render_position(site: Site, iri: str, page: int) -> str:
    """Return the page of a resource in the hierarchy.

    Raises:
        ProblemError: 404 where there is no such page.
    """
    shown = position(site.reader(), site.documents, iri, page)
    if page > 1 and not shown.level.nodes:
        raise not_found(f"The list has no page {page}.", "Begin with page=1.")
    path = address_of(shown.value).removeprefix("/")
    return render(
        "position.html",
        frame_of(
            site,
            f"{shown.value.text} in the hierarchy"
            if page == 1
            else f"{shown.value.text} in the hierarchy, page {page}",
            path if page == 1 else f"{path}?page={page}",
            section="hierarchy",
            description=f"What is broader and what is narrower than {shown.value.text}.",
        ),
        position=shown,
    )
