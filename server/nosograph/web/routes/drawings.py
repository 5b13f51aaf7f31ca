"""Drawings: ``/<kind>/<name>/drawing`` is the picture around a resource, with more neighbours where they are asked for.

The script of the pages asks for the same addresses as a reader without scripts, so the server alone decides what is
drawn and where.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response

from nosograph.rdf.formats import HTML
from nosograph.store.lookup import State
from nosograph.web.html.drawing_pages import page_of_drawing
from nosograph.web.http.problems import malformed_parameter, not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import html_response
from nosograph.web.routes.parameters import answers, parameter
from nosograph.web.routes.resources import parse_address
from nosograph.web.views.drawing import MOST_EXPANDED

blueprint = Blueprint("drawings", __name__)

_LONGEST: Final = 200


@blueprint.get("/<kind:kind>/<name>/drawing")
@answers(HTML, takes=("with",))
def show_drawing(kind: str, name: str) -> Response:
    """Return the page of the drawing around a resource; ``with`` names those whose neighbours it shows as well."""
    address = parse_address(kind, f"{kind}/", name)
    site = current().site
    iri = site.release.base.iri + address.path
    expanded = _expanded(parameter("with"))
    known = address.format is None and current().lookup().state(iri).state is State.ACTIVE
    page = page_of_drawing(site, kind, iri, expanded) if known else None
    if page is None:
        raise not_found(
            f"There is no drawing of {address.path!r}: the release has no such resource, or nothing to draw around it.",
            f"What the release says of a resource is on its page, such as /{address.path}.",
        )
    return html_response(page, f"{address.path}/drawing")


def _expanded(text: str) -> tuple[str, ...]:
    """Return the local names that a parameter lists, each once.

    Raises:
        ProblemError: 400, it is not such a list, or too long a one.
    """
    names = tuple(dict.fromkeys(filter(None, text.split(","))))
    kinds = current().release.base.kinds
    for name in names:
        kind, slash, rest = name.partition("/")
        if kind not in kinds or not slash or not rest or len(name) > _LONGEST:
            raise malformed_parameter(
                f"The parameter with names {name[:100]!r}, which is no resource.",
                "Write it like with=kind/name,kind/name: each is the end of a resource's permanent address.",
            )
    if len(names) > MOST_EXPANDED:
        raise malformed_parameter(
            f"A drawing shows the neighbours of {MOST_EXPANDED} resources at most, not of {len(names)}.",
            "Open the drawing around one of them.",
        )
    return names
