"""The page from which a person queries the graph."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from nosograph.errors import QuerySyntaxError, StoreError
from nosograph.rdf.formats import GRAPH_FORMATS, HTML, JSON, SELECT_FORMATS, SPARQL_QUERY, Format
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import BYTE_ORDER_MARK
from nosograph.sparql.names import limit_rows, names
from nosograph.sparql.prefixes import declarations
from nosograph.store.interface import Query
from nosograph.web.html.rendering import render, static_address, static_files
from nosograph.web.http.bodies import FORM
from nosograph.web.http.delivery import NEVER
from nosograph.web.http.openapi import Body
from nosograph.web.http.problems import Problem, malformed_parameter, not_found, translate
from nosograph.web.http.sparql_protocol import ProtocolRequest, largest_body, read_engine
from nosograph.web.routes.client_connection import client_gone
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter, takes_only
from nosograph.web.server.admission import network_of
from nosograph.web.server.observation import PROBLEM
from nosograph.web.views import published_questions
from nosograph.web.views.answers import Table, error_table, read_answer
from nosograph.web.views.query_checks import NameProblem, check_names
from nosograph.web.views.query_vocabulary import query_vocabulary
from nosograph.web.views.site import Site

blueprint = Blueprint("queries", __name__)

EDITOR: Final = "built/editor.js"
"""Made from the npm manifest when the package is built; a package built without npm has none."""

NOTICES: Final = "built/notices.txt"
"""The licences of the libraries in the editor, written by the same build."""


_BEGINNING: Final = 10_000
"""Rows that are offered of an answer that is longer than it may be."""


@blueprint.route("/query", methods=["GET", "POST"])
@answers(HTML, takes=("query", "question", "offset"), bodies=[Body(FORM, {"query": "ASK {}"})])
def show_query() -> Response:
    """Return the query page: filled with a question or a query, and with the answer where a query was sent.

    A query that is too long for an address comes as a form.
    """
    site = current().site
    name, text, given = parameter("question"), parameter("query"), request.args
    if request.method == "POST":
        request.max_content_length = largest_body(current().settings.query_text)
        given = request.form
        text = given.get("query", "")
    if name and not text:
        named = [
            question.query for question in published_questions.read_questions(site.release) if question.name == name
        ]
        if not named:
            raise not_found(f"There is no question {name[:100]!r}.", "The questions are at /questions.")
        return html_response(render_query(site, named[0]), "sparql")
    if not text.strip():
        return html_response(render_query(site, ""), "sparql")
    graphs = {name: tuple(given.getlist(name)) for name in ("default-graph-uri", "named-graph-uri")}
    asked = ProtocolRequest(
        text, graphs["default-graph-uri"], graphs["named-graph-uri"], engine=read_engine(given.getlist("engine"))
    )
    return answer_page(asked, _offset(given.get("offset", "0")))


def _offset(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise malformed_parameter("The parameter offset is not a number of rows.", "Write it like offset=200.")
    return int(text)


def answer_page(asked: ProtocolRequest, first: int = 0) -> Response:
    """Return the page with a query and its answer, or with what is wrong with it.

    Args:
        asked: the query and its dataset.
        first: rows of the answer to leave out at the beginning.
    """
    context = current()
    site, text = context.site, (asked.query or "").removeprefix(BYTE_ORDER_MARK)
    query = Query(
        text,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        timeout=asked.timeout,
        client=network_of(request.remote_addr or ""),
        base=f"{context.release.base.iri}sparql",
        engine=asked.engine,
    )
    problem: Problem | None = None
    try:
        table = read_answer(context.store, site.reader(), query, first=first, gone=client_gone())
    except StoreError as error:
        table, problem = error_table(error), translate(error, request.method, request.path)
    suspect = problem is not None or not (table.total or table.text == "Yes")
    wrong = [name for name in check_names(site, text) if not name.declaration] if suspect else []
    for name in wrong:
        if name.name.iri is None and (name.line, name.column) == (table.line, table.column):
            table = replace(table, error=name.what)  # the engine says that a prefix is missing, not which
    too_large = problem is not None and problem.code == "result-too-large"
    response = html_response(render_query(site, text, table, asked, wrong, too_large=too_large), "sparql")
    if problem is not None:
        response.status_code = problem.status
        response.headers.update(problem.headers)
        request.environ[PROBLEM] = problem.code
    elif asked.is_volatile or request.method == "POST":
        response.headers["Cache-Control"] = NEVER
    return response


@blueprint.get("/query/vocabulary.json")
@takes_only()
@answers(JSON)
def show_query_vocabulary() -> Response:
    """Return the prefixes, classes and properties of the release, from which the editor completes what is typed."""
    site = current().site
    text = site.pages.get(
        "/query/vocabulary.json",
        lambda: json.dumps(query_vocabulary(site), ensure_ascii=False, separators=(",", ":")),
    )
    return Response(text, content_type=JSON.content_type)


@blueprint.post("/query/check.json")
@takes_only()
@answers(JSON, bodies=[Body(SPARQL_QUERY.media_type, "ASK {}")])
def check_query() -> Response:
    """Return what is wrong with a query that is not run: its syntax, its prefixes, names that do not exist.

    The body is the query. Lines and columns count from 1; a column counts Unicode characters.
    """
    context = current()
    request.max_content_length = context.settings.query_text * 1024
    text = request.get_data().decode("utf-8-sig", errors="replace")
    found = {
        "problem": _syntax_problem(text),
        "names": [
            {
                "text": problem.name.text,
                "line": problem.line,
                "column": problem.column,
                "detail": problem.what,
                "declaration": problem.declaration,
                "nearest": [{"text": near.text, "label": near.label} for near in problem.nearest],
            }
            for problem in check_names(context.site, text)
        ],
    }
    response = Response(json.dumps(found, ensure_ascii=False), content_type=JSON.content_type)
    response.headers["Cache-Control"] = NEVER
    return response


def _syntax_problem(text: str) -> dict[str, Any] | None:
    """Return the syntax error of a query in which every prefix counts as declared, or None.

    Raises:
        StoreError: the store could not look at it.
    """
    context = current()
    used = {name.prefix: "urn:undeclared:" for name in names(text) if name.prefix is not None}
    prologue = f"{declarations(text, used)}\n"
    query = Query(
        prologue + text, client=network_of(request.remote_addr or ""), base=f"{context.release.base.iri}sparql"
    )
    try:
        context.store.check(query, gone=client_gone())
    except QuerySyntaxError as error:
        line = None if error.line is None else error.line - 1
        return {"detail": error.what, "hint": error.hint, "line": line, "column": error.column}
    return None


def render_sparql_page(site: Site) -> str:
    """Return the page from which a browser queries the endpoint."""
    return site.pages.get("/sparql", lambda: render_query(site, ""))


def render_query(
    site: Site,
    text: str,
    table: Table | None = None,
    asked: ProtocolRequest | None = None,
    wrong: Sequence[NameProblem] = (),
    *,
    too_large: bool = False,
    has_editor: bool | None = None,
) -> str:
    """Return the query page.

    Args:
        site: the site.
        text: the query to start with; empty for the first of the published questions.
        table: the answer to the query, where it was run.
        asked: what was asked with the query.
        wrong: what is wrong with its names.
        too_large: whether the answer is longer than it may be, so that its beginning is offered.
        has_editor: whether the installation has the editor; looked up when not given.
    """
    if has_editor is None:
        has_editor = EDITOR in static_files()
    published = published_questions.read_questions(site.release)
    limited = limit_rows(text, _BEGINNING) if too_large else None
    return render(
        "query.html",
        frame_of(
            site,
            "Query",
            "sparql",
            section="sparql",
            indexed=not text,
            scripts=("site.js", "query.js"),
            description="A SPARQL 1.1 endpoint over the graph, with examples.",
        ),
        endpoint=site.addresses.absolute("sparql"),
        text=text or (published[0].query if published else "SELECT * WHERE { ?subject ?predicate ?object } LIMIT 10"),
        table=table,
        context=_around_error(text, table.line) if table and table.line else (),
        names=_corrections(site, text, asked, wrong),
        limited=(_BEGINNING, _address(_dataset(limited, asked))) if limited else (),
        fields=_dataset(text, asked),
        pages=_page_addresses(text, table, asked),
        downloads=_downloads(text, table, asked),
        questions=published,
        timeout=site.query_timeout,
        engines=(Engine.STORE, Engine.ANALYSIS),
        editor=static_address(EDITOR) if has_editor else "",
        notices=static_address(NOTICES) if has_editor else "",
    )


def _corrections(
    site: Site, text: str, asked: ProtocolRequest | None, wrong: Sequence[NameProblem]
) -> list[tuple[NameProblem, list[tuple[str, str, str]]]]:
    """Return what is wrong with the names of a query, each with the addresses that ask it anew with another one.

    Of a correction stand there: how the name is written, its label, and the address.
    """
    found = []
    for problem in wrong:
        links = [
            (near.text, near.label, _address(_dataset(problem.corrected(text, near), asked)))
            for near in problem.nearest
        ]
        found.append((problem, links))
    return found


def _address(parameters: list[tuple[str, str]]) -> str:
    return f"/query?{urlencode(parameters, quote_via=quote)}"


def _dataset(text: str, asked: ProtocolRequest | None) -> list[tuple[str, str]]:
    """Return the parameters that ask a query of the same dataset and the same engine again."""
    pairs = [("query", text)]
    if asked is not None:
        pairs += [("default-graph-uri", graph) for graph in asked.default_graphs]
        pairs += [("named-graph-uri", graph) for graph in asked.named_graphs]
        pairs += [("engine", asked.engine)] if asked.engine is not None else []
    return pairs


def _page_addresses(text: str, table: Table | None, asked: ProtocolRequest | None) -> dict[str, str]:
    """Return the addresses of the query with its answer, and of the parts before and behind the one that is shown."""
    if table is None:
        return {}
    pairs = _dataset(text, asked)
    parts = (("before", table.before), ("after", table.after))
    return {"this": _address(pairs)} | {
        name: "" if first is None else _address([*pairs, ("offset", str(first))]) for name, first in parts
    }


def _downloads(text: str, table: Table | None, asked: ProtocolRequest | None) -> list[tuple[Format, str]]:
    """Return the formats of the whole answer, with their addresses."""
    if table is None:
        return []
    pairs = _dataset(text, asked)
    return [
        (format, f"/sparql?{urlencode([*pairs, ('format', format.name)], quote_via=quote)}")
        for format in (GRAPH_FORMATS if table.is_graph else SELECT_FORMATS)
    ]


def _around_error(text: str, line: int) -> list[tuple[int, str, bool]]:
    """Return the lines around an error, with their numbers and whether they are the one."""
    lines = text.splitlines()
    first = max(line - 3, 1)
    return [(number, lines[number - 1], number == line) for number in range(first, min(line + 2, len(lines)) + 1)]
