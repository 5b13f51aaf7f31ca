"""Every error tells programs and people what is wrong and what to do, under the same names."""

from __future__ import annotations

import json

import pytest
from werkzeug.exceptions import BadRequest, MethodNotAllowed, NotFound, RequestEntityTooLarge

from nosograph import errors
from nosograph.rdf.formats import HTML, TURTLE
from nosograph.web.http.negotiation import MalformedHeader
from nosograph.web.http.problems import (
    malformed_parameter,
    not_acceptable,
    not_found,
    translate,
    write_json,
    write_text,
)

ERRORS = [
    malformed_parameter("The parameter page is not a number.", "Write it like page=2."),
    not_found("There is no such page.", "Search for it."),
    not_acceptable((HTML, TURTLE), "image/png"),
    MalformedHeader("Accept", ","),
    MethodNotAllowed(valid_methods=["GET"]),
    NotFound(),
    BadRequest(),
    RequestEntityTooLarge(),
    RuntimeError("a fault"),
    errors.QuerySyntaxError("It ends too early.", line=1, column=2, hint="Close the bracket."),
    errors.QueryRefused("It calls a service.", hint="Leave SERVICE out."),
    errors.StoreBusy("Too many queries wait.", retry_after=3, hint="Try again."),
    errors.StoreUnavailable("http://store/ is down.", retry_after=5, hint="Try again."),
    errors.OtherRelease("http://store/ holds another.", retry_after=5, hint="Try again."),
    errors.StoreTimedOut("http://store/ was silent.", hint="Ask for less."),
    errors.StoreFailed("http://store/ failed: secret words.", status=500, hint="Ask in another way."),
    errors.DatasetTooLarge("The graphs are too large.", limit=10, hint="Name one graph."),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_says_what_is_wrong_and_what_to_do(error: Exception) -> None:
    """Problem details have detail, hint and code; the same sentences stand in the plain text."""
    problem = translate(error, "GET", "/somewhere")
    members = json.loads(write_json(problem))

    assert {"title", "status", "detail", "hint", "code"} <= members.keys()
    assert not {"fix", "mend", "known", "advice"} & members.keys()
    assert all(members[name] for name in ("title", "status", "detail", "hint", "code"))
    assert members["detail"] in write_text(problem)
    assert members["hint"] in write_text(problem)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (errors.StoreUnavailable("http://store/ is down.", retry_after=5), 503, "store-unavailable"),
        (errors.OtherRelease("http://store/ holds another.", retry_after=5), 503, "other-release"),
        (errors.StoreTimedOut("http://store/ was silent."), 504, "store-timeout"),
        (errors.StoreFailed("http://store/ failed: secret words.", status=500), 502, "remote-store"),
    ],
)
def test_the_store_behind_the_server_is_not_shown(error: Exception, status: int, code: str) -> None:
    """Its address and its words are for the log; a client learns what happened and when to ask again."""
    problem = translate(error, "POST", "/sparql")

    assert (problem.status, problem.code) == (status, code)
    assert "http://store/" not in problem.detail
    assert problem.headers.get("Retry-After") == {503: "5", 504: "30", 502: None}[status]
