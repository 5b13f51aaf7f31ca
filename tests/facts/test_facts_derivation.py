"""Identifiers and status follow from what a fact says, and from nothing else."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from pyoxigraph import NamedNode, Triple
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, XSD

from nosograph.assets import find_assets
from nosograph.facts.derivation import (
    CURATED_BY,
    CURATED_ON,
    REVIEWED_BY,
    REVIEWED_ON,
    canonical,
    direct_triples,
    evidence_iri,
    evidence_provenance,
    fact_iri,
    passage_iri,
    status_of,
)
from nosograph.rdf.names import NOSO, Base
from nosograph.vocabulary.reading import read_vocabulary, read_vocabulary_folder

VOCABULARY = read_vocabulary_folder(find_assets().ontology)
A, B, C, D, E = (URIRef(f"https://example.org/{name}") for name in "abcde")


def test_fact_iri_is_the_digest_of_the_proposition() -> None:
    """Anyone can compute it: 16 hex digits of the SHA-256 of the canonical N-Triples line."""
    line = b'<https://example.org/a> <https://example.org/b> "1\\n"^^<https://example.org/c> .\n'

    iri = fact_iri(A, B, Literal("1\n", datatype=C))

    assert iri == Base().resource("fact", hashlib.sha256(line).hexdigest()[:16])


def test_context_is_part_of_the_fact() -> None:
    """The same step in another condition is another fact; its line is that of canonical N-Quads."""
    line = b"<https://example.org/a> <https://example.org/b> <https://example.org/c> <https://example.org/a> .\n"

    assert fact_iri(A, B, C, A) == Base().resource("fact", hashlib.sha256(line).hexdigest()[:16])
    assert fact_iri(A, B, C, A) != fact_iri(A, B, C)


def test_evidence_iri_does_not_depend_on_order() -> None:
    """Evidence is named by what it says, however it was written down."""
    description = [(A, B), (B, C)]

    assert evidence_iri(A, description) == evidence_iri(A, reversed(description))
    assert evidence_iri(A, description) != evidence_iri(A, description[:1])


def test_a_review_does_not_rename_evidence() -> None:
    """Who reads a passage again and finds it right changes no published identifier."""
    description = [(A, B), (B, C)]
    reviewed = [*description, (REVIEWED_BY, D), (REVIEWED_ON, Literal("2026-05-06", datatype=XSD.date))]

    assert evidence_iri(A, reviewed) == evidence_iri(A, description)


def test_passage_iri_holds_source_and_range() -> None:
    """A passage is found from its address alone."""
    assert str(passage_iri(A, 3, 14)) == "https://example.org/a/passage/3-14"


def test_literals_are_written_canonically() -> None:
    """Language and type are part of the term; xsd:string is not written (N-Triples, section 4)."""
    assert canonical(Literal("é", lang="fr")) == '"é"@fr'
    assert canonical(Literal("x")) == '"x"'


def test_blank_node_has_no_canonical_form() -> None:
    """Nothing published is a blank node, so none may slip into a digest."""
    with pytest.raises(AssertionError):
        canonical(BNode())


@pytest.mark.parametrize(
    ("evidence", "status"),
    [
        ([("supports", "stated")], "affirmed"),
        ([("supports", "believed"), ("supports", "stated")], "affirmed"),
        ([("supports", "believed"), ("supports", "possible")], "hypothesised"),
        ([("supports", "stated"), ("disputes", "stated")], "contested"),
        ([("supports", "possible"), ("disputes", "possible")], "contested"),
        ([("disputes", "stated")], "denied"),
    ],
)
def test_status_follows_from_stance_and_certainty(evidence: list[tuple[str, str]], status: str) -> None:
    """Each line of the model's rule, case by case."""
    assert status_of([(NOSO[stance], NOSO[certainty]) for stance, certainty in evidence]) == NOSO[status]


def test_no_evidence_gives_no_status() -> None:
    """A fact that nothing speaks for has no status; the shapes refuse it."""
    assert status_of([]) is None


def test_cycle_of_subtypes_ends() -> None:
    """A cycle is the shapes' business: deriving the closure must end, and must show the cycle to them."""
    triples = set(direct_triples([(A, NOSO.hasSubtype, B), (B, NOSO.hasSubtype, A)], VOCABULARY))

    assert (A, NOSO.hasSubtypeTransitive, A) in triples
    assert (A, NOSO.hasSubtypeTransitive, B) in triples


def test_super_properties_of_others_are_not_asserted() -> None:
    """Only the vocabulary's own super-properties become bare triples; RO or SKOS are left to reasoners."""
    predicates = {predicate for _, predicate, _ in direct_triples([(A, NOSO.hasMainSymptom, B)], VOCABULARY)}

    assert predicates == {NOSO.hasMainSymptom, NOSO.hasSymptom, NOSO.hasPhenotype}


