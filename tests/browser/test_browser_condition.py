"""The page of a condition in a real browser: the answer first, tables that sort and filter, and a sheet for print."""

from __future__ import annotations

from typing import Any

import pytest
from watched_page import Opener

PAGE = "condition/scleroderma.html"
FORM = "condition/localized-scleroderma.html"
SHEET = 297 - 2 * 18
"""Height in millimetres of what an A4 sheet holds between the margins of the stylesheet."""

PIXELS = 96 / 25.4
"""CSS pixels in a millimetre."""


def bottom(page: Any, selector: str) -> float:
    """Return how far below the top of the page an element ends, in CSS pixels."""
    return float(page.locator(selector).first.evaluate("element => element.getBoundingClientRect().bottom + scrollY"))


@pytest.mark.parametrize(
    ("width", "height", "screens"),
    [pytest.param(1280, 900, 1, id="desktop"), pytest.param(390, 844, 2, id="phone")],
)
@pytest.mark.parametrize("path", [PAGE, "condition/systemic-scleroderma.html", FORM])
def test_the_first_symptom_is_near_the_top(
    open_page: Opener, site: str, path: str, width: int, height: int, screens: int
) -> None:
    """A reader sees the first symptom on the first screen of a desktop, and no later than the second of a phone."""
    page = open_page(viewport={"width": width, "height": height}).page
    page.goto(site + path)

    assert page.locator("#summary dt").first.inner_text() == "Symptoms"
    assert bottom(page, "#summary dd a[href^='../finding/']") <= height * screens


def test_marks_lead_to_references_and_these_to_the_check(open_page: Opener, site: str) -> None:
    """From a symptom's mark to its document, and from there to the means to check its passages."""
    page = open_page().page
    page.goto(site + PAGE)

    page.locator("#summary .mark").first.click()
    reference = page.locator("#references li:target")
    reference.get_by_role("link", name="Check its passages").click()

    page.wait_for_url("**/source/*.html#check")
    assert page.locator("#check-heading").is_visible()


def test_a_click_on_a_heading_sorts_and_a_second_one_turns_round(open_page: Opener, site: str) -> None:
    """Rows are ordered by the column within their group, and the heading says so to assistive technology."""
    page = open_page().page
    page.goto(site + PAGE)
    heading = page.locator("#causes thead th").first
    rows = page.locator("#causes tbody", has_text="genetic factor").locator("tr:not(.group) th")
    before = rows.all_inner_texts()

    heading.get_by_role("button").click()
    ascending = rows.all_inner_texts(), heading.get_attribute("aria-sort")
    heading.get_by_role("button").click()
    descending = rows.all_inner_texts(), heading.get_attribute("aria-sort")

    assert ascending == (sorted(before), "ascending")
    assert descending == (sorted(before, reverse=True), "descending")
    assert len(before) > 2


def test_a_long_table_is_filtered_by_words(open_page: Opener, site: str) -> None:
    """Typing leaves the rows that have the words, tells how many, and clearing brings all back."""
    page = open_page().page
    page.goto(site + PAGE)
    rows = page.locator("#mechanism tbody tr:not(.group)")
    shown = page.locator("#mechanism tbody tr:not(.group):visible")
    everything = rows.count()

    page.locator("#mechanism .filter input").fill("scar")
    left = shown.all_inner_texts()
    told = page.locator("#mechanism [role=status]").inner_text()
    page.locator("#mechanism .filter input").fill("")

    assert 0 < len(left) < everything
    assert all("scar" in text.lower() for text in left)
    assert told == f"{len(left)} of {everything}"
    assert shown.count() == everything


def test_tables_are_whole_without_scripts(open_page: Opener, site: str) -> None:
    """Without scripts there are the same rows, and neither a button nor a filter that does nothing."""
    scripted, plain = open_page().page, open_page(java_script_enabled=False).page
    scripted.goto(site + PAGE)
    plain.goto(site + PAGE)

    assert plain.locator(".statements tbody tr").count() == scripted.locator(".statements tbody tr").count() > 30
    assert plain.locator(".statements button, .filter").count() == 0


@pytest.mark.parametrize("width", [390, 320])
def test_no_table_scrolls_sideways_on_a_phone(open_page: Opener, site: str, width: int) -> None:
    """The rows of statements and codes stack where the screen is narrow."""
    page = open_page(viewport={"width": width, "height": 844}).page
    page.goto(site + FORM)

    tables = page.locator(".wide:has(> table.stacked)")
    beyond = tables.evaluate_all("boxes => boxes.map(box => box.scrollWidth - box.clientWidth)")
    assert beyond
    assert not any(beyond)


def test_the_box_of_disputes_stands_out_only_where_sources_deny(open_page: Opener, site: str) -> None:
    """Sources that differ in certainty or frequency alone give a quiet section; a denial gives a marked one."""
    page = open_page().page
    borders = []
    for path in ("condition/systemic-scleroderma.html", PAGE):
        page.goto(site + path)
        borders.append(page.locator("#disagreement").evaluate("box => getComputedStyle(box).borderTopWidth"))

    assert borders == ["0px", "1px"]


def test_inherited_statements_are_folded_on_screen_and_open_in_print(open_page: Opener, site: str) -> None:
    """The list takes no space until it is opened; on paper it is there."""
    page = open_page().page
    page.goto(site + FORM)
    fold = page.locator("#inherited-1 details").first
    item = fold.locator("li").first

    folded = fold.bounding_box()["height"], item.is_visible()
    page.emulate_media(media="print")

    assert folded[0] < 60 and not folded[1]
    assert fold.bounding_box()["height"] > 200


@pytest.mark.parametrize("path", [PAGE, FORM])
def test_the_first_sheet_of_a_print_is_complete_in_itself(open_page: Opener, site: str, path: str) -> None:
    """Name, definition, summary and what the marks mean fit one A4 sheet; the statements begin on the next."""
    page = open_page(viewport={"width": int((210 - 2 * 16) * PIXELS), "height": 900}).page
    page.goto(site + path)
    page.emulate_media(media="print")

    assert bottom(page, ".updated") < SHEET * PIXELS
    assert page.locator(".columns").evaluate("element => getComputedStyle(element).breakBefore") == "page"


def test_questions_are_answered_and_one_can_be_asked(open_page: Opener, site: str) -> None:
    """Each question has a sentence with marks, and the last link leads to a query about this condition."""
    page = open_page().page
    page.goto(site + PAGE)
    questions = page.locator("#questions h3").all_inner_texts()
    sentences = page.locator("#questions p.sentence")

    assert questions[:2] == ["What are its symptoms?", "How is it treated?"]
    assert questions[-1] == "Do sources disagree?"
    assert all(sentences.nth(number).locator(".mark").count() for number in range(sentences.count()))
    page.get_by_role("link", name="Ask a question of your own").click()
    assert "condition/scleroderma" in page.locator("#query").input_value()


@pytest.mark.parametrize("path", [PAGE, "condition/systemic-scleroderma.html", FORM])
def test_a_curated_condition_is_light(open_page: Opener, site: str, path: str) -> None:
    """The document of a curated condition takes at most 30 KiB on the wire."""
    page = open_page().page
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))

    page.goto(site + path, wait_until="load")

    assert 0 < sizes[0] <= 30 * 1024
