"""The page of a condition with two hundred findings: systems with their numbers in sight, rows that open and filter."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
from many_findings import FINDINGS, site_of_many_findings
from small_site import page as render_page
from watched_page import Opener

from nosograph.web.html.rendering import STATIC_TYPES, static_files

ADDRESS = "http://nosograph.example/condition/CODE_1.html"
SCREENS = 3


@pytest.fixture(scope="module")
def html() -> str:
    """Return the page."""
    return render_page(site_of_many_findings(), "condition", "CODE_1")


def show(open_page: Opener, html: str, **options: Any) -> Any:
    """Open the page in a browser that gets everything from memory."""
    page = open_page(**options).page

    def answer(route: Any) -> None:
        path = PurePosixPath(urlsplit(route.request.url).path)
        content = static_files().get("/".join(path.parts[3:])) if path.parts[1:2] == ("static",) else None
        if content is not None:
            route.fulfill(body=content, content_type=STATIC_TYPES[path.suffix[1:]])
        else:
            route.fulfill(body=html, content_type="text/html;charset=utf-8")

    page.route("**/*", answer)
    page.goto(ADDRESS)
    return page


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_all_systems_with_their_numbers_are_within_three_screens(
    open_page: Opener, html: str, width: int, height: int
) -> None:
    """The numbers beside the systems add up to all findings, and the last of them stands on the third screen."""
    page = show(open_page, html, viewport={"width": width, "height": height})
    parts = page.locator("#symptoms .divided summary")

    numbers = [int(text) for text in parts.locator(".count").all_inner_texts()]
    bottoms = parts.evaluate_all("all => all.map(one => one.getBoundingClientRect().bottom + scrollY)")

    assert sum(numbers) == FINDINGS and len(numbers) > 15
    assert max(bottoms) <= SCREENS * height
    assert page.locator("#symptoms tbody tr:visible").count() == 0


def test_a_filter_opens_the_parts_that_fit(open_page: Opener, html: str) -> None:
    """Words leave the rows that have them, in open parts; without words the parts are as they were."""
    page = show(open_page, html)
    rows, parts = page.locator("#symptoms tbody tr:visible"), page.locator("#symptoms details:visible")
    every = parts.count()

    page.locator("#symptoms .filter input").fill("NUMBER 193")
    found = rows.all_inner_texts()
    told = page.locator("#symptoms [role=status]").first.inner_text()
    left = parts.count()
    page.locator("#symptoms .filter input").fill("")

    assert len(found) == 1 and "number 193" in found[0]
    assert told == f"1 of {FINDINGS}"
    assert left < every == parts.count()
    assert rows.count() == 0


def test_parts_are_open_on_paper_and_without_scripts_a_click_opens_one(open_page: Opener, html: str) -> None:
    """A print has every row; a reader without scripts opens a part by its name."""
    page = show(open_page, html, java_script_enabled=False)
    rows = page.locator("#symptoms tbody tr")

    page.locator("#symptoms summary").first.click()
    opened = page.locator("#symptoms tbody tr:visible").count()
    page.emulate_media(media="print")

    assert 0 < opened < FINDINGS
    heights = rows.evaluate_all("all => all.map(row => row.getBoundingClientRect().height)")
    assert len(heights) == FINDINGS and min(heights) > 0


def test_how_often_sorts_by_number(open_page: Opener, html: str) -> None:
    """A click on the heading turns the order of the part round, by the greatest share and not by the words."""
    page = show(open_page, html)
    part = page.locator("#symptoms details").first
    part.locator("summary").click()
    cells = part.locator("td[data-name='How often']")

    def orders() -> list[str]:
        return [order or "" for order in cells.evaluate_all("all => all.map(cell => cell.dataset.order)")]

    before = orders()
    part.get_by_role("button", name="How often").click()

    assert before == sorted(before, reverse=True)
    assert orders() == sorted(before) and len(set(before)) > 5


def test_headings_of_columns_are_on_paper(open_page: Opener, html: str) -> None:
    """On screen they are buttons, which paper has none of; their words stay."""
    page = show(open_page, html)
    page.emulate_media(media="print")
    headings = page.locator("#symptoms thead th .sort")

    assert headings.count() > 15
    heights = headings.evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert min(heights) > 0
    assert page.get_by_role("button", name="Open all").count() == 0
