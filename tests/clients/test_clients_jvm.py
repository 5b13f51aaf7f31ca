"""Jena and RDF4J as clients that join their own data with ours, by SERVICE.

They are fetched by Maven as ``jvm/pom.xml`` says, once for each state of that file.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from client_queries import GIVEN, Given

HERE = Path(__file__).parent / "jvm"
SECONDS = 300

OWN = f"{{ SELECT ?thing {{ ?thing <{GIVEN}> ?number }} }}"
CALL = f"""
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT (COUNT(*) AS ?rows) {{
  {OWN}
  SERVICE <%s> {{ %s ?thing skos:prefLabel ?label }}
}}
"""

pytestmark = pytest.mark.slow
Ask = Callable[[str], int]


@pytest.fixture
def jena(libraries: Path, given: Given, tmp_path: Path) -> Ask:
    """Return what asks Jena's command a query that counts."""
    (tmp_path / "given.ttl").write_text(given.turtle)

    def ask(query: str) -> int:
        (tmp_path / "query.rq").write_text(query)
        options = ["--data", "given.ttl", "--query", "query.rq", "--results", "csv"]
        return _last_number(["java", "-cp", f"{libraries}/*", "arq.arq", *options], tmp_path)

    return ask


@pytest.fixture
def rdf4j(libraries: Path, given: Given, tmp_path: Path) -> Ask:
    """Return what asks RDF4J, with blocks of a thousand rows, a query that counts."""
    (tmp_path / "given.ttl").write_text(given.turtle)

    def ask(query: str) -> int:
        (tmp_path / "query.rq").write_text(query)
        program = str(HERE / "AskRdf4j.java")
        return _last_number(["java", "-cp", f"{libraries}/*", program, "given.ttl", "query.rq"], tmp_path)

    return ask


def _last_number(command: list[str], folder: Path) -> int:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout.split()[-1])


def test_jena_sends_a_block(jena: Ask, endpoint: str, given: Given) -> None:
    """What is too long for an address goes by POST, with the offer of HTTP/2 that Java's client makes."""
    query = CALL.replace(OWN, "")  # Jena would put its own solutions into the block, and fail

    assert jena(query % (endpoint, given.block)) == given.known


def test_jena_asks_in_bulk(jena: Ask, endpoint: str, given: Given) -> None:
    """Its service enhancer puts the rows of many solutions into one query."""
    assert jena(CALL % (f"bulk+100:{endpoint}", "")) == given.known


def test_jena_asks_for_each_solution(jena: Ask, endpoint: str, given: Given) -> None:
    """Its plain SERVICE is a thousand small queries, one after the other."""
    query = CALL.replace(OWN, f"?thing <{GIVEN}> ?number")

    assert jena(query % (endpoint, "")) == given.known


def test_rdf4j_sends_a_block(rdf4j: Ask, endpoint: str, given: Given) -> None:
    """Inline data within SERVICE are sent as they stand."""
    assert rdf4j(CALL % (endpoint, given.block)) == given.known


def test_rdf4j_makes_blocks_of_its_own(rdf4j: Ask, endpoint: str, given: Given) -> None:
    """Solutions that are there before SERVICE are sent as inline data, a thousand at once."""
    assert rdf4j(CALL % (endpoint, "")) == given.known
