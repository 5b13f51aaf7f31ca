"""Query parameters of a route: each has one value, and services for programs refuse those that they do not take.

Editors add parameters of their own to a query, and trackers to the address of a page; both still want their answer, so
pages ignore what they do not take. A program that misspells a parameter of a JSON service would get an answer to
another question than the one it asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

from flask import current_app, request

from nosograph.rdf.formats import Format
from nosograph.web.http.openapi import Body, RouteNotes
from nosograph.web.http.problems import Problem, ProblemError, malformed_parameter, not_found, several_values

_ATTRIBUTE: Final = "nosograph_query_parameters"
_NOTES: Final = "nosograph_route_notes"

View = TypeVar("View", bound=Callable[..., Any])


def parameter(name: str, default: str = "") -> str:
    """Return the value of a query parameter, or the default where it is not given.

    Raises:
        ProblemError: 400 where it is given with different values.
    """
    values = set(request.args.getlist(name))
    if len(values) > 1:
        raise several_values(name, len(values))
    return values.pop() if values else default


def page_number() -> int:
    """Return the value of the parameter ``page``, 1 where it is not given.

    Raises:
        ProblemError: 400 where it is no number, 404 where it is 0.
    """
    text = parameter("page", "1")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise malformed_parameter("The parameter page is not a number.", "Write it like page=2.")
    if int(text) < 1:
        raise not_found("The list has no page 0.", "Begin with page=1.")
    return int(text)


def answers(
    *formats: Format,
    status: int = 200,
    others: Mapping[int, str] | None = None,
    needs: Sequence[str] = (),
    takes: Sequence[str] = (),
    schema: str = "",
    bodies: Sequence[Body] = (),
) -> Callable[[View], View]:
    """Declare what a view answers, for the description of the interface; ``RouteNotes`` says what is what.

    Args:
        formats: the formats of the answer.
        status: the status of that answer.
        others: other statuses that are no errors, with when they come.
        needs: the query parameters that it needs.
        takes: the query parameters that it may have, beside those of ``takes_only``.
        schema: name of the schema of the answer in JSON.
        bodies: the bodies that it takes.
    """

    def declare(view: View) -> View:
        setattr(view, _NOTES, RouteNotes(formats, status, others, tuple(needs), tuple(takes), schema, tuple(bodies)))
        return view

    return declare


def notes_of(view: Callable[..., Any]) -> RouteNotes:
    """Return what a view declares of its answers and its query parameters."""
    notes: RouteNotes = getattr(view, _NOTES, RouteNotes())
    return replace(notes, takes=(*getattr(view, _ATTRIBUTE, ()), *notes.takes))


def takes_only(*names: str) -> Callable[[View], View]:
    """Declare that a view takes these query parameters and refuses every other."""

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, names)
        return view

    return declare


def check_parameters() -> None:
    """Refuse a request with a query parameter that its route does not take, where the route says what it takes.

    Raises:
        ProblemError: 400, naming the parameter and those that the route takes.
    """
    if request.endpoint is None or not request.query_string:
        return
    known: tuple[str, ...] | None = getattr(current_app.view_functions[request.endpoint], _ATTRIBUTE, None)
    if known is None:
        return
    for name in request.args:
        if name not in known:
            raise ProblemError(
                Problem(
                    400,
                    f"This address takes no query parameter {name!r}.",
                    hint=f"It takes {', '.join(known)}." if known else "Leave the query part of the address out.",
                    code="unknown-parameter",
                    fields={"parameter": name, "available": list(known)},
                )
            )
