"""The description of the interface as a page shows it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class ShownParameter:
    """A parameter: its name, where it stands, whether it is required, and what is to be known of it."""

    name: str
    where: str
    required: bool
    description: str
    example: str


@dataclass(frozen=True)
class ShownBody:
    """A body that is taken: its media type, and an example of it."""

    media_type: str
    example: str


@dataclass(frozen=True)
class ShownOperation:
    """What can be asked at an address.

    Attributes:
        identifier: its identifier, which is its anchor on the page.
        method: GET or POST.
        path: the template of its path.
        summary: what it does, in a sentence.
        description: more about it, or empty.
        parameters: its parameters.
        bodies: the bodies that it takes.
        answers: statuses that are no errors, with what they mean and the media types of the answer.
        example: an address that can be tried, or empty, as where a site may have nothing there.
    """

    identifier: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[ShownParameter, ...]
    bodies: tuple[ShownBody, ...]
    answers: tuple[tuple[str, str, tuple[str, ...]], ...]
    example: str


@dataclass(frozen=True)
class ShownGroup:
    """Operations that belong together."""

    name: str
    description: str
    operations: tuple[ShownOperation, ...]


@dataclass(frozen=True)
class InterfacePage:
    """The whole description."""

    description: str
    groups: tuple[ShownGroup, ...]


def interface_page(described: Mapping[str, Any]) -> InterfacePage:
    """Return a description in OpenAPI as a page shows it, in groups."""
    operations = [
        (operation["tags"][0], _operation(path, method, operation))
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    groups = (
        ShownGroup(
            tag["name"],
            tag["description"],
            tuple(operation for group, operation in operations if group == tag["name"]),
        )
        for tag in described["tags"]
    )
    return InterfacePage(described["info"]["description"], tuple(group for group in groups if group.operations))


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> ShownOperation:
    parameters = operation.get("parameters", [])
    bodies = operation.get("requestBody", {}).get("content", {})
    return ShownOperation(
        identifier=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        parameters=tuple(
            ShownParameter(
                entry["name"],
                entry["in"],
                entry.get("required", False),
                entry.get("description", ""),
                str(entry.get("example", "")),
            )
            for entry in parameters
        ),
        bodies=tuple(ShownBody(name, _text(content.get("example", ""))) for name, content in bodies.items()),
        answers=tuple(
            (status, answer["description"], tuple(answer.get("content", {})))
            for status, answer in operation["responses"].items()
            if status != "default"
        ),
        example=example_address(path, parameters) if method == "get" and "404" not in operation["responses"] else "",
    )


def example_address(path: str, parameters: list[dict[str, Any]]) -> str:
    """Return an address made of the examples of parameters; empty where one lacks that the path has."""
    if any("example" not in entry for entry in parameters if entry.get("required")):
        return ""
    for entry in parameters:
        if entry["in"] == "path":
            path = path.replace(f"{{{entry['name']}}}", quote(str(entry["example"]), safe=":"))
    query = {entry["name"]: entry["example"] for entry in parameters if entry["in"] == "query" and "example" in entry}
    return f"{path}?{urlencode(query)}" if query else path


def _text(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
