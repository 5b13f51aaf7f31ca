"""Finds the release that was built from what a build is given, so that it is not computed a second time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nosograph.assets import software_digest
from nosograph.build.recording import tool_versions
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.release.digests import digest_file
from nosograph.release.manifest import RELEASE_FORMAT
from nosograph.release.names import BUILD_RECORD_NAME, LATEST_NAME


def digest_inputs(
    knowledge: KnowledgeGraph, imports: Iterable[Path], accounts: Sequence[Mapping[str, Any]], *settings: object
) -> str:
    """Return the digest of all that decides what a build makes: two builds with the same make the same release.

    Args:
        knowledge: the graph as it was loaded from files, whose digests stand for it.
        imports: the files of imported quads.
        accounts: what became of every row of the imports.
        settings: what else the build is given; their texts must tell them apart.
    """
    said = {
        "format": RELEASE_FORMAT,
        "software": software_digest(),
        "tools": tool_versions(),
        "base": knowledge.base.iri,
        "inputs": dict(knowledge.inputs),
        "imports": {path.name: digest_file(path) for path in imports},
        "accounts": list(accounts),
        "settings": list(map(str, settings)),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def find_built(releases: Path, made_from: str) -> Path | None:
    """Return the folder of the release that was built from inputs with a digest, or None; whether it is whole is open.

    Args:
        releases: folder of the releases.
        made_from: digest of the inputs.
    """
    for record in sorted(releases.glob(f"*/{BUILD_RECORD_NAME}"), reverse=True):
        folder = record.parent
        if folder.name == LATEST_NAME or folder.name.startswith("."):
            continue
        try:
            if json.loads(record.read_bytes()).get("made_from") == made_from:
                return folder
        except (OSError, ValueError, AttributeError):  # one that cannot be read is of no use: the build makes it anew
            continue
    return None
