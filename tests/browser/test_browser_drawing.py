"""The drawing in a real browser: it grows by click and keyboard, stays in its bounds, and is a table on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from watched_page import Opener, Watched

DRAWING = "condition/scleroderma/drawing"
FORM = "condition/systemic-scleroderma"


def grown(page: Any) -> str:
    """Wait until the neighbours were added or taken away, and return what is announced."""
    told = page.locator(".told", has_text="Neighbours")
    told.wait_for()
    return str(told.inner_text())


def opened(watched: Watched, address: str) -> Any:
    """Return a browser page at an address."""
    watched.page.goto(address)
    return watched.page


@pytest.mark.parametrize("path", [DRAWING, "condition/scleroderma.html"])
def test_enter_adds_the_neighbours_and_keeps_the_focus(open_page: Opener, site: str, path: str) -> None:
    """With the keyboard alone a reader opens a box, hears how many came, and goes on from the same box."""
    watched = open_page()
    page = opened(watched, site + path)
    before = page.locator("#drawing a.node").count()

    page.locator(f"#drawing a.node[data-name='{FORM}']").focus()
    page.keyboard.press("Enter")

    told = grown(page)
    after = page.locator("#drawing a.node").count()
    assert after > before
    assert f"{after - before} resources added" in told
    assert page.locator(".told").get_attribute("role") == "status"
    assert page.evaluate("document.activeElement.dataset.name") == FORM
    assert watched.errors == []


def test_a_second_click_takes_the_neighbours_away(open_page: Opener, site: str) -> None:
    """What was added goes again, and the address of the large drawing says what is open."""
    page = opened(open_page(), site + DRAWING)
    node = page.locator(f"#drawing a.node[data-name='{FORM}']")
    before = page.locator("#drawing a.node").count()

    node.click()
    page.locator("#drawing .opened").first.wait_for()
    address = page.url
    node.click()
    page.locator("#drawing .node .opened").wait_for(state="detached")

    assert "with=condition" in address
    assert page.locator("#drawing a.node").count() == before
    assert "with=" not in page.url


def test_the_address_of_a_grown_drawing_shows_it_again(open_page: Opener, site: str) -> None:
    """The picture that a script made is the one that the server makes for a reader without scripts."""
    page = opened(open_page(), site + DRAWING)
    page.locator(f"#drawing a.node[data-name='{FORM}']").click()
    page.locator("#drawing .node .opened").wait_for()

    without = opened(open_page(java_script_enabled=False), page.url)

    labels = "nodes => nodes.map(node => node.getAttribute('aria-label'))"
    shown = page.locator("#drawing a.node").evaluate_all(labels)
    assert without.locator("#drawing a.node").evaluate_all(labels) == shown
    assert any("shown with its neighbours" in label for label in shown)


def test_a_filter_holds_for_what_is_added(open_page: Opener, site: str) -> None:
    """A status that a reader has hidden stays hidden when the drawing grows."""
    page = opened(open_page(), site + DRAWING)
    page.locator("#drawing li[data-status=hypothesised] input").uncheck()

    page.locator(f"#drawing a.node[data-name='{FORM}']").click()
    grown(page)

    assert page.locator("#drawing a.node.hypothesised").count() > 0
    assert page.locator("#drawing a.node.hypothesised:visible").count() == 0
    assert not page.locator("#drawing li[data-status=hypothesised] input").is_checked()


def test_a_failed_request_is_told_and_harms_nothing(open_page: Opener, site: str) -> None:
    """Where the server does not answer, the drawing stays as it is and says so."""
    page = opened(open_page(), site + DRAWING)
    before = page.locator("#drawing a.node").count()
    page.route("**/drawing?with=*", lambda route: route.abort())

    page.locator(f"#drawing a.node[data-name='{FORM}']").click()

    page.locator(".told", has_text="could not be loaded").wait_for()
    assert page.locator("#drawing a.node").count() == before


@pytest.mark.parametrize("path", [DRAWING, "condition/scleroderma.html", "treatment/surgery/drawing"])
def test_a_drawing_is_not_blown_up(open_page: Opener, site: str, path: str) -> None:
    """However wide the window is, letters in the drawing are no larger than those they were set as."""
    page = opened(open_page(viewport={"width": 2400, "height": 1200}), site + path)

    scale = page.locator("#drawing .drawing svg").evaluate(
        "svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
    )
    assert 0.5 <= scale <= 1.01


def test_larger_and_smaller_end_somewhere(open_page: Opener, site: str) -> None:
    """The buttons stay within three times and half of the size."""
    page = opened(open_page(), site + DRAWING)
    measure = "svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width"
    picture = page.locator("#drawing .drawing svg")

    sizes = []
    for name in ("Larger", "Smaller"):
        for _ in range(14):
            page.get_by_role("button", name=name).click()
        sizes.append(round(picture.evaluate(measure), 1))

    assert sizes == [3.0, 0.5]


@pytest.mark.parametrize("path", [DRAWING, "condition/scleroderma.html"])
@pytest.mark.parametrize("scripts", [True, False])
def test_a_phone_gets_the_table(open_page: Opener, site: str, path: str, scripts: bool) -> None:
    """On a narrow screen the drawing gives way to its table, with scripts and without."""
    page = opened(
        open_page(viewport={"width": 390, "height": 844}, java_script_enabled=scripts),
        site + path,
    )

    assert not page.locator("#drawing .drawing").is_visible()
    assert page.locator("#drawing table").first.is_visible()
    assert page.locator("#drawing table a", has_text="systemic scleroderma").first.is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_grown_drawing_is_accessible(open_page: Opener, site: str, scheme: str) -> None:
    """The tool axe finds nothing in the large drawing, with neighbours and an open table."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = opened(open_page(color_scheme=scheme, bypass_csp=True), f"{site}{DRAWING}?with={FORM}")
    page.locator("#drawing summary").click()

    results = axe.Axe().run(page, options={"resultTypes": ["violations"]})

    assert [violation["id"] for violation in results.response["violations"]] == []
