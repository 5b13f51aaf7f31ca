"""The query page by hand: each task of somebody who asks the graph, with the editor, without it, without scripts."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from watched_page import Opener

from nosograph.web.html.rendering import STATIC_FOLDER
from nosograph.web.routes.query_pages import EDITOR

needs_editor = pytest.mark.skipif(
    not (STATIC_FOLDER / EDITOR).is_file(), reason="the query editor was not built, because npm was not there"
)

NOSO = "PREFIX noso: <https://w3id.org/nosograph/ontology#>\n"
COUNTS = f"{NOSO}SELECT ?source (COUNT(*) AS ?n) WHERE {{ ?evidence noso:source ?source }} GROUP BY ?source"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def open_editor(page: Any, address: str) -> None:
    """Open a page and turn to the query, which brings the editor; it is empty then."""
    page.goto(address)
    page.locator("#query").focus()
    page.locator(".cm-content").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")


def write(page: Any, query: str) -> None:
    """Put a query into the editor in place of what is there."""
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.insert_text(query)
    page.keyboard.press("Escape")


def written(page: Any) -> str:
    """Return the query in the editor."""
    return page.locator(".cm-content").inner_text()


def run(page: Any, query: str) -> None:
    """Run a query from the editor, and wait for its answer."""
    page.locator("#answer").evaluate_all("found => found.forEach((section) => section.remove())")
    write(page, query)
    page.keyboard.press("Control+Enter")
    page.locator("#answer h2").wait_for()


@needs_editor
def test_the_editor_comes_when_it_is_needed(open_page: Opener, site: str) -> None:
    """Its script is not asked for until somebody turns to the query; text and position stay, and nothing moves."""
    watched = open_page()
    page = watched.page
    page.goto(site + "sparql")
    page.wait_for_load_state("networkidle")
    before = [url for url in watched.requests if url.endswith(EDITOR)]
    below = page.locator("#query-form button").first.bounding_box()

    page.locator("#query").evaluate(
        "area => { area.value = 'ASK { ?s ?p ?o }'; area.setSelectionRange(3, 3); area.focus(); }"
    )
    page.locator(".cm-content").wait_for()
    page.keyboard.type(" #")

    assert before == []
    assert written(page).startswith("ASK # { ?s")
    assert page.locator("#query-form button").first.bounding_box() == below
    assert watched.errors == []


@needs_editor
def test_a_resource_is_completed_by_its_label(open_page: Opener, site: str) -> None:
    """Words of a name offer what the search finds; choosing it inserts its CURIE and declares its prefix."""
    page = open_page().page
    open_editor(page, site + "sparql")

    page.keyboard.type("SELECT * { ?s ?p systemic")
    option = page.locator(".cm-tooltip-autocomplete li", has_text="systemic scleroderma").first
    option.wait_for()
    option.click()

    assert written(page).startswith("PREFIX condition: <https://w3id.org/nosograph/condition/>\n")
    assert written(page).endswith("?s ?p condition:systemic-scleroderma")


@needs_editor
def test_properties_and_classes_come_with_label_and_number(open_page: Opener, site: str) -> None:
    """After the word `a` classes come first, elsewhere properties; the number is how often the release uses them."""
    page = open_page().page
    open_editor(page, site + "sparql")
    first = page.locator(".cm-tooltip-autocomplete li").first

    page.keyboard.type("SELECT * { ?s symptom")
    page.locator(".cm-tooltip-autocomplete li", has_text="noso:hasSymptom").wait_for()
    properties = page.locator(".cm-tooltip-autocomplete li", has_text="noso:hasSymptom").first.inner_text()
    page.keyboard.press("Escape")
    write(page, "SELECT * { ?s a ")
    page.keyboard.type("cond")
    page.locator(".cm-tooltip-autocomplete li", has_text="noso:Condition").wait_for()

    assert re.search(r"has symptom · \d+", properties)
    assert "noso:Condition" in first.inner_text()


@needs_editor
def test_a_known_prefix_declares_itself(open_page: Opener, site: str) -> None:
    """Typing its colon is enough; within a string or an IRI nothing happens, and it is declared once."""
    page = open_page().page
    open_editor(page, site + "sparql")

    page.keyboard.type("SELECT * { ?s skos:prefLabel 'noso:x' ; skos:altLabel ?o }")
    page.keyboard.press("Escape")

    assert written(page) == (
        "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"
        "SELECT * { ?s skos:prefLabel 'noso:x' ; skos:altLabel ?o }"
    )


@needs_editor
def test_mistakes_are_marked_while_typing_and_repaired_by_a_click(open_page: Opener, site: str) -> None:
    """A term that does not exist is marked where it stands; a key leads there, and its nearest one replaces it."""
    page = open_page().page
    open_editor(page, site + "sparql")

    write(page, f"{NOSO}SELECT * {{ ?s noso:hasSymptm ?o }}")
    mark = page.locator(".cm-lintRange-warning")
    mark.wait_for()
    marked = mark.inner_text()
    page.keyboard.press("F8")
    page.locator(".cm-diagnosticAction", has_text="noso:hasSymptom").click()

    assert marked == "noso:hasSymptm"
    assert "?s noso:hasSymptom ?o" in written(page)


@needs_editor
def test_a_missing_prefix_is_inserted_by_a_click(open_page: Opener, site: str) -> None:
    """A query that was pasted without its prefixes is marked by name."""
    page = open_page().page
    open_editor(page, site + "sparql")

    write(page, "SELECT * { ?s noso:hasSymptom ?o }")
    page.locator(".cm-lintRange-info").wait_for()
    page.keyboard.press("F8")
    page.locator(".cm-diagnostic", has_text="The prefix noso: is not declared").wait_for()
    page.locator(".cm-diagnosticAction", has_text="Declare it").click()

    assert written(page).startswith(NOSO.strip())


@needs_editor
def test_a_syntax_error_is_marked_and_led_to(open_page: Opener, site: str) -> None:
    """It is marked before the query is run; running it says line and column, and the cursor is there."""
    page = open_page().page
    open_editor(page, site + "sparql")

    write(page, "SELECT * WHERE {\n  ?s ?p .\n}")
    page.locator(".cm-lint-marker-error").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("#answer [role=alert]").wait_for()
    page.keyboard.type("?o ")

    assert "At line 2, column 9" in page.locator("#answer [role=alert]").inner_text()
    assert "?s ?p ?o ." in written(page)


@needs_editor
def test_an_answer_has_labels_sorts_and_becomes_bars(open_page: Opener, site: str) -> None:
    """Cells are labels with CURIEs; a column of numbers sorts as numbers, and counts come as bars too."""
    page = open_page().page
    open_editor(page, site + "sparql")

    run(page, COUNTS)
    cells = page.locator("table.answers tbody tr td:first-child")
    labels = cells.all_inner_texts()
    page.locator("table.answers th button").nth(1).click()
    numbers = [int(text) for text in page.locator("table.answers td.number").all_inner_texts()]
    page.get_by_role("tab", name="Table").press("ArrowRight")

    assert any("source:gard-scleroderma" in label and "GARD" in label for label in labels)
    assert numbers == sorted(numbers) and len(numbers) == 2
    assert page.locator("figure.chart rect:visible").count() == 2


@needs_editor
def test_a_long_answer_is_bounded_paged_and_filtered(open_page: Opener, site: str) -> None:
    """Everything that the release says: the exact number, 50 rows to see, the next page, a filter, the next part."""
    page = open_page().page
    open_editor(page, site + "sparql")
    rows = page.locator("table.answers tbody tr:visible")

    run(page, "SELECT * { ?s ?p ?o }")
    total = page.locator("#answer .total").inner_text()
    first = rows.first.inner_text()
    shown = rows.count()
    page.get_by_role("button", name="Next page").click()
    second = rows.first.inner_text()
    page.get_by_label("Filter these rows").fill("zzzz-nothing")
    filtered = rows.count()
    page.get_by_role("link", name="Next part").click()
    page.locator("#answer .total", has_text="Rows 201 to 400").wait_for()

    assert re.search(r"\d\d,\d\d\d rows\. Rows 1 to 200 are shown", total)
    assert (shown, filtered) == (50, 0)
    assert first != second
    assert "offset=200" in page.url
    assert page.locator("#answer a[download]").count() == 4


def stopped(page: Any, site: str) -> float:
    """Return how many queries the server has ended because their client had gone."""
    metrics = page.request.get(site + "metrics").text()
    found = re.search(r'^nosograph_queries_total\{outcome="client_gone"\} (\S+)$', metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


@needs_editor
def test_a_query_is_stopped(open_page: Opener, site: str) -> None:
    """Stop ends a query that would run for ever, and its worker is free again."""
    page = open_page().page
    open_editor(page, site + "sparql")
    before = stopped(page, site)
    write(page, ENDLESS)
    page.keyboard.press("Control+Enter")
    stop = page.get_by_role("button", name="Stop")
    stop.wait_for()

    stop.click()
    page.get_by_role("status").filter(has_text="Stopped.").wait_for()

    assert page.locator("#answer").count() == 0
    for _ in range(100):
        if stopped(page, site) > before:
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError("the server went on with a query that nobody waits for")


@needs_editor
def test_the_address_follows_and_leads_back(open_page: Opener, site: str) -> None:
    """An answer has an address to share; back and forward bring query and answer, and the address brings both anew."""
    page = open_page().page
    open_editor(page, site + "sparql")
    run(page, "ASK { ?s ?p ?o }")
    run(page, "SELECT (1 AS ?one) {}")

    shared = page.url
    page.go_back()
    page.locator("#answer", has_text="Yes").wait_for()
    back = written(page)
    page.go_forward()
    page.locator("#answer th", has_text="one").wait_for()
    forward = written(page)
    other = open_page().page
    other.goto(shared)

    assert (back, forward) == ("ASK { ?s ?p ?o }", "SELECT (1 AS ?one) {}")
    assert shared == f"{site}query?query=SELECT+%281+AS+%3Fone%29+%7B%7D"
    assert other.locator("#query").input_value() == "SELECT (1 AS ?one) {}"
    assert other.locator("table.answers td").inner_text() == "1"


def test_queries_are_kept_in_the_browser(open_page: Opener, site: str) -> None:
    """What was run and what was saved is there after a reload, is opened, is forgotten; nothing of it is sent."""
    watched = open_page()
    page = watched.page
    page.route("**/built/editor.js", lambda route: route.abort())
    page.goto(site + "query")
    page.fill("#query", "ASK { <urn:x> ?p ?o }")
    page.get_by_role("button", name="Run the query").click()
    page.locator("#answer", has_text="No").wait_for()
    page.get_by_text("Your queries").click()
    page.get_by_label("Save the query as").fill("My question")
    page.get_by_role("button", name="Save", exact=True).click()
    asked = len(watched.requests)

    page.goto(site + "query")
    page.get_by_text("Your queries").click()
    page.get_by_role("button", name="My question", exact=True).click()
    opened = page.locator("#query").input_value()
    page.get_by_role("button", name="Delete the saved query My question").click()
    page.get_by_role("button", name="Forget all that were run").click()
    page.reload()
    page.get_by_text("Your queries").click()

    assert opened == "ASK { <urn:x> ?p ?o }"
    assert page.locator(".queries li").count() == 0
    assert not [url for url in watched.requests[asked:] if "My" in url]


@needs_editor
def test_a_graph_is_drawn_and_listed(open_page: Opener, site: str) -> None:
    """CONSTRUCT comes as a drawing with links, as a table and as Turtle."""
    page = open_page().page
    open_editor(page, site + "sparql")

    run(page, f"{NOSO}CONSTRUCT WHERE {{ ?s noso:hasSymptom ?o }}")
    boxes = page.locator(".answer-drawing a.node:visible").count()
    page.get_by_role("tab", name="Turtle").click()

    assert boxes > 1
    assert "noso:hasSymptom" in page.locator("pre.result:visible").inner_text()
    assert page.locator(".answer-drawing:visible").count() == 0
    assert page.get_by_role("tab").all_inner_texts() == ["Drawing", "Table", "Turtle"]


@needs_editor
def test_answers_cannot_bring_markup_or_scripts(open_page: Opener, site: str) -> None:
    """Literals with markup are shown as text, and an IRI that would run something is no link, drawn or listed."""
    watched = open_page()
    page = watched.page
    open_editor(page, site + "sparql")
    values = "VALUES ?x { '<img src=x onerror=alert(1)>' <javascript:alert(2)> }"

    run(page, f"SELECT ?x WHERE {{ {values} }}")
    table = page.locator("#answer table").inner_text()
    run(page, f"CONSTRUCT {{ <urn:a> <javascript:alert(3)> ?x }} WHERE {{ {values} }}")

    assert "<img src=x onerror=alert(1)>" in table
    assert page.locator("#answer img").count() == 0
    assert page.locator("#answer a[href^='javascript']").count() == 0
    assert watched.dialogs == []
    assert watched.errors == []


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
@needs_editor
def test_editor_and_answers_are_accessible(open_page: Opener, site: str, scheme: str, width: int) -> None:
    """Axe finds nothing in the editor, a table, a drawing and an error; a phone needs no sideways scrolling."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = open_page(color_scheme=scheme, viewport={"width": width, "height": 800}).page
    open_editor(page, site + "sparql")
    page.get_by_text("Your queries").click()
    found = []
    for query in (
        "SELECT * { ?s ?p ?o }",
        f"{NOSO}CONSTRUCT WHERE {{ ?s noso:hasSymptom ?o }}",
        COUNTS,
        "SELECT * { ?s",
    ):
        run(page, query)
        results = axe.Axe().run(page, options={"resultTypes": ["violations"]})
        found += [(query, violation["id"]) for violation in results.response["violations"]]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, query

    assert found == []


