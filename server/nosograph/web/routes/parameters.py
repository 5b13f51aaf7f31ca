"""Query parameters that a route knows: services for programs refuse others, everything else ignores them.

Editors add parameters of their own to a query, and trackers to the address of a page; both still want their answer. A
program that misspells a parameter of a JSON service would get an answer to another question than the one it asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import current_app, request

from nosograph.web.http.problems import Problem, ProblemError

_ATTRIBUTE: Final = "nosograph_query_parameters"

View = TypeVar("View", bound=Callable[..., Any])


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
                    fields={"parameter": name, "known": list(known)},
                )
            )
