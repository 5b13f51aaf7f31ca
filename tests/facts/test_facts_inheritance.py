"""What a narrower resource inherits: one rule, case by case, and on the curated data."""

from __future__ import annotations

import random

import pytest
from rdflib import RDF, URIRef

from nosograph.facts.inheritance import InheritanceRule, Proposition
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO
from nosograph.vocabulary.terms import FactPredicate, Inheritance, Vocabulary


def predicate(name: str, **fields: object) -> FactPredicate:
    """Return a predicate of the tests."""
    known = {"wider": frozenset({name})} | fields
    return FactPredicate(name, name, **known)  # type: ignore[arg-type]


VOCABULARY = Vocabulary(
    predicates={
        entry.iri: entry
        for entry in (
            predicate("symptom"),
            predicate("mainSymptom", wider=frozenset({"mainSymptom", "symptom"})),
            predicate("affects", restricted_by=frozenset({"affectsOnly"})),
            predicate(
                "affectsOnly", wider=frozenset({"affectsOnly", "affects"}), inheritance=Inheritance.SINGLE_VALUED
            ),
            predicate("cure", inheritance=Inheritance.SINGLE_VALUED),
            predicate("extent", inheritance=Inheritance.NEVER),
            predicate("leadsTo"),
        )
    }
)
BROADER = {"narrow": ["middle"], "middle": ["broad"], "other": ["broad"]}
ABOVE = {"heart": ["organ"], "heart damage": ["damage"], "skin of hand": ["skin"]}


def inherited(*facts: tuple[str, ...], broader: dict[str, list[str]] | None = None) -> set[tuple[str, str]]:
    """Return what is inherited of facts given as subject, predicate, object, status and context."""
    propositions = [
        Proposition(" ".join(fact[:3]), fact[0], fact[1], fact[2], fact[4:], fact[3] if len(fact) > 3 else "affirmed")
        for fact in facts
    ]
    return set(InheritanceRule(VOCABULARY, broader or BROADER, ABOVE, propositions).inherited())


def takers(fact: tuple[str, ...], *own: tuple[str, ...]) -> set[str]:
    """Return which resources inherit a fact, beside facts of their own."""
    return {resource for resource, iri in inherited(fact, *own) if iri == " ".join(fact[:3])}


def test_everything_below_inherits_at_any_depth() -> None:
    """A fact passes down every chain, and never up."""
    assert takers(("broad", "symptom", "itch")) == {"middle", "narrow", "other"}
    assert takers(("middle", "symptom", "itch")) == {"narrow"}


@pytest.mark.parametrize("status", ["affirmed", "contested", "hypothesised", "denied"])
def test_fact_is_inherited_with_its_status(status: str) -> None:
    """What sources doubt or deny of the broad resource they doubt or deny of the narrow one."""
    assert takers(("broad", "symptom", "itch", status)) == {"middle", "narrow", "other"}


@pytest.mark.parametrize("status", ["affirmed", "contested", "hypothesised", "denied"])
def test_own_fact_stands_for_itself_and_for_what_is_below(status: str) -> None:
    """A proposition that a resource speaks of itself is not inherited by it, and not from above it by narrower ones."""
    own = ("middle", "symptom", "itch", status)

    assert takers(("broad", "symptom", "itch"), own) == {"other"}


def test_denial_of_a_wider_predicate_counts_and_of_a_narrower_one_does_not() -> None:
    """Who has no such symptom does not have it as the main one; who has it, but not as the main one, has it."""
    assert takers(("broad", "mainSymptom", "itch"), ("other", "symptom", "itch", "denied")) == {"middle", "narrow"}
    assert "other" in takers(("broad", "symptom", "itch"), ("other", "mainSymptom", "itch", "denied"))


def test_own_fact_with_a_narrower_predicate_says_it_already() -> None:
    """The main symptom is a symptom, so that is not inherited as well; the other way round something is added."""
    assert "other" not in takers(("broad", "symptom", "itch"), ("other", "mainSymptom", "itch"))
    assert "other" in takers(("broad", "mainSymptom", "itch"), ("other", "symptom", "itch"))


@pytest.mark.parametrize(("said", "denied"), [("damage", "heart damage"), ("heart damage", "damage")])
def test_denial_of_a_special_case_counts_in_both_directions(said: str, denied: str) -> None:
    """Who lacks damage has no damage of the heart; and whether any is left without that of the heart, nobody said."""
    assert "other" not in takers(("broad", "symptom", said), ("other", "symptom", denied, "denied"))


def test_special_case_that_is_affirmed_does_not_count() -> None:
    """Damage of the heart does not speak against damage."""
    assert "other" in takers(("broad", "symptom", "damage"), ("other", "symptom", "heart damage"))


def test_limit_keeps_out_what_is_outside_of_it() -> None:
    """Who is limited to the skin inherits the skin and its parts, and nothing else."""
    limit = ("other", "affectsOnly", "skin")

    assert "other" not in takers(("broad", "affects", "heart"), limit)
    assert "other" in takers(("broad", "affects", "skin of hand"), limit)
    assert "other" in takers(("broad", "affects", "heart"), (*limit, "hypothesised"))


