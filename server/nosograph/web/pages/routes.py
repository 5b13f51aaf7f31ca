"""The pages that are no documents about a thing: front page, lists, search, questions, downloads, about."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape

from flask import Blueprint, Response, abort, request, send_from_directory

from nosograph.formats import GRAPH_FORMATS, SELECT_FORMATS
from nosograph.namespaces import KINDS, NOSO
from nosograph.store.interface import Store
from nosograph.web.pages import charts, documents, downloads, overview, questions, searching, structured, vocabulary
from nosograph.web.pages.citation import cite
from nosograph.web.pages.facts import Value
from nosograph.web.pages.rendering import STATIC_FOLDER, Frame, render, static_digest
from nosograph.web.pages.site import Site, current_site, current_store
from nosograph.web.pages.wording import KIND_DESCRIPTIONS, KIND_NAMES, STANDINGS
from nosograph.web.parameters import takes_parameters
from nosograph.web.problems import Problem, ProblemError

blueprint = Blueprint("pages", __name__)

_KINDS: Final = ",".join(KINDS)
OFFERED_KINDS: Final = ("condition", "finding", "mechanism", "factor", "structure", "treatment", "source")
"""Kinds whose things the query editor offers by name, one page of each."""

EDITOR: Final = "built/editor.js"
"""Made from the npm manifest when the package is built; a package built without npm has none."""


def _frame(site: Site, title: str, path: str, **more: Any) -> Frame:
    manifest = site.release.manifest
    return Frame(
        title=title,
        canonical=site.addresses.absolute(path),
        version=manifest.version,
        date=manifest.date.isoformat(),
        **more,
    )


def _html(text: str) -> Response:
    return Response(text, content_type="text/html;charset=utf-8")


@blueprint.get("/static/<digest>/<path:name>")
def show_static(digest: str, name: str) -> Response:
    """Answer with a static file; its address holds a digest of all of them, so it may be kept for ever."""
    response = send_from_directory(STATIC_FOLDER, name, max_age=None, etag=True)
    lasting = digest == static_digest()
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "public, max-age=300"
    return response


@blueprint.get("/")
def show_home() -> Response:
    """Answer with the front page."""
    site = current_site()
    return _html(site.pages.get("/", lambda: render_home(site)))


def render_home(site: Site) -> str:
    """Give the front page."""
    reader = site.reader()
    manifest = site.release.manifest
    counts = manifest.counts
    conditions, _ = overview.rows_of_kind(reader, "condition", counts.kinds.get("condition", 0), 1)
    files = [
        (site.addresses.absolute(f"dumps/{manifest.version}/{file.name}"), file.media_type, file.size)
        for file in manifest.files.values()
        if file.name.startswith("nosograph.")
    ]
    data = structured.dataset(site.site_url, manifest.base_iri, manifest.version, manifest.date.isoformat(), files)
    return render(
        "home.html",
        _frame(
            site,
            "Nosograph",
            "",
            section="home",
            description="A knowledge graph of medical conditions in which every statement carries its evidence: who "
            "says it, where in the text, on what reference and how surely.",
            structured=structured.embed(data),
        ),
        conditions=conditions[: overview.ON_THE_FRONT_PAGE],
        more=len(conditions) > overview.ON_THE_FRONT_PAGE,
        figures=overview.figures(counts.kinds, counts.evidence, counts.triples),
        charts=charts.statistics(reader, counts.statuses, counts.evidence),
    )


@blueprint.get(f"/<any({_KINDS}):kind>/")
@takes_parameters("page")
def show_kind(kind: str) -> Response:
    """Answer with the list of the things of one kind."""
    site = current_site()
    number = site.release.manifest.counts.kinds.get(kind, 0)
    page = _page_number(number)
    return _html(site.pages.get(f"/{kind}/ {page}", lambda: render_kind(site, kind, number, page)))


def _page_number(number: int) -> int:
    text = request.args.get("page", "1")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        abort(400, "The parameter page is not a number.")
    page = int(text)
    if page < 1 or (page > 1 and (page - 1) * overview.PAGE_LENGTH >= number):
        abort(404, f"The list has no page {page}.")
    return page


def render_kind(site: Site, kind: str, number: int, page: int) -> str:
    """Give the list of the things of one kind."""
    rows, place = overview.rows_of_kind(site.reader(), kind, number, page)
    plural = KIND_NAMES[kind][1]
    return render(
        "index.html",
        _frame(
            site,
            plural if page == 1 else f"{plural}, page {page}",
            f"{kind}/" if page == 1 else f"{kind}/?page={page}",
            section=kind,
            description=KIND_DESCRIPTIONS[kind],
        ),
        kind=kind,
        plural=plural,
        description=KIND_DESCRIPTIONS[kind],
        rows=rows,
        page=place,
        kinds=overview.kinds_with_numbers(site.release.manifest.counts.kinds),
    )


@blueprint.get("/search")
@takes_parameters("q", "kind")
def show_search() -> Response:
    """Answer with the page of search results."""
    return _html(render_search(current_site(), *_search_parameters()))


@blueprint.get("/search.json")
@takes_parameters("q", "kind", "limit")
def show_search_results() -> Response:
    """Answer with search results for programs."""
    site = current_site()
    query, kind = _search_parameters()
    limit = request.args.get("limit", str(searching.PAGE_LENGTH))
    if not limit.isascii() or not limit.isdigit() or not 1 <= int(limit[:9]) <= 500:
        raise _bad("The parameter limit is not a number from 1 to 500.", "Write it like limit=10.")
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
    return Response(json.dumps(found, ensure_ascii=False), content_type="application/json")


def _search_parameters() -> tuple[str, str]:
    kind = request.args.get("kind", "")
    if kind and kind not in KINDS and kind != "term":
        raise _bad(f"There is no kind {kind[:50]!r}.", f"The kinds are {', '.join(KINDS)} and term.")
    return request.args.get("q", "")[: searching.LONGEST_QUERY].replace("\x00", ""), kind


def _bad(detail: str, mend: str) -> ProblemError:
    return ProblemError(Problem(400, detail, mend=mend, code="malformed-parameter"))


def render_search(site: Site, query: str, kind: str) -> str:
    """Give the page of search results."""
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
        _frame(site, f"Search: {query}" if query else "Search", "search", section="search", indexed=not query),
        results=results,
        hits=hits,
        kind_words=_kind_words,
        json=f"/search.json?{urlencode(parameters)}",
    )


def _kind_words(kind: str, number: int = 2) -> str:
    if kind == "term":
        return "Term of the vocabulary" if number == 1 else "Terms of the vocabulary"
    return KIND_NAMES[kind][0 if number == 1 else 1]


@blueprint.get("/opensearch.xml")
def show_opensearch() -> Response:
    """Answer with the OpenSearch 1.1 description, by which a browser can search here from its address bar."""
    site = current_site()
    address = escape(site.site_url)
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">
  <ShortName>Nosograph</ShortName>
  <Description>Conditions, findings, treatments and codes in the Nosograph graph</Description>
  <InputEncoding>UTF-8</InputEncoding>
  <Image width="16" height="16" type="image/svg+xml">{address}static/{static_digest()}/icon.svg</Image>
  <Url type="text/html" method="get" template="{address}search?q={{searchTerms}}"/>
  <Url type="application/json" method="get" template="{address}search.json?q={{searchTerms}}"/>
</OpenSearchDescription>
"""
    return Response(text, content_type="application/opensearchdescription+xml")


