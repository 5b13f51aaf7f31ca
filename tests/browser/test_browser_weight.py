"""What a page costs its reader: bytes on the wire, requests, and how far its content jumps while it loads.

These budgets stand for Lighthouse's performance score, which a test cannot hold because it depends on the machine;
``benchmarks/lighthouse.py`` takes it.
"""

from __future__ import annotations

import pytest
from kinds_of_pages import PAGES
from watched_page import SHIFT, WATCH_SHIFTS, Opener

KIBIBYTE = 1024
BUDGETS = {"": 20, "query": 60, "questions": 30, "docs/library": 45, "ontology.html": 120, "shapes.html": 120}
"""KiB that a page may take with all that it loads, compressed as the server sends it."""

USUAL_BUDGET = 40

CURATED_CONDITION = 30
"""KiB that the page of a condition takes by itself, without what it shares with other pages."""


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_stands_still(open_page: Opener, site: str, path: str) -> None:
    """A first visit loads no more than the page's budget, in few requests to this host alone, and nothing jumps.

    Nothing is blocked by the Content-Security-Policy. How a page stands on a phone is told where it has to fit one.
    """
    watched = open_page(viewport={"width": 1280, "height": 844})
    page = watched.page
    page.add_init_script(WATCH_SHIFTS)
    sizes: dict[str, float] = {}
    addresses: dict[str, str] = {}
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.responseReceived", lambda e: addresses.update({e["requestId"]: e["response"]["url"]}))
    session.on("Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}))

    page.goto(site + path, wait_until="networkidle")

    whole = sum(sizes.values()) / KIBIBYTE
    alone = sum(sizes[name] for name, address in addresses.items() if address == site + path) / KIBIBYTE
    assert 0 < alone <= whole <= BUDGETS.get(path, USUAL_BUDGET)
    assert alone <= CURATED_CONDITION or not path.startswith("condition/")
    assert len(sizes) <= 8
    assert page.evaluate("window.shifted") <= SHIFT
    assert [url for url in watched.requests if not url.startswith(site)] == []
    assert [error for error in watched.errors if "status of 404" not in error and "status of 400" not in error] == []