def test_limit_in_the_middle_limits_what_is_below() -> None:
    """A form of a limited form is limited too."""
    assert takers(("broad", "affects", "heart"), ("middle", "affectsOnly", "skin")) == {"other"}


def test_single_value_is_replaced_by_another_that_is_not_denied() -> None:
    """The nearest value counts; to deny another value replaces nothing."""
    said = ("broad", "cure", "none")

    assert takers(said, ("middle", "cure", "some")) == {"other"}
    assert takers(said, ("middle", "cure", "some", "denied")) == {"middle", "narrow", "other"}
    assert ("narrow", "middle cure some") in inherited(said, ("middle", "cure", "some"))


def test_kind_and_extent_are_never_inherited() -> None:
    """They speak of the broad resource as a whole."""
    assert takers(("broad", "extent", "everywhere")) == set()


def test_step_is_inherited_by_its_context() -> None:
    """A step of a causal chain holds in what is narrower than its context, unless an end of it is denied there."""
    step = ("scar", "leadsTo", "damage", "affirmed", "broad")

    assert takers(step) == {"middle", "narrow", "other"}
    assert takers(step, ("other", "symptom", "heart damage", "denied")) == {"middle", "narrow"}
    assert takers(step, ("scar", "leadsTo", "damage", "denied", "other")) == {"middle", "narrow"}
    assert "other" in takers(step, ("itch", "leadsTo", "damage", "denied", "other"))


def test_one_of_two_ways_down_is_enough_to_keep_a_fact_out() -> None:
    """Where a resource is a form of two, of which one denies a fact, it does not inherit it by way of the other."""
    both = {"narrow": ["left", "right"], "left": ["broad"], "right": ["broad"]}

    assert inherited(("broad", "symptom", "itch"), ("left", "symptom", "itch", "denied"), broader=both) == {
        ("right", "broad symptom itch"),
        ("narrow", "left symptom itch"),
    }


def test_cycle_ends() -> None:
    """A cycle is the shapes' business; nothing inherits from itself."""
    found = inherited(("a", "symptom", "itch"), broader={"a": ["b"], "b": ["a"]})

    assert found == {("b", "a symptom itch")}


def test_more_facts_below_never_add_to_what_is_inherited_from_above() -> None:
    """Whatever is said of a narrower resource can only take away: tried on 300 random sets of facts."""
    chance = random.Random(7)
    objects = ["heart", "organ", "skin", "skin of hand", "damage", "heart damage"]
    statuses = ["affirmed", "contested", "hypothesised", "denied"]
    for _ in range(300):
        facts = [
            (resource, chance.choice(sorted(VOCABULARY.predicates)), chance.choice(objects), chance.choice(statuses))
            for resource in ("broad", "middle", "narrow", "other")
            for _ in range(3)
        ]
        fewer = [fact for fact in facts if fact[0] != "narrow"]

        for_narrow = {fact for resource, fact in inherited(*facts) if resource == "narrow"}
        before = {fact for resource, fact in inherited(*fewer) if resource == "narrow"}
        assert for_narrow <= before, facts


def objects_inherited(knowledge: KnowledgeGraph, name: str) -> set[tuple[str, str]]:
    """Return predicate and object of each fact that a condition of the curated data inherits."""
    facts = knowledge.graphs["facts"]
    condition = knowledge.base.resource("condition", name)
    return {
        tuple(
            str(facts.value(fact, part)).rpartition("/")[2].rpartition("#")[2] for part in (RDF.predicate, RDF.object)
        )
        for fact in knowledge.graphs["conditions"].objects(condition, NOSO.inherits)
    }


def test_localized_form_inherits_nothing_that_its_own_facts_exclude(knowledge: KnowledgeGraph) -> None:
    """It is limited to the skin, and its damage of internal organs is denied."""
    found = objects_inherited(knowledge, "localized-scleroderma")

    for structure in ("internal-organ", "blood-vessel", "lymph-node", "muscle", "connective-tissue"):
        assert ("affects", structure) not in found
    assert "organ-damage" not in {name for _, name in found}
    assert not {"grouping", "extent", "hasSubtype", "mainSubtypeCount", "prevalence"} & {name for name, _ in found}
    assert ("hasMainSymptom", "skin-thickening") in found


def test_systemic_form_inherits_what_nothing_speaks_against(knowledge: KnowledgeGraph) -> None:
    """It affects more than the skin, so it inherits the other structures as well."""
    found = objects_inherited(knowledge, "systemic-scleroderma")

    assert {("affects", "muscle"), ("affects", "lymph-node"), ("hasComplication", "organ-damage")} <= found


def test_what_is_inherited_is_said_of_something_broader(knowledge: KnowledgeGraph) -> None:
    """Every derived link leads to a fact about a broader condition, or in the context of one."""
    conditions, facts = knowledge.graphs["conditions"], knowledge.graphs["facts"]
    links = list(conditions.subject_objects(NOSO.inherits))

    assert links
    for condition, fact in links:
        about = {facts.value(fact, RDF.subject), *facts.objects(fact, NOSO.context)}
        broader = set(conditions.subjects(URIRef(NOSO.hasSubtypeTransitive), condition))
        assert about & broader
