"""Lists of what names a resource: ``/<kind>/<name>/named`` is one of them, read rank by rank and narrowed.

An address says after or before which rank it begins, so it stays right as long as the release does, however deep it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode

from flask import Blueprint, Response

from nosograph.rdf.formats import HTML
from nosograph.search.database import LONGEST_QUERY
from nosograph.search.words import fold
from nosograph.store.lookup import State
from nosograph.store.uses import FoundUse, Selection
from nosograph.web.html.rendering import render
from nosograph.web.http.problems import malformed_parameter, not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter
from nosograph.web.routes.resources import parse_address
from nosograph.web.views.addresses import uses_address
from nosograph.web.views.references import number_references
from nosograph.web.views.site import Site
from nosograph.web.views.uses import MOST_FILTERED, Use, UseLister
from nosograph.web.views.wording import STATUSES

blueprint = Blueprint("uses", __name__)


@blueprint.get("/<kind:kind>/<name>/named")
@answers(HTML, needs=("use",), takes=("status", "q", "after", "before"))
def show_uses(kind: str, name: str) -> Response:
    """Return one page of what names a resource by the property that ``use`` gives.

    Raises:
        ProblemError: 404 where there is no such resource, nothing names it so, or nothing is beyond a bound.
    """
    address = parse_address(kind, f"{kind}/", name)
    site = current().site
    iri = site.release.base.iri + address.path
    use, wanted = parameter("use"), selection()
    if address.format is not None or current().lookup().state(iri).state is not State.ACTIVE:
        raise not_found(f"There is no {kind} {name[:100]!r} in this release.", "Search for it at /search.")
    path = f"{address.path}/named?{query_of(use, wanted)}"
    text = site.pages.get(f"/{path}", lambda: render_uses(site, iri, path, use, wanted))
    return html_response(text, path, "CollectionPage")


def render_uses(site: Site, iri: str, path: str, use: str, wanted: Selection) -> str:
    """Return one page of what names a resource by a property.

    Raises:
        ProblemError: 404 where nothing names it so, or nothing is beyond a bound.
    """
    reader = site.reader()
    lister = UseLister(reader.without_passages(), site.documents, iri, uses_address(site.addresses, iri))
    found = [entry for entry in lister.ordered(site.documents.uses(iri)) if lister.name(entry) == use]
    if not found:
        raise not_found(
            f"Nothing names the resource by {use[:100]!r}.",
            "The parameter use is a property, as the page of the resource gives it.",
        )
    check_filter(found, wanted)
    shown = lister.part(found[0], wanted)
    check_bounds(shown)
    return render(
        "named.html",
        frame_of(
            site,
            f"{shown.heading}, {shown.page.words}",
            path,
            section=reader.value(iri).kind,
            description=f"{shown.heading}: {shown.total:,} in this release.",
            scripts=("site.js", "tables.js"),
            indexed=not (wanted.status or wanted.words),
        ),
        value=reader.value(iri),
        use=shown,
        references=number_references(reader, shown.facts),
    )


def selection() -> Selection:
    """Return which entries of a list are wanted, by the parameters ``status``, ``q``, ``after`` and ``before``.

    Raises:
        ProblemError: 400 where one of them is malformed, or where a list is to begin and to end at a bound.
    """
    status, after, before = parameter("status"), _rank("after"), _rank("before")
    if status and status not in STATUSES:
        raise malformed_parameter(f"There is no status {status[:50]!r}.", f"The statuses are {', '.join(STATUSES)}.")
    if after and before:
        raise malformed_parameter("The parameters after and before are both given.", "Give one of them.")
    return Selection(status, " ".join(fold(parameter("q")[:LONGEST_QUERY]).split()), after, before)


def query_of(use: str, wanted: Selection) -> str:
    """Return the query part of the address of a list."""
    given = {
        "use": use,
        "status": wanted.status,
        "q": wanted.words,
        "after": wanted.after,
        "before": wanted.before,
    }
    return urlencode({name: value for name, value in given.items() if value}, safe=":")


def check_filter(found: Iterable[FoundUse], wanted: Selection) -> None:
    """Check that lists are short enough for a filter by words, where one is wanted.

    Raises:
        ProblemError: 400, one is too long.
    """
    if wanted.words and any(use.total > MOST_FILTERED for use in found):
        raise malformed_parameter(
            f"A list of more than {MOST_FILTERED:,} entries is not filtered by words.",
            "Leave the parameter q out, or ask by a query at /sparql.",
        )


def check_bounds(use: Use) -> None:
    """Check that a list has entries between its bounds; one that a filter leaves empty says so itself.

    Raises:
        ProblemError: 404, nothing is beyond a bound.
    """
    bounded = use.selection.after or use.selection.before
    if bounded and not (use.facts or use.rows):
        raise not_found("The list has nothing there.", "Begin without the parameters after and before.")


def _rank(name: str) -> int:
    text = parameter(name, "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise malformed_parameter(f"The parameter {name} is not a number.", f"Write it like {name}=100.")
    return int(text)
