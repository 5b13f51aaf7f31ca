"""What pages show of facts, evidence and conditions, as values."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyoxigraph import NamedNode, Quad, Store
from small_site import AMBER, COASTAL
from stores import add_union

from nosograph.rdf.names import DEFAULT_BASE, NOSO
from nosograph.store.reader import GraphReader
from nosograph.web.views.condition import Condition, condition_view, in_causal_order
from nosograph.web.views.facts import Fact, Reader
from nosograph.web.views.related import related_view, source_view
from nosograph.web.views.site import Site


def headings(condition: Condition) -> list[str]:
    """Return the headings of a condition's sections."""
    return [section.heading for section in condition.sections]


def copy_of(site: Site) -> Store:
    """Return a store of a site's quads that a test may change."""
    store = Store()
    store.bulk_extend(site.source.quads_for_pattern(None, None, None, None))
    return store


def fact(reader: Reader, number: int) -> Fact:
    """Return a fact of the fixture by its number."""
    return reader.fact(f"{DEFAULT_BASE}fact/{number:016x}")


def test_facts_stand_under_the_question_that_they_answer(amber: Condition) -> None:
    """Sections follow the order in which people ask, and only those with a fact are there."""
    assert headings(amber) == ["Forms", "Causes", "Mechanism", "Symptoms", "Who gets it", "Treatment"]


def test_a_predicate_without_a_topic_is_not_lost(small_site: Site) -> None:
    """A predicate that no topic names goes to the last section."""
    store = copy_of(small_site)
    subject = NamedNode(f"{DEFAULT_BASE}fact/{2:016x}")
    predicate = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#predicate")
    for quad in list(store.quads_for_pattern(subject, predicate, None)):
        store.remove(quad)
        store.add(Quad(subject, predicate, NamedNode("https://other.example/smellsOf"), quad.graph_name))

    view = condition_view(Reader(GraphReader(store), small_site.addresses, small_site.release.vocabulary), AMBER)

    assert headings(view)[-1] == "Further statements"
    assert [group.facts[0].object.text for group in view.sections[-1].groups] == ["amber nails"]


@pytest.mark.parametrize(("number", "status"), [(1, "affirmed"), (3, "contested"), (4, "hypothesised"), (5, "denied")])
def test_status_is_the_status_in_the_data(reader: Reader, number: int, status: str) -> None:
    """A fact is shown with the status that the build derived."""
    assert fact(reader, number).status.name == status


def test_statuses_differ_by_word_and_by_mark(reader: Reader) -> None:
    """Colour is not all that tells one status from another."""
    statuses = [fact(reader, number).status for number in (1, 3, 4, 5)]

    assert len({status.word for status in statuses}) == len({status.mark for status in statuses}) == 4


def test_a_fact_without_status_is_not_shown_as_affirmed(hostile_site: Site) -> None:
    """What the data leave out is said to be unknown."""
    bare = hostile_site.reader().fact(f"{DEFAULT_BASE}fact/00000000000000f5")

    assert bare.status.name == "unknown"
    assert bare.subject.text == "(not given)"


@pytest.mark.parametrize(
    ("number", "sayings"),
    [
        (3, ["states it", "denies it"]),
        (2, ["states it", "reports it as believed"]),
        (4, ["gives it as possible"]),
        (5, ["denies it"]),
    ],
)
def test_evidence_says_in_words_how_sure_its_source_is(reader: Reader, number: int, sayings: list[str]) -> None:
    """Stance and certainty become a verb phrase; evidence for a fact comes before evidence against it."""
    assert [item.saying for item in fact(reader, number).evidence] == sayings


def test_evidence_names_source_reference_qualifiers_and_location(reader: Reader) -> None:
    """Everything that a piece of evidence says is in its view."""
    evidence = fact(reader, 1).evidence[0]
    with_frequency = next(item for item in fact(reader, 2).evidence if item.qualifiers)

    assert evidence.source.text == "Leaflet of the coast"
    assert [reference.text for reference in evidence.cites] == ["Handbook of amber"]
    assert [(passage.start, passage.end) for passage in evidence.passages] == [(10, 30)]
    assert [(name, value.text) for name, value in with_frequency.qualifiers] == [("frequency", "sometimes")]


