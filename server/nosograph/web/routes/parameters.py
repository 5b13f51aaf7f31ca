"""Which query parameters a route takes: declared beside the view, held for every route in one place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Final, TypeVar

from flask import current_app, request

from nosograph.web.http.problems import Problem, ProblemError
from nosograph.web.http.sparql_protocol import ASKED

_ATTRIBUTE: Final = "nosograph_query_parameters"
_TOLERATED: Final = "nosograph_tolerated_parameters"

View = TypeVar("View", bound=Callable[..., Any])


def takes_parameters(*names: str, tolerated: Collection[str] = ()) -> Callable[[View], View]:
    """Declare the query parameters that a view takes; a view without a declaration takes none.

    Args:
        names: the parameters that mean something.
        tolerated: parameters that reach the view as well, and that nobody is told to use.
    """

    def declare(view: View) -> View:
        setattr(view, _ATTRIBUTE, names)
        setattr(view, _TOLERATED, frozenset(tolerated))
        return view

    return declare


def check_parameters() -> None:
    """Refuse a request that has a query parameter which its route does not take.

    A misspelt parameter that is silently ignored gives an answer to another question than the one that was asked.
    Static files are left alone: a changing parameter is how pages tell browsers to fetch a new copy.

    Raises:
        ProblemError: 400, naming the parameter and those that the route takes.
    """
    endpoint = request.endpoint
    if endpoint is None or not request.query_string or endpoint.rpartition(".")[2] == "static":
        return
    if ASKED in request.environ:
        return  # the protocol has its own names, which held when the request was read
    view = current_app.view_functions[endpoint]
    known: tuple[str, ...] = getattr(view, _ATTRIBUTE, ())
    tolerated: frozenset[str] = getattr(view, _TOLERATED, frozenset())
    for name in request.args:
        if name not in known and name not in tolerated:
            raise ProblemError(
                Problem(
                    400,
                    f"This address takes no query parameter {name!r}.",
                    hint=f"It takes {', '.join(known)}." if known else "Leave the query part of the address out.",
                    code="unknown-parameter",
                    fields={"parameter": name, "known": list(known)},
                )
            )
