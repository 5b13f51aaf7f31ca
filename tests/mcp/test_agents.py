"""``nosograph mcp``: the SDK's own client starts the command as clients do, and asks each tool."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

import nosograph
from nosograph.mcp.server import AnswerLimits, create_server
from nosograph.release.opening import Release

CALLS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "search": ("search", {"text": "sclerodrma", "kind": "condition"}),
    "code": ("resolve_code", {"code": "ICD-10 M34"}),
    "words for a code": ("resolve_code", {"code": "hard skin"}),
    "look up": ("look_up", {"name": "condition:systemic-scleroderma", "limit": 200}),
    "page": ("look_up", {"name": "condition:systemic-scleroderma", "limit": 2, "offset": 1}),
    "predicate": ("look_up", {"name": "condition/systemic-scleroderma", "predicate": "noso:affects"}),
    "nothing": ("look_up", {"name": "condition:no-such-condition"}),
    "prefix": ("look_up", {"name": "nowhere:x"}),
    "select": ("sparql", {"query": "SELECT ?f { ?f noso:status noso:contested } ORDER BY ?f"}),
    "ask": ("sparql", {"query": "ASK { ?f a noso:Fact }"}),
    "construct": ("sparql", {"query": "CONSTRUCT WHERE { condition:scleroderma noso:affects ?o }"}),
    "syntax": ("sparql", {"query": "SELECT * { ?s ?p }"}),
    "update": ("sparql", {"query": "DELETE WHERE { ?s ?p ?o }"}),
    "network": ("sparql", {"query": "SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }"}),
    "rows": ("sparql", {"query": "SELECT ?s { ?s ?p ?o } LIMIT 1001"}),
    "size": ("sparql", {"query": "SELECT * { ?s ?p ?o }"}),
    "slow": ("sparql", {"query": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "timeout": 0.5}),
    "kind": ("search", {"text": "skin", "kind": "nothing"}),
    "limit": ("search", {"text": "skin", "limit": 0}),
}


@pytest.fixture(scope="module")
def replies(release: Release, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the reply to each call, all over one process, with what the server says of itself."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "nosograph.cli", "mcp", "--release", str(release.folder)],
        env={"PYTHONPATH": str(Path(nosograph.__file__).parent.parent)},
    )
    log = tmp_path_factory.mktemp("mcp") / "stderr"

    async def call_all() -> dict[str, Any]:
        with anyio.fail_after(120), log.open("w") as stream:
            async with Client(stdio_client(command, stream)) as client:
                told: dict[str, Any] = {"tools": (await client.list_tools()).tools, "instructions": client.instructions}
                return told | {name: await client.call_tool(tool, given) for name, (tool, given) in CALLS.items()}

    return anyio.run(call_all)


def test_the_tools_say_that_they_only_read(replies: dict[str, Any]) -> None:
    """A client may call each without asking its user: none changes anything or reaches a network."""
    assert {tool.name for tool in replies["tools"]} == {"search", "look_up", "resolve_code", "sparql"}
    for tool in replies["tools"]:
        assert (tool.annotations.read_only_hint, tool.annotations.open_world_hint) == (True, False)
        assert tool.description
        assert all(entry["description"] for entry in tool.input_schema["properties"].values())
    assert "must not be told as true" in replies["instructions"]
    assert "noso:hasSymptom" in replies["instructions"]


def test_every_answer_says_where_it_comes_from(replies: dict[str, Any], release: Release) -> None:
    """Each has the IRI of the release and its licence."""
    for name in ("search", "code", "look up", "select", "ask", "construct"):
        told = replies[name].structured_content["release"]
        assert told["iri"] == str(release.base.resource("release", release.version)), name
        assert told["licenses"] == ["https://creativecommons.org/licenses/by/4.0/"]


def test_search_finds_misspelt_names(replies: dict[str, Any]) -> None:
    """The correction is told, and each resource has its IRI."""
    found = replies["search"].structured_content

    assert found["searched_instead"] == "scleroderma"
    assert found["resources"][0]["iri"] == "https://w3id.org/nosograph/condition/scleroderma"
    assert {hit["kind"] for hit in found["resources"]} == {"condition"}


def test_a_code_leads_to_its_resource(replies: dict[str, Any]) -> None:
    """The kind of match is told; what is no code leads nowhere, whatever its words would find."""
    found, *others = replies["code"].structured_content["resources"]

    assert found["iri"] == "https://w3id.org/nosograph/condition/systemic-scleroderma"
    assert (found["code"].rpartition("/")[2], found["relation"]) == ("M34", "exactMatch")
    assert replies["code"].structured_content["status"] == "exact"
    assert {other["iri"] for other in others if other["relation"] == "exactMatch"} <= {found["iri"]}
    none = replies["words for a code"].structured_content
    assert (none["status"], none["resources"]) == ("malformed", [])
    assert none["problem"]


def test_facts_come_with_status_evidence_and_source(replies: dict[str, Any]) -> None:
    """Each fact has evidence, each piece its source, stance and place; what is not affirmed says so."""
    found = replies["look up"].structured_content

    assert found["total_facts"] == len(found["facts"]) > 20
    assert {fact["status"] for fact in found["facts"]} >= {"affirmed", "hypothesised"}
    assert {fact["role"] for fact in found["facts"]} >= {"subject", "object", "inherited"}
    for fact in found["facts"]:
        assert fact["evidence"], fact["statement"]
        for item in fact["evidence"]:
            assert item["source"]["iri"].startswith("https://w3id.org/nosograph/source/")
            assert item["stance"] in ("supports", "disputes")
            assert item["passages"]


def test_facts_come_in_pages(replies: dict[str, Any]) -> None:
    """The second page begins where the first one ends, and both tell the number of all."""
    everything, page = replies["look up"].structured_content, replies["page"].structured_content

    assert page["facts"] == everything["facts"][1:3]
    assert page["total_facts"] == everything["total_facts"]


def test_facts_can_be_chosen_by_predicate(replies: dict[str, Any]) -> None:
    """Only facts with the predicate are counted and returned."""
    found = replies["predicate"].structured_content

    assert {fact["predicate"] for fact in found["facts"]} == {"https://w3id.org/nosograph/ontology#affects"}
    assert found["total_facts"] == len(found["facts"]) > 1


def test_queries_are_answered_whole(replies: dict[str, Any], release: Release) -> None:
    """The answers are those of the library: rows, a boolean, or RDF."""
    with nosograph.connect(release) as connection:
        rows = connection.query(CALLS["select"][1]["query"]).rows

    assert replies["select"].structured_content["rows"] == rows != []
    assert replies["ask"].structured_content["boolean"] is True
    assert "condition:scleroderma noso:affects" in replies["construct"].structured_content["rdf"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nothing", "search first"),
        ("prefix", "is not known"),
        ("syntax", "line 1, column"),
        ("update", "Updates are not accepted"),
        ("network", "SERVICE cannot be used"),
        ("rows", "1001 rows, and 1000 are allowed"),
        ("size", "larger than"),
        ("slow", "deadline|seconds"),
        ("kind", "The kinds are"),
        ("limit", "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_answered_is_an_error_that_tells_what_to_do(
    replies: dict[str, Any], name: str, words: str
) -> None:
    """An answer is complete or an error; nothing is cut in silence, and the server goes on."""
    reply = replies[name]

    assert reply.is_error
    assert reply.structured_content is None
    assert any(word in reply.content[0].text for word in words.split("|")), reply.content[0].text


def test_an_answer_over_the_size_is_an_error(release: Release) -> None:
    """The bound counts what is sent, whichever tool sends it."""

    async def ask() -> Any:
        async with Client(create_server(connection, AnswerLimits(kib=4))) as client:
            return await client.call_tool("look_up", {"name": "condition:scleroderma"})

    with nosograph.connect(release) as connection:
        reply = anyio.run(ask)

    assert reply.is_error
    assert "and 4 are allowed" in reply.content[0].text


def test_many_facts_are_not_chosen_by_predicate(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """To choose, each fact is read, so the number is bounded and the way out is named."""
    monkeypatch.setattr("nosograph.api.connections.MOST_FILTERED", 3)

    with nosograph.connect(release) as connection, pytest.raises(nosograph.NosographError, match="SPARQL query"):
        connection.look_up("condition:scleroderma", predicate="noso:affects")