def test_sources_that_disagree_are_set_out(amber: Condition) -> None:
    """A contested fact, and one that sources support with different certainty, are told apart from the rest."""
    assert [fact.object.text for fact in amber.disagreements] == ["rare disease"]
    assert [fact.object.text for fact in amber.uneven] == ["amber nails"]
    assert amber.differences == 2


def test_a_different_frequency_is_a_difference_only_between_sources(reader: Reader) -> None:
    """Two documents that say differently often differ; one document that says it twice does not."""
    uneven = fact(reader, 2)
    one, other = uneven.evidence
    same_source = replace(uneven, evidence=(one, replace(other, source=one.source)))

    assert uneven.differs_in_frequency
    assert not same_source.differs_in_frequency


def test_treatments_stand_under_their_purpose(amber: Condition) -> None:
    """A treatment is grouped by what the evidence gives as its purpose."""
    section = next(section for section in amber.sections if section.anchor == "treatment")

    assert [(group.heading, [fact.object.text for fact in group.facts]) for group in section.groups] == [
        ("Relieve symptoms", ["sea bathing"])
    ]


def test_a_form_shows_what_is_said_of_the_broader_condition(reader: Reader) -> None:
    """Inherited facts are kept apart, with the condition that they are said of."""
    coastal = condition_view(reader, COASTAL)

    (inherited,) = coastal.inherited
    objects = {fact.object.text for section in inherited.sections for group in section.groups for fact in group.facts}
    assert inherited.ancestor.text == "amber fever"
    assert {"amber nails", "sea bathing"} <= objects
    assert not {"coastal amber fever", "rare disease"} & objects


def test_the_tree_of_forms_ends_where_it_would_turn_in_a_circle(small_site: Site) -> None:
    """Data with a cycle of forms, which shapes refuse, cannot hang a page."""
    store = copy_of(small_site)
    extra = NamedNode(DEFAULT_BASE + "fact/00000000000000aa")
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    for predicate, value in [
        (rdf + "subject", COASTAL),
        (rdf + "predicate", str(NOSO.hasSubtype)),
        (rdf + "object", AMBER),
    ]:
        store.add(Quad(extra, NamedNode(predicate), NamedNode(value), NamedNode(DEFAULT_BASE + "graph/facts")))
    add_union(store)

    view = condition_view(Reader(GraphReader(store), small_site.addresses, small_site.release.vocabulary), AMBER)

    assert [branch.form.text for branch in view.forms] == ["coastal amber fever"]
    assert [branch.form.text for branch in view.forms[0].branches] == ["amber fever"]
    assert view.forms[0].branches[0].branches == ()


def test_causal_steps_follow_each_other(reader: Reader) -> None:
    """A step stands after the one that leads to its start, and a circle is cut rather than followed."""
    step = fact(reader, 6)
    nails, cold = step.object, reader.value(DEFAULT_BASE + "finding/cold-hands")
    later = replace(step, iri="urn:later", subject=nails, object=cold)
    back = replace(step, iri="urn:back", subject=cold, object=step.subject)

    assert [item.iri for item in in_causal_order((later, step))] == [step.iri, "urn:later"]
    assert len(in_causal_order((later, step, back))) == 3


def test_a_finding_lists_the_conditions_that_have_it(reader: Reader) -> None:
    """Pages are linked both ways: a finding names what has it and what leads to it."""
    related = related_view(reader, DEFAULT_BASE + "finding/amber-nails")

    assert {group.heading: [fact.subject.text for fact in group.facts] for group in related.named} == {
        "Conditions that have it as a symptom": ["amber fever"],
        "What leads to it": ["storage of resin"],
    }


def test_a_source_shows_all_that_rests_on_it(reader: Reader) -> None:
    """A document that was read lists every piece of evidence read in it, in the order of its text."""
    view = source_view(reader, DEFAULT_BASE + "source/inland-leaflet")

    assert view.read
    assert sorted(item.fact.object.text for item in view.rests) == ["amber nails", "rare disease", "sea air"]
    assert [use.passage.identifier for use in view.passages] == ["5-25"]


def test_a_reference_shows_what_others_say_on_its_authority(reader: Reader) -> None:
    """A reference that was not read itself lists the evidence that cites it."""
    view = source_view(reader, DEFAULT_BASE + "source/amber-handbook")

    assert not view.read
    assert [item.fact.object.text for item in view.cited] == ["coastal amber fever"]
