"""The questions about imports find where these agree with curated facts, add to them, contradict them."""

from __future__ import annotations

import pyoxigraph
import pytest
from joined import BASE, join_quads, project_terms, sorted_lines

import vocabularies
from nosograph.facts.knowledge import KnowledgeGraph

TRIG = """
g:ontology { noso:contradicts rdfs:subPropertyOf noso:disagreesWith . }
g:conditions { condition:alpha a noso:Condition . finding:rash a noso:Finding . }
g:mappings { condition:alpha skos:exactMatch ORPHA:1 . finding:rash skos:exactMatch HP:2 . }
g:facts {
  fact:a rdf:subject condition:alpha ; rdf:predicate noso:hasSymptom ; rdf:object finding:rash ;
    noso:evidence fact:a1 .
  fact:a1 noso:stance noso:supports .
  fact:d rdf:subject condition:alpha ; rdf:predicate noso:hasPhenotype ; rdf:object finding:HP_5 ;
    noso:evidence fact:d1 .
  fact:d1 noso:stance noso:disputes .
}
i:hpo {
  condition:ORPHA_1 skos:exactMatch ORPHA:1 . finding:HP_2 skos:exactMatch HP:2 .
  finding:HP_3 skos:broader finding:HP_2 .
  fact:b rdf:subject condition:ORPHA_1 ; rdf:predicate noso:hasPhenotype ; rdf:object finding:HP_2 ;
    noso:status noso:affirmed ; noso:evidence fact:b1 . fact:b1 noso:stance noso:supports .
  fact:c rdf:subject condition:ORPHA_1 ; rdf:predicate noso:hasPhenotype ; rdf:object finding:HP_3 ;
    noso:status noso:affirmed ; noso:evidence fact:c1 . fact:c1 noso:stance noso:supports .
  fact:e rdf:subject condition:ORPHA_1 ; rdf:predicate noso:hasPhenotype ; rdf:object finding:HP_5 ;
    noso:status noso:affirmed ; noso:evidence fact:e1, fact:e2 .
  fact:e1 noso:stance noso:supports . fact:e2 noso:stance noso:supports .
  fact:f rdf:subject condition:ORPHA_1 ; rdf:predicate noso:hasPhenotype ; rdf:object finding:HP_9 ;
    noso:status noso:denied ; noso:evidence fact:f1 . fact:f1 noso:stance noso:disputes .
}
"""


@pytest.fixture(scope="module")
def store() -> pyoxigraph.Store:
    """The invented quads with the graph of alignments."""
    trig = TRIG.replace("fact:a1", "<https://w3id.org/nosograph/fact/a/evidence/1>")
    for name in ("b1", "c1", "d1", "e1", "e2", "f1"):
        trig = trig.replace(f"fact:{name}", f"<https://w3id.org/nosograph/fact/{name[0]}/evidence/{name[1]}>")
    found = pyoxigraph.Store()
    found.bulk_load(b"".join(sorted_lines(trig, vocabularies.base())), format=pyoxigraph.RdfFormat.N_QUADS)
    joined = b"".join(join_quads(trig, project_terms()).lines)
    graph = pyoxigraph.NamedNode(f"{BASE}graph/alignment")
    found.bulk_load(joined, format=pyoxigraph.RdfFormat.N_TRIPLES, to_graph=graph)
    return found


def answer(store: pyoxigraph.Store, knowledge: KnowledgeGraph, name: str) -> list[list[str]]:
    """Return the rows of the answer to a published question, terms by the last parts of their IRIs."""
    question = next(entry for entry in knowledge.questions if entry.name == name)
    found = store.query(question.query, use_default_graph_as_union=True)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    return [[getattr(term, "value", "").rpartition("/")[2].rpartition("#")[2] for term in row] for row in found]


def test_agreement_is_found_with_its_sort(store: pyoxigraph.Store, knowledge: KnowledgeGraph) -> None:
    """One imported fact says the same as the curated one, another something narrower."""
    curated = ["alpha", "hasSymptom", "rash"]

    assert answer(store, knowledge, "16-imports-agree") == [
        [*curated, "agreesWith", "ORPHA_1", "hasPhenotype", "HP_2", "hpo"],
        [*curated, "corroboratedBy", "ORPHA_1", "hasPhenotype", "HP_3", "hpo"],
    ]


def test_what_is_added_has_no_counterpart(store: pyoxigraph.Store, knowledge: KnowledgeGraph) -> None:
    """A denial that no curated fact is about is an addition too, and its status says so."""
    assert answer(store, knowledge, "17-imports-add") == [["alpha", "hasPhenotype", "HP_9", "denied", "ORPHA_1", "hpo"]]


def test_contradiction_is_found_with_its_size(store: pyoxigraph.Store, knowledge: KnowledgeGraph) -> None:
    """Two pieces of evidence support what one denies."""
    assert answer(store, knowledge, "18-imports-disagree") == [
        ["alpha", "hasPhenotype", "HP_5", "contradicts", "ORPHA_1", "hasPhenotype", "HP_5", "hpo", "2", "1"]
    ]
