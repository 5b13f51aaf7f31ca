"""Search as a page, as JSON, and as a description that browsers read."""

from __future__ import annotations

import functools
import json
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from flask import Blueprint, Response

from nosograph.rdf.formats import HTML, JSON
from nosograph.search import database
from nosograph.vocabulary.terms import TERM_KIND, Vocabulary
from nosograph.web.html.rendering import render, static_digest
from nosograph.web.http.links import Link
from nosograph.web.http.problems import malformed_parameter
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import parameter, takes_only
from nosograph.web.views.facts import Value
from nosograph.web.views.site import Site

blueprint = Blueprint("search", __name__)


@blueprint.get("/search")
def show_search() -> Response:
    """Return the page of search results."""
    query, kind = _search_parameters()
    address = f"search.json?{urlencode({'q': query} | ({'kind': kind} if kind else {}))}"
    alternate = Link(address, "alternate", JSON.media_type)
    return html_response(render_search(current().site, query, kind), "search", "SearchResultsPage", [alternate])


@blueprint.get("/search.json")
@takes_only("q", "kind", "limit")
def show_search_results() -> Response:
    """Return search results for programs."""
    site = current().site
    query, kind = _search_parameters()
    limit = parameter("limit", str(database.PAGE_LENGTH))
    if not limit.isascii() or not limit.isdigit() or len(limit) > 9 or not 1 <= int(limit) <= 500:
        raise malformed_parameter("The parameter limit is not a number from 1 to 500.", "Write it like limit=10.")
    results = site.search.search(query, kind, int(limit))
    found = {
        "query": results.query,
        "corrected": results.corrected or None,
        "total": results.total,
        "kinds": dict(results.kinds),
        "results": [
            {
                "iri": hit.iri,
                "page": site.addresses.page(hit.iri),
                "kind": hit.kind,
                "label": hit.label,
                "alternatives": hit.alternatives,
                "definition": hit.definition,
                "code": hit.code or None,
            }
            for hit in results.hits
        ],
    }
    return Response(json.dumps(found, ensure_ascii=False), content_type=JSON.content_type)


def _search_parameters() -> tuple[str, str]:
    kind = parameter("kind")
    kinds = current().release.base.kinds
    if kind and kind not in kinds and kind != TERM_KIND:
        raise malformed_parameter(
            f"There is no kind {kind[:50]!r}.", f"The kinds are {', '.join(kinds)} and {TERM_KIND}."
        )
    return parameter("q")[: database.LONGEST_QUERY].replace("\x00", ""), kind


def render_search(site: Site, query: str, kind: str) -> str:
    """Return the page of search results."""
    results = site.search.search(query, kind)
    hits = [
        {
            "value": Value(hit.label, "", hit.iri, site.addresses.page(hit.iri) or ""),
            "kind": hit.kind,
            "code": site.addresses.short(hit.code) if hit.code else "",
            "alternatives": hit.alternatives,
            "definition": hit.definition,
        }
        for hit in results.hits
    ]
    parameters = {"q": query} | ({"kind": kind} if kind else {})
    return render(
        "search.html",
        frame_of(site, f"Search: {query}" if query else "Search", "search", section="search", indexed=not query),
        results=results,
        hits=hits,
        kind_words=functools.partial(_kind_words, site.release.vocabulary),
        json=f"/search.json?{urlencode(parameters)}",
    )


def _kind_words(vocabulary: Vocabulary, kind: str, number: int = 2) -> str:
    if kind == TERM_KIND:
        return "Term of the vocabulary" if number == 1 else "Terms of the vocabulary"
    entry = vocabulary.by_kind[kind]
    return entry.name if number == 1 else entry.plural_name


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
