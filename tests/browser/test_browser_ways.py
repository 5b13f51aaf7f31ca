"""Each way through the graph clicked through in a real browser, without scripts where none is needed."""

from __future__ import annotations

import pytest
from watched_page import Opener


@pytest.mark.parametrize("scripts", [True, False])
def test_from_the_front_page_down_the_hierarchy(open_page: Opener, site: str, scripts: bool) -> None:
    """The tree opens with the keyboard, a link leads deeper, and the ways up are links."""
    page = open_page(java_script_enabled=scripts).page
    page.goto(site)

    page.get_by_role("navigation", name="Main").get_by_role("link", name="Hierarchy").click()
    branch = page.locator("li", has=page.get_by_role("link", name="autoimmune disorder")).first
    inner = branch.get_by_role("link", name="systemic scleroderma", exact=True)
    assert not inner.is_visible()
    branch.locator("summary").first.focus()
    page.keyboard.press("Enter")
    inner.click()
    page.wait_for_url("**/condition/systemic-scleroderma.html")
    page.locator(".broader").get_by_role("link", name="Hierarchy").click()
    page.wait_for_url("**/hierarchy/condition/systemic-scleroderma")
    page.locator(".crumbs").first.get_by_role("link", name="scleroderma", exact=True).click()

    page.wait_for_url("**/hierarchy/condition/scleroderma")
    assert page.locator("h1").inner_text().lower() == "scleroderma"


def test_from_a_condition_to_all_that_are_like_it(open_page: Opener, site: str) -> None:
    """How common a condition is leads to every one that is as rare, and from there back to it."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "condition/scleroderma.html")

    page.locator("#summary").get_by_role("link", name="rare disease").first.click()
    page.wait_for_url("**/concept/noso:rareDisease")
    assert page.get_by_role("heading", name="What counts as a rare disease").is_visible()
    page.locator("table.statements").get_by_role("link", name="scleroderma", exact=True).click()

    page.wait_for_url("**/condition/scleroderma.html")


def test_from_a_condition_to_a_comparison(open_page: Opener, site: str) -> None:
    """The form of a condition's page compares it with a name that is typed; marks lead to references."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "condition/systemic-scleroderma.html")

    page.get_by_label("Compare with").fill("localized scleroderma")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare/condition?first=systemic-scleroderma&second=localized+scleroderma")
    row = page.locator("table.pairs tr", has=page.get_by_role("rowheader", name="joint pain"))
    cells = row.locator("td").all_inner_texts()
    row.locator(".mark").first.click()

    assert cells[0].startswith("said") and cells[1] == "not said"
    assert page.locator("#references li:target").is_visible()


def test_a_comparison_with_an_unclear_name_asks_back(open_page: Opener, site: str) -> None:
    """Words that fit several conditions give links, and a click compares."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "compare/condition?first=scleroderma")

    page.get_by_label("Second condition").fill("connective disease")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_role("link").first.click()

    assert page.locator("table.pairs").count() > 0
    assert page.get_by_label("First condition").input_value() == "scleroderma"


def test_a_question_is_asked_about_another_condition(open_page: Opener, site: str) -> None:
    """From a condition to the list of questions, to one of them, and to its answer about yet another condition."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "condition/scleroderma.html")

    page.get_by_role("link", name="published questions").click()
    page.get_by_role("link", name="Which parts of the body does each form affect?").click()
    assert "about scleroderma" in page.locator("#answer-heading").inner_text()
    page.get_by_label("Condition").fill("localized scleroderma")
    page.get_by_role("button", name="Ask").click()

    assert "about localized scleroderma" in page.locator("#answer-heading").inner_text()
    assert page.locator("#answer tbody td:first-child a").all_inner_texts() == ["localized scleroderma"] * 5


def test_a_field_offers_the_names_of_its_kind(open_page: Opener, site: str) -> None:
    """Without scripts a reader may choose from a list instead of typing."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "compare/condition")
    names = page.locator("#names-first option").evaluate_all("options => options.map(option => option.value)")

    assert "systemic scleroderma" in names and names == sorted(names)