def test_bare_triple_is_not_derived_where_a_fact_denies_it() -> None:
    """A super-property, the inverse and the closure give no bare triple that a fact denies or contests."""
    refused = {(A, NOSO.hasSymptom, B), (B, NOSO.subtypeOf, A), (A, NOSO.hasSubtypeTransitive, B)}
    affirmed = [(A, NOSO.hasMainSymptom, B), (A, NOSO.hasSubtype, B)]

    triples = set(direct_triples(affirmed, VOCABULARY, refused))

    assert triples == {(A, NOSO.hasMainSymptom, B), (A, NOSO.hasPhenotype, B), (A, NOSO.hasSubtype, B)}


def test_subtype_that_is_refused_gives_neither_inverse_nor_closure() -> None:
    """What follows from a bare triple goes with it: the inverse, and every chain that led through it."""
    affirmed = [(A, NOSO.hasSubtype, B), (B, NOSO.hasSubtype, C)]

    triples = set(direct_triples(affirmed, VOCABULARY, {(A, NOSO.hasSubtype, B)}))

    assert triples == {(B, NOSO.hasSubtype, C), (C, NOSO.subtypeOf, B), (B, NOSO.hasSubtypeTransitive, C)}


def test_evidence_has_the_curator_the_day_and_the_kind_of_its_reading() -> None:
    """Who read the source recorded the evidence, that day; with a reference the author's statement is traceable."""
    facts, sources = Graph(), Graph()
    day = Literal("2024-05-06", datatype=XSD.date)
    sources.add((C, NOSO.readBy, NOSO.contributors))
    sources.add((C, NOSO.readOn, day))
    for evidence in (A, B):
        facts.add((evidence, NOSO.source, C))
    facts.add((A, NOSO.cites, URIRef("https://example.org/reference")))

    derived = set(evidence_provenance(facts, sources))

    assert derived == {
        (A, CURATED_BY, NOSO.contributors),
        (B, CURATED_BY, NOSO.contributors),
        (A, CURATED_ON, day),
        (B, CURATED_ON, day),
        (A, NOSO.evidenceCode, NOSO.traceableAuthorStatement),
        (B, NOSO.evidenceCode, NOSO.authorStatement),
    }


def test_what_evidence_says_of_its_own_provenance_stands() -> None:
    """A curator of its own, a day of its own and a kind of its own are neither replaced nor added to."""
    facts, sources = Graph(), Graph()
    sources.add((C, NOSO.readBy, NOSO.contributors))
    sources.add((C, NOSO.readOn, Literal("2024-05-06", datatype=XSD.date)))
    for predicate, value in (
        (NOSO.source, C),
        (CURATED_BY, B),
        (CURATED_ON, Literal("2024-05-07", datatype=XSD.date)),
        (NOSO.evidenceCode, NOSO.clinicalStudy),
    ):
        facts.add((A, predicate, value))

    assert list(evidence_provenance(facts, sources)) == []


def test_a_chain_does_not_pass_over_a_condition_whose_subtype_fact_is_refused() -> None:
    """A denied or contested subtype is none at any depth, nor is what only a chain over it leads to."""
    affirmed = [(A, NOSO.hasSubtype, B), (B, NOSO.hasSubtype, C), (C, NOSO.hasSubtype, D), (B, NOSO.hasSubtype, E)]

    triples = set(direct_triples(affirmed, VOCABULARY, {(A, NOSO.hasSubtype, C)}))

    below = {(broad, narrow) for broad, predicate, narrow in triples if predicate == NOSO.hasSubtypeTransitive}
    assert below == {(A, B), (A, E), (B, C), (B, D), (B, E), (C, D)}


def test_super_properties_are_derived_through_several_levels_but_for_one_that_is_refused() -> None:
    """Each level is asked by itself: what a fact denies is left out, what is above it stands."""
    levels = [NOSO[f"level{number}"] for number in range(4)]
    triples = [(level, RDF.type, NOSO.FactPredicate) for level in levels]
    triples += [(narrower, RDFS.subPropertyOf, wider) for narrower, wider in pairwise(levels)]
    ontology = read_vocabulary(Triple(*(NamedNode(str(term)) for term in triple)) for triple in triples)
    affirmed = [(A, levels[0], B)]

    everything = set(direct_triples(affirmed, ontology))
    some = set(direct_triples(affirmed, ontology, {(A, levels[2], B)}))

    assert everything == {(A, level, B) for level in levels}
    assert some == everything - {(A, levels[2], B)}
