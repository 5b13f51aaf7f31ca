"""Reads what a client asks of the reconciliation service (Reconciliation Service API 0.2): JSON in, values out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from nosograph.web.http.problems import ProblemError, bad_request, too_many
from nosograph.web.views.reconciliation_queries import ExtensionQuery, PropertyCondition, ReconciliationQuery

MOST_QUERIES: Final = 50
"""Queries that are answered at once; the manifest says so as ``batchSize``."""

MOST_CANDIDATES: Final = 50
USUAL_CANDIDATES: Final = 10
MOST_CONDITIONS: Final = 200
"""Values of properties in all queries of a batch together."""

MOST_IDS: Final = 100
MOST_PROPERTIES: Final = 20
LONGEST_TEXT: Final = 1000
"""Characters of a text in a query; only the first ones of a name count, as in a search."""

_QUERY_MEMBERS: Final = frozenset({"query", "type", "limit", "properties", "type_strict"})


def read_queries(value: Any) -> dict[str, ReconciliationQuery]:
    """Return the queries of a batch by their keys.

    Raises:
        ProblemError: 413 for too many, 400 for what is no batch; the key of the query is told.
    """
    if not isinstance(value, dict):
        raise _refused("The parameter queries is no object of queries by key.")
    if len(value) > MOST_QUERIES:
        raise too_many("queries", len(value), MOST_QUERIES)
    queries = {key: _read_query(f"The query {key[:50]!r}", query) for key, query in value.items()}
    values = sum(len(condition.values) for query in queries.values() for condition in query.conditions)
    if values > MOST_CONDITIONS:
        raise too_many("properties", values, MOST_CONDITIONS)
    return queries


def _read_query(where: str, query: Any) -> ReconciliationQuery:
    members = _members(where, query)
    unknown = sorted(set(members) - _QUERY_MEMBERS)
    if unknown:
        raise _refused(f"{where} has a member {unknown[0][:50]!r}.")
    name = _text(f"{where}: query", members.get("query", ""))
    types = members.get("type", [])
    conditions = tuple(
        _read_condition(where, condition) for condition in _array(f"{where}: properties", members.get("properties", []))
    )
    if not name and not conditions:
        raise _refused(f"{where} has neither a name nor properties.")
    strict = members.get("type_strict", "any")
    if strict not in ("any", "should", "all"):
        raise _refused(f"{where}: type_strict is none of any, should, all.")
    return ReconciliationQuery(
        name,
        tuple(_text(f"{where}: type", type) for type in (types if isinstance(types, list) else [types])),
        min(_limit(where, members.get("limit", USUAL_CANDIDATES)), MOST_CANDIDATES),
        conditions,
        strict == "all",
    )


def _read_condition(where: str, condition: Any) -> PropertyCondition:
    members = _members(f"{where}: a property", condition)
    if "pid" not in members or "v" not in members:
        raise _refused(f"{where} has a property without pid or v.")
    values = members["v"] if isinstance(members["v"], list) else [members["v"]]
    texts = tuple(_value(where, value) for value in values)
    return PropertyCondition(_text(f"{where}: pid", members["pid"]), texts)


def _value(where: str, value: Any) -> str:
    """Return a value of a property as text: that of an entity is its identifier."""
    if isinstance(value, dict):
        value = value.get("id")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else _text(f"{where}: v", value)


def read_extension(value: Any) -> ExtensionQuery:
    """Return a data extension query.

    Raises:
        ProblemError: 413 for too much at once, 400 for what is no such query.
    """
    members = _members("The parameter extend", value)
    ids = [_text("An id", id) for id in _array("ids", members.get("ids"))]
    properties = _array("properties", members.get("properties"))
    if len(ids) > MOST_IDS:
        raise too_many("ids", len(ids), MOST_IDS)
    if len(properties) > MOST_PROPERTIES:
        raise too_many("properties", len(properties), MOST_PROPERTIES)
    return ExtensionQuery(tuple(dict.fromkeys(ids)), tuple(_read_property(entry) for entry in properties))


def _read_property(entry: Any) -> tuple[str, int]:
    members = _members("A property", entry)
    settings = _members("The settings of a property", members.get("settings") or {})
    limit = settings.get("limit") or 0
    if isinstance(limit, str) and limit.isascii() and limit.isdigit():
        limit = int(limit[:9])
    return _text("The id of a property", members.get("id")), _limit("The setting of a property", limit, least=0)


def _members(where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _refused(f"{where} is no object.")
    return value


def _array(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _refused(f"{where} is no array.")
    return value


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise _refused(f"{where} is no text of at most {LONGEST_TEXT} characters.")
    return value.strip()


def _limit(where: str, value: Any, least: int = 1) -> int:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or value != int(value) or value < least:
        raise _refused(f"{where}: limit is no whole number of {least} or more.")
    return int(value)


def _refused(detail: str) -> ProblemError:
    return bad_request(
        detail,
        "Write it as https://reconciliation-api.github.io/specs/0.2/ says.",
        "malformed-reconciliation-query",
    )
