"""The published questions: a list of them, and each on a page of its own with its answer."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, request

from nosograph.rdf.formats import HTML
from nosograph.rdf.names import ALIGNED, IMPORT_PREFIX
from nosograph.sparql.form import is_volatile
from nosograph.store.interface import Query, Store
from nosograph.store.ready_answers import read_ready_answer
from nosograph.web.html.rendering import render
from nosograph.web.http.delivery import NEVER
from nosograph.web.http.problems import not_found
from nosograph.web.routes.client_connection import client_gone
from nosograph.web.routes.context import current
from nosograph.web.routes.html_responses import frame_of, html_response
from nosograph.web.routes.parameters import answers, parameter
from nosograph.web.server.admission import network_of
from nosograph.web.views.answers import read_answer, show_answer
from nosograph.web.views.asked_questions import AskedQuestion, ask_about, parameter_of_focus, parameters_of
from nosograph.web.views.choices import choose
from nosograph.web.views.facts import Reader
from nosograph.web.views.licenses import imported_sets
from nosograph.web.views.published_questions import read_questions
from nosograph.web.views.release_parts import graphs_not_held
from nosograph.web.views.site import Site

blueprint = Blueprint("questions", __name__)


@blueprint.get("/questions")
@answers(HTML)
def show_questions() -> Response:
    """Return the list of the published questions; none of them is answered for it."""
    site = current().site
    focus = site.release.vocabulary.focus
    text = parameter(focus.kind) if focus else ""
    if not text:
        return html_response(site.pages.get("/questions", lambda: render_questions(site, "")), "questions")
    return html_response(render_questions(site, text), "questions")


def render_questions(site: Site, text: str) -> str:
    """Return the list of the published questions.

    Args:
        site: the site.
        text: the resource of the focus that the questions shall be asked about, as a reader typed it, or empty.
    """
    focus = site.release.vocabulary.focus
    choice = choose(site, site.reader(), focus, focus.kind, focus.name, text) if focus else None
    return render(
        "questions.html",
        frame_of(
            site,
            "Questions",
            "questions",
            section="questions",
            description="Questions in plain words that the graph answers, with the answers and their sources.",
        ),
        questions=[(question, parameter_of_focus(site, question)) for question in read_questions(site.release)],
        choice=choice,
    )


@blueprint.get("/questions/<name>")
@answers(HTML)
def show_question(name: str) -> Response:
    """Return one question with its answer, asked about what the parameters of the address name.

    Raises:
        ProblemError: 404 where there is no such question.
        StoreError: the query was not answered.
    """
    context = current()
    site, reader = context.site, context.site.reader()
    question = next((entry for entry in read_questions(site.release) if entry.name == name), None)
    if question is None:
        raise not_found(f"There is no question {name[:100]!r}.", "The questions are at /questions.")
    texts = {entry.name: parameter(entry.name) for entry in parameters_of(site, question)}
    asked = ask_about(site, reader, question, texts)
    client, gone = network_of(request.remote_addr or ""), client_gone()
    volatile = is_volatile(asked.query)

    def write() -> str:
        return render_question(site, reader, asked, context.store, client, gone)

    is_kept = not asked.is_open and not volatile
    text = site.pages.get(f"/questions/{name} {asked.query}", write) if is_kept else write()
    response = html_response(text, f"questions/{name}")
    if asked.is_open and any(choice.is_unknown for choice in asked.choices):
        response.status_code = 404
    elif volatile:
        response.headers["Cache-Control"] = NEVER
    return response


def render_question(
    site: Site, reader: Reader, asked: AskedQuestion, store: Store, client: str, gone: Callable[[], bool]
) -> str:
    """Return the page of a question, with its answer where all that was typed is known.

    Args:
        site: the site.
        reader: makes values of the answer's terms.
        asked: the question and what it is asked about.
        store: answers its query.
        client: who asks.
        gone: tells whether the client has gone; then the query is stopped.

    Raises:
        StoreError: the query was not answered.
    """
    question = asked.question
    ready = None
    if asked.is_as_published:
        ready = read_ready_answer(site.release.answers_folder, question.name, asked.query)
    if asked.is_open:
        table = None
    elif ready is not None:
        table = show_answer(ready, reader, asked.query)
    else:
        table = read_answer(store, reader, Query(asked.query, client=client), gone=gone)
    lacking = graphs_not_held(site.release, asked.query)
    return render(
        "question.html",
        frame_of(
            site,
            question.title,
            f"questions/{question.name}",
            section="questions",
            description=question.description,
        ),
        asked=asked,
        question=question,
        table=table,
        is_ready=ready is not None,
        lacking=lacking,
        lacks_imports=any(name == ALIGNED or name.startswith(IMPORT_PREFIX) for name in lacking)
        and not imported_sets(site.release.manifest),
    )
