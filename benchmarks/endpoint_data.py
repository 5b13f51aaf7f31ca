"""Builds the releases that the servers are compared on, by the project's own build."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from annotations import BASE, import_annotations

from nosograph.assets import find_assets
from nosograph.build.pipeline import build_release
from nosograph.facts.loading import load_knowledge
from nosograph.indexing.preparing import prepare_release
from nosograph.progress import quiet
from nosograph.release.opening import Release, latest_release
from nosograph.validation.validate import validate


def curated_release(folder: Path) -> Release:
    """Return the release of the curated data; it is built anew when the data have changed."""
    return _build(folder)


def release_with_annotations(folder: Path, facts: int) -> Release:
    """Return a release of the curated data and so many rows of the annotations beside it; kept once it is built."""
    kept = latest_release(folder)
    if kept is not None:
        return prepare_release(kept, progress=quiet)
    return _build(folder, import_annotations(folder / "hpo.nq", rows=facts).path)


def _build(folder: Path, *imports: Path) -> Release:
    assets = find_assets()
    knowledge = load_knowledge(assets, BASE)
    last = [0.0]

    def progress(step: str, done: int, total: int) -> None:
        if time.monotonic() - last[0] > 10:
            last[0] = time.monotonic()
            print(f"build: {step} {done}/{total}", file=sys.stderr, flush=True)

    return build_release(knowledge, validate(knowledge), folder, progress=progress, imports=imports, assets=assets)
