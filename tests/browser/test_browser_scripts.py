"""What scripts add: suggestions, copying, the drawing, the query editor; and that they fail softly and safely."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from small_site import make_site
from small_site import page as hostile_page
from watched_page import Opener

from nosograph.web.html.rendering import STATIC_FOLDER
from nosograph.web.routes.query_pages import EDITOR

needs_editor = pytest.mark.skipif(
    not (STATIC_FOLDER / EDITOR).is_file(), reason="the query editor was not built, because npm was not there"
)


def type_query(page: Any, query: str) -> None:
    """Put a query into the editor in place of what is there."""
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(query)
    page.keyboard.press("Escape")


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


@needs_editor
def test_the_editor_completes_terms_and_declares_their_prefix(open_page: Opener, site: str) -> None:
    """A few letters of a term offer it with its label; choosing it adds the prefix at the top."""
    page = open_page().page
    page.goto(site + "sparql")
    page.locator(".cm-content").click()
    page.keyboard.press("Control+a")

    page.keyboard.type("SELECT * WHERE { ?s noso:hasSym", delay=15)
    page.locator(".cm-tooltip-autocomplete li", has_text="noso:hasSymptom").wait_for()
    page.wait_for_timeout(150)
    page.keyboard.press("Enter")

    text = page.locator(".cm-content").inner_text()
    assert text.startswith("PREFIX noso: <https://w3id.org/nosograph/ontology#>")
    assert "?s noso:hasSymptom" in text


@needs_editor
def test_the_editor_runs_a_query_and_shows_table_chart_and_raw(open_page: Opener, site: str) -> None:
    """Ctrl+Enter answers in place; counts also come as bars; tabs switch by arrow key."""
    page = open_page().page
    page.goto(site + "sparql")
    type_query(
        page,
        "PREFIX noso: <https://w3id.org/nosograph/ontology#>\n"
        "SELECT ?source (COUNT(*) AS ?n) WHERE { ?evidence noso:source ?source } GROUP BY ?source",
    )

    page.keyboard.press("Control+Enter")
    page.locator("#answer table").first.wait_for()
    rows = page.locator("#panel-0 tbody tr").count()
    page.get_by_role("tab", name="Table").press("ArrowRight")

    assert rows == 2
    assert page.locator("#panel-0 a").first.get_attribute("href") in (
        "/source/gard-scleroderma.html",
        "/source/scleroderma-overview.html",
    )
    assert page.locator("figure.chart rect:visible").count() == 2
    assert page.locator(".actions a", has_text="CSV").count() == 1


@needs_editor
def test_the_editor_shows_an_error_at_its_line(open_page: Opener, site: str) -> None:
    """A syntax error marks its line in the margin and says what was expected."""
    page = open_page().page
    page.goto(site + "sparql")
    type_query(page, "SELECT * WHERE {\n  ?s ?p .\n}")

    page.keyboard.press("Control+Enter")
    page.locator("#answer [role=alert]").wait_for()

    assert "At line 2" in page.locator("#answer [role=alert]").inner_text()
    assert page.locator(".cm-lint-marker-error").count() == 1


@needs_editor
def test_answers_cannot_bring_markup_or_scripts(open_page: Opener, site: str) -> None:
    """Literals with markup are shown as text, and an IRI that would run something is no link."""
    watched = open_page()
    page = watched.page
    page.goto(site + "sparql")
    type_query(page, "SELECT ?x WHERE { VALUES ?x { '<img src=x onerror=alert(1)>' <javascript:alert(2)> } }")

    page.keyboard.press("Control+Enter")
    page.locator("#answer table").wait_for()

    assert "<img src=x onerror=alert(1)>" in page.locator("#answer table").inner_text()
    assert page.locator("#answer img").count() == 0
    assert page.locator("#answer a[href^='javascript']").count() == 0
    assert watched.dialogs == []


def test_without_the_editor_the_form_stays(open_page: Opener, site: str) -> None:
    """Where the editor's script does not arrive, the plain form answers."""
    page = open_page().page
    page.route("**/built/editor.js", lambda route: route.abort())
    page.goto(site + "sparql")

    page.fill("textarea", "ASK { ?s ?p ?o }")
    page.get_by_role("button", name="Run the query").click()

    assert "Yes" in page.locator("#answer").inner_text()


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
