"""Query parameters and addresses that name nothing, over a real socket."""

from __future__ import annotations

import pytest
from live import Server, Shelf


@pytest.mark.parametrize(
    "path",
    [
        "/condition/?page=1&page=2",
        "/search?q=skin&q=heart",
        "/search?q=skin&kind=condition&kind=finding",
        "/search.json?q=skin&limit=1&limit=2",
        "/query?question=01&question=02",
        "/query?query=ASK%7B%7D&query=ASK%7B%7D%20",
    ],
)
def test_a_parameter_with_two_values_is_400(server: Server, path: str) -> None:
    """No value is chosen in silence; the error names the parameter and says what to do."""
    reply = server.get(path)

    assert (reply.status, reply.json["code"]) == (400, "malformed-parameter")
    assert path.rpartition("&")[2].partition("=")[0] in reply.json["detail"]
    assert reply.json["hint"] == "Give it once."


@pytest.mark.parametrize("path", ["/condition/?page=1&page=1", "/search.json?q=skin&q=skin"])
def test_a_parameter_that_says_the_same_twice_is_answered(server: Server, path: str) -> None:
    """Nothing has to be chosen."""
    assert server.get(path).status == 200


@pytest.mark.parametrize("path", ["/dumps/2001-01-01-0123456789ab", "/dumps/unheard-of", "/dumps/unheard-of/"])
def test_a_release_that_is_not_there_is_404_at_once(server: Server, path: str) -> None:
    """Nobody is led to another address first."""
    assert server.get(path).status == 404


def test_a_release_without_its_slash_is_led_to_its_address(server: Server, shelf: Shelf) -> None:
    """The slash counts for the relative links of the files."""
    for version in ("latest", shelf.main.version):
        reply = server.get(f"/dumps/{version}?x=1")

        assert (reply.status, reply["Location"]) == (308, f"{version}/")
