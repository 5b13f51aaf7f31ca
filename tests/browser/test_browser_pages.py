"""Every kind of page in a real browser: accessible, narrow, dark, on paper, without scripts."""

from __future__ import annotations

from typing import Any

import pytest
from kinds_of_pages import PAGES, hashed_pages
from watched_page import SHIFT, WATCH_SHIFTS, Opener

from nosograph.release.opening import Release

AFTER_PAINTING = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() =>
  done([document.documentElement.scrollWidth, window.shifted]))))"""
"""Gives the width of a page and how far it jumped, when a shift by the last thing that was drawn has been told."""

LONG = ("ontology.html", "shapes.html", "docs/library", "docs/operator")
"""Pages of many thousand elements, which axe-core needs a minute for; they have few forms."""

COLOURED = (
    "",
    "condition/scleroderma.html",
    "condition/scleroderma/drawing",
    "compare/condition?first=systemic-scleroderma&second=localized-scleroderma",
    "search?q=skin&status=affirmed",
    "query?query=SELECT+*+WHERE+%7B%3Fs+%3Fp",
    "hierarchy/condition/scleroderma",
    "downloads",
    "docs/",
)
"""Pages on which most parts with colours of their own stand, and what scrolls by itself."""

ON_A_PHONE = {"runOnly": {"type": "rule", "values": ["color-contrast", "scrollable-region-focusable"]}}
"""What of axe-core can find something else in dark and on a phone than in light and on a desk."""


@pytest.mark.parametrize(
    ("scheme", "width", "rules", "pages"),
    [
        ("light", 1280, {}, None),
        pytest.param("light", 1280, {}, LONG, marks=pytest.mark.slow),
        ("dark", 390, ON_A_PHONE, COLOURED),
        pytest.param("dark", 390, ON_A_PHONE, None, marks=pytest.mark.slow),
        pytest.param("dark", 390, ON_A_PHONE, LONG, marks=pytest.mark.slow),
    ],
)
def test_no_page_has_an_accessibility_violation(
    open_page: Opener,
    site: str,
    release: Release,
    scheme: str,
    width: int,
    rules: dict[str, Any],
    pages: tuple[str, ...] | None,
) -> None:
    """axe-core finds nothing, of whatever impact, on any kind of page; without names, on all but the long ones.

    In dark and on a phone it looks at what can differ there: contrast, and what has to be scrolled.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 900}).page
    found = []
    for path in pages or [path for path in (*PAGES, *hashed_pages(site, release)) if path not in LONG]:
        page.goto(site + path)
        results = axe.Axe().run(page, options={"resultTypes": ["violations"], **rules})
        found += [(path, violation["impact"], violation["id"]) for violation in results.response["violations"]]

    assert found == []


def test_every_page_fits_a_phone(open_page: Opener, site: str) -> None:
    """At 320 CSS pixels nothing but tables, code and drawings needs sideways scrolling (WCAG 1.4.10), nothing jumps."""
    page = open_page(viewport={"width": 320, "height": 640}).page
    page.add_init_script(WATCH_SHIFTS)
    wide, moved = [], []
    for path in PAGES:
        page.goto(site + path)
        width, shifted = page.evaluate(AFTER_PAINTING)
        wide += [(path, width)] if width > 320 else []
        moved += [(path, shifted)] if shifted > SHIFT else []

    assert wide == []
    assert moved == []


def test_nothing_of_the_query_page_is_cut_on_a_laptop(open_page: Opener, site: str) -> None:
    """At 1,280 pixels the words in the search field of the head fit it, and every example is on the page."""
    page = open_page(viewport={"width": 1280, "height": 720}).page
    page.goto(site + "sparql")

    words, room = page.evaluate(
        """() => {
          const field = document.querySelector('#site-search'), style = getComputedStyle(field);
          const pen = document.createElement('canvas').getContext('2d');
          pen.font = style.font;
          const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
          return [pen.measureText(field.placeholder).width, room];
        }"""
    )
    cut = page.evaluate("(list => list.scrollHeight > list.clientHeight)(document.querySelector('nav.contents'))")

    assert 0 < words <= room
    assert page.locator("nav.contents li").count() >= 18
    assert not cut


def test_every_page_reads_without_scripts(open_page: Opener, site: str) -> None:
    """With scripts switched off a page has its heading and its text, and shows nothing that needs a script."""
    page = open_page(java_script_enabled=False).page
    empty = []
    for path in PAGES:
        if path in ("no-such-page", "condition/systemic-sclerosis"):
            continue
        page.goto(site + path)
        said = page.locator("h1").inner_text().strip() and len(page.locator("main").inner_text()) > 40
        if not said or page.locator("noscript").count():
            empty.append(path)

    assert empty == []


