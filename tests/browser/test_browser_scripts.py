"""What scripts add: suggestions, copying, the drawing; and that they do no harm with hostile data."""

from __future__ import annotations

from functools import partial
from typing import Any

from small_site import make_site
from small_site import page as hostile_page
from watched_page import Opener


def test_suggestions_come_while_typing_and_open_by_keyboard(open_page: Opener, site: str) -> None:
    """A few letters list resources; arrow keys choose, Enter opens, Escape closes."""
    page = open_page().page
    page.goto(site)

    page.locator("#home-search").press_sequentially("systemic scl")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")
    chosen = page.locator("[role=option][aria-selected=true]").inner_text()
    active = page.locator("#home-search").get_attribute("aria-activedescendant")
    page.keyboard.press("Enter")
    page.wait_for_url("**/condition/systemic-scleroderma.html")

    assert "systemic scleroderma" in chosen
    assert active is not None


def test_escape_closes_the_suggestions(open_page: Opener, site: str) -> None:
    """The list goes and what was typed stays."""
    page = open_page().page
    page.goto(site)
    page.locator("#home-search").press_sequentially("skin")
    page.wait_for_selector("[role=option]")

    page.keyboard.press("Escape")

    assert page.locator("[role=listbox]:visible").count() == 0
    assert page.locator("#home-search").get_attribute("aria-expanded") == "false"


def test_the_permanent_address_can_be_copied(open_page: Opener, site: str) -> None:
    """The button puts the IRI, and nothing else, on the clipboard."""
    page = open_page(permissions=["clipboard-read", "clipboard-write"]).page
    page.goto(site + "condition/scleroderma.html")

    page.locator(".permanent .copy").first.click()

    assert page.evaluate("navigator.clipboard.readText()") == "https://w3id.org/nosograph/condition/scleroderma"


def test_arrow_keys_move_through_the_drawing(open_page: Opener, site: str) -> None:
    """From a focused box the arrow keys lead to the next one, and its neighbours stand out."""
    page = open_page().page
    page.goto(site + "condition/scleroderma.html")
    mechanism = page.locator("#drawing a.node", has_text="autoimmune reaction")

    mechanism.focus()
    faded = page.locator("#drawing a.node.faded").count()
    page.keyboard.press("ArrowRight")

    assert 0 < faded < page.locator("#drawing a.node").count()
    assert page.evaluate("document.activeElement.dataset.node") != mechanism.get_attribute("data-node")
    assert page.evaluate("document.activeElement.matches('#drawing a.node')")


def test_the_key_hides_what_is_not_wanted(open_page: Opener, site: str) -> None:
    """Unticking a status takes its boxes and arrows out, ticking it brings them back."""
    page = open_page().page
    page.goto(site + "condition/scleroderma.html")
    hypothesised = page.locator("#drawing a.node.hypothesised:visible")
    before = hypothesised.count()
    box = page.locator("#drawing li[data-status=hypothesised] input")

    box.uncheck()
    without = hypothesised.count()
    box.check()

    assert before > 0
    assert without == 0
    assert hypothesised.count() == before


def _fulfil(route: Any, **response: Any) -> None:
    route.fulfill(content_type="text/html;charset=utf-8", **response)


def test_hostile_data_do_no_harm_in_a_browser(open_page: Opener, site: str) -> None:
    """Pages of hostile data run nothing, reach for nothing, and fit a phone even with a word of 180 letters."""
    hostile = make_site("small.trig", "hostile.trig")
    watched = open_page(viewport={"width": 320, "height": 640})
    page = watched.page
    policy = {"Content-Security-Policy": page.goto(site).headers["content-security-policy"]}
    for kind, name in [("condition", "hostile"), ("finding", "long-word"), ("fact", "00000000000000f3")]:
        text = hostile_page(hostile, kind, name)
        page.route(
            "**/hostile.html",
            partial(_fulfil, body=text, headers=policy),
        )
        page.goto(site + "hostile.html")
        page.wait_for_load_state("networkidle")

        assert page.evaluate("document.documentElement.scrollWidth") == 320, name
        page.unroute("**/hostile.html")

    assert watched.dialogs == []
    assert watched.errors == []
    assert [url for url in watched.requests if not url.startswith(site)] == []
