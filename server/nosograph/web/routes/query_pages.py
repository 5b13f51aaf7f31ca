"""The published questions with their answers, and the page from which a person queries the graph."""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, Response, request

from nosograph.rdf.formats import GRAPH_FORMATS, JSON, SELECT_FORMATS
from nosograph.rdf.names import NOSO
from nosograph.store.interface import Store
from nosograph.web.html.rendering import render, static_address, static_files
from nosograph.web.http.problems import not_found
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import parameter, takes_only
from nosograph.web.views import answered_questions, overview, vocabulary
from nosograph.web.views.site import Site

blueprint = Blueprint("queries", __name__)

EDITOR: Final = "built/editor.js"
"""Made from the npm manifest when the package is built; a package built without npm has none."""

NOTICES: Final = "built/notices.txt"
"""The licences of the libraries in the editor, written by the same build."""


@blueprint.get("/questions")
def show_questions() -> Response:
    """Return the published questions and their answers."""
    site = current().site
    return html_response(site.pages.get("/questions", lambda: render_questions(site, current().store)), "questions")


def render_questions(site: Site, store: Store) -> str:
    """Return the page of the published questions, each with the answer that this release gives."""
    reader = site.reader()
    found = [
        (question, answered_questions.answer(store, reader, question.query))
        for question in answered_questions.read_questions(site.release)
    ]
    return render(
        "questions.html",
        frame_of(
            site,
            "Questions",
            "questions",
            section="questions",
            description="Questions in plain words that the graph answers, with the answers and their sources.",
        ),
        questions=found,
    )


@blueprint.get("/query")
def show_query() -> Response:
    """Return the query page: filled with a question or a query, and with the answer where a query was sent."""
    site = current().site
    name, text = parameter("question"), parameter("query")
    if name and not text:
        named = [
            question.query for question in answered_questions.read_questions(site.release) if question.name == name
        ]
        if not named:
            raise not_found(f"There is no question {name[:100]!r}.", "The questions are at /questions.")
        return html_response(render_query(site, named[0]), "sparql")
    if not text:
        return html_response(render_query(site, ""), "sparql")
    client = request.remote_addr or ""
    table = answered_questions.answer(current().store, site.reader(), text, client=client)
    return html_response(render_query(site, text, table), "sparql")


@blueprint.get("/query/vocabulary.json")
@takes_only()
def show_query_vocabulary() -> Response:
    """Return prefixes and terms, from which the editor completes what is typed."""
    site = current().site
    text = site.pages.get("/query/vocabulary.json", lambda: query_vocabulary(site))
    return Response(text, content_type=JSON.content_type)


def query_vocabulary(site: Site) -> str:
    """Return prefixes, terms of the vocabulary and resources with a name, as JSON."""
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
    for kind in [entry.kind for entry in site.release.vocabulary.classes if entry.offered]:
        number = site.release.manifest.counts.kinds.get(kind, 0)
        rows, _ = overview.rows_of_kind(reader, site.documents, kind, number, 1)
        terms += [
            {"curie": site.addresses.short(row.value.iri), "label": row.value.text, "definition": "", "kind": kind}
            for row in rows
        ]
    base = site.release.base
    found = {
        "base": base.iri,
        "ontology": str(NOSO),
        "kinds": list(base.kinds),
        "prefixes": base.prefixes(),
        "terms": terms,
    }
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def render_sparql_page(site: Site) -> str:
    """Return the page from which a browser queries the endpoint."""
    return site.pages.get("/sparql", lambda: render_query(site, ""))


def render_query(
    site: Site, text: str, table: answered_questions.Table | None = None, *, has_editor: bool | None = None
) -> str:
    """Return the query page.

    Args:
        site: the site.
        text: the query to start with; empty for the first of the published questions.
        table: the answer to the query, where it was run.
        has_editor: whether the installation has the editor; looked up when not given.
    """
    if has_editor is None:
        has_editor = EDITOR in static_files()
    published = answered_questions.read_questions(site.release)
    is_graph = bool(table and table.text and not table.columns and table.text not in ("Yes", "No"))
    return render(
        "query.html",
        frame_of(
            site,
            "Query",
            "sparql",
            section="sparql",
            indexed=not text,
            scripts=("site.js", EDITOR) if has_editor else ("site.js",),
            description="A SPARQL 1.1 endpoint over the graph, with examples.",
        ),
        endpoint=site.addresses.absolute("sparql"),
        text=text or (published[0].query if published else "SELECT * WHERE { ?subject ?predicate ?object } LIMIT 10"),
        table=table,
        context=_around_error(text, table.line) if table and table.line else (),
        formats=GRAPH_FORMATS if is_graph else SELECT_FORMATS,
        questions=published,
        timeout=site.query_timeout,
        notices=static_address(NOTICES) if has_editor else "",
    )


def _around_error(text: str, line: int) -> list[tuple[int, str, bool]]:
    """Return the lines around an error, with their numbers and whether they are the one."""
    lines = text.splitlines()
    first = max(line - 3, 1)
    return [(number, lines[number - 1], number == line) for number in range(first, min(line + 2, len(lines)) + 1)]
