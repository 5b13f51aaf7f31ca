"""Reads the JSON-LD context of a folder of assets or of a release, and moves it below another base."""

from __future__ import annotations

import json
from typing import Any, Final

from nosograph.errors import InputError, Location
from nosograph.rdf.jsonld import Context, parse_context
from nosograph.rdf.names import Base

_HINT: Final = "Keep the context to prefixes, @id with @type or @language, and aliases of @id and @type."


def read_context(text: str, base: Base, *, file: str = "context.jsonld") -> Context:
    """Return the context of a JSON-LD document, with its data prefixes moved below the base.

    Raises:
        InputError: the text is not JSON, has no ``@context`` object, or uses what this writer does not support.
    """
    try:
        content = json.loads(text)
    except ValueError as error:
        raise InputError(f"The JSON-LD context is not JSON: {error}.", location=Location(file), hint=_HINT) from error
    document = content.get("@context") if isinstance(content, dict) else None
    if not isinstance(document, dict):
        raise InputError("The file has no @context that is an object.", location=Location(file), hint=_HINT)
    try:
        return parse_context(_rebased(document, base))
    except ValueError as error:
        raise InputError(
            f"The JSON-LD context cannot be used: {error}.", location=Location(file), hint=_HINT
        ) from error


def _rebased(value: Any, base: Base) -> Any:
    if isinstance(value, str):
        return base.rebase(value)
    if isinstance(value, dict):
        return {name: _rebased(member, base) for name, member in value.items()}
    if isinstance(value, list):
        return [_rebased(member, base) for member in value]
    return value
