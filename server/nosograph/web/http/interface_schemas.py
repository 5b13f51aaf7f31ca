"""Schemas of what the services for programs take and answer, in JSON Schema 2020-12 as OpenAPI 3.1 has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_MAYBE_TEXT: Final[dict[str, Any]] = {"type": ["string", "null"]}
_IRI: Final[dict[str, Any]] = {"type": "string", "format": "iri"}
_MAYBE_IRI: Final[dict[str, Any]] = {"type": ["string", "null"], "format": "iri"}
_COUNTS: Final[dict[str, Any]] = {"type": "object", "additionalProperties": {"type": "integer"}}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _array(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _object(members: Mapping[str, Any], *optional: str, is_open: bool = False) -> dict[str, Any]:
    """Return the schema of an object that has all of some members but those that are optional, and as a rule no other.

    Args:
        members: names → schemas.
        optional: names of members that may lack.
        is_open: whether it may have other members.
    """
    return {
        "type": "object",
        "properties": dict(members),
        "required": [name for name in members if name not in optional],
        "additionalProperties": is_open,
    }


_RELATION: Final = {
    "enum": ["exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch", None],
    "description": "How the resource relates to the code, as a SKOS property; null where it has the IRI itself.",
}
_VALUE: Final = {
    "oneOf": [
        _object({"id": _TEXT, "name": _TEXT}),
        _object({"str": _TEXT}),
        _object({"int": {"type": "integer"}}),
        _object({"float": {"type": "number"}}),
        _object({"date": _TEXT}),
    ]
}

SCHEMAS: Final[dict[str, Any]] = {
    "Problem": _object(
        {
            "type": _TEXT,
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": _TEXT,
            "hint": _TEXT,
            "code": _TEXT,
            "request_id": _TEXT,
        },
        "hint",
        "code",
        "request_id",
        is_open=True,
    ),
    "SearchResults": _object(
        {
            "query": _TEXT,
            "corrected": _MAYBE_TEXT,
            "partial": {"type": "boolean"},
            "exact": _MAYBE_IRI,
            "topic": {"type": ["object", "null"]},
            "total": {"type": "integer"},
            "offset": {"type": "integer"},
            "kinds": _COUNTS,
            "statuses": _COUNTS,
            "results": _array(
                _object(
                    {
                        "iri": _IRI,
                        "page": _MAYBE_TEXT,
                        "kind": _TEXT,
                        "label": _TEXT,
                        "alternatives": _array(_TEXT),
                        "definition": _TEXT,
                        "statuses": _array(_TEXT),
                        "code": _MAYBE_IRI,
                        "relation": _RELATION,
                    }
                )
            ),
        }
    ),
    "CodeMatch": _object(
        {
            "iri": _IRI,
            "kind": _TEXT,
            "label": _TEXT,
            "relation": _RELATION,
            "code": _IRI,
            "curie": _TEXT,
            "justification": _MAYBE_IRI,
            "mapping": _MAYBE_IRI,
        }
    ),
    "ResolvedCode": _object(
        {
            "query": _TEXT,
            "status": {"enum": ["exact", "choices", "unknown", "malformed"]},
            "exact": _MAYBE_IRI,
            "matches": _array(_reference("CodeMatch")),
            "problem": _MAYBE_TEXT,
        }
    ),
    "Codes": {"oneOf": [_array(_TEXT), _object({"codes": _array(_TEXT)}, is_open=True)]},
    "ResolvedCodes": _object({"release": _TEXT, "results": _array(_reference("ResolvedCode"))}),
    "ResourceCodes": _object({"release": _TEXT, "iri": _IRI, "codes": _array(_reference("CodeMatch"))}),
    "ReconciliationForm": _object(
        {
            "queries": {"type": "string", "description": "A batch of queries by key, in JSON."},
            "extend": {"type": "string", "description": "Identifiers of entities and properties, in JSON."},
        },
        "queries",
        "extend",
        is_open=True,
    ),
    "ReconciliationType": _object({"id": _TEXT, "name": _TEXT}),
    "ReconciliationManifest": _object(
        {
            "versions": {"type": "array", "items": _TEXT, "contains": {"const": "0.2"}},
            "name": _TEXT,
            "identifierSpace": _IRI,
            "schemaSpace": _IRI,
            "documentation": _IRI,
            "logo": _IRI,
            "serviceVersion": _TEXT,
            "defaultTypes": _array(_reference("ReconciliationType")),
            "view": _object({"url": {"type": "string", "pattern": r"\{\{id\}\}"}}),
            "preview": _object(
                {
                    "url": {"type": "string", "pattern": r"\{\{id\}\}"},
                    "width": {"type": "integer"},
                    "height": {"type": "integer"},
                }
            ),
            "suggest": _object(
                {name: _object({"service_url": _IRI, "service_path": _TEXT}) for name in ("entity", "type", "property")}
            ),
            "extend": {"type": "object"},
            "batchSize": {"type": "integer"},
        }
    ),
    "ReconciliationResults": {
        "type": "object",
        "additionalProperties": _object(
            {
                "result": _array(
                    _object(
                        {
                            "id": _TEXT,
                            "name": _TEXT,
                            "description": _TEXT,
                            "type": _array(_reference("ReconciliationType")),
                            "score": {"type": "number", "minimum": 0, "maximum": 100},
                            "features": _array(_object({"id": _TEXT, "value": {"type": ["number", "boolean"]}})),
                            "match": {"type": "boolean"},
                        }
                    )
                )
            }
        ),
    },
    "ExtensionAnswer": _object(
        {
            "meta": _array(_object({"id": _TEXT, "name": _TEXT, "type": _reference("ReconciliationType")}, "type")),
            "rows": {
                "type": "object",
                "additionalProperties": {"type": "object", "additionalProperties": _array(_VALUE)},
            },
        }
    ),
    "ReconciliationAnswer": {
        "oneOf": [
            _reference("ReconciliationManifest"),
            _reference("ExtensionAnswer"),
            _reference("ReconciliationResults"),
        ]
    },
    "Suggestions": _object(
        {
            "result": _array(
                _object(
                    {
                        "id": _TEXT,
                        "name": _TEXT,
                        "description": _TEXT,
                        "notable": _array(_reference("ReconciliationType")),
                    },
                    "description",
                    "notable",
                )
            )
        }
    ),
    "PropertyProposals": _object(
        {"type": _TEXT, "properties": _array(_object({"id": _TEXT, "name": _TEXT})), "limit": {"type": "integer"}},
        "limit",
    ),
}