def test_a_condition_shows_its_drawing_without_scripts(open_page: Opener, site: str) -> None:
    """The picture was drawn on the server: boxes are links, and words say the same."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "condition/scleroderma.html")

    page.locator("#drawing summary").click()

    assert page.locator("#drawing a.node").count() > 10
    assert "autoimmune reaction leads to collagen overproduction" in page.locator("#drawing details").inner_text()


def test_search_works_without_scripts(open_page: Opener, site: str) -> None:
    """The search box is a form; a code leads to its page, words to the results, and a click to the page."""
    page = open_page(java_script_enabled=False).page
    page.goto(site)

    page.fill("#home-search", "ORPHA90291")
    page.keyboard.press("Enter")
    page.wait_for_url(site + "condition/systemic-scleroderma.html")

    page.fill("#site-search", "symptoms of scleroderma")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="scleroderma: Symptoms").click()
    page.wait_for_url(site + "condition/scleroderma.html#symptoms")

    assert page.locator("#symptoms").is_visible()


def test_a_page_that_is_not_there_leads_on(open_page: Opener, site: str) -> None:
    """The error page of an address offers what the address says, and a click leads there."""
    page = open_page().page
    page.goto(site + "condition/systemic-sclerosis")

    page.get_by_role("link", name="systemic scleroderma").click()
    page.wait_for_url(site + "condition/systemic-scleroderma.html")

    assert page.locator("h1").text_content() == "systemic scleroderma"


def test_a_query_works_without_scripts(open_page: Opener, site: str) -> None:
    """The plain form sends the query and the page comes back with rows."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "sparql")

    page.fill("textarea", "SELECT ?s WHERE { ?s ?p ?o } LIMIT 3")
    page.get_by_role("button", name="Run the query").click()

    assert page.locator("#answer tbody tr").count() == 3
    assert page.input_value("textarea").startswith("SELECT ?s")


def test_statuses_differ_without_colour(open_page: Opener, site: str) -> None:
    """A status has a word and a border of another form for each, so a grey print still tells them apart.

    What is affirmed, as most is, has neither.
    """
    page = open_page().page
    page.goto(site + "condition/scleroderma.html")
    marks = {status: page.locator(f".statements .status.{status}").first for status in ("contested", "hypothesised")}

    assert {status: mark.evaluate("e => getComputedStyle(e).borderTopStyle") for status, mark in marks.items()} == {
        "contested": "double",
        "hypothesised": "dashed",
    }
    assert all(status in mark.inner_text().lower() for status, mark in marks.items())
    assert page.locator(".statements .status.affirmed").count() == 0


def test_paper_gets_the_text_and_not_the_tools(open_page: Opener, site: str) -> None:
    """Printed, a page has no navigation, no buttons but as headings, no boxes to type in, and black text on white."""
    page = open_page(color_scheme="dark").page
    page.goto(site + "condition/scleroderma.html")
    page.emulate_media(media="print")

    assert not page.locator("header.site").is_visible()
    assert not page.locator("nav.contents").is_visible()
    assert page.locator("button:visible").count() == page.locator("th > button:visible").count()
    assert page.locator("input:visible").count() == 0
    assert page.locator("#drawing svg").last.is_visible()
    assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    assert page.locator("h1").evaluate("e => getComputedStyle(e).color") == "rgb(0, 0, 0)"
    assert len(page.pdf(format="A4")) > 10_000


def test_keyboard_leads_past_the_navigation(open_page: Opener, site: str) -> None:
    """The first Tab reaches the skip link, which becomes visible and leads to the content."""
    page = open_page().page
    page.goto(site + "condition/scleroderma.html")

    page.keyboard.press("Tab")
    skip = page.evaluate("document.activeElement.className")
    page.keyboard.press("Enter")

    assert skip == "skip"
    assert page.evaluate("document.activeElement.id") == "content"


def test_every_link_shows_that_it_has_the_focus(open_page: Opener, site: str) -> None:
    """Whatever Tab reaches has an outline (WCAG 2.4.7)."""
    page = open_page().page
    page.goto(site)
    unseen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        name, style, width = page.evaluate(
            "(e => [e.outerHTML.slice(0, 80), getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineWidth])"
            "(document.activeElement)"
        )
        if style == "none" or width == "0px":
            unseen.append(name)

    assert unseen == []
