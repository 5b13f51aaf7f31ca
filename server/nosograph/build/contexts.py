"""Reads the JSON-LD context that a release is written with."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Final

from nosograph.assets import Assets, find_assets
from nosograph.errors import InputError, Location, ReleaseError
from nosograph.facts.asset_files import decode, read_bytes
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.jsonld import Context
from nosograph.rdf.jsonld_context import read_context
from nosograph.rdf.lines import parse_lines, plain_lines
from nosograph.vocabulary.json_ld import make_context

CONTEXT_FILE: Final = "ontology/context.jsonld"


def read_release_context(knowledge: KnowledgeGraph, assets: Assets | None) -> Context:
    """Return the JSON-LD context that the knowledge was loaded beside; made from the vocabulary where there is none."""
    path = (assets or find_assets()).root / CONTEXT_FILE
    location = Location(str(path))
    if CONTEXT_FILE not in knowledge.inputs and not path.exists():
        lines = b"".join(plain_lines(knowledge.graphs["ontology"]))
        made = make_context(parse_lines(io.BytesIO(lines)), knowledge.vocabulary.base())
        return read_context(json.dumps({"@context": made}), knowledge.base)
    try:
        content = read_bytes(path, str(path))
        text = decode(content, str(path))
    except InputError as error:
        raise ReleaseError(
            f"The JSON-LD context cannot be read. {error.what}", location=error.location, hint=error.hint
        ) from error
    if knowledge.inputs.get(CONTEXT_FILE, digest := hashlib.sha256(content).hexdigest()) != digest:
        raise ReleaseError(
            "The JSON-LD context is not the one that the data were loaded with.",
            location=location,
            hint="Give the build the assets that the data come from.",
        )
    return read_context(text, knowledge.base, file=str(path))
