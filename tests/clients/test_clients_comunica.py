"""Comunica, the client that runs in browsers and Node.js: plain and federated queries, and reading documents by links.

Its packages are pinned in ``comunica/package-lock.json`` and installed by ``npm ci`` into pytest's cache folder, once
for each lock file (once for each run where the cache is switched off). That is the only thing in the tests that needs
a package registry; where npm or the registry cannot be had, these tests say so and skip, and with
``NOSOGRAPH_COMUNICA=require`` they fail.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
from client_queries import BROKEN, IS_A_CONDITION, SUBTYPE_GRAPH, SUBTYPES
from sharing import alone_in

HERE = Path(__file__).parent / "comunica"
OLDEST_NODE = 20
INSTALL_SECONDS = 300
ANSWER_SECONDS = 120

Ask = Callable[..., dict[str, Any]]


def unavailable(reason: str) -> NoReturn:
    """Skip with a reason, or fail with it where the tests are told that Comunica must be there."""
    if os.environ.get("NOSOGRAPH_COMUNICA") == "require":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def comunica(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which Comunica's packages are installed, exactly those of the lock file."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        unavailable("npm is not installed, so Comunica cannot be")
    major = int(subprocess.run([node, "--version"], capture_output=True, text=True).stdout.lstrip("v").split(".")[0])
    if major < OLDEST_NODE:
        unavailable(f"Comunica needs Node.js {OLDEST_NODE} or newer, and this is {major}")
    digest = hashlib.sha256(
        (HERE / "package.json").read_bytes() + (HERE / "package-lock.json").read_bytes()
    ).hexdigest()
    cache = getattr(pytestconfig, "cache", None)
    folder = cache.mkdir(f"comunica-{digest[:16]}") if cache else tmp_path_factory.mktemp("comunica")
    with alone_in(folder):
        if not (folder / "installed").exists():
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(HERE / name, folder / name)
            install(npm, folder)
            (folder / "installed").touch()
    return folder


def install(npm: str, folder: Path) -> None:
    """Install what the lock file names; skip with npm's last words where the registry cannot be reached."""
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        unavailable(f"npm did not install Comunica within {INSTALL_SECONDS} seconds")
    if done.returncode == 0:
        return
    said = " ".join(done.stderr.split())
    # A lock file that does not fit its manifest is a mistake of ours, not of the network.
    assert "EUSAGE" not in said, said
    unavailable(f"npm could not install Comunica: {said[-300:]}")


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


def test_a_dead_address_is_an_error(ask: Ask, site: str) -> None:
    """What does not answer as an endpoint fails the query instead of emptying it."""
    assert "404" in ask(SUBTYPES, {"type": "sparql", "value": f"{site}no-such-endpoint"}, fails=True)["error"]


def test_a_broken_query_never_leaves(ask: Ask, endpoint: str) -> None:
    """Comunica parses before it asks, and says so itself."""
    assert "error" in ask(BROKEN, {"type": "sparql", "value": endpoint}, fails=True)["error"].lower()
