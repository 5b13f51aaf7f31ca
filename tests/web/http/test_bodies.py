"""Bodies of requests are read strictly: what is wrong is told, with what to do, and nothing fails the server."""

from __future__ import annotations

import pytest

from nosograph.web.http.bodies import decode_body, media_type_of, parse_form, parse_json
from nosograph.web.http.problems import ProblemError


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=UTF-8", "Application/JSON"])
def test_a_known_media_type_is_read(content_type: str) -> None:
    """Parameters and case do not count."""
    assert media_type_of(content_type, ["text/plain", "application/json"]) == "application/json"


@pytest.mark.parametrize("content_type", ["", "image/png", "application/json; charset=latin-1", "nonsense"])
def test_another_media_type_or_charset_is_415(content_type: str) -> None:
    """The answer says what is taken, in Accept-Post too."""
    with pytest.raises(ProblemError) as caught:
        media_type_of(content_type, ["application/json"])

    assert caught.value.problem.status == 415
    assert caught.value.problem.headers["Accept-Post"] == "application/json"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1,",
        "[NaN]",
        "[1e]",
        "[" * 100_000,
        '{"a":' * 100_000,
        r'["\ud800"]',
        r'{"\uDC00": 1}',
        f"[{'9' * 10_000}]",
    ],
)
def test_what_is_no_json_is_400(text: str) -> None:
    """Also what Python's parser would take: NaN, halves of characters, numbers and nesting without end."""
    with pytest.raises(ProblemError) as caught:
        parse_json(text, "body")

    assert (caught.value.problem.status, caught.value.problem.code) == (400, "malformed-json")


def test_json_is_read_with_characters_beyond_the_basic_plane() -> None:
    """Two halves that belong together are a character."""
    assert parse_json(r'["\ud83e\udda0"]', "body") == ["\N{MICROBE}"]


def test_a_mistake_in_json_is_located() -> None:
    """Line and column stand in the problem."""
    with pytest.raises(ProblemError) as caught:
        parse_json('[\n"a" "b"]', "body")

    assert (caught.value.problem.fields["line"], caught.value.problem.fields["column"]) == (2, 5)


@pytest.mark.parametrize("text", ["a=%zz", "a=%ff", "a=1&" * 201])
def test_a_broken_form_is_400(text: str) -> None:
    """Escapes that are none, bytes that are no UTF-8, and too many parameters."""
    with pytest.raises(ProblemError) as caught:
        parse_form(text, "body")

    assert caught.value.problem.status == 400


def test_bytes_that_are_no_utf8_are_400() -> None:
    """The position of the first is told."""
    with pytest.raises(ProblemError, match="byte 2"):
        decode_body(b"a\xff")
