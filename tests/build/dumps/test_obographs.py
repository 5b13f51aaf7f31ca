"""The hierarchy as an OBO graph is read by a library for ontologies, and has only what the graph states."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import fastobo
import pytest
from exchange_data import BASE, DATA, FIELD, VOCABULARY, write_lines

from nosograph.build.columns import open_columns
from nosograph.build.dumps.obographs import obo_graph

FORMS = f"""
GRAPH graph:conditions {{ illness:flu skos:broader illness:cold . illness:cold skos:broader illness:nowhere .
  sign:rash <http://www.w3.org/2002/07/owl#deprecated> true ; skos:altLabel "spots"@en }}
GRAPH <{BASE.graph("import/other")}> {{ illness:other a field:Illness ; skos:broader illness:flu ;
  skos:prefLabel "other"@en }}
"""


def written(folder: Path, graphs: list[str] | None = None) -> str:
    """Return the document that is made of quads."""
    with open_columns(folder) as columns:
        columns.add(write_lines(folder / "quads.nq", DATA + FORMS))
        pieces = obo_graph(columns, VOCABULARY, BASE.iri, f"{BASE.iri}release/1", graphs)
        return b"".join(pieces).decode()


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the document of every graph."""
    return written(tmp_path_factory.mktemp("obographs"))


def test_a_library_reads_it(document: str) -> None:
    """fastobo, which is strict, finds a frame for each resource, with its place in the hierarchy."""
    frames = {str(frame.id): frame for frame in fastobo.load_graph(io.BytesIO(document.encode()))}

    assert len(frames) == 5
    flu = next(frame for name, frame in frames.items() if name.endswith("illness/flu"))
    assert any(clause.raw_tag() == "is_a" and clause.raw_value().endswith("illness/cold") for clause in flu)
    assert any(clause.raw_tag() == "name" and clause.raw_value() == "flu" for clause in flu)


def test_nodes(document: str) -> None:
    """A node has the English label, definition, synonyms, codes, and whether it is out of use."""
    (graph,) = json.loads(document)["graphs"]
    nodes: dict[str, Any] = {node["id"]: node for node in graph["nodes"]}

    assert nodes[f"{BASE.iri}illness/flu"] == {
        "id": f"{BASE.iri}illness/flu",
        "type": "CLASS",
        "lbl": "flu",
        "meta": {
            "definition": {"val": "An illness."},
            "xrefs": [
                {"val": "http://purl.obolibrary.org/obo/DOID_8469"},
                {"val": "http://purl.obolibrary.org/obo/MONDO_0005812"},
            ],
        },
    }
    assert nodes[f"{BASE.iri}sign/rash"]["meta"] == {
        "synonyms": [{"pred": "hasExactSynonym", "val": "spots"}],
        "deprecated": True,
    }
    assert graph["meta"] == {"version": f"{BASE.iri}release/1"}
    assert not any(FIELD in name for name in nodes)


def test_edges_lead_between_nodes(document: str) -> None:
    """What no node describes is no end of an edge."""
    (graph,) = json.loads(document)["graphs"]

    ends = [(edge["sub"].rpartition("/")[2], edge["obj"].rpartition("/")[2]) for edge in graph["edges"]]
    assert ends == [("flu", "cold"), ("other", "flu")]
    assert {edge["pred"] for edge in graph["edges"]} == {"is_a"}


def test_only_the_graphs_that_are_wanted(tmp_path: Path) -> None:
    """Without the import there is neither its resource nor what it says."""
    (graph,) = json.loads(written(tmp_path, [str(BASE.graph("conditions"))]))["graphs"]

    assert len(graph["nodes"]) == 4
    assert len(graph["edges"]) == 1
