"""The sixteen queries of the comparison, with constants that are chosen from the data by rule."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph

from nosograph.release.opening import Release

FOLDER: Final = Path(__file__).parent / "queries"
POINT: Final = "point"
_PREFIXES: Final = """PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
_MOST_SYMPTOMS: Final = """SELECT ?thing (COUNT(DISTINCT ?finding) AS ?n) { ?thing noso:hasPhenotype ?finding }
GROUP BY ?thing ORDER BY DESC(?n) ?thing LIMIT 1"""
_RULES: Final = {
    "CONDITION": _MOST_SYMPTOMS,
    "OTHER": f"{_MOST_SYMPTOMS} OFFSET 1",
    "FINDING": "SELECT ?thing (COUNT(DISTINCT ?c) AS ?n) { ?c noso:hasPhenotype ?thing } GROUP BY ?thing "
    "ORDER BY DESC(?n) ?thing LIMIT 1",
    "FACT": "SELECT ?thing { ?thing a noso:Fact } ORDER BY ?thing LIMIT 1",
    "BROAD": "SELECT ?thing (COUNT(DISTINCT ?below) AS ?n) { ?below (skos:broader|noso:subtypeOf) ?thing } "
    "GROUP BY ?thing ORDER BY DESC(?n) ?thing LIMIT 1",
}
"""How the things that the queries ask about are found: those with the most statements, so that no query is empty."""


@dataclass(frozen=True)
class BenchmarkQuery:
    """A query of the comparison.

    Attributes:
        name: stem of its file.
        about: what it asks, in words.
        text: the query, with its constants.
    """

    name: str
    about: str
    text: str

    @property
    def is_point(self) -> bool:
        """Whether it is a look-up of one thing by its IRI."""
        return POINT in self.name


def choose_constants(release: Release) -> dict[str, str]:
    """Return the IRI for each placeholder, chosen by the rules from the release's own store."""
    store = pyoxigraph.Store.read_only(str(release.store_folder))
    constants = {}
    for name, rule in _RULES.items():
        solutions = store.query(_PREFIXES + rule)
        assert isinstance(solutions, pyoxigraph.QuerySolutions)
        constants[name] = str(next(solutions)["thing"].value)
    return constants


def read_queries(constants: dict[str, str]) -> list[BenchmarkQuery]:
    """Return the queries in the order of their names."""
    queries = []
    for path in sorted(FOLDER.glob("*.rq")):
        about, text = path.read_text(encoding="utf-8").split("\n", 1)
        for name, iri in constants.items():
            text = text.replace(f"${name}", iri)
        if found := re.search(r"<\$\w+>", text):
            raise SystemExit(f"{path.name} has the unknown placeholder {found.group()}.")
        queries.append(BenchmarkQuery(path.stem, about.removeprefix("# "), text))
    return queries
