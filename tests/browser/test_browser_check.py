"""A reader checks a document against its citations in the browser, and nothing leaves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from watched_page import Opener

PAGE = "source/gard-scleroderma.html"
FINISHED = "document.querySelector('#check').dataset.outcome !== undefined"


@pytest.fixture(scope="module")
def text(source_texts: Path) -> str:
    """Return the text of the document whose page is opened."""
    return (source_texts / "000_7ec9b71ca04c5423.txt").read_text(encoding="utf-8")


def choose(page: Any, content: bytes) -> str:
    """Choose a document of that content, and return what the page says of it."""
    page.set_input_files("#check-file", {"name": "document.txt", "mimeType": "text/plain", "buffer": content})
    page.wait_for_function(FINISHED)
    return str(page.locator("#check [role=status]").inner_text())


def test_the_document_that_was_read_is_verified(open_page: Opener, site: str, text: str) -> None:
    """Every passage is verified and shown in its words; no request is made for it."""
    watched = open_page()
    page = watched.page
    page.goto(site + PAGE, wait_until="networkidle")
    before = len(watched.requests)

    said = choose(page, text.encode())

    rows = page.locator("tr[data-digest]").count()
    assert "is the document that was read" in said
    assert f"{rows} of {rows} passages" in said
    assert page.locator(".checked.verified").count() == rows > 20
    assert page.locator("#checked-text .document").inner_text().split() == text.split()
    later = watched.requests[before:]
    assert [url for url in later if not url.endswith("icon.svg")] == [], "browsers ask for the icon when they like"
    assert watched.errors == []


def test_moved_and_changed_passages_are_told_apart(open_page: Opener, site: str, text: str) -> None:
    """A line before the text moves every passage; a word that is replaced changes those that hold it."""
    page = open_page().page
    page.goto(site + PAGE)
    start, end = (int(value) for value in page.locator("tr[data-digest]").first.get_attribute("id").split("-")[1:])

    said = choose(page, ("A note.\n" + text[:start] + "x" * (end - start) + text[end:]).encode())

    assert "is another version of the document" in said
    assert page.locator(".checked.changed").count() >= 1
    assert page.locator(".checked.moved").count() > 20
    assert page.locator(".checked.verified").count() == 0


def test_what_is_no_text_is_refused(open_page: Opener, site: str) -> None:
    """A file in another encoding is told as such, with what to do."""
    page = open_page().page
    page.goto(site + PAGE)

    page.set_input_files("#check-file", {"name": "page.txt", "mimeType": "text/plain", "buffer": b"\xff\xfe\x00x"})
    page.locator("#check [role=status]", has_text="is not UTF-8 text").wait_for()

    assert page.locator(".checked").count() == 0


def test_a_passage_leads_to_its_facts_by_keyboard(open_page: Opener, site: str, text: str) -> None:
    """In the document each passage is a link to its row, and the row leads to the facts."""
    page = open_page().page
    page.goto(site + PAGE)
    choose(page, text.encode())

    page.locator("#checked-text a").first.focus()
    page.keyboard.press("Enter")
    row = page.locator(page.evaluate("location.hash"))

    assert row.locator("[data-facts] a[href^='../fact/']").count() >= 1
