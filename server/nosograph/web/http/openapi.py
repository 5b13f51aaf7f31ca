"""Describes the interface in OpenAPI 3.1: from the rules of the routes, their docstrings and what they say of answers.

Nothing is listed here: a route that is added is described with what it says of itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final

from nosograph.rdf.formats import HTML, PLAIN_TEXT, PROBLEM_JSON, Format
from nosograph.web.http.interface_schemas import SCHEMAS

VERSION: Final = "3.1.0"

_PART: Final = re.compile(r"<(?:(?P<type>[a-z_]+)(?:\((?P<values>[^)]*)\))?:)?(?P<name>[a-z_]+)>")


QUERY_PARAMETERS: Final[Mapping[str, tuple[str, str]]] = {
    "after": ("string", "The rank after which the list goes on."),
    "before": ("string", "The rank before which the list ends."),
    "code": ("string", "A code of another system, in any notation, or an IRI."),
    "cursor": ("integer", "Suggestions that are left out at the beginning."),
    "default-graph-uri": ("string", "A graph of the dataset of the query; may come several times."),
    "engine": ("string", "The engine that answers; the answer is the same."),
    "extend": ("string", "Identifiers of entities and of properties, in JSON."),
    "first": ("string", "Identifier, code or name of a resource."),
    "format": ("string", "Short name or media type of the format of the answer."),
    "id": ("string", "Identifier of an entity: its IRI without the base."),
    "kind": ("string", "The kind of resources that is wanted."),
    "limit": ("integer", "How many are given at most."),
    "named-graph-uri": ("string", "A named graph of the dataset of the query; may come several times."),
    "offset": ("integer", "How many are left out at the beginning."),
    "page": ("integer", "Which page, from 1."),
    "prefix": ("string", "The beginning of a name, or an identifier."),
    "q": ("string", "What is searched for."),
    "queries": ("string", "A batch of queries by key, in JSON."),
    "query": ("string", "A query in SPARQL 1.1."),
    "question": ("string", "Name of a published question."),
    "second": ("string", "Identifier, code or name of another resource."),
    "status": ("string", "The status of the facts that name what is wanted."),
    "stay": ("string", "Any value: the results are shown also where a code would lead away."),
    "timeout": ("number", "Seconds after which the answer is no longer wanted."),
    "type": ("string", "Identifier of a type."),
    "use": ("string", "The property by which the resource is named."),
    "with": ("string", "Resources and groups whose neighbours are shown as well."),
}
"""What the query parameters of the routes mean, and the type of their values; a name means one thing everywhere."""


@dataclass(frozen=True)
class Body:
    """A body that a route takes.

    Attributes:
        media_type: its media type.
        example: an example of it: a value of JSON, the fields of a form, or a text.
        schema: name of its schema, or empty for a text.
    """

    media_type: str
    example: Any
    schema: str = ""


@dataclass(frozen=True)
class RouteNotes:
    """What a route says of its answers, beside what its rule and its docstring say.

    Attributes:
        formats: the formats of its answer.
        status: the status of that answer.
        others: other statuses that are no errors → when they come.
        needs: names of the query parameters that it needs.
        takes: names of the query parameters that it may have.
        schema: name of the schema of its answer in JSON, or empty.
        bodies: the bodies that it takes.
    """

    formats: tuple[Format, ...] = ()
    status: int = 200
    others: Mapping[int, str] | None = None
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    schema: str = ""
    bodies: tuple[Body, ...] = ()


@dataclass(frozen=True)
class Route:
    """A route of the application.

    Attributes:
        rule: its rule, as Flask writes it: ``/<kind:kind>/<name>``.
        method: GET or POST.
        group: what it belongs to.
        docstring: the docstring of its view.
        notes: what it says of its answers.
    """

    rule: str
    method: str
    group: str
    docstring: str
    notes: RouteNotes


@dataclass(frozen=True)
class Examples:
    """Values of parameters with which the routes of one release can be tried.

    Attributes:
        kinds: the kinds of resources.
        path: the segment before a parameter of a path → an example of it; ``kind`` for that of a kind.
        query: names of query parameters → an example.
    """

    kinds: Sequence[str]
    path: Mapping[str, str]
    query: Mapping[str, str]


@dataclass(frozen=True)
class Interface:
    """What a description says of the whole.

    Attributes:
        title: name of the site.
        version: version of the software.
        server: where the site is reached, without a slash at the end.
        groups: names of groups → what they are.
    """

    title: str
    version: str
    server: str
    groups: Mapping[str, str]


def describe_interface(interface: Interface, routes: Iterable[Route], examples: Examples) -> dict[str, Any]:
    """Return the description of an interface (OpenAPI Specification 3.1.0)."""
    paths: dict[str, dict[str, Any]] = {}
    for route in sorted(routes, key=lambda route: (route.rule, route.method)):
        for path in paths_of(route.rule):
            paths.setdefault(path, {})[route.method.lower()] = _operation(route, path, examples)
    return {
        "openapi": VERSION,
        "info": {
            "title": interface.title,
            "version": interface.version,
            "summary": f"Everything that programs and browsers can ask of {interface.title}",
            "description": (
                "All of it is read without a key. Every address answers HEAD as GET without the body, and OPTIONS with "
                "what may be done there. Any origin may read (CORS). Errors come as application/problem+json "
                "(RFC 9457), plain text or a page, as Accept asks; each has a code, a hint and the id of the request."
            ),
        },
        "servers": [{"url": interface.server}],
        "tags": [{"name": name, "description": text} for name, text in sorted(interface.groups.items())],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": SCHEMAS,
            "responses": {
                "Problem": {
                    "description": "What is wrong with the request, or with the server, and what can be done.",
                    "content": {
                        PROBLEM_JSON.media_type: {"schema": {"$ref": "#/components/schemas/Problem"}},
                        PLAIN_TEXT.media_type: {"schema": {"type": "string"}},
                        HTML.media_type: {"schema": {"type": "string"}},
                    },
                }
            },
        },
    }


def paths_of(rule: str) -> tuple[str, ...]:
    """Return the templates of paths that a rule stands for: one for each value of a list that it names."""
    lists = [match["values"].split(",") for match in _PART.finditer(rule) if match["type"] == "any"]
    found = []
    for values in product(*lists):
        chosen = iter(values)
        found.append(
            _PART.sub(
                lambda match, chosen=chosen: (  # type: ignore[misc]
                    next(chosen).strip() if match["type"] == "any" else f"{{{match['name']}}}"
                ),
                rule,
            )
        )
    return tuple(found)


def _operation(route: Route, path: str, examples: Examples) -> dict[str, Any]:
    summary, _, rest = route.docstring.strip().partition("\n")
    text = _plain(rest.partition("\n    Raises:")[0].partition("\n    Args:")[0])
    named = f"{path}index" if path.endswith("/") else path.rstrip("}")
    in_body = route.method == "POST" and route.notes.bodies
    notes = replace(route.notes, needs=(), takes=()) if in_body else route.notes
    operation: dict[str, Any] = {
        "operationId": route.method.lower() + re.sub("[^a-z0-9]+", "_", named.lower()),
        "tags": [route.group],
        "summary": _plain(summary).rstrip("."),
    }
    if text:
        operation["description"] = text
    parameters = [*_path_parameters(route.rule, path, examples), *_query_parameters(notes, examples)]
    if parameters:
        operation["parameters"] = parameters
    if in_body:
        operation["requestBody"] = {
            "required": True,
            "content": {body.media_type: _content(body.schema, body.example) for body in route.notes.bodies},
        }
    operation["responses"] = _responses(route.notes)
    return operation


def _plain(text: str) -> str:
    return " ".join(text.replace("``", "").split())


def _path_parameters(rule: str, path: str, examples: Examples) -> Iterator[dict[str, Any]]:
    types = {match["name"]: match["type"] for match in _PART.finditer(rule)}
    before = ""
    for segment in path.split("/"):
        for name in re.findall(r"\{([a-z_]+)\}", segment):
            yield from _path_parameter(name, types[name], before, segment, examples)
        before = segment


def _path_parameter(
    name: str, type: str | None, before: str, segment: str, examples: Examples
) -> Iterator[dict[str, Any]]:
    schema: dict[str, Any] = {"type": "integer" if type == "int" else "string"}
    if type == "kind":
        schema["enum"] = list(examples.kinds)
    parameter: dict[str, Any] = {"name": name, "in": "path", "required": True, "schema": schema}
    if type == "path":
        parameter["description"] = "It may hold slashes."
    own = f"{{{name}}}" if type == "path" else ""
    key = own if own in examples.path else name if type == "kind" else segment if _is_mixed(segment) else before
    example = examples.path.get(key)
    if example is not None:
        parameter["example"] = int(example) if type == "int" else example
    yield parameter


def _is_mixed(segment: str) -> bool:
    """Return whether a segment of a path has more than a parameter."""
    return "." in segment or "-" in segment


def _query_parameters(notes: RouteNotes, examples: Examples) -> Iterator[dict[str, Any]]:
    for name in (*notes.needs, *notes.takes):
        type, description = QUERY_PARAMETERS.get(name, ("string", ""))
        parameter: dict[str, Any] = {"name": name, "in": "query", "schema": {"type": type}}
        if name in notes.needs:
            parameter["required"] = True
        if description:
            parameter["description"] = description
        if name in examples.query:
            example = examples.query[name]
            parameter["example"] = int(example) if type == "integer" else example
        yield parameter


def _responses(notes: RouteNotes) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "The answer." if notes.status != 303 else "The address to go on to."}
    if notes.formats:
        answer["content"] = {
            format.media_type: _content(notes.schema if "json" in format.media_type else "") for format in notes.formats
        }
    others = {str(status): {"description": text} for status, text in sorted((notes.others or {}).items())}
    return {str(notes.status): answer, **others, "default": {"$ref": "#/components/responses/Problem"}}


def _content(schema: str, example: Any = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else {}}
    return content if example is None else content | {"example": example}
