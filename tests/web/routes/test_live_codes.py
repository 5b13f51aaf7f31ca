"""Codes over a real socket: one leads to its resource, others are shown as choices, many are answered at once."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from live import Reply, Server
from rdflib import Graph

JSON, TSV, HTML = "application/json", "text/tab-separated-values", "text/html"
SYSTEMIC = "https://w3id.org/nosograph/condition/systemic-scleroderma"
LOCALIZED = "https://w3id.org/nosograph/condition/localized-scleroderma"
MANUAL = "https://w3id.org/semapv/vocab/ManualMappingCuration"


def post(server: Server, body: bytes, content_type: str = JSON, accept: str = JSON) -> Reply:
    """Send a batch of codes."""
    return server.request("POST", "/xref", {"Content-Type": content_type, "Accept": accept}, body)


def batch(server: Server, codes: Any) -> list[dict[str, Any]]:
    """Return what a batch of codes leads to."""
    reply = post(server, json.dumps(codes).encode())
    assert reply.status == 200, reply.text
    results: list[dict[str, Any]] = reply.json["results"]
    return results


@pytest.mark.parametrize("accept", [HTML, JSON, "text/turtle", "*/*", "image/png"])
@pytest.mark.parametrize(
    "code", ["MONDO:0005100", "ICD-10 M34", "orpha_90291", "http://purl.obolibrary.org/obo/MONDO_0005100", SYSTEMIC]
)
def test_a_code_leads_to_the_one_resource_that_matches_it(server: Server, code: str, accept: str) -> None:
    """By 303 and a relative reference, whatever is accepted: the resource negotiates."""
    reply = server.get(f"/xref/{quote(code, safe='')}", Accept=accept)

    assert (reply.status, reply["Location"].lstrip("./")) == (303, "condition/systemic-scleroderma")


@pytest.mark.parametrize(
    "path",
    [
        "http://purl.obolibrary.org/obo/MONDO_0005100",
        "http:/purl.obolibrary.org/obo/MONDO_0005100",
        "https://rarediseases.info.nih.gov/?gard_id=9748",
        "https://icd.who.int/browse10/2019/en%23/M34",
    ],
)
def test_an_iri_need_not_be_encoded(server: Server, path: str) -> None:
    """Slashes and the query part of an IRI are its own; a proxy may take one of two slashes away."""
    reply = server.get(f"/xref/{path}")

    assert (reply.status, reply["Location"].endswith("condition/systemic-scleroderma")) == (303, True)


def test_what_is_no_exact_match_is_shown_with_the_reason(server: Server) -> None:
    """300 with relation and justification, as JSON where nothing else is wanted."""
    reply = server.get("/xref/ICD10CM:L94.0")

    assert (reply.status, reply.media_type, reply["Vary"]) == (300, JSON, "Accept")
    assert reply.json["status"] == "choices"
    assert {match["iri"] for match in reply.json["matches"]} == {LOCALIZED}
    assert {(match["relation"], match["justification"]) for match in reply.json["matches"]} == {("narrowMatch", MANUAL)}


def test_choices_are_a_page_for_a_browser(server: Server) -> None:
    """It names the resources and leads to them and to the mappings."""
    reply = server.get("/xref/ICD10CM:L94.0", Accept=HTML)

    assert (reply.status, reply.media_type) == (300, HTML)
    assert '<a href="../condition/localized-scleroderma.html">' in reply.text
    assert "manual mapping curation</a>" in reply.text


@pytest.mark.parametrize("path", ["/xref/ICD10CM:L94.0", "/condition/localized-scleroderma/codes"])
def test_mappings_are_rdf_with_their_reason(server: Server, path: str) -> None:
    """SKOS says how a resource relates to a code, SSSOM why."""
    reply = server.get(path, Accept="text/turtle")
    graph = Graph().parse(data=reply.text, format="turtle")

    assert graph.query(
        """PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX owl: <http://www.w3.org/2002/07/owl#>
        PREFIX sssom: <https://w3id.org/sssom/> ASK {
        ?it skos:narrowMatch ?code . ?mapping owl:annotatedSource ?it ; owl:annotatedTarget ?code ;
        sssom:mapping_justification ?why }"""
    ).askAnswer


@pytest.mark.parametrize(
    ("code", "status", "word"),
    [
        ("MONDO:9999999", 404, "not-found"),
        ("foo:1", 404, "not-found"),
        ("MONDO:abc", 400, "malformed-code"),
        ("hello%20world", 400, "malformed-code"),
        ("%00", 400, "malformed-code"),
        ("x" * 501, 400, "malformed-code"),
        ("%3Cscript%3E", 400, "malformed-code"),
    ],
)
def test_unknown_and_malformed_codes_are_told_apart(server: Server, code: str, status: int, word: str) -> None:
    """404 for a code that nothing has, 400 for what is none."""
    reply = server.get(f"/xref/{code}", Accept=JSON)

    assert (reply.status, reply.json["code"]) == (status, word)


@pytest.mark.parametrize("accept", [HTML, JSON])
def test_a_withdrawn_resource_is_found_by_its_own_iri(server: Server, accept: str) -> None:
    """Its address says what became of it."""
    reply = server.get("/xref/https://w3id.org/nosograph/condition/withdrawn-for-tests", Accept=accept)

    assert (reply.status, server.get("/condition/withdrawn-for-tests").status) == (303, 410)


def test_the_form_leads_to_the_address_of_the_code(server: Server) -> None:
    """It works without scripts."""
    assert 'action="./xref"' in server.get("/xref", Accept=HTML).text
    assert server.get("/xref?code=ICD-10+M34")["Location"] == "xref/ICD-10%20M34"


def test_a_batch_is_answered_in_its_order(server: Server) -> None:
    """Each code says by itself what was found; one that comes twice is answered twice."""
    codes = ["ORPHA:90291", "MONDO:9999999", "no code", "ICD10CM:L94.0", "ORPHA:90291", ""]
    found = batch(server, codes)

    assert [item["query"] for item in found] == codes
    assert [item["status"] for item in found] == ["exact", "unknown", "malformed", "choices", "exact", "malformed"]
    assert found[0] == found[4]
    assert (found[0]["exact"], found[1]["exact"]) == (SYSTEMIC, None)
    assert found[2]["problem"]


def test_an_object_with_codes_is_a_batch_too(server: Server) -> None:
    """As those who build JSON objects expect."""
    assert batch(server, {"codes": ["MONDO:0005100"]})[0]["exact"] == SYSTEMIC


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (TSV, b"code\tname\nMONDO:0005100\tsystemic\n\nMONDO:abc\n"),
        ("text/plain", b"MONDO:0005100\r\nMONDO:abc"),
        ("application/x-www-form-urlencoded", b"codes=MONDO%3A0005100%0D%0AMONDO%3Aabc"),
    ],
)
def test_tables_lines_and_forms_are_batches(server: Server, content_type: str, body: bytes) -> None:
    """The first cell of each line is a code; a table may have a row of names first."""
    reply = post(server, body, content_type, TSV)
    names, *rows = [line.split("\t") for line in reply.text.splitlines()]

    assert (reply.status, reply.media_type) == (200, TSV)
    assert names[:4] == ["query", "status", "relation", "iri"]
    assert [row[:4] for row in rows] == [
        ["MONDO:0005100", "exact", "exactMatch", SYSTEMIC],
        ["MONDO:abc", "malformed", "", ""],
    ]
    assert {len(row) for row in rows} == {len(names)}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"[1", JSON, 400),
        (b"[1]", JSON, 400),
        (b"{}", JSON, 400),
        (b"[]", JSON, 400),
        (b'"MONDO:0005100"', JSON, 400),
        (b'["\\ud800"]', JSON, 400),
        (b"[" * 50_000, JSON, 400),
        (b"\xff", JSON, 400),
        (b"", "text/plain", 400),
        (b"x=1", "application/x-www-form-urlencoded", 400),
        (b"<a/>", "application/xml", 415),
        (json.dumps(["a:1"] * 10_001).encode(), JSON, 413),
        (b"ORPHA:1234567\n" * 1_000_000, "text/plain", 413),
    ],
)
def test_what_cannot_be_a_batch_is_refused(server: Server, body: bytes, content_type: str, status: int) -> None:
    """With a clear problem, a million codes as well."""
    reply = post(server, body, content_type)

    assert (reply.status, reply.json["status"]) == (status, status)
    assert reply.json["detail"]
    assert reply.json["hint"]


def test_a_batch_has_formats(server: Server) -> None:
    """What is neither JSON nor a table is not acceptable; a parameter that means nothing is refused."""
    assert post(server, b'["ORPHA:1"]', accept="image/png").status == 406
    assert server.request("POST", "/xref?codes=1", {"Content-Type": JSON}, b'["ORPHA:1"]').status == 400


def test_a_resource_has_its_codes(server: Server) -> None:
    """The reverse: with relation, CURIE and justification, as JSON or as a table."""
    found = server.get("/condition/systemic-scleroderma/codes").json
    table = server.get("/condition/systemic-scleroderma/codes", Accept=TSV).text.splitlines()

    assert found["iri"] == SYSTEMIC
    assert ("exactMatch", "MONDO:0005100", MANUAL) in {
        (code["relation"], code["curie"], code["justification"]) for code in found["codes"]
    }
    assert len(table) == len(found["codes"]) + 1


@pytest.mark.parametrize("path", ["/condition/nothing/codes", "/condition/withdrawn-for-tests/codes"])
def test_what_is_not_there_has_no_codes(server: Server, path: str) -> None:
    """Neither has what was withdrawn."""
    assert server.get(path).status == 404


@pytest.mark.parametrize("path", ["/xref", "/xref/MONDO:0005100", "/condition/systemic-scleroderma/codes"])
def test_head_and_options_are_answered(server: Server, path: str) -> None:
    """HEAD as GET without the body, OPTIONS with what may be done, to any origin."""
    head, options = server.request("HEAD", path), server.request("OPTIONS", path)

    assert (head.status, head.body) == (server.get(path).status, b"")
    assert options.status == 204
    assert ("POST" in options["Allow"]) is (path == "/xref")
    assert head["Access-Control-Allow-Origin"] == options["Access-Control-Allow-Origin"] == "*"
