"""IRIs and CURIEs are converted into each other by one rule."""

from __future__ import annotations

import pytest

from nosograph.rdf.curies import compact, expand, parse_iri
from vocabularies import base

HERE = base()
ELSEWHERE = base("https://example.org/kb/")


@pytest.mark.parametrize(
    ("iri", "curie"),
    [
        ("https://w3id.org/nosograph/condition/scleroderma", "condition:scleroderma"),
        ("https://w3id.org/nosograph/fact/aa/evidence/bb", "fact:aa/evidence/bb"),
        ("https://w3id.org/nosograph/ontology#hasSymptom", "noso:hasSymptom"),
        ("http://purl.obolibrary.org/obo/MONDO_0005100", "MONDO:0005100"),
        ("http://id.who.int/icd/entity/1", "icd11.foundation:1"),
        ("http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2004/02/skos/core#"),
        ("https://example.org/kb/condition/x", "https://example.org/kb/condition/x"),
        ("", ""),
        ("plain text", "plain text"),
    ],
)
def test_an_iri_is_compacted_where_a_prefix_fits(iri: str, curie: str) -> None:
    """What no prefix fits stays as it is, and so does what a prefix stands for."""
    assert compact(iri, HERE) == curie
    assert iri == curie or expand(curie, HERE) == iri


def test_data_move_with_the_base_and_the_vocabulary_stays() -> None:
    """Under another base the prefixes of data stand for IRIs below it."""
    assert compact("https://example.org/kb/condition/x", ELSEWHERE) == "condition:x"
    assert expand("condition:x", ELSEWHERE) == "https://example.org/kb/condition/x"
    assert expand("noso:hasSymptom", ELSEWHERE) == "https://w3id.org/nosograph/ontology#hasSymptom"


@pytest.mark.parametrize("curie", ["unknown:x", "https://example.org/", "condition", ""])
def test_what_has_no_known_prefix_stands_for_nothing(curie: str) -> None:
    """An unknown prefix is None, so that each caller says what it expected."""
    assert expand(curie, HERE) is None


def test_every_prefix_of_a_base_is_converted() -> None:
    """The converter has the one table of prefixes, whole; no prefix hides another."""
    for prefix, start in ELSEWHERE.prefixes().items():
        assert parse_iri(f"{start}x", ELSEWHERE) == (prefix, "x")
        assert expand(f"{prefix}:x", ELSEWHERE) == f"{start}x"
