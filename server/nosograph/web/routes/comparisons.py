"""Two resources of one kind on one page, chosen in a form that works without scripts."""

from __future__ import annotations

from flask import Blueprint, Response

from nosograph.rdf.formats import HTML
from nosograph.vocabulary.terms import UNLABELLED_KINDS, ResourceClass
from nosograph.web.html.rendering import render
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter
from nosograph.web.views.choices import ResourceChoice, choose
from nosograph.web.views.facts import Reader
from nosograph.web.views.hierarchy import ways_from
from nosograph.web.views.references import number_references
from nosograph.web.views.side_by_side import side_by_side
from nosograph.web.views.site import Site

blueprint = Blueprint("comparisons", __name__)


@blueprint.get("/compare")
@answers(HTML, takes=("first", "second"))
def show_comparison_of_focus() -> Response:
    """Return the comparison of two of the resources that the site is about.

    Raises:
        ProblemError: 404 where the vocabulary does not name them.
    """
    focus = current().release.vocabulary.focus
    if focus is None:
        raise not_found("There is no comparison at this address.", "Name the kind, such as /compare/source.")
    return show_comparison(focus.kind)


@blueprint.get("/compare/<kind:kind>")
@answers(HTML, takes=("first", "second"))
def show_comparison(kind: str) -> Response:
    """Return the comparison of two resources of a kind, or the form in which they are chosen.

    Raises:
        ProblemError: 404 where the resources of the kind have no names by which they could be chosen.
    """
    site = current().site
    if kind in UNLABELLED_KINDS:
        raise not_found(f"Resources of the kind {kind} are not compared.", "Compare what the facts are about.")
    entry, reader = site.release.vocabulary.by_kind[kind], site.reader()
    first = choose(site, reader, entry, "first", f"First {entry.label}", parameter("first"))
    second = choose(site, reader, entry, "second", f"Second {entry.label}", parameter("second"))
    path = f"compare/{kind}"
    if first.value and second.value:
        path += f"?first={first.identifier}&second={second.identifier}"
        text = site.pages.get(f"/{path}", lambda: render_comparison(site, reader, entry, path, first, second))
    else:
        text = render_comparison(site, reader, entry, path, first, second)
    response = html_response(text, path)
    if first.is_unknown or second.is_unknown:
        response.status_code = 404
    return response


def render_comparison(
    site: Site, reader: Reader, entry: ResourceClass, path: str, first: ResourceChoice, second: ResourceChoice
) -> str:
    """Return the page on which two resources of a class are compared, or chosen."""
    reader = reader.without_passages()
    view = None
    if first.value and second.value and first.value != second.value:
        view = side_by_side(reader, first.value.iri, second.value.iri)
    return render(
        "compare.html",
        frame_of(
            site,
            f"{view.first.text} and {view.second.text}" if view else f"Compare two {entry.plural}",
            path,
            section="compare",
            description=f"What is said of two {entry.plural}, side by side, with the sources of each statement.",
            indexed=view is None,
        ),
        entry=entry,
        choices_made=(first, second),
        view=view,
        beside=ways_from(reader, site.documents, first.value.iri).beside if first.value and not second.text else (),
        references=number_references(reader, view.facts if view else ()),
    )
