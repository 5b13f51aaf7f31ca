"""Resources of several data sets are joined over exact matches, and what cannot stand for the same is refused."""

from __future__ import annotations

import pytest
from joined import Joined, join_quads, project_terms

import vocabularies
from nosograph.build.alignment_groups import TWO_CODES, TWO_CURATED, TWO_KINDS

TERMS = project_terms()
CURATED = """g:conditions { condition:alpha skos:prefLabel "alpha"@en . }
g:mappings { condition:alpha skos:exactMatch MONDO:1 . }"""
MONDO = "i:mondo { condition:MONDO_1 skos:exactMatch MONDO:1, OMIM:1, ORPHA:1 . }"
ANNOTATED = "i:hpo { condition:OMIM_1 skos:exactMatch OMIM:1 . condition:ORPHA_1 skos:exactMatch ORPHA:1 . }"


def joined(*trig: str) -> Joined:
    """Return what is joined of some quads."""
    return join_quads(" ".join(trig), TERMS)


def test_resources_are_joined_over_the_codes_that_they_share() -> None:
    """A chain of exact matches joins a curated condition, its MONDO term, and what others call it."""
    found = joined(CURATED, MONDO, ANNOTATED)

    everyone = {"condition/alpha", "condition/MONDO_1", "condition/OMIM_1", "condition/ORPHA_1"}
    assert found.members() == [everyone]
    assert [group.label for group in found.account.alignment.groups.values()] == ['"alpha"@en']
    assert next(iter(found.account.alignment.groups.values())).members[0].endswith("condition/alpha")


def test_a_resource_alone_makes_no_group() -> None:
    """A code that no other resource has joins nothing, and then there is no statement at all."""
    assert joined(CURATED).triples == frozenset()
    assert joined(ANNOTATED).triples == frozenset()


def test_a_code_of_a_system_that_names_many_kinds_joins_nothing() -> None:
    """Two conditions may have one code of UMLS in common and still differ."""
    found = joined(
        "i:one { condition:OMIM_1 skos:exactMatch UMLS:C1 . }", "i:two { condition:ORPHA_1 skos:exactMatch UMLS:C1 . }"
    )

    assert found.triples == frozenset()


@pytest.mark.parametrize("match", ["closeMatch", "broadMatch", "relatedMatch"])
def test_only_exact_matches_join(match: str) -> None:
    """What is nearly the same, or broader, is not the same."""
    assert joined(CURATED, f"i:mondo {{ condition:MONDO_1 skos:{match} MONDO:1 . }}").triples == frozenset()


def test_two_codes_of_one_system_are_refused_with_the_path() -> None:
    """One match of the chain is wrong, so none of it joins; the path shows what led from one code to the other."""
    found = joined(CURATED, MONDO, ANNOTATED, "i:more { condition:OMIM_2 skos:exactMatch OMIM:2, ORPHA:1 . }")

    (refused,) = found.account.alignment.refused
    assert found.triples == frozenset()
    assert refused.reason == TWO_CODES
    assert [iri.rpartition("/")[2] for iri in refused.path] == [
        *("1", "MONDO_1", "Orphanet_1", "OMIM_2", "2"),
    ]
    assert refused.resources == 5


def test_two_curated_resources_are_refused() -> None:
    """Whoever curated them took them for two."""
    found = joined(CURATED, MONDO, "g:conditions { condition:omega skos:prefLabel 'o'@en ; skos:exactMatch ORPHA:1 . }")

    (refused,) = found.account.alignment.refused
    assert refused.reason == TWO_CURATED
    assert found.triples == frozenset()


def test_resources_of_two_kinds_are_refused() -> None:
    """A finding is no condition, whatever a mapping says."""
    found = joined(CURATED, "i:signs { finding:MONDO_1 skos:exactMatch MONDO:1 . }")

    assert [refused.reason for refused in found.account.alignment.refused] == [TWO_KINDS]


def test_a_refused_group_leaves_the_others() -> None:
    """What is wrong about one condition says nothing of another."""
    other = "i:hpo { condition:ORPHA_7 skos:exactMatch ORPHA:7 . } i:x { condition:MONDO_7 skos:exactMatch ORPHA:7 . }"
    found = joined(CURATED, "i:signs { finding:MONDO_1 skos:exactMatch MONDO:1 . }", other)

    assert found.members() == [{"condition/ORPHA_7", "condition/MONDO_7"}]


def test_report_names_reason_path_and_number() -> None:
    """For machines whole, for people as CURIEs."""
    account = joined(CURATED, MONDO, "i:more { condition:OMIM_2 skos:exactMatch OMIM:2, ORPHA:1 . }").account

    assert account.to_json()["refused"][0]["reason"] == TWO_CODES
    assert "refused: 1 with two codes of one system" in account.to_text(vocabularies.base())
    assert "OMIM:1 = condition:MONDO_1 = Orphanet:1 = condition:OMIM_2 = OMIM:2" in account.to_text(vocabularies.base())


def test_a_group_keeps_its_name_under_every_base() -> None:
    """The name follows from the members alone."""
    elsewhere = vocabularies.base("https://other.example/kg/")
    trig = " ".join((CURATED, MONDO, ANNOTATED))

    assert join_quads(trig, TERMS, elsewhere).triples == join_quads(trig, TERMS).triples
