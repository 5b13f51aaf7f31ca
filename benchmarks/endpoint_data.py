"""Builds the releases that the servers are compared on, by the project's own build."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hpo_facts import BASE, quads

from nosograph.assets import find_assets
from nosograph.build.pipeline import build_release
from nosograph.facts.loading import load_knowledge
from nosograph.indexing.making import quiet
from nosograph.indexing.preparing import prepare_release
from nosograph.release.opening import Release, latest_release
from nosograph.validation.validate import validate

IMPORT_GRAPH: Final = f" <{BASE.graph('import/hpo')}> .\n"


def curated_release(folder: Path) -> Release:
    """Return the release of the curated data; it is built anew when the data have changed."""
    return _build(folder)


def release_with_annotations(folder: Path, facts: int) -> Release:
    """Return a release of the curated data and so many facts of the Human Phenotype Ontology; kept once it is built."""
    kept = latest_release(folder)
    if kept is not None:
        return prepare_release(kept, progress=quiet)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "hpo.nq"
    with file.open("w", encoding="utf-8") as stream:
        stream.writelines(_imported(facts))
    return _build(folder, file)


def _imported(facts: int) -> Iterator[str]:
    """Return the quads in the graph of an import, which is where a build takes them from elsewhere."""
    for line in quads(facts):
        yield line.rpartition(" <")[0] + IMPORT_GRAPH


def _build(folder: Path, *imports: Path) -> Release:
    assets = find_assets()
    knowledge = load_knowledge(assets, BASE)
    last = [0.0]

    def progress(step: str, done: int, total: int) -> None:
        if time.monotonic() - last[0] > 10:
            last[0] = time.monotonic()
            print(f"build: {step} {done}/{total}", file=sys.stderr, flush=True)

    return build_release(knowledge, validate(knowledge), folder, progress=progress, imports=imports, assets=assets)
