"""KGX has as edges what sources plainly say, in the terms that the vocabulary gives, and nothing doubted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from exchange_data import BASE, DATA, VOCABULARY, fact, vocabulary_triples, write_lines

from nosograph.build.columns import open_columns
from nosograph.build.dumps.kgx import write_kgx
from nosograph.build.dumps.plain_evidence import EvidenceSource, plain_evidence
from nosograph.release.names import KGX_EDGES, KGX_NODES
from nosograph.vocabulary.biolink import read_biolink_terms

RESOURCES = {str(BASE.graph("facts")): "infores:own", str(BASE.graph("import/other")): "infores:other"}


def written(folder: Path, trig: str = DATA, graphs: list[str] | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return the nodes and the edges that are made of quads."""
    with open_columns(folder) as columns:
        columns.add(write_lines(folder / "quads.nq", trig))
        terms = read_biolink_terms(vocabulary_triples())  # type: ignore[arg-type]
        source = EvidenceSource(columns, BASE, VOCABULARY, terms, RESOURCES, "infores:own")
        with plain_evidence(source, graphs):
            write_kgx(source, KGX_NODES, KGX_EDGES, folder)
    return {
        dump.stem: [json.loads(line) for line in (folder / dump.name()).read_text(encoding="utf-8").splitlines()]
        for dump in (KGX_NODES, KGX_EDGES)
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Return the nodes and edges of the data."""
    return written(tmp_path_factory.mktemp("kgx"))


@pytest.fixture(scope="module")
def edges(made: dict[str, list[dict[str, Any]]]) -> dict[str, dict[str, Any]]:
    """Return the edges by the letter of their fact."""
    return {edge["id"].rpartition("/evidence/")[0][-1]: edge for edge in made["kgx_edges"]}


def test_contested_and_hypothesised_facts_are_no_edges(edges: dict[str, dict[str, Any]]) -> None:
    """Neither side of what is contested is an edge, nor is what no source states, nor what is about no resource."""
    assert sorted(edges) == ["0", "2", "a", "b", "d"]


def test_a_source_that_is_not_sure_makes_no_edge(made: dict[str, list[dict[str, Any]]]) -> None:
    """Of an affirmed fact only the evidence that states it is an edge."""
    assert sum("/fact/bbbb" in edge["id"] for edge in made["kgx_edges"]) == 1


def test_denials_are_negated(edges: dict[str, dict[str, Any]]) -> None:
    """A denial is a negated edge with the predicate that is as narrow as the denied one; every other edge is none."""
    assert {name: edge["negated"] for name, edge in edges.items()} == {
        "0": False,
        "2": False,
        "a": False,
        "b": False,
        "d": True,
    }
    assert edges["d"]["predicate"] == "biolink:has_phenotype"


def test_a_denial_of_the_narrower_denies_nothing_wider(edges: dict[str, dict[str, Any]]) -> None:
    """That an illness shows a sign is denied; that it has the sign is not, so there is no edge."""
    assert "e" not in edges
    assert edges["b"]["predicate"] == "biolink:has_phenotype"
    assert edges["b"]["original_predicate"] == "field:shows"


def test_predicates_without_a_counterpart_are_related_to(edges: dict[str, dict[str, Any]]) -> None:
    """The most general predicate holds wherever any does, and the original one is told."""
    assert edges["2"]["predicate"] == "biolink:related_to"
    assert edges["2"]["original_predicate"] == "field:near"


def test_qualifiers_are_those_of_the_model(edges: dict[str, dict[str, Any]]) -> None:
    """A qualifier stands in the slot that the vocabulary gives it, a concept as its code; others under their CURIE."""
    assert edges["a"]["frequency_qualifier"] == "HP:0040282"
    assert edges["a"]["has_count"] == 0
    assert edges["b"]["field:weather"] == ["field:rain"]
    assert edges["0"]["disease_context_qualifier"] == "MONDO:0005812"


def test_provenance(edges: dict[str, dict[str, Any]]) -> None:
    """Knowledge level and agent follow from the evidence; the primary source is that of the graph."""
    assert edges["a"]["knowledge_level"] == "knowledge_assertion"
    assert (edges["a"]["agent_type"], edges["b"]["agent_type"]) == ("manual_agent", "not_provided")
    assert edges["a"]["primary_knowledge_source"] == "infores:own"
    assert "aggregator_knowledge_source" not in edges["a"]
    assert edges["2"]["primary_knowledge_source"] == "infores:other"
    assert edges["2"]["aggregator_knowledge_source"] == ["infores:own"]
    assert edges["d"]["publications"] == ["PMID:1"]
    assert edges["a"]["publications"] == [f"{BASE.iri}source/book"]


def test_nodes_are_what_edges_name(made: dict[str, list[dict[str, Any]]]) -> None:
    """Each resource is a node once: by the code it is named after, by the preferred exact code, or by its own CURIE."""
    nodes = {node["id"]: node for node in made["kgx_nodes"]}
    named = {edge[end] for edge in made["kgx_edges"] for end in ("subject", "object")}

    assert set(nodes) == named == {"MONDO:0005812", "HP:0001945", "illness:cold", "sign:rash"}
    assert len(nodes) == len(made["kgx_nodes"])
    assert nodes["MONDO:0005812"] == {
        "id": "MONDO:0005812",
        "category": ["biolink:Disease"],
        "name": "flu",
        "description": "An illness.",
        "xref": ["DOID:8469"],
        "iri": f"{BASE.iri}illness/flu",
    }
    assert nodes["sign:rash"]["name"] == 'rash, "red"\tand\nitching'
    assert nodes["sign:rash"]["category"] == ["biolink:PhenotypicFeature"]


def test_two_resources_of_one_code_stay_two(tmp_path: Path) -> None:
    """A code that two resources match exactly names neither of them."""
    twin = "illness:cold skos:exactMatch <http://purl.obolibrary.org/obo/MONDO_0005812> ."
    trig = DATA.replace('skos:prefLabel "cold"@en .', f'skos:prefLabel "cold"@en . {twin}')

    found = written(tmp_path, trig)

    assert {node["id"] for node in found["kgx_nodes"]} >= {"illness:cold", "DOID:8469"}


def test_a_fact_with_two_statuses_is_no_edge(tmp_path: Path) -> None:
    """What one graph affirms and another contests is not affirmed."""
    again = fact("a", "contested", "illness:flu field:has sign:fever", "supports stated")
    trig = DATA + f"GRAPH <{BASE.graph('import/third')}> {{ {again} }}"

    assert not any("/fact/aaaa" in edge["id"] for edge in written(tmp_path, trig)["kgx_edges"])


def test_only_the_graphs_that_are_wanted(tmp_path: Path) -> None:
    """Facts of other graphs are no edges, and what they alone name is no node."""
    found = written(tmp_path, graphs=[str(BASE.graph(name)) for name in ("conditions", "facts")])

    assert not any("/fact/2222" in edge["id"] for edge in found["kgx_edges"])
    assert len(found["kgx_edges"]) == 4
