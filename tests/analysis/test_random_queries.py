"""Both engines answer seeded random queries alike: rows as multisets, and as sequences where the order is total.

``--random-queries 5000 --seed 3`` asks more of them.
"""

from __future__ import annotations

import pyoxigraph
import pytest
from awkward_data import awkward_quads
from engine_comparison import compare_engines
from engines import Engines
from pyoxigraph import RdfFormat

from nosograph.release.opening import Release

KINDS = {
    *("ASK", "CONSTRUCT", "BIND", "DISTINCT", "EXISTS", "FILTER", "GRAPH", "HAVING", "LIMIT", "MINUS", "OPTIONAL"),
    *("ORDER BY", "UNION", "VALUES", "aggregate", "path", "sub-query", "variable predicate"),
}

ENOUGH = 120
"""Random queries among which every kind is."""


def test_awkward_terms_are_answered_alike(awkward: Engines, request: pytest.FixtureRequest) -> None:
    """Numbers, dates, languages, ill-formed literals and letters beyond ASCII make no difference."""
    number, seed = request.config.getoption("--random-queries"), request.config.getoption("--seed")

    seen = compare_engines(awkward, awkward_quads(), number, seed)

    assert seen["answered"] > number / 2
    assert seen["rows"] > number / 4


def test_curated_facts_are_answered_alike(curated: Engines, release: Release, request: pytest.FixtureRequest) -> None:
    """Queries walked out of the published quads make no difference, whatever construct they have."""
    number, seed = request.config.getoption("--random-queries"), request.config.getoption("--seed")
    quads = pyoxigraph.parse(path=str(release.file("nosograph.nq")), format=RdfFormat.N_QUADS)

    seen = compare_engines(curated, quads, number, seed)

    assert seen["answered"] > number / 2
    assert seen["rows"] > number / 4
    assert number < ENOUGH or seen.keys() >= KINDS