@blueprint.get("/questions")
def show_questions() -> Response:
    """Answer with the published questions and their answers."""
    site = current_site()
    return _html(site.pages.get("/questions", lambda: render_questions(site, current_store())))


def render_questions(site: Site, store: Store) -> str:
    """Give the page of the published questions, each with the answer that this release gives."""
    reader = site.reader()
    found = [
        (question, questions.answer(store, reader, question.query))
        for question in questions.read_questions(site.release)
    ]
    return render(
        "questions.html",
        _frame(
            site,
            "Questions",
            "questions",
            section="questions",
            description="Questions in plain words that the graph answers, with the answers and their sources.",
        ),
        questions=found,
    )


@blueprint.get("/query")
@takes_parameters("query", "question")
def show_query() -> Response:
    """Answer with the query page: filled with a question or a query, and with the answer where a query was sent."""
    site = current_site()
    name, text = request.args.get("question", ""), request.args.get("query", "")
    if name and not text:
        named = [question.query for question in questions.read_questions(site.release) if question.name == name]
        if not named:
            abort(404, f"There is no question {name[:100]!r}.")
        return _html(render_query(site, named[0]))
    if not text:
        return _html(render_query(site, ""))
    client = request.remote_addr or ""
    return _html(render_query(site, text, questions.answer(current_store(), site.reader(), text, client=client)))


@blueprint.get("/query/vocabulary.json")
def show_query_vocabulary() -> Response:
    """Answer with prefixes and terms, from which the editor completes what is typed."""
    site = current_site()
    text = site.pages.get("/query/vocabulary.json", lambda: query_vocabulary(site))
    return Response(text, content_type="application/json")


