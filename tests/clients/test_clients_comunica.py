"""Comunica, the client that runs in browsers and Node.js: plain and federated queries, and reading documents by links.

Its packages are pinned in ``comunica/package-lock.json``; ``support/npm.py`` installs them.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from client_queries import BROKEN, IS_A_CONDITION, SUBTYPE_GRAPH, SUBTYPES, Given
from npm import Packages

HERE = Path(__file__).parent / "comunica"
PACKAGES = Packages("Comunica", HERE, required_by="NOSOGRAPH_COMUNICA")
ANSWER_SECONDS = 120
pytestmark = pytest.mark.slow

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def comunica(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which Comunica's packages are installed."""
    return PACKAGES.install(pytestconfig, tmp_path_factory)


@pytest.fixture
def ask(comunica: Path) -> Ask:
    """Return what asks Comunica, and gives back the JSON that the script prints."""

    def run(query: str, *sources: dict[str, str], fails: bool = False) -> dict[str, Any]:
        done = subprocess.run(
            ["node", str(HERE / "ask.mjs"), str(comunica)],
            input=json.dumps({"query": query, "sources": sources}),
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
        )
        if fails:
            assert done.returncode != 0, done.stdout
            return {"error": done.stderr}
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer

    return run


def as_pairs(rows: list[dict[str, Any]], first: str, second: str) -> dict[str, str]:
    """Return the values of one variable by those of another."""
    return {row[first]["value"]: row[second]["value"] for row in rows}


def test_select(ask: Ask, endpoint: str, subtypes: dict[str, str]) -> None:
    """A SELECT is answered whole, with language tags."""
    rows = ask(SUBTYPES, {"type": "sparql", "value": endpoint})["rows"]

    assert as_pairs(rows, "subtype", "label") == subtypes
    assert {row["label"]["language"] for row in rows} == {"en"}


def test_ask(ask: Ask, endpoint: str) -> None:
    """ASK is a boolean."""
    assert ask(IS_A_CONDITION, {"type": "sparql", "value": endpoint})["boolean"] is True


def test_construct(ask: Ask, endpoint: str, subtypes: dict[str, str]) -> None:
    """CONSTRUCT is triples."""
    triples = ask(SUBTYPE_GRAPH, {"type": "sparql", "value": endpoint})["triples"]

    assert {subject["value"]: object["value"] for subject, _, object in triples} == subtypes


def test_the_endpoint_is_recognised(ask: Ask, endpoint: str, subtypes: dict[str, str]) -> None:
    """Given only an address, Comunica finds out from the service description that it is an endpoint."""
    assert as_pairs(ask(SUBTYPES, {"value": endpoint})["rows"], "subtype", "label") == subtypes


def test_federation_of_endpoint_and_document(ask: Ask, endpoint: str, site: str, subtypes: dict[str, str]) -> None:
    """One query joins what a document says with what the endpoint says."""
    query = """
    PREFIX noso: <https://w3id.org/nosograph/ontology#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT DISTINCT ?subtype ?label WHERE {
      <https://w3id.org/nosograph/condition/scleroderma> noso:hasSubtype ?subtype .
      ?subtype skos:prefLabel ?label
    }
    """

    rows = ask(query, {"value": f"{site}condition/scleroderma"}, {"type": "sparql", "value": endpoint})["rows"]

    assert as_pairs(rows, "subtype", "label") == subtypes


def test_service(ask: Ask, endpoint: str, site: str, subtypes: dict[str, str]) -> None:
    """A query over a document calls the endpoint by SERVICE."""
    query = f"""
    PREFIX noso: <https://w3id.org/nosograph/ontology#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT DISTINCT ?subtype ?label WHERE {{
      <https://w3id.org/nosograph/condition/scleroderma> noso:hasSubtype ?subtype .
      SERVICE <{endpoint}> {{ ?subtype skos:prefLabel ?label }}
    }}
    """

    rows = ask(query, {"value": f"{site}condition/scleroderma.ttl"})["rows"]

    assert as_pairs(rows, "subtype", "label") == subtypes


def test_service_with_a_block(ask: Ask, endpoint: str, site: str, given: Given) -> None:
    """A thousand rows of inline data within SERVICE are sent whole."""
    query = f"""
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    SELECT ?thing ?label WHERE {{ SERVICE <{endpoint}> {{ {given.block} ?thing skos:prefLabel ?label }} }}
    """

    rows = ask(query, {"value": f"{site}condition/scleroderma.ttl"})["rows"]

    assert len(rows) == given.known


def test_a_dead_address_is_an_error(ask: Ask, site: str) -> None:
    """What does not answer as an endpoint fails the query instead of emptying it."""
    assert "404" in ask(SUBTYPES, {"type": "sparql", "value": f"{site}no-such-endpoint"}, fails=True)["error"]


def test_a_broken_query_never_leaves(ask: Ask, endpoint: str) -> None:
    """Comunica parses before it asks, and says so itself."""
    assert "error" in ask(BROKEN, {"type": "sparql", "value": endpoint}, fails=True)["error"].lower()
