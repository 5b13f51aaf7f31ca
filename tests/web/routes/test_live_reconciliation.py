"""The reconciliation service over a real socket: names are matched, values are fetched, clients and schemas agree."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from jsonschema import Draft7Validator, Draft202012Validator
from live import Reply, Server
from referencing import Registry
from referencing.jsonschema import DRAFT7, DRAFT202012

from nosograph.web.http.interface_schemas import SCHEMAS

FORM = "application/x-www-form-urlencoded"
SYSTEMIC = "condition/systemic-scleroderma"
OFFICIAL = os.environ.get("NOSOGRAPH_RECONCILIATION_SCHEMAS", "")
"""Folder with the schemas of the specification (``0.2/schemas`` of its repository); our own are used without it."""


def post(server: Server, **fields: Any) -> Reply:
    """Send a form whose values are written in JSON."""
    body = urlencode({name: json.dumps(value) for name, value in fields.items()})
    return server.request("POST", "/reconcile", {"Content-Type": FORM}, body.encode())


def match(server: Server, name: str = "", **members: Any) -> list[dict[str, Any]]:
    """Return the candidates for one query."""
    reply = post(server, queries={"q": ({"query": name} if name else {}) | members})
    assert reply.status == 200, reply.text
    check("reconciliation-result-batch", "ReconciliationResults", reply.json)
    result: list[dict[str, Any]] = reply.json["q"]["result"]
    return result


def extend(server: Server, ids: list[str], *properties: dict[str, Any]) -> dict[str, Any]:
    """Return values of properties of entities."""
    reply = post(server, extend={"ids": ids, "properties": list(properties)})
    assert reply.status == 200, reply.text
    check("data-extension-response", "ExtensionAnswer", reply.json)
    found: dict[str, Any] = reply.json
    return found


def check(official: str, own: str, value: Any) -> None:
    """Check that an answer fits the schema of the description of the interface, and that of the specification."""
    described = DRAFT202012.create_resource({"components": {"schemas": SCHEMAS}})
    registry: Registry[Any] = Registry().with_resource("urn:own", described)
    validator = Draft202012Validator({"$ref": f"urn:own#/components/schemas/{own}"}, registry=registry)
    assert [error.message for error in validator.iter_errors(value)] == []
    if not OFFICIAL:
        return
    schemas = [json.loads(path.read_text()) for path in sorted(Path(OFFICIAL).glob("*.json"))]
    official_registry = Registry[Any]().with_resources(
        (schema["$id"], DRAFT7.create_resource(schema)) for schema in schemas
    )
    schema = json.loads((Path(OFFICIAL) / f"{official}.json").read_text())
    assert [error.message for error in Draft7Validator(schema, registry=official_registry).iter_errors(value)] == []


def test_the_manifest_says_what_there_is(server: Server) -> None:
    """Without a query: identifiers, types, and where the other services are, all below the address of the site."""
    reply = server.get("/reconcile")
    manifest = reply.json

    check("manifest", "ReconciliationManifest", manifest)
    assert manifest["identifierSpace"] == "https://w3id.org/nosograph/"
    assert manifest["defaultTypes"][0] == {"id": "noso:Condition", "name": "condition"}
    assert manifest["suggest"]["entity"]["service_url"] == "https://noso.example"
    assert reply["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "name",
    [
        "systemic scleroderma",
        "Systemic Scleroderma",
        "scleroderma, systemic",
        "SSc",
        "MONDO:0005100",
        "ORPHA 90291",
        SYSTEMIC,
        f"https://w3id.org/nosograph/{SYSTEMIC}",
    ],
)
def test_a_name_that_is_surely_meant_is_a_match(server: Server, name: str) -> None:
    """A label or another name in any word order and case, a code, an identifier."""
    first, *others = match(server, name, type="noso:Condition")

    assert (first["id"], first["match"]) == (SYSTEMIC, True)
    assert first["score"] >= 99
    assert all(not other["match"] for other in others)


@pytest.mark.parametrize(
    "name", ["sistemic sclerodrma", "systemic scleroderma syndrome", "scleroderma systemic unknown"]
)
def test_a_name_that_is_not_quite_so_is_a_candidate(server: Server, name: str) -> None:
    """Misspelt words and words too many are overlooked, and nobody is told that it is a match."""
    first = match(server, name)[0]

    assert (first["id"], first["match"]) == (SYSTEMIC, False)
    assert 50 < first["score"] < 99


def test_candidates_are_ordered_by_score_and_limited(server: Server) -> None:
    """Each has its type, its definition, and the features of which the score is made."""
    found = match(server, "scleroderma", limit=2)

    assert len(found) == 2
    assert found[0]["score"] > found[1]["score"]
    assert found[0]["type"] == [{"id": "noso:Condition", "name": "condition"}]
    assert found[0]["description"]
    assert {feature["id"] for feature in found[0]["features"]} == {"likeness", "code"}


@pytest.mark.parametrize("type", ["noso:Finding", "finding", "https://w3id.org/nosograph/ontology#Finding"])
def test_a_type_keeps_all_others_away(server: Server, type: str) -> None:
    """By CURIE, IRI or path segment."""
    found = match(server, "skin", type=type)

    assert found
    assert {entry["id"].partition("/")[0] for entry in found} == {"finding"}


def test_several_types_and_unknown_ones(server: Server) -> None:
    """Any of several types will do, unless all are demanded; an unknown type has no entity."""
    both = ["noso:Finding", "noso:Condition"]

    assert match(server, "scleroderma", type=both)
    assert match(server, "scleroderma", type=both, type_strict="all") == []
    assert match(server, "scleroderma", type="noso:Nothing") == []


@pytest.mark.parametrize(
    ("property", "value"),
    [
        ("skos:exactMatch", "ORPHA:90291"),
        ("skos:exactMatch", ["none", "mondo_0005100"]),
        ("noso:hasSymptom", {"id": "finding/joint-pain", "name": "joint pain"}),
        ("noso:hasSymptom", "Joint pain"),
        ("skos:altLabel", "ssc"),
    ],
)
def test_a_property_tells_candidates_apart(server: Server, property: str, value: Any) -> None:
    """By a code in any notation, by an entity, by its name, by a literal; the score says so."""
    plain = {entry["id"]: entry["score"] for entry in match(server, "scleroderma")}
    found = {
        entry["id"]: entry["score"]
        for entry in match(server, "scleroderma", properties=[{"pid": property, "v": value}])
    }

    assert found[SYSTEMIC] > found["condition/localized-scleroderma"]
    assert plain[SYSTEMIC] < plain["condition/scleroderma"]


def test_a_property_that_is_not_stated_does_not_count(server: Server) -> None:
    """What no source states, an unknown property, a value that is nothing: each is false among the features."""
    conditions = [
        {"pid": "noso:hasSymptom", "v": "no such finding"},
        {"pid": "noso:nothing", "v": "joint pain"},
    ]
    found = match(server, "systemic scleroderma", properties=conditions)[0]

    assert (found["id"], found["match"]) == (SYSTEMIC, False)
    assert [feature["value"] for feature in found["features"][2:]] == [False, False]


@pytest.mark.parametrize(
    ("property", "value"), [("skos:exactMatch", "MONDO:0005100"), ("noso:hasSymptom", "finding/joint-pain")]
)
def test_properties_alone_find_candidates(server: Server, property: str, value: str) -> None:
    """A query may lack a name."""
    assert SYSTEMIC in {entry["id"] for entry in match(server, properties=[{"pid": property, "v": value}])}


def test_each_query_is_answered_by_itself(server: Server) -> None:
    """Under its key, by GET as by POST; nothing is found for what is nothing."""
    queries = {"a": {"query": "scleroderma"}, "b": {"query": "qqxqqx zzyzzy"}, "": {"query": "!?"}}
    by_post = post(server, queries=queries).json
    by_get = server.get(f"/reconcile?queries={quote(json.dumps(queries))}").json

    assert by_post == by_get
    assert [len(by_post[key]["result"]) > 0 for key in queries] == [True, False, False]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ("queries=%5B", 400),
        ("queries=%5B%5D", 400),
        ("queries=1", 400),
        ("queries=%ff", 400),
        ("other=1", 400),
        ("", 400),
        ("queries=%7B%7D&extend=%7B%7D", 400),
        ("extend=%5B%5D", 400),
        ("extend=%7B%7D", 400),
    ],
)
def test_what_is_no_query_is_refused(server: Server, fields: str, status: int) -> None:
    """With a problem that says what is wrong."""
    reply = server.request("POST", "/reconcile", {"Content-Type": FORM}, fields.encode())

    assert (reply.status, reply.json["status"]) == (status, status)


@pytest.mark.parametrize(
    "query",
    [
        1,
        {},
        {"query": ""},
        {"query": 1},
        {"query": "x" * 1001},
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 1.5},
        {"query": "x", "limit": True},
        {"query": "x", "type": 1},
        {"query": "x", "type_strict": "some"},
        {"query": "x", "properties": {}},
        {"query": "x", "properties": [1]},
        {"query": "x", "properties": [{"pid": "a"}]},
        {"query": "x", "properties": [{"pid": "a", "v": {"name": "b"}}]},
        {"query": "x", "unknown": 1},
    ],
)
def test_a_malformed_query_is_named(server: Server, query: Any) -> None:
    """The key of the query stands in the problem."""
    reply = post(server, queries={"good": {"query": "scleroderma"}, "bad one": query})

    assert (reply.status, reply.json["code"]) == (400, "malformed-reconciliation-query")
    assert "bad one" in reply.json["detail"]


def test_numbers_without_end_are_refused(server: Server) -> None:
    """A limit that JSON allows and no machine holds."""
    reply = server.request(
        "POST", "/reconcile", {"Content-Type": FORM}, b'queries={"a":{"query":"x","limit":1e400}}'.replace(b'"', b"%22")
    )

    assert reply.status == 400


@pytest.mark.parametrize(
    "fields",
    [
        {"queries": {str(number): {"query": "x"} for number in range(51)}},
        {"queries": {"a": {"query": "x", "properties": [{"pid": "a", "v": ["b"] * 201}]}}},
        {"extend": {"ids": [str(number) for number in range(101)], "properties": []}},
        {"extend": {"ids": [], "properties": [{"id": str(number)} for number in range(21)]}},
    ],
)
def test_too_much_at_once_is_413(server: Server, fields: dict[str, Any]) -> None:
    """Each bound is told as a number."""
    reply = post(server, **fields)

    assert reply.status == 413
    assert reply.json["limit"] in (50, 200, 100, 20)


@pytest.mark.parametrize(
    "name", ["<script>", "a\x00b", "' OR 1=1 --", '" AND *', "NEAR(a b)", "\ud83e\udda0", "x " * 400]
)
def test_hostile_names_are_names(server: Server, name: str) -> None:
    """They find nothing or something, and disturb nothing."""
    assert isinstance(match(server, name), list)


@pytest.mark.parametrize(
    ("what", "prefix", "identifier"),
    [
        ("entity", "systemic scl", SYSTEMIC),
        ("entity", SYSTEMIC, SYSTEMIC),
        ("entity", "MONDO:0005100", SYSTEMIC),
        ("type", "cond", "noso:Condition"),
        ("type", "noso:Cond", "noso:Condition"),
        ("property", "symptom", "noso:hasSymptom"),
        ("property", "noso:hasSymptom", "noso:hasSymptom"),
        ("property", "other", "skos:altLabel"),
    ],
)
def test_a_prefix_is_completed(server: Server, what: str, prefix: str, identifier: str) -> None:
    """Of entities, types and properties, by the beginning of a name, by an identifier, by a code."""
    reply = server.get(f"/reconcile/suggest/{what}?{urlencode({'prefix': prefix, 'unknown': '1'})}")

    official = {"entity": "entities", "type": "types", "property": "properties"}[what]
    check(f"suggest-{official}-response", "Suggestions", reply.json)
    assert identifier in [entry["id"] for entry in reply.json["result"]]


def test_a_cursor_leaves_suggestions_out(server: Server) -> None:
    """What is suggested next follows what was; nothing begins with nothing."""
    first, second = (
        server.get(f"/reconcile/suggest/property?prefix=&cursor={cursor}").json["result"] for cursor in (0, 1)
    )

    assert first[1:] == second[: len(first) - 1]
    assert server.get("/reconcile/suggest/entity?prefix=").json == {"result": []}
    assert server.get("/reconcile/suggest/entity?prefix=a&cursor=x").status == 400
    assert server.get("/reconcile/suggest/flyout?prefix=a").status == 404


def test_properties_of_a_type_are_proposed(server: Server) -> None:
    """Those that its resources may have, and those that every resource may have; an unknown type is 404."""
    reply = server.get("/reconcile/properties?type=noso:Condition")
    shorter = server.get("/reconcile/properties?type=noso:Condition&limit=2")

    check("data-extension-property-proposal", "PropertyProposals", reply.json)
    check("data-extension-property-proposal", "PropertyProposals", shorter.json)
    assert {"noso:hasSymptom", "skos:exactMatch"} <= {entry["id"] for entry in reply.json["properties"]}
    assert shorter.json["properties"] == reply.json["properties"][:2]
    assert server.get("/reconcile/properties?type=nothing").status == 404


def test_values_are_fetched(server: Server) -> None:
    """Entities with identifier and name, codes and literals as text, in the order of the question."""
    found = extend(
        server,
        [SYSTEMIC, "condition/none"],
        {"id": "noso:hasSymptom", "settings": {"limit": 1}},
        {"id": "skos:exactMatch"},
        {"id": "skos:altLabel", "settings": {"limit": "2"}},
        {"id": "unknown"},
    )
    row = found["rows"][SYSTEMIC]

    assert [entry["id"] for entry in found["meta"]] == [
        "noso:hasSymptom",
        "skos:exactMatch",
        "skos:altLabel",
        "unknown",
    ]
    assert found["meta"][0]["type"] == {"id": "noso:Finding", "name": "finding"}
    assert [set(value) for value in row["noso:hasSymptom"]] == [{"id", "name"}]
    assert {"str": "MONDO:0005100"} in row["skos:exactMatch"]
    assert (len(row["skos:altLabel"]), row["unknown"]) == (2, [])
    assert all(values == [] for values in found["rows"]["condition/none"].values())


def test_what_is_doubted_is_no_value(server: Server) -> None:
    """The autoimmune origin is contested, so it is not fetched as if it were said."""
    query = (
        "SELECT ?s ?p ?o WHERE { ?fact noso:status noso:contested ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }"
    )
    reply = server.get(f"/sparql?{urlencode({'query': query})}", Accept="application/sparql-results+json")
    rows = [
        tuple(row[name]["value"] for name in "spo")
        for row in reply.json["results"]["bindings"]
        if row["o"]["type"] == "uri" and "/condition/" in row["s"]["value"]
    ]
    assert rows
    subject, predicate, object = rows[0]
    base = "https://w3id.org/nosograph/"
    found = extend(server, [subject.removeprefix(base)], {"id": predicate})

    assert object.removeprefix(base) not in json.dumps(found["rows"])


def test_an_identifier_leads_to_its_resource(server: Server) -> None:
    """Also with its slash encoded, as the view template makes it; a preview may be framed by others."""
    view = server.get(f"/reconcile/view?id={quote(SYSTEMIC, safe='')}")
    preview = server.get(f"/reconcile/preview?id={quote(SYSTEMIC, safe='')}")

    assert (view.status, view["Location"]) == (303, f"../{SYSTEMIC}")
    assert (preview.status, preview.media_type) == (200, "text/html")
    assert "frame-ancestors *" in preview["Content-Security-Policy"]
    assert "script" not in preview["Content-Security-Policy"]
    assert f'href="../{SYSTEMIC}.html"' in preview.text


@pytest.mark.parametrize("address", ["view", "preview"])
@pytest.mark.parametrize("identifier", ["", "nothing", "condition", "../etc", "javascript:alert(1)", "http://[x"])
def test_an_identifier_that_is_none_leads_nowhere(server: Server, address: str, identifier: str) -> None:
    """It is 404, and never an address elsewhere."""
    assert server.get(f"/reconcile/{address}?id={quote(identifier, safe='')}").status == 404


CLIENT = """
import sys
import pandas
from reconciler import reconcile
names = pandas.Series(["systemic scleroderma", "localised scleroderma"])
codes = pandas.Series(["MONDO:0005100", "ORPHA:90289"])
found = reconcile(names, type_id="noso:Condition", reconciliation_endpoint=sys.argv[1])
print(",".join(found["id"]))
found = reconcile(names, property_mapping={"skos:exactMatch": codes}, reconciliation_endpoint=sys.argv[1])
print(",".join(found["id"]), ",".join(map(str, found["match"])))
"""


def test_a_client_of_the_package_index_is_answered(server: Server) -> None:
    """``reconciler`` matches a column of a table, with a type and with another column."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CLIENT, f"{server.address}/reconcile"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.stdout.split() == [
        "condition/systemic-scleroderma,condition/localized-scleroderma",
        "condition/systemic-scleroderma,condition/localized-scleroderma",
        "True,True",
    ], done.stderr