def test_without_the_editor_the_form_answers(open_page: Opener, site: str) -> None:
    """Where the editor's script does not arrive, the text area is run and an error leads into it."""
    page = open_page().page
    page.route("**/built/editor.js", lambda route: route.abort())
    page.goto(site + "sparql")

    page.fill("textarea", "ASK { ?s ?p ?o }")
    page.get_by_role("button", name="Run the query").click()
    page.locator("#answer", has_text="Yes").wait_for()
    page.fill("textarea", "SELECT * {\n?s }")
    page.locator("textarea").press("Control+Enter")
    page.get_by_role("button", name="Go to the error").click()

    assert page.locator("textarea").evaluate("area => area.selectionStart") == len("SELECT * {\n?s ")


def test_without_scripts_the_server_answers(open_page: Opener, site: str) -> None:
    """The same labels, parts, corrections and drawing come from the server."""
    page = open_page(java_script_enabled=False).page
    page.goto(site + "sparql")

    page.fill("textarea", "SELECT * { ?s ?p ?o }")
    page.get_by_role("button", name="Run the query").click()
    rows = page.locator("table.answers tbody tr").count()
    page.get_by_role("link", name="Next part").click()
    part = page.locator("#answer .total").inner_text()
    page.fill("textarea", f"{NOSO}CONSTRUCT WHERE {{ ?s noso:hasSymptm ?o }}")
    page.get_by_role("button", name="Run the query").click()
    page.get_by_role("link", name="noso:hasSymptom").click()

    assert rows == 200
    assert "Rows 201 to 400" in part
    assert page.locator(".answer-drawing a.node").count() > 1
    assert page.locator("table.answers td a", has_text="systemic scleroderma").count() > 0


def test_the_endpoint_in_a_browser_shows_the_answer(open_page: Opener, site: str) -> None:
    """Opened from a link, the endpoint's address is the page of the answer."""
    page = open_page().page
    page.goto(f"{site}sparql?query={quote(COUNTS)}")

    assert page.locator("#query").input_value() == COUNTS
    assert page.locator("table.answers tbody tr").count() == 2
    assert page.get_by_role("tab").all_inner_texts() == ["Table", "Chart"]
