"""The reference client of event streams replicates the changes of the data, member by member.

Its packages are pinned in ``ldes/package-lock.json``; ``support/npm.py`` installs them.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pyoxigraph
import pytest
from live import Server, Shelf, server, shelf
from npm import Packages

__all__ = ["server", "shelf"]

HERE = Path(__file__).parent / "ldes"
PACKAGES = Packages("the client of event streams", HERE, required_by="NOSOGRAPH_LDES")
REPLICATION_SECONDS = 240
VERSION_OF = pyoxigraph.NamedNode("http://purl.org/dc/terms/isVersionOf")
TIME = pyoxigraph.NamedNode("http://www.w3.org/ns/prov#generatedAtTime")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the client is installed."""
    return PACKAGES.install(pytestconfig, tmp_path_factory)


def replicate(client: Path, server: Server, *after: str) -> pyoxigraph.Store:
    """Return the members that the client finds, each in a graph of its own."""
    command = ["node", str(HERE / "replicate.mjs"), str(client), f"{server.address}/changes/stream.ttl", *after]
    done = subprocess.run(command, capture_output=True, timeout=REPLICATION_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()
    lines = b"".join(line for line in done.stdout.splitlines(keepends=True) if line.startswith(b"<"))
    members = pyoxigraph.Store()
    members.load(lines, format=pyoxigraph.RdfFormat.N_QUADS)
    return members


def test_the_client_replicates_what_changed(client: Path, server: Server, shelf: Shelf) -> None:
    """Every resource that changed arrives once, with exactly its statements of the newer release."""
    path = f"/changes/{shelf.other.version}/{shelf.main.version}.json"
    changed = {change["iri"] for change in server.get(path).json["changes"]}
    newest = {quad.triple for quad in pyoxigraph.parse(path=shelf.main.dump("nq"), format=pyoxigraph.RdfFormat.N_QUADS)}

    members = replicate(client, server)

    versions = {quad.subject: quad.object for quad in members.quads_for_pattern(None, VERSION_OF, None)}
    assert sorted(resource.value for resource in versions.values()) == sorted(changed)
    for member, resource in versions.items():
        assert len(list(members.quads_for_pattern(member, TIME, None))) == 1
        statements = {quad.triple for quad in members.quads_for_pattern(None, None, None, member)}
        assert {triple for triple in newest if triple.subject == resource} <= statements <= newest


def test_the_client_asks_for_a_time_alone(client: Path, server: Server) -> None:
    """By the relations of the view it leaves out the pages that are older than what it wants."""
    members = replicate(client, server, "2100-01-01T00:00:00Z")

    assert len(members) == 0
