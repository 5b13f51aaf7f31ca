"""Reads what decides a release beside its graphs: the day that dates it, the JSON-LD context of its dumps, examples."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Final

from nosograph.assets import Assets, find_assets
from nosograph.errors import InputError, Location, ReleaseError
from nosograph.facts.asset_files import decode, read_bytes
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.jsonld import Context
from nosograph.rdf.jsonld_context import read_context
from nosograph.rdf.lines import parse_lines, plain_lines
from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.vocabulary.json_ld import make_context
from nosograph.vocabulary.terms import Vocabulary

CONTEXT_FILE: Final = "ontology/context.jsonld"


def day_of(epoch: int) -> date:
    """Return the day of a number of seconds since 1970, UTC.

    Raises:
        ReleaseError: no calendar has it.
    """
    try:
        return datetime.fromtimestamp(epoch, UTC).date()
    except (ValueError, OverflowError, OSError) as error:
        raise ReleaseError(
            f"SOURCE_DATE_EPOCH is {epoch}, which is no time that a calendar has.",
            hint="Give seconds since 1 January 1970, UTC.",
        ) from error


def context_of(knowledge: KnowledgeGraph, assets: Assets | None) -> Context:
    """Return the JSON-LD context that the knowledge was loaded beside; made from the vocabulary where there is none.

    Raises:
        ReleaseError: it cannot be read, or is not the one that the knowledge was loaded with.
    """
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


def examples_of(lines: Iterable[bytes], vocabulary: Vocabulary) -> Iterator[str]:
    """Return the first few resources of the focus and the first fact that quads describe, for people to try."""
    wanted = {f"<{NOSO['Fact']}>".encode(): 1}
    if vocabulary.focus is not None:
        wanted[f"<{vocabulary.focus.iri}>".encode()] = 3
    is_a = f"<{STANDARD_PREFIXES['rdf']}type>".encode()
    for line in lines:
        subject, predicate, rest = line.split(b" ", 2)
        if predicate == is_a and wanted.get(name := rest.partition(b" ")[0], 0):
            wanted[name] -= 1
            yield subject[1:-1].decode()
        if not any(wanted.values()):
            return
