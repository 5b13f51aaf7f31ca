"""The guides over HTTP."""

from __future__ import annotations

from live import Server


def test_the_list_leads_to_every_guide(server: Server) -> None:
    """What the list names answers with a page."""
    listed = server.get("/docs/", Accept="text/html")

    assert listed.status == 200
    for name in ("researcher", "linking", "downloads", "curator", "operator", "developer", "library"):
        assert f'href="{name}"' in listed.text
        assert server.get(f"/docs/{name}").media_type == "text/html"


def test_docs_without_its_slash_leads_there(server: Server) -> None:
    """An address that a person would type works."""
    reply = server.get("/docs")

    assert (reply.status, reply["Location"]) == (308, "docs/")


def test_an_unknown_guide_is_not_found(server: Server) -> None:
    """The answer names the guides that there are."""
    reply = server.get("/docs/surgeon", Accept="application/problem+json")

    assert reply.status == 404
    assert "curator" in reply.json["available"]
    assert server.get("/docs/README").status == 404


def test_the_icon_has_its_usual_address(server: Server) -> None:
    """Programs that read no page ask for /favicon.ico."""
    reply = server.get("/favicon.ico")

    assert (reply.status, reply.media_type) == (200, "image/svg+xml")
