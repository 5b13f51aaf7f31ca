"""Facts about aligned resources agree, corroborate or contradict by the table of rules, and respect the hierarchy."""

from __future__ import annotations

from dataclasses import replace

import pytest
from joined import Joined, join_quads, project_terms

from nosograph.build.aligned_facts import likely_shares

TERMS = project_terms()
GROUPS = """
g:ontology { noso:veryRareDisease skos:broader noso:rareDisease . }
g:conditions { condition:alpha skos:prefLabel "alpha"@en . finding:rash skos:prefLabel "rash"@en . }
g:mappings { condition:alpha skos:exactMatch ORPHA:1 .
  finding:rash skos:exactMatch HP:2 . finding:spot skos:broadMatch HP:2 . }
i:hpo { condition:ORPHA_1 skos:exactMatch ORPHA:1 .
  finding:HP_1 skos:exactMatch HP:1 . finding:HP_2 skos:exactMatch HP:2 ; skos:broader finding:HP_1 .
  finding:HP_3 skos:exactMatch HP:3 ; skos:broader finding:HP_2 .
  finding:HP_4 skos:exactMatch HP:4 ; skos:broader finding:HP_3 . }
"""
FOR, AGAINST = "supports", "disputes"


def fact(name: str, predicate: str, value: str, *stances: str, said: str = "", about: str = "condition:alpha") -> str:
    """Return a fact with a piece of evidence for each stance."""
    kind = "finding:" if ":" not in value else ""
    lines = [f"fact:{name} rdf:subject {about} ; rdf:predicate noso:{predicate} ; rdf:object {kind}{value} ."]
    for number, stance in enumerate(stances):
        evidence = f"<https://w3id.org/nosograph/fact/{name}/evidence/{number}>"
        lines.append(f"fact:{name} noso:evidence {evidence} . {evidence} noso:stance noso:{stance} .")
        lines.append(f"{evidence} {said} ." if said else "")
    return "g:facts { " + " ".join(lines) + " } "


def imported(name: str, value: str, *stances: str, said: str = "", predicate: str = "hasPhenotype") -> str:
    """Return an imported fact about the condition that is aligned with the curated one."""
    return fact(name, predicate, value, *stances, said=said, about="condition:ORPHA_1").replace("g:facts", "i:hpo")


def joined(*trig: str) -> Joined:
    """Return what is joined of some quads beside the groups."""
    return join_quads(GROUPS + " ".join(trig), TERMS)


def related(*trig: str) -> set[tuple[str, str, str]]:
    """Return the relations of facts: the last letters of the two, and the property between."""
    return {
        (subject.rpartition("/")[2], name, value.rpartition("/")[2])
        for subject, name, value in joined(*trig).triples
        if subject.startswith("fact/")
    }


def both_ways(name: str) -> set[tuple[str, str, str]]:
    """Return a relation between the facts a and b in both directions."""
    return {("a", name, "b"), ("b", name, "a")}


def test_the_same_said_of_the_same_agrees() -> None:
    """Over the groups of subject and object, and over a wider predicate that the two have in common."""
    assert related(fact("a", "hasSymptom", "rash", FOR), imported("b", "HP_2", FOR)) == both_ways("agreesWith")


def test_two_denials_of_the_same_agree() -> None:
    """Neither data set says that it occurs."""
    assert related(fact("a", "hasSymptom", "rash", AGAINST), imported("b", "HP_2", AGAINST)) == both_ways("agreesWith")


def test_support_for_the_narrower_corroborates_the_broader() -> None:
    """At any distance, and from narrow to broad alone."""
    expected = {("b", "corroborates", "a"), ("a", "corroboratedBy", "b")}

    assert related(fact("a", "hasSymptom", "rash", FOR), imported("b", "HP_4", FOR)) == expected
    assert related(fact("b", "hasSymptom", "rash", FOR), imported("a", "HP_1", FOR)) == expected


def test_a_broad_match_is_a_step_of_the_hierarchy() -> None:
    """A curated finding whose only code is a broader one stands below the term of that code."""
    found = related(fact("a", "hasSymptom", "spot", FOR), imported("b", "HP_2", FOR))

    assert ("a", "corroborates", "b") in found


def test_a_denial_of_the_broader_reaches_the_narrower() -> None:
    """Who has no rash has none of its kinds; the narrower support contradicts that."""
    assert related(fact("a", "hasPhenotype", "rash", AGAINST), imported("b", "HP_4", FOR)) == both_ways("contradicts")
    assert related(fact("a", "hasPhenotype", "rash", AGAINST), imported("b", "HP_4", AGAINST)) == {
        ("a", "corroborates", "b"),
        ("b", "corroboratedBy", "a"),
    }


def test_a_denial_of_the_narrower_says_nothing_of_the_broader() -> None:
    """One kind of rash is missing; there may be others."""
    assert related(fact("a", "hasSymptom", "rash", FOR), imported("b", "HP_4", AGAINST)) == set()


def test_the_same_supported_and_denied_contradicts() -> None:
    """Whichever of the two is curated."""
    assert related(fact("a", "hasSymptom", "rash", FOR), imported("b", "HP_2", AGAINST)) == both_ways("contradicts")
    assert related(fact("a", "hasPhenotype", "rash", AGAINST), imported("b", "HP_2", FOR)) == both_ways("contradicts")


