"""What a page costs its reader: bytes on the wire, requests, and how far its content jumps while it loads.

These budgets stand for Lighthouse's performance score, which a test cannot hold because it depends on the machine;
``benchmarks/lighthouse.py`` takes it.
"""

from __future__ import annotations

import pytest
from kinds_of_pages import PAGES
from watched_page import Opener

KIBIBYTE = 1024
BUDGETS = {"": 20, "query": 60, "questions": 30, "docs/library": 45, "ontology.html": 120, "shapes.html": 120}
"""KiB that a page may take with all that it loads, compressed as the server sends it."""

USUAL_BUDGET = 40
SHIFT = 0.1
"""Cumulative layout shift that still counts as good (web.dev/articles/cls)."""

WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


CURATED_CONDITION = 30
"""KiB that the page of a condition takes by itself, without what it shares with other pages."""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_light_and_stands_still(open_page: Opener, site: str, path: str, width: int) -> None:
    """A first visit loads no more than the page's budget, in few requests, and nothing jumps."""
    page = open_page(viewport={"width": width, "height": 844}).page
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
