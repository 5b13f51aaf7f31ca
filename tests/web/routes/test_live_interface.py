"""The description of the interface is valid, has every route and no other, and its examples can be called."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from live import Reply, Server
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application
from nosograph.web.http.openapi import paths_of

Operation = tuple[str, str, dict[str, Any]]
"""Method, template of the path, and the operation."""


@pytest.fixture(scope="module")
def described(server: Server) -> dict[str, Any]:
    """Return the description of the interface of a server."""
    reply = server.get("/openapi.json")
    assert (reply.status, reply.media_type) == (200, "application/json")
    found: dict[str, Any] = reply.json
    return found


def operations(described: dict[str, Any]) -> Iterator[Operation]:
    """Return every operation."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_the_description_is_valid(described: dict[str, Any]) -> None:
    """By the schema and the further rules of OpenAPI 3.1, as openapi-spec-validator knows them."""
    assert described["openapi"] == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(described).iter_errors()] == []


def routes(app: Flask) -> set[tuple[str, str]]:
    """Return method and template of each route of an application."""
    return {
        (method, path)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) & {"GET", "POST"}
        for path in paths_of(rule.rule)
    }


def test_it_has_every_route_and_no_other(described: dict[str, Any], release: Release) -> None:
    """A route that is added is described, and one that goes leaves the description."""
    found = {(method, path) for method, path, _ in operations(described)}

    assert found == routes(create_application(release, Settings()))


def test_every_operation_says_what_it_does(described: dict[str, Any]) -> None:
    """By a sentence, a group that is described, and an identifier of its own."""
    found = list(operations(described))
    groups = {tag["name"]: tag["description"] for tag in described["tags"]}

    assert [path for _, path, operation in found if not operation["summary"]] == []
    assert {tag for _, _, operation in found for tag in operation["tags"]} <= set(groups)
    assert all(groups.values())
    assert len({operation["operationId"] for _, _, operation in found}) == len(found)


def test_parameters_of_services_are_described(described: dict[str, Any]) -> None:
    """Each query parameter of every route says what it means."""
    unclear = [
        (path, parameter["name"])
        for _, path, operation in operations(described)
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and not parameter.get("description")
    ]

    assert unclear == []


def call(server: Server, method: str, path: str, operation: dict[str, Any]) -> list[Reply]:
    """Call an operation with its examples: once, or once with each body."""
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(str(parameter["example"]), safe=":"))
    query = {
        parameter["name"]: parameter["example"]
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and "example" in parameter
    }
    if query:
        path += f"?{urlencode(query)}"
    if method == "GET":
        return [server.get(path)]
    replies = []
    for media_type, content in operation["requestBody"]["content"].items():
        example = content["example"]
        if media_type == "application/x-www-form-urlencoded":
            example = urlencode(example)
        body = example if isinstance(example, str) else json.dumps(example)
        replies.append(server.request("POST", path, {"Content-Type": media_type}, body.encode()))
    return replies


def can_be_called(operation: dict[str, Any]) -> bool:
    """Return whether there is an example of each parameter that is required."""
    return all("example" in entry for entry in operation.get("parameters", ()) if entry.get("required"))


def test_examples_lead_where_the_description_says(server: Server, described: dict[str, Any]) -> None:
    """Each operation answers its own examples with a status and a media type that it names."""
    wrong = []
    for method, path, operation in operations(described):
        if not can_be_called(operation):
            continue
        for reply in call(server, method, path, operation):
            answer = operation["responses"].get(str(reply.status))
            if answer is None or (reply.body and answer.get("content") and reply.media_type not in answer["content"]):
                wrong.append((method, path, reply.status, reply.media_type, reply.text[:200]))

    assert wrong == [], wrong


def test_few_operations_have_no_example(described: dict[str, Any]) -> None:
    """What this release has no resource for: nodes without a name, imports, records of agents; and lists of uses.

    What differs takes two releases.
    """
    without = {path for _, path, operation in operations(described) if not can_be_called(operation)}

    assert without <= {
        "/.well-known/genid/{name}",
        "/agent/{agent}/curation/{name}",
        "/changes/stream/{time}/{name}",
        "/changes/{old}/{name}",
        "/graph/import/{name}",
        "/{kind}/{name}/named",
    }


def test_answers_in_json_fit_their_schemas(server: Server, described: dict[str, Any]) -> None:
    """The examples of the services for programs are answered as the schemas say."""
    registry: Registry[Any] = Registry().with_resource("urn:interface", DRAFT202012.create_resource(described))
    checked = set()
    for method, path, operation in operations(described):
        for status, answer in operation["responses"].items():
            schema = answer.get("content", {}).get("application/json", {}).get("schema")
            if not schema or status == "default":
                continue
            validator = Draft202012Validator({"$ref": f"urn:interface{schema['$ref']}"}, registry=registry)
            for reply in call(server, method, path, operation):
                if str(reply.status) == status:
                    assert [error.message for error in validator.iter_errors(reply.json)] == [], path
                    checked.add(schema["$ref"].rpartition("/")[2])

    assert checked >= {"SearchResults", "ResolvedCodes", "ResourceCodes", "ReconciliationAnswer", "Suggestions"}


def test_the_page_shows_every_operation_without_scripts(server: Server, described: dict[str, Any]) -> None:
    """With addresses that can be tried, which are relative as everywhere."""
    page = server.get("/openapi.html", Accept="text/html").text

    assert re.findall(r'<details id="([^"]+)"', page) != []
    assert set(re.findall(r'<details id="([^"]+)"', page)) == {
        operation["operationId"] for _, _, operation in operations(described)
    }
    assert 'href="./search.json?q=' in page


def test_the_description_is_found(server: Server) -> None:
    """The catalogue of interfaces leads to it."""
    found = json.dumps(server.get("/.well-known/api-catalog").json)

    assert "https://noso.example/openapi.json" in found
    assert "https://noso.example/openapi.html" in found
