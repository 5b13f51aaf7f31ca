"""Answers every error of the application: as HTML, as problem details or as plain text, as the client asks."""

from __future__ import annotations

import dataclasses
import logging
import sqlite3
from typing import Final

from flask import Flask, Response, current_app, request

from nosograph import errors
from nosograph.web.html.document_pages import render_error
from nosograph.web.http.problems import Problem, problem_format, problem_reply, translate
from nosograph.web.routes.context import EXTENSION
from nosograph.web.server.observation import PROBLEM, REQUEST_ID
from nosograph.web.views.search_results import suggestions, words_of_path

_log = logging.getLogger("nosograph.web")

_NOTHING_THERE: Final = ("not-found", "malformed-identifier")
"""Problems of an address at which there is nothing, so that what it says is searched for."""


def install(app: Flask) -> None:
    """Make an application answer every error through this module."""
    app.register_error_handler(Exception, _handle)


def _handle(error: Exception) -> Response:
    problem = translate(error, request.method, request.path)
    if problem.status >= 500 and not isinstance(error, errors.StoreError):
        _log.error("request %s failed", request.environ.get(REQUEST_ID, "-"), exc_info=error)
    identified = dataclasses.replace(problem, request_id=request.environ.get(REQUEST_ID, ""))
    request.environ[PROBLEM] = identified.code
    return render(identified, request.headers.get("Accept"))


def _write_page(problem: Problem) -> str:
    loaded = current_app.extensions.get(EXTENSION) if current_app else None
    if loaded is None:
        return render_error(problem)
    if problem.code not in _NOTHING_THERE:
        return render_error(problem, loaded.release)
    query = words_of_path(request.path)
    try:
        return render_error(problem, loaded.release, query, suggestions(loaded.site, request.path, query))
    except sqlite3.Error as error:
        _log.error("request %s: no suggestions", request.environ.get(REQUEST_ID, "-"), exc_info=error)
        return render_error(problem, loaded.release, query)


def render(problem: Problem, accept: str | None) -> Response:
    """Return the response for a problem, written as the client asks; problem details where nothing else fits."""
    reply = problem_reply(problem, problem_format(accept), _write_page)
    return Response(reply.content, reply.status, reply.headers)
