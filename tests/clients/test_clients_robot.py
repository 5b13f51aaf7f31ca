"""ROBOT and the library of the OBO graph format read what is for ontology tools: the hierarchy and the ontology."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import output
from rdflib import OWL, RDF, Graph, URIRef

from nosograph.release.opening import Release

HERE = Path(__file__).parent / "robot"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def robot(jars: Callable[[Path], Path]) -> str:
    """Return the class path of ROBOT and of what it brings."""
    return f"{jars(HERE / 'pom.xml')}/*"


def in_order(path: Path) -> list[tuple[str, list[str], list[str]]]:
    """Return identifier, nodes and edges of each graph of a document, in an order that the writer does not decide."""
    return [
        (
            graph["id"],
            *(sorted(json.dumps(part, sort_keys=True) for part in graph[parts]) for parts in ("nodes", "edges")),
        )
        for graph in json.loads(path.read_bytes())["graphs"]
    ]


def test_the_hierarchy_is_read_whole(robot: str, release: Release, tmp_path: Path) -> None:
    """The format's own library reads every node and edge, and writes again what it read."""
    dump = release.file("nosograph.obographs.json")
    output("java", "-cp", robot, HERE / "ReadGraph.java", dump, tmp_path / "again.json")

    ((_, nodes, edges),) = in_order(dump)
    assert len(nodes) > 40 and edges
    assert in_order(tmp_path / "again.json") == in_order(dump)


def test_the_ontology_is_an_ontology_of_owl(robot: str, release: Release, tmp_path: Path) -> None:
    """ROBOT reads the ontology, and knows every class and property of ours as what it is."""
    written = tmp_path / "ontology.ofn"
    program = "org.obolibrary.robot.CommandLineInterface"
    output("java", "-cp", robot, program, "convert", "--input", release.file("ontology.ttl"), "--output", written)

    declared = set(re.findall(r"Declaration\((\w+)\([^)]*[#:](\w+)>?\)", written.read_text(encoding="utf-8")))
    graph = Graph().parse(release.file("ontology.ttl"))
    kinds = {OWL.Class: "Class", OWL.ObjectProperty: "ObjectProperty", OWL.DatatypeProperty: "DataProperty"}
    for kind, word in kinds.items():
        terms = [str(term) for term in graph.subjects(RDF.type, kind) if isinstance(term, URIRef)]
        ours = {(word, term.rpartition("#")[2]) for term in terms if "nosograph/ontology#" in term}
        assert ours
        assert ours - declared == set()
