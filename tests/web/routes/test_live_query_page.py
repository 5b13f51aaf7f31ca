"""The query page over a real socket: answers with labels, errors that lead on, checks, and what a browser gets."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import quote, unquote, urlencode

import pytest
from live import Reply, Server, Shelf

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
NOSO = "PREFIX noso: <https://w3id.org/nosograph/ontology#>\n"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUERY = {"Content-Type": "application/sparql-query"}


def ask(server: Server, query: str, **parameters: str) -> Reply:
    """Send a query as the form of the page does."""
    return server.get(f"/query?{urlencode({'query': query, **parameters})}")


def answer_of(reply: Reply) -> str:
    """Return the section of the page that has the answer."""
    return reply.text.partition('<section id="answer"')[2].partition('<p class="hint">A query may take')[0]


def asked_again(section: str) -> list[str]:
    """Return the queries that the links of an answer ask."""
    return [unquote(unescape(found)) for found in re.findall(r'class="ask" href="./query\?query=([^"&]*)', section)]


def test_the_answer_has_labels_and_says_how_much_there_is(server: Server, shelf: Shelf) -> None:
    """Without scripts, everything of the release is paged, with the exact number of rows."""
    total = shelf.main.manifest.counts.triples
    section = answer_of(ask(server, "SELECT * {?s ?p ?o}"))

    assert f"<strong>{total:,} rows.</strong> Rows 1 to 200 are shown" in section
    assert section.count("<tr>") == 201
    assert 'rel="next nofollow"' in section and 'rel="prev nofollow"' not in section
    behind = answer_of(ask(server, "SELECT * {?s ?p ?o}", offset=str(total)))
    assert f"None of them is behind row {total:,}." in behind and 'rel="prev' in behind
    last = answer_of(ask(server, "SELECT * {?s ?p ?o}", offset=str(total - 1)))
    assert last.count("<tr>") == 2 and 'rel="next' not in last and 'rel="prev' in last


def test_an_unknown_prefix_is_named_and_corrected(server: Server) -> None:
    """The error names the prefix, and its link asks a query that is answered; a known one needs no declaration."""
    reply = ask(server, "SELECT ?o { conditon:scleroderma noso:hasSymptom ?o }")
    section = answer_of(reply)

    assert reply.status == 400 and reply["Cache-Control"] == "no-store"
    assert "The prefix conditon: is not declared, and none of that name is known here." in section
    assert "Prefix not found" not in section
    repaired = ask(server, asked_again(section)[0])
    assert repaired.status == 200 and "<strong>1 row.</strong>" in answer_of(repaired)


@pytest.mark.parametrize(
    ("written", "nearest"),
    [("noso:hasSymptm", "noso:hasSymptom"), ("condition:sclerodrma", "condition:scleroderma")],
)
def test_a_misspelt_name_has_its_nearest(server: Server, written: str, nearest: str) -> None:
    """No row is explained where a name does not exist, and the nearest one is a click away."""
    prefixes = f"{NOSO}PREFIX condition: <https://w3id.org/nosograph/condition/>\n"
    section = answer_of(ask(server, f"{prefixes}SELECT * {{ ?s ?p {written} . ?s {written} ?o }}"))

    assert f"{written} does not exist in this release." in section
    assert f"?p {nearest} ." in asked_again(section)[0]


def test_a_no_may_be_a_misspelt_name(server: Server) -> None:
    """ASK is explained like an answer without rows; what is right needs no words."""
    assert "noso:hasSymptom" in asked_again(answer_of(ask(server, f"{NOSO}ASK {{ ?s noso:hasSymptm ?o }}")))[0]
    assert asked_again(answer_of(ask(server, f"{NOSO}ASK {{ ?s noso:hasSymptom ?o }}"))) == []


def test_a_byte_order_mark_is_no_part_of_a_query(server: Server) -> None:
    """Editors put one in front of a file that is pasted or sent."""
    assert "Yes" in answer_of(ask(server, "\ufeffASK {}"))
    assert check(server, "\ufeffASK { ?s noso:hasSymptom ?o }").json["problem"] is None


def test_a_query_that_is_answered_is_not_corrected(server: Server) -> None:
    """No row alone is no mistake, and a name elsewhere is none of ours."""
    section = answer_of(ask(server, f"{NOSO}SELECT * {{ ?s noso:hasSymptom <http://elsewhere.example/x> }}"))

    assert "The answer has no row." in section
    assert "does not exist" not in section


def test_an_answer_that_is_too_large_offers_its_beginning(shelf: Shelf, tmp_path: Path) -> None:
    """The link asks the same with a LIMIT."""
    query = "SELECT * { ?s ?p ?o } # everything"
    small = Server("--release", str(shelf.main.folder), "--query-result", "1", log=tmp_path / "log.jsonl")
    try:
        reply = ask(small, query)
    finally:
        small.stop()

    assert reply.status == 422
    assert asked_again(answer_of(reply)) == [f"{query}\nLIMIT 10000"]


def test_a_long_query_comes_as_a_form(server: Server) -> None:
    """What fits no address is answered, and no cache keeps it."""
    query = f"SELECT ?x {{ VALUES ?x {{ {' '.join(map(str, range(5000)))} }} }}"
    reply = server.request("POST", "/query", FORM, urlencode({"query": query, "offset": "4999"}).encode())

    assert (reply.status, reply["Cache-Control"]) == (200, "no-store")
    section = answer_of(reply)
    assert "<strong>5,000 rows.</strong> Rows 5,000 to 5,000 are shown" in section
    assert '<form class="actions" action="./sparql" method="post">' in section
    assert 'name="format" value="csv"' in section and "/sparql?query=" not in section


def test_what_may_change_is_not_kept(server: Server) -> None:
    """A query whose answer is another one tomorrow is not stored, and others are."""
    assert ask(server, "SELECT (NOW() AS ?now) {}")["Cache-Control"] == "no-store"
    assert "max-age" in ask(server, "ASK {}")["Cache-Control"]


def test_relative_iris_are_those_of_the_endpoint(server: Server) -> None:
    """The page and the endpoint read one query alike."""
    query = "SELECT (<x> AS ?x) {}"

    assert "https://w3id.org/nosograph/x" in answer_of(ask(server, query))


@pytest.mark.parametrize("offset", ["-1", "x", "9999999999"])
def test_an_offset_that_is_no_number_is_400(server: Server, offset: str) -> None:
    """The error says how it is written."""
    reply = ask(server, "ASK {}", offset=offset)

    assert (reply.status, reply.json["code"]) == (400, "malformed-parameter")


def test_a_browser_gets_the_page_of_an_answer(server: Server) -> None:
    """Opened in a browser, the address of a query shows query, rows and downloads; it varies by Accept."""
    query = "SELECT ?s { ?s a <https://w3id.org/nosograph/ontology#Condition> }"
    reply = server.get(f"/sparql?query={quote(query)}", Accept=BROWSER)

    assert (reply.status, reply.media_type) == (200, "text/html")
    assert "Accept" in reply["Vary"].split(", ")
    assert 'href="./condition/scleroderma.html"' in answer_of(reply)
    assert f"/sparql?query={quote(query, safe='')}&amp;format=csv" in answer_of(reply)


def test_a_browser_gets_the_page_of_an_error(server: Server) -> None:
    """With the status that programs get, and the query to go on with."""
    reply = server.get(f"/sparql?query={quote('SELECT * { ?s }')}", Accept=BROWSER)

    assert (reply.status, reply.media_type) == (400, "text/html")
    assert "SELECT * { ?s }</textarea>" in reply.text and "At line 1, column 15" in answer_of(reply)


def test_a_browser_gets_the_dataset_that_it_named(server: Server, shelf: Shelf) -> None:
    """The dataset of the request holds on the page too, and its links name it again."""
    graph = "https://w3id.org/nosograph/graph/sources"
    parameters = {"query": "SELECT * { ?s ?p ?o }", "default-graph-uri": graph}
    reply = server.get(f"/sparql?{urlencode(parameters)}", Accept=BROWSER)

    assert f"<strong>{shelf.main.manifest.counts.graphs['sources']:,} rows.</strong>" in answer_of(reply)
    assert f"default-graph-uri={quote(graph, safe='')}&amp;format=csv" in answer_of(reply)
    assert f"default-graph-uri={quote(graph, safe='')}&amp;offset=200" in answer_of(reply)
    assert f'<input type="hidden" name="default-graph-uri" value="{graph}">' in reply.text


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("text/html;q=0.5, text/csv", "text/csv"),
        ("text/*", "text/csv"),
        ("application/sparql-results+json, text/html", "application/sparql-results+json"),
        ("application/xml", "application/xml"),
    ],
)
def test_other_clients_get_what_they_got(server: Server, accept: str, media_type: str) -> None:
    """A page is for those who prefer it to every format of an answer."""
    reply = server.get(f"/sparql?query={quote('SELECT (1 AS ?x) {}')}", Accept=accept)

    assert reply.media_type == media_type


def test_a_named_format_wins_over_the_page(server: Server) -> None:
    """A download is a link in a browser."""
    reply = server.get(f"/sparql?query={quote('SELECT (1 AS ?x) {}')}&format=csv", Accept=BROWSER)

    assert reply.media_type == "text/csv"


def check(server: Server, query: str) -> Reply:
    """Send a query to be looked at."""
    return server.request("POST", "/query/check.json", QUERY, query.encode())


def test_a_check_finds_syntax_and_names_at_once(server: Server) -> None:
    """A missing prefix does not hide what else is wrong, and places count as the text was sent."""
    found = check(server, "# 😀\nSELECT * { ?s noso:hasSymptm ?o . foo:a ?p }").json

    assert (found["problem"]["line"], found["problem"]["column"]) == (2, 44)
    assert [(name["text"], name["line"], name["column"]) for name in found["names"]] == [
        ("noso:hasSymptm", 2, 15),
        ("noso:hasSymptm", 2, 15),
        ("foo:a", 2, 35),
    ]
    missing, misspelt, unknown = found["names"]
    assert missing["declaration"] == "PREFIX noso: <https://w3id.org/nosograph/ontology#>"
    assert misspelt["nearest"][0] == {"text": "noso:hasSymptom", "label": "has symptom"}
    assert unknown["declaration"] == ""


def test_a_check_of_a_right_query_finds_nothing(server: Server) -> None:
    """Nothing is evaluated: a query that would run for ever is looked at like any other."""
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    reply = check(server, endless)

    assert reply.json == {"problem": None, "names": []}
    assert reply["Cache-Control"] == "no-store"


def test_a_check_has_a_bound(server: Server) -> None:
    """What is longer than a query may be is refused."""
    assert check(server, "#" * (2 * 1024 * 1024)).status == 413


def test_the_vocabulary_of_the_editor_is_what_the_release_uses(server: Server) -> None:
    """Classes and properties have label and number; resources are left to the search."""
    found = server.get("/query/vocabulary.json").json
    terms = {term["iri"].rpartition("#")[2]: term for term in found["terms"]}

    assert terms["hasSymptom"]["label"] == "has symptom" and terms["hasSymptom"]["kind"] == "property"
    assert terms["Condition"]["kind"] == "class"
    count = server.get(f"/sparql?query={quote(NOSO + 'SELECT (COUNT(*) AS ?n) { ?s a noso:Condition }')}")
    assert terms["Condition"]["count"] == int(count.json["results"]["bindings"][0]["n"]["value"])
    assert found["prefixes"]["condition"] == "https://w3id.org/nosograph/condition/"
    assert not any("/condition/" in term["iri"] for term in found["terms"])
    assert terms["textMatch"]["label"] == "text match" and terms["textMatch"]["kind"] == "property"
