"""Search as a page, as JSON, and as a description that browsers read."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request

from nosograph.rdf.formats import HTML, JSON
from nosograph.search import database
from nosograph.search.results import EVERYTHING, Filters, Hit
from nosograph.vocabulary.terms import TERM_KIND
from nosograph.web.html.rendering import render, static_digest
from nosograph.web.http.links import Link, relative_reference
from nosograph.web.http.problems import malformed_parameter, not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter, takes_only
from nosograph.web.views.addresses import Addresses
from nosograph.web.views.search_results import STAY, search_page, topic_value
from nosograph.web.views.wording import STATUSES

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
@answers(
    HTML,
    takes=("q", "kind", "status", "page", "stay"),
    others={303: "The page of the resource that is an exact match of a code."},
)
def show_search() -> Response:
    """Return the page of search results, or lead to the one resource that a code or an IRI is an exact match of.

    With a filter, a page number or ``stay`` it stays, so that the results can be seen and narrowed.
    """
    site = current().site
    query, filters = _search_parameters()
    page = _number("page", 1, 1)
    if filters == EVERYTHING and "page" not in request.args and STAY not in request.args:
        exact = site.search.exact(query)
        target = site.addresses.page(exact.iri) if exact else None
        if target:
            response = Response(status=303)
            response.headers["Location"] = relative_reference("/search", target)
            return response
    shown = search_page(site, query, filters, page)
    if page > 1 and not shown.hits:
        raise not_found(f"The results have no page {page}.", "Begin with page=1.")
    text = render(
        "search.html",
        frame_of(site, f"Search: {query}" if query else "Search", "search", section="search", indexed=not query),
        found=shown,
        results=shown.results,
        parts_of_query={"kind": filters.kind, "status": filters.status},
    )
    return html_response(text, "search", "SearchResultsPage", [Link(shown.json[1:], "alternate", JSON.media_type)])


@blueprint.get("/search.json")
@takes_only("q", "kind", "status", "limit", "offset")
@answers(JSON, schema="SearchResults")
def show_search_results() -> Response:
    """Return search results for programs."""
    site = current().site
    query, filters = _search_parameters()
    limit = _number("limit", database.PAGE_LENGTH, 1, 500)
    offset = _number("offset", 0, 0)
    results = site.search.search(query, filters, limit=limit, offset=offset)
    topic = topic_value(site.addresses, results)
    found = {
        "query": results.query,
        "corrected": results.corrected or None,
        "partial": results.partial,
        "exact": results.exact.iri if results.exact else None,
        "topic": topic and {"iri": topic.iri, "page": _reference(topic.href), "kind": topic.kind, "label": topic.text},
        "total": results.total,
        "offset": offset,
        "kinds": dict(results.kinds),
        "statuses": dict(results.statuses),
        "results": [_members(site.addresses, hit) for hit in results.hits],
    }
    return Response(json.dumps(found, ensure_ascii=False), content_type=JSON.content_type)


def _reference(page: str | None) -> str | None:
    """Return the address of a page as a reference from the document of the results."""
    return relative_reference("/search.json", page) if page and page.startswith("/") else page


def _members(addresses: Addresses, hit: Hit) -> dict[str, Any]:
    return {
        "iri": hit.iri,
        "page": _reference(addresses.page(hit.iri)),
        "kind": hit.kind,
        "label": hit.label,
        "alternatives": hit.alternatives,
        "definition": hit.definition,
        "statuses": hit.statuses,
        "code": hit.code or None,
        "relation": hit.relation or None,
    }


def _search_parameters() -> tuple[str, Filters]:
    kind, status = parameter("kind"), parameter("status")
    kinds = current().release.base.kinds
    if kind and kind not in kinds and kind != TERM_KIND:
        raise malformed_parameter(
            f"There is no kind {kind[:50]!r}.", f"The kinds are {', '.join(kinds)} and {TERM_KIND}."
        )
    if status and status not in STATUSES:
        raise malformed_parameter(f"There is no status {status[:50]!r}.", f"The statuses are {', '.join(STATUSES)}.")
    return parameter("q")[: database.LONGEST_QUERY].replace("\x00", ""), Filters(kind, status)


def _number(name: str, default: int, least: int, most: int = 999_999_999) -> int:
    text = parameter(name, str(default))
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not least <= int(text) <= most:
        bounds = f"from {least} to {most}" if most < 999_999_999 else f"of {least} or more"
        raise malformed_parameter(f"The parameter {name} is not a number {bounds}.", f"Write it like {name}=10.")
    return int(text)


@blueprint.get("/opensearch.xml")
def show_opensearch() -> Response:
    """Return the OpenSearch 1.1 description, by which a browser can search here from its address bar."""
    site = current().site
    address, name = escape(site.site_url), escape(site.release.manifest.profile.name)
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
  <ShortName>{name[:16]}</ShortName>
  <Description>Names, definitions and codes in {name}</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <Image width="16" height="16" type="image/svg+xml">{address}static/{static_digest()}/icon.svg</Image>
  <Url type="{HTML.media_type}" method="get" template="{address}search?q={{searchTerms}}"/>
  <Url type="{JSON.media_type}" method="get" template="{address}search.json?q={{searchTerms}}"/>
</OpenSearchDescription>
"""
    return Response(text, content_type="application/opensearchdescription+xml")