@pytest.mark.parametrize(
    ("support", "denial", "contradicts"),
    [
        ("noso:frequency noso:veryFrequent", "noso:observedIn 0 ; noso:observedAmong 5", True),
        ("noso:frequency noso:veryFrequent", "noso:observedIn 0 ; noso:observedAmong 1", False),
        ("noso:frequency noso:occasional", "noso:observedIn 0 ; noso:observedAmong 5", False),
        ("noso:severity noso:mild", "noso:observedIn 0 ; noso:observedAmong 5", False),
        ("noso:frequency noso:veryRare", "noso:frequency noso:excluded", True),
        ("noso:severity noso:mild", "noso:percentage 0 ; noso:proportion 0.0", True),
        ("noso:frequency noso:veryFrequent", "noso:frequency noso:typical", False),
    ],
)
def test_a_denial_contradicts_as_far_as_it_reaches(support: str, denial: str, contradicts: bool) -> None:
    """None of one case leaves room for what is common; whoever excludes it leaves none; a reserve leaves any."""
    found = related(fact("a", "hasSymptom", "rash", FOR, said=support), imported("b", "HP_2", AGAINST, said=denial))

    assert found == (both_ways("contradicts") if contradicts else set())


def test_a_denial_with_a_narrower_predicate_contradicts_nothing() -> None:
    """What is no complication may still occur."""
    assert related(fact("a", "hasComplication", "rash", AGAINST), imported("b", "HP_2", FOR)) == set()


def test_a_contested_fact_stands_on_both_sides() -> None:
    """It agrees with what supports it and contradicts what denies it."""
    contested = fact("a", "hasSymptom", "rash", FOR, AGAINST)

    assert both_ways("agreesWith") <= related(contested, imported("b", "HP_2", FOR))
    assert both_ways("contradicts") <= related(contested, imported("b", "HP_2", AGAINST))


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("noso:frequency noso:obligate", "noso:frequency noso:occasional", True),
        ("noso:frequency noso:veryFrequent", "noso:observedIn 2 ; noso:observedAmong 40", True),
        ("noso:frequency noso:veryFrequent", "noso:observedIn 1 ; noso:observedAmong 2", False),
        ("noso:frequency noso:obligate", "noso:observedIn 1 ; noso:observedAmong 2", True),
        ("noso:frequency noso:frequent", "noso:proportion 0.795", False),
        ("noso:frequency noso:often", "noso:frequency noso:veryRare", False),
        ("noso:frequency noso:veryRare", "noso:severity noso:mild", False),
    ],
)
def test_frequencies_that_no_share_fits_differ(one: str, other: str, differ: bool) -> None:
    """A count stands for the interval around it, a named frequency for its extent, if it has one."""
    found = related(fact("a", "hasSymptom", "rash", FOR, said=one), imported("b", "HP_2", FOR, said=other))

    assert both_ways("agreesWith") <= found
    assert (both_ways("differsInFrequency") <= found) is differ


@pytest.mark.parametrize("value", ["noso:rareDisease", "noso:veryRareDisease"])
def test_rarity_is_a_dispute_of_its_own(value: str) -> None:
    """The most particular rule takes the place of the general one, and a denial reaches the narrower value."""
    found = related(fact("a", "rarity", "noso:rareDisease", AGAINST), imported("b", value, FOR, predicate="rarity"))

    assert found == both_ways("differsInRarity")


def test_common_and_rare_differ_in_rarity() -> None:
    """Both have support, and cannot hold at once."""
    rare = fact("a", "rarity", "noso:veryRareDisease", FOR)

    found = related(rare, imported("b", "noso:commonDisease", FOR, predicate="rarity"))

    assert found == both_ways("differsInRarity")


def test_values_that_exclude_each_other_contradict() -> None:
    """By noso:incompatibleWith, without any denial."""
    found = related(
        fact("a", "curability", "noso:curable", FOR), imported("b", "noso:noKnownCure", FOR, predicate="curability")
    )

    assert found == both_ways("contradicts")


def test_hierarchy_is_not_followed_where_no_rule_says_so() -> None:
    """A treatment of a broader kind is another treatment: rules about hierarchy apply to some roles alone."""
    found = related(fact("a", "hasTreatment", "rash", FOR), imported("b", "HP_4", FOR, predicate="hasTreatment"))

    assert found == set()


def test_facts_of_one_resource_are_not_compared() -> None:
    """What sources say of one resource is the matter of its facts' status."""
    assert related(imported("a", "HP_2", FOR), imported("b", "HP_4", FOR)) == set()


def test_facts_in_a_context_are_left_out() -> None:
    """A causal step in one condition is no statement about the condition."""
    step = fact("a", "hasSymptom", "rash", FOR) + "g:facts { fact:a noso:context condition:omega . }"

    assert related(step, imported("b", "HP_2", FOR)) == set()


def test_nothing_is_related_without_rules() -> None:
    """The rules stand in the vocabulary: the software has none of its own."""
    trig = GROUPS + fact("a", "hasSymptom", "rash", FOR) + imported("b", "HP_2", FOR)

    found = join_quads(trig, replace(TERMS, rules=()))

    assert found.members()
    assert found.account.related == {}


def test_account_counts_each_pair_once() -> None:
    """A property that leads both ways, or has an inverse, relates one pair of facts."""
    account = joined(
        fact("a", "hasSymptom", "rash", FOR), imported("b", "HP_2", FOR), imported("c", "HP_4", FOR)
    ).account

    named = {name.rpartition("#")[2]: number for name, number in account.related.items()}
    assert named == {"agreesWith": 1, "corroborates": 1}
    assert (account.groups, account.resources, account.facts) == (2, 4, 3)


@pytest.mark.parametrize(
    ("number", "among", "interval"),
    [(1, 1, (2, 100)), (2, 2, (15, 100)), (7, 24, (12, 52)), (0, 5, (0, 53)), (0, 1, (0, 98)), (500, 2000, (25, 25))],
)
def test_interval_of_a_count_is_exact(number: int, among: int, interval: tuple[int, int]) -> None:
    """Few cases say little: one of one leaves room from a fortieth; values are those of published tables, widened."""
    assert likely_shares(number, among) == interval
