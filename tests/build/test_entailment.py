"""The graph of entailed statements holds what follows from facts and vocabulary, and nothing that a fact denies."""

from __future__ import annotations

import pyoxigraph
import pytest

from nosograph.build.entailment import entailed_triples, read_ground, read_rules, without

PREFIXES = """
@prefix c: <https://e.org/condition/> . @prefix f: <https://e.org/finding/> . @prefix x: <https://e.org/fact/> .
@prefix v: <https://e.org/ontology#> . @prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix obo: <http://purl.obolibrary.org/obo/> . @prefix schema: <http://schema.org/> .
@prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
ONTOLOGY = """
v:hasSign a owl:ObjectProperty ; rdfs:subPropertyOf v:hasPhenotype ; noso:publishedAs schema:signOrSymptom .
v:hasPhenotype a owl:ObjectProperty ; rdfs:subPropertyOf obo:RO_0002200 .
v:formOf a owl:ObjectProperty ; rdfs:subPropertyOf skos:broader .
skos:narrower owl:inverseOf skos:broader .
skos:prefLabel noso:publishedAs rdfs:label .
"""
CODES = "c:a skos:exactMatch obo:MONDO_1 . c:b skos:exactMatch obo:MONDO_1 . f:s skos:exactMatch obo:HP_1 ."


def triples_of(*turtle: str) -> set[pyoxigraph.Triple]:
    """Return the triples of Turtle documents."""
    return {quad.triple for text in turtle for quad in pyoxigraph.parse(PREFIXES + text, pyoxigraph.RdfFormat.TURTLE)}


def lines_of(*turtle: str) -> list[bytes]:
    """Return the triples of Turtle documents as sorted lines of N-Quads, all in one graph."""
    graph = pyoxigraph.NamedNode("https://e.org/graph")
    return sorted(f"{pyoxigraph.Quad(*triple, graph)} .\n".encode() for triple in triples_of(*turtle))


def entailed(*data: str) -> set[pyoxigraph.Triple]:
    """Return what follows from some data."""
    lines = lines_of(*data)
    found = entailed_triples(lines, read_rules(lines_of(ONTOLOGY)), read_ground(lines))
    return triples_of(*(line.decode() for line in found))


def denial(subject: str, predicate: str, value: str, status: str = "noso:denied") -> str:
    """Return a fact that says something with a status."""
    return f"x:1 rdf:subject {subject} ; rdf:predicate {predicate} ; rdf:object {value} ; noso:status {status} ."


def test_super_properties_outside_the_vocabulary_are_stated() -> None:
    """Through the vocabulary's own super-properties as well, which themselves are left to the facts."""
    assert entailed("c:a v:hasSign f:s .") == triples_of("c:a schema:signOrSymptom f:s .", "c:a obo:RO_0002200 f:s .")


def test_inverses_are_stated() -> None:
    """An inverse that the vocabulary names is stated of the object."""
    assert entailed("c:b v:formOf c:a .") == triples_of("c:b skos:broader c:a . c:a skos:narrower c:b .")


def test_a_text_is_published_under_another_property() -> None:
    """Literals too are stated again, with their language."""
    assert entailed('c:a skos:prefLabel "A"@en .') == triples_of('c:a rdfs:label "A"@en .')


def test_relations_are_stated_between_codes() -> None:
    """A relation of RO holds between the exact matches in OBO ontologies; one of schema.org is not given them."""
    found = entailed("c:a v:hasSign f:s .", CODES)

    assert triples_of("obo:MONDO_1 obo:RO_0002200 obo:HP_1 .") <= found
    assert not triples_of("obo:MONDO_1 schema:signOrSymptom obo:HP_1 .") & found


def test_a_resource_without_a_code_stands_for_itself() -> None:
    """Who asks by the code of a sign finds conditions that have no code in an OBO ontology."""
    found = entailed("c:other v:hasSign f:s .", CODES)

    assert triples_of("c:other obo:RO_0002200 obo:HP_1 .") <= found
    assert entailed("c:other v:hasSign f:other .") == triples_of(
        "c:other schema:signOrSymptom f:other .", "c:other obo:RO_0002200 f:other ."
    )


@pytest.mark.parametrize("status", ["noso:denied", "noso:contested"])
def test_nothing_follows_through_a_refused_proposition(status: str) -> None:
    """Where the broader proposition is denied or contested, what is above it is not stated of these two."""
    found = entailed("c:a v:hasSign f:s .", denial("c:a", "v:hasPhenotype", "f:s", status))

    assert found == triples_of("c:a schema:signOrSymptom f:s .")


def test_an_affirmed_fact_refuses_nothing() -> None:
    """Only denied and contested facts stand against a statement."""
    found = entailed("c:a v:hasSign f:s .", denial("c:a", "v:hasPhenotype", "f:s", "noso:affirmed"))

    assert triples_of("c:a obo:RO_0002200 f:s .") <= found


def test_codes_are_not_related_where_another_resource_of_the_code_is_denied_to_be() -> None:
    """One resource of the code has the sign, the other is denied to have it: the code says neither."""
    found = entailed("c:a v:hasSign f:s .", CODES, denial("c:b", "v:hasSign", "f:s"))

    assert triples_of("c:a obo:RO_0002200 f:s .") <= found
    assert not triples_of("obo:MONDO_1 obo:RO_0002200 obo:HP_1 .") & found


def test_what_is_stated_already_is_left_out() -> None:
    """A line that is in the other stream is not given, whatever stands around it."""
    assert list(without([b"a\n", b"c\n", b"d\n"], [b"b\n", b"c\n", b"e\n"])) == [b"a\n", b"d\n"]
    assert list(without([b"a\n"], [])) == [b"a\n"]
