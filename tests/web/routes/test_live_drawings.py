"""The drawing at an address of its own, over a real socket."""

from __future__ import annotations

import html5lib
import pytest
from live import Server

CENTRE = "/condition/scleroderma/drawing"


def page(server: Server, path: str) -> str:
    """Return a page, failing on anything that the HTML standard calls a parse error."""
    reply = server.get(path, accept="text/html")
    assert reply.status == 200
    html5lib.HTMLParser(strict=True).parse(reply.text)
    return reply.text


def test_a_drawing_has_a_page_of_its_own(server: Server) -> None:
    """It links the resource, is not listed by search engines, and is the page that the resource's links as large."""
    text = page(server, CENTRE)

    assert '<a href="../../condition/scleroderma.html">scleroderma</a>' in text
    assert '<meta name="robots" content="noindex">' in text
    assert f'<a href="..{CENTRE}">Open large</a>' in page(server, "/condition/scleroderma.html")


def test_boxes_lead_to_the_drawing_around_them(server: Server) -> None:
    """Without scripts a reader goes through the graph from drawing to drawing, and each of them is there."""
    text = page(server, CENTRE)
    ahead = {
        part.partition('"')[0] for part in text.split('<a class="node ')[1:] for part in part.split('href="../..')[1:2]
    }

    assert len(ahead) > 10
    assert "/condition/scleroderma.html" in ahead
    for address in ahead - {"/condition/scleroderma.html"}:
        assert address.endswith("/drawing")
        page(server, address)


def test_neighbours_that_are_asked_for_are_drawn(server: Server) -> None:
    """The address says whose neighbours are shown; one that is not in the drawing adds nothing."""
    alone = page(server, CENTRE)
    more = page(server, CENTRE + "?with=condition/systemic-scleroderma")

    assert more.count('<a class="node') > alone.count('<a class="node')
    assert 'data-expanded="condition/systemic-scleroderma"' in more
    assert 'data-expanded=""' in page(server, CENTRE + "?with=treatment/no-such")


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("?with=skin", 400, "with=kind/name"),
        ("?with=thing/skin", 400, "with=kind/name"),
        ("?with=" + ",".join(f"finding/f{number}" for number in range(13)), 400, "12 resources"),
        ("?with=finding/a&with=finding/b", 400, "Give it once"),
    ],
)
def test_a_wrong_list_of_neighbours_is_told(server: Server, query: str, status: int, word: str) -> None:
    """The error says how to write the parameter."""
    reply = server.get(CENTRE + query)

    assert reply.status == status
    assert word in reply.json["detail"] + reply.json["hint"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/condition/no-such/drawing", 404),
        ("/condition/Scleroderma!/drawing", 400),
        ("/condition/scleroderma.html/drawing", 404),
        ("/release/2001-01-01-0123456789ab/drawing", 404),
    ],
)
def test_what_cannot_be_drawn_is_told(server: Server, path: str, status: int) -> None:
    """A resource that is unknown, malformed or has nothing around it has no drawing."""
    assert server.get(path).status == status
