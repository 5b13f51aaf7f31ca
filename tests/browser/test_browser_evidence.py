"""The trail of evidence in a real browser: from a statement to its passage and back, and who stands for it."""

from __future__ import annotations

from watched_page import Opener


def test_from_a_statement_to_its_passage_and_back(open_page: Opener, site: str) -> None:
    """A row leads to its fact, the fact to the passage in the source's table, and the passage to the fact again."""
    watched = open_page(java_script_enabled=False)
    page = watched.page
    page.goto(site + "condition/scleroderma.html")

    page.locator("#symptoms table a", has_text="source").first.click()
    fact = page.url
    page.locator("a", has_text="characters").first.click()
    passage = page.locator("tr:target")
    passage.wait_for()
    back = passage.locator("a[href^='../fact/']")

    assert fact.rpartition("/fact/")[2] in {
        href.rpartition("/")[2] for href in back.evaluate_all("a => a.map(x => x.href)")
    }
    back.first.click()
    page.wait_for_url("**/fact/*.html")


def test_a_source_and_the_pages_that_refer_to_it_lead_to_each_other(open_page: Opener, site: str) -> None:
    """The reference list of a condition leads to the source, whose citation block leads back to the list."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "condition/scleroderma.html")
    reference = page.locator("#references li").first
    words = reference.locator("a").first.inner_text()

    reference.locator("a").first.click()
    assert page.locator("h1").inner_text() == words
    page.locator("#document a[href='../condition/scleroderma.html#references']").click()

    page.wait_for_url("**/condition/scleroderma.html#references")


def test_a_fact_tells_who_recorded_it_and_that_nobody_reviewed_it(open_page: Opener, site: str) -> None:
    """Each piece of evidence names its curator and day, and says so where there is no review."""
    page = open_page().page
    page.goto(site + "condition/scleroderma.html")
    page.locator("#symptoms table a", has_text="source").first.click()

    card = page.locator("li.card").first.inner_text()
    assert "Nosograph contributors, 2026-11-26" in " ".join(card.split())
    assert "not reviewed" in card


def test_without_a_contact_no_page_offers_a_report(open_page: Opener, site: str) -> None:
    """Where the release names no address, there is no link that would lead nowhere."""
    page = open_page().page
    for path in ("condition/scleroderma.html", "source/gard-scleroderma.html", "about"):
        page.goto(site + path)

        assert page.locator("#report, #contact, a[href^='mailto:']").count() == 0
