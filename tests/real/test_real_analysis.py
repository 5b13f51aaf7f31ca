"""Both engines answer alike on real annotations: thousands of findings, with labels and evidence."""

from __future__ import annotations

from itertools import islice

import pyoxigraph
import pytest
from engine_comparison import compare_engines
from engines import Engines
from pyoxigraph import RdfFormat

from nosograph.analysis.database import AnalysisDatabase
from nosograph.release.opening import Release


def test_random_queries_are_answered_alike(annotated: Release, request: pytest.FixtureRequest) -> None:
    """Queries walked out of a sample of the published quads, asked of all of them."""
    number, seed = request.config.getoption("--random-queries"), request.config.getoption("--seed")
    database = AnalysisDatabase.open(annotated.analysis_database, annotated.base.prefixes())
    engines = Engines(pyoxigraph.Store.read_only(str(annotated.store_folder)), database)
    quads = pyoxigraph.parse(path=str(annotated.file("nosograph.nq")), format=RdfFormat.N_QUADS)
    step = max(annotated.manifest.counts.quads // 50_000, 1)

    seen = compare_engines(engines, islice(quads, 0, None, step), number, seed)

    assert seen["answered"] > number / 2
    assert seen["rows"] > number / 4
