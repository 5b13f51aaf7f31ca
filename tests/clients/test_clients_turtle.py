"""The Turtle of a release as stores read it: each finds exactly its triples, not only as many."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from virtuoso_server import running_virtuoso

from nosograph.release.opening import Release

SECONDS = 300
PROGRAM = Path(__file__).parent / "jvm" / "TurtleToTriples.java"
GRAPH = "https://e.org/graph"
WRITE_TRIPLES = """
CREATE PROCEDURE write_triples (IN path VARCHAR) {
  DECLARE environment, target ANY;
  environment := VECTOR (0, 0, 0);
  target := STRING_OUTPUT ();
  FOR (SELECT * FROM (SPARQL DEFINE input:storage "" SELECT ?s ?p ?o { GRAPH <%s> { ?s ?p ?o } }) AS sub
       OPTION (LOOP)) DO { http_nt_triple (environment, "s", "p", "o", target); }
  STRING_TO_FILE (path, target, -2);
};
write_triples ('%s/read.nt');
"""
"""Virtuoso's own way of writing a graph: its procedure for one triple."""

pytestmark = pytest.mark.slow
Triples = set[pyoxigraph.Triple]


@pytest.fixture(scope="module")
def turtle(release: Release) -> Path:
    """Return the Turtle of the release."""
    return release.dump("ttl")


@pytest.fixture(scope="module")
def expected(release: Release) -> Triples:
    """Return the triples that the release has."""
    quads = pyoxigraph.parse(path=str(release.dump("nq")), format=pyoxigraph.RdfFormat.N_QUADS)
    found = {quad.triple for quad in quads}
    assert any("/evidence/" in str(triple.subject) for triple in found), "no name needs an escape as a local name"
    return found


def triples(lines: bytes) -> Triples:
    """Return the triples of N-Triples."""
    return {quad.triple for quad in pyoxigraph.parse(lines, format=pyoxigraph.RdfFormat.N_TRIPLES)}


def test_rdflib(turtle: Path, expected: Triples) -> None:
    """Rdflib finds the triples of the release."""
    assert triples(rdflib.Graph().parse(turtle).serialize(format="nt", encoding="utf-8")) == expected


def test_oxigraph(turtle: Path, expected: Triples) -> None:
    """A store of Oxigraph finds the triples of the release."""
    store = pyoxigraph.Store()
    store.bulk_load(path=str(turtle), format=pyoxigraph.RdfFormat.TURTLE)

    assert {quad.triple for quad in store} == expected


def test_jena(libraries: Path, turtle: Path, expected: Triples) -> None:
    """Jena finds the triples of the release."""
    command = ["java", "-cp", f"{libraries}/*", "riotcmd.riot", "--output=nt", str(turtle)]

    assert triples(_output(command)) == expected


def test_rdf4j(libraries: Path, turtle: Path, expected: Triples) -> None:
    """RDF4J finds the triples of the release."""
    assert triples(_output(["java", "-cp", f"{libraries}/*", str(PROGRAM), str(turtle)])) == expected


def test_virtuoso(turtle: Path, expected: Triples, tmp_path: Path) -> None:
    """Virtuoso finds the triples of the release."""
    (tmp_path / "release.ttl").write_bytes(turtle.read_bytes())
    with running_virtuoso(tmp_path) as run:
        load = run(f"DB.DBA.TTLP(file_to_string_output('{tmp_path}/release.ttl'), '', '{GRAPH}', 0);\n")
        assert "Error" not in load, load
        written = run(WRITE_TRIPLES % (GRAPH, tmp_path))
        assert "Error" not in written, written

    assert triples((tmp_path / "read.nt").read_bytes()) == expected


def _output(command: list[str]) -> bytes:
    done = subprocess.run(command, capture_output=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