def query_vocabulary(site: Site) -> str:
    """Give prefixes, terms of the vocabulary and things with a name, as JSON."""
    reader = site.reader()
    sorts = {"classes": "class", "fact-predicates": "property", "properties": "property"}
    terms = [
        {
            "curie": entry.short,
            "label": entry.value.text,
            "definition": entry.definitions[0].text if entry.definitions else "",
            "kind": sorts.get(group.anchor, "concept"),
        }
        for group in vocabulary.vocabulary_view(reader)
        for entry in group.entries
    ]
    for kind in OFFERED_KINDS:
        number = site.release.manifest.counts.kinds.get(kind, 0)
        rows, _ = overview.rows_of_kind(reader, kind, number, 1)
        terms += [
            {"curie": site.addresses.short(row.value.iri), "label": row.value.text, "definition": "", "kind": kind}
            for row in rows
        ]
    base = site.release.base
    found = {
        "base": base.iri,
        "ontology": str(NOSO),
        "kinds": list(KINDS),
        "prefixes": base.prefixes(),
        "terms": terms,
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def render_sparql_page() -> str:
    """Give the page from which a browser queries the endpoint."""
    site = current_site()
    return site.pages.get("/sparql", lambda: render_query(site, ""))


def render_query(site: Site, text: str, table: questions.Table | None = None) -> str:
    """Give the query page.

    Args:
        site: the site.
        text: the query to start with; empty for the first of the published questions.
        table: the answer to the query, where it was run.
    """
    published = questions.read_questions(site.release)
    is_graph = bool(table and table.text and not table.columns and table.text not in ("Yes", "No"))
    return render(
        "query.html",
        _frame(
            site,
            "Query",
            "sparql",
            section="sparql",
            indexed=not text,
            scripts=("site.js", EDITOR) if (STATIC_FOLDER / EDITOR).is_file() else ("site.js",),
            description="A SPARQL 1.1 endpoint over the graph, with examples.",
        ),
        endpoint=site.addresses.absolute("sparql"),
        text=text or (published[0].query if published else "SELECT * WHERE { ?subject ?predicate ?object } LIMIT 10"),
        table=table,
        context=_around_error(text, table.line) if table and table.line else (),
        formats=GRAPH_FORMATS if is_graph else SELECT_FORMATS,
        questions=published,
        timeout=site.query_timeout,
    )


def _around_error(text: str, line: int) -> list[tuple[int, str, bool]]:
    """Give the lines around an error, with their numbers and whether they are the one."""
    lines = text.splitlines()
    first = max(line - 3, 1)
    return [(number, lines[number - 1], number == line) for number in range(first, min(line + 2, len(lines)) + 1)]


@blueprint.get("/downloads")
def show_downloads() -> Response:
    """Answer with the page of downloads; other releases may come and go, so it is made anew."""
    return _html(render_downloads(current_site()))


def render_downloads(site: Site) -> str:
    """Give the page that lists every release with its files."""
    release = site.release
    return render(
        "downloads.html",
        _frame(
            site,
            "Downloads",
            "downloads",
            section="downloads",
            description="The Nosograph graph as Turtle, JSON-LD, N-Triples, N-Quads, TriG and RDF/XML, with checksums.",
        ),
        releases=downloads.release_entries(release),
        recipes=downloads.recipes(site.addresses.absolute(f"dumps/{release.version}/"), release.base.iri),
    )


@blueprint.get("/about")
def show_about() -> Response:
    """Answer with the page about the project."""
    site = current_site()
    return _html(site.pages.get("/about", lambda: render_about(site)))


def render_about(site: Site) -> str:
    """Give the page about method, evidence, licence, and how to cite and link."""
    manifest = site.release.manifest
    return render(
        "about.html",
        _frame(
            site,
            "About",
            "about",
            section="about",
            description="How Nosograph records facts with their evidence, what its marks mean, licence and citation.",
        ),
        standings=tuple(STANDINGS.values()),
        citation=cite(manifest.base_iri, "Nosograph", manifest.version, manifest.date),
        base=manifest.base_iri,
    )


@blueprint.get("/ontology.html")
def show_vocabulary() -> Response:
    """Answer with the documentation of the vocabulary."""
    return _html(documents.render_vocabulary_page())


@blueprint.get("/shapes.html")
def show_shapes() -> Response:
    """Answer with the documentation of the shapes."""
    return _html(documents.render_shapes_page())
