"""Data sets about plants are joined by the same table of rules: nothing of it is about medicine."""

from __future__ import annotations

import pyoxigraph
from joined import join_lines

from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.lines import graph_lines, parse_lines
from nosograph.vocabulary.alignment import read_alignment_terms

TRIG = """
@prefix g: <https://plants.example/graph/> . @prefix i: <https://plants.example/graph/import/> .
@prefix disease: <https://plants.example/disease/> . @prefix sign: <https://plants.example/sign/> .
@prefix fact: <https://plants.example/fact/> . @prefix plant: <https://plants.example/ontology#> .
@prefix noso: <https://w3id.org/nosograph/ontology#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
g:conditions { disease:rust a plant:Disease . }
i:field {
  disease:CROP_1 skos:exactMatch disease:rust . sign:CROP_2 skos:broader sign:spots .
  fact:b rdf:subject disease:CROP_1 ; rdf:predicate plant:showsAs ; rdf:object sign:CROP_2 .
  <https://plants.example/fact/b/evidence/1> noso:stance noso:supports .
}
g:facts {
  fact:a rdf:subject disease:rust ; rdf:predicate plant:showsAs ; rdf:object sign:spots .
  <https://plants.example/fact/a/evidence/1> noso:stance noso:supports .
  fact:c rdf:subject disease:rust ; rdf:predicate plant:showsAs ; rdf:object sign:CROP_2 .
  <https://plants.example/fact/c/evidence/1> noso:stance noso:disputes .
}
"""


def test_facts_about_plants_are_related(plant_knowledge: KnowledgeGraph) -> None:
    """A match between two resources joins them; narrower signs corroborate, a denial contradicts."""
    ontology = sorted(graph_lines(plant_knowledge.base, "ontology", plant_knowledge.graphs["ontology"], {}))
    lines = sorted(f"{quad} .\n".encode() for quad in pyoxigraph.parse(TRIG, format=pyoxigraph.RdfFormat.TRIG))

    found = join_lines(lines, read_alignment_terms(parse_lines(ontology)), plant_knowledge.base)

    assert found.members() == [{"disease/rust", "disease/CROP_1"}]
    assert found.pairs("corroborates") == {("fact/b", "fact/a")}
    assert ("fact/b", "fact/c") in found.pairs("contradicts")
