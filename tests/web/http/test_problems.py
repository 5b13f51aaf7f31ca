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
