"""The summary of a condition: which facts answer which question, in what order, and with what doubt."""

from __future__ import annotations

from dataclasses import replace

from pyoxigraph import Store
from small_site import AMBER, COASTAL

from nosograph.rdf.names import DEFAULT_BASE
from nosograph.web.views.condition import Condition, condition_view
from nosograph.web.views.facts import Reader
from nosograph.web.views.site import Site
from nosograph.web.views.summary import MOST_IN_A_CLAUSE, Line, opening_query, summary


def named(line: Line) -> list[str]:
    """Return what the clauses in brief name."""
    return [point.fact.object.text for clause in line.brief for point in clause.points]


def by_label(lines: tuple[Line, ...]) -> dict[str, Line]:
    """Return lines by their label."""
    return {line.label: line for line in lines}


def test_lines_are_those_of_the_vocabulary_that_have_an_answer(reader: Reader, amber: Condition) -> None:
    """Lines stand in the order of the vocabulary; a question without an answer has none."""
    lines = summary(reader.vocabulary, amber, AMBER)

    assert [line.label for line in lines] == ["Symptoms", "Treatments", "Causes", "How common"]
    assert next(line.question for line in lines) == "What are its symptoms?"


def test_what_is_not_affirmed_is_named_with_its_doubt(reader: Reader, amber: Condition) -> None:
    """A contested fact is disputed, a hypothesised one not certain; a denied one is not named at all."""
    lines = summary(reader.vocabulary, amber, AMBER)
    doubts = {point.fact.object.text: point.doubt for line in lines for clause in line.brief for point in clause.points}

    assert doubts["amber nails"] == ""
    assert doubts["rare disease"] == "disputed"
    assert doubts["sea air"] == "not certain"
    assert all(fact.status.name != "denied" for line in lines for fact in line.facts)


def test_a_form_answers_with_what_it_inherits(reader: Reader) -> None:
    """Where nothing is said of the condition itself, the line tells of which broader one it is said."""
    coastal = condition_view(reader, COASTAL)
    lines = by_label(summary(reader.vocabulary, coastal, COASTAL))

    assert named(lines["Symptoms"]) == ["thirst for salt"]
    assert named(lines["Treatments"]) == ["sea bathing"]
    assert [clause.of.text for clause in lines["Treatments"].brief if clause.of] == ["amber fever"]
    assert lines["Treatments"].anchor == "inherited-1"
    assert [clause.of and clause.of.text for clause in lines["Symptoms"].clauses] == [None, "amber fever"]


def test_forms_answer_only_where_nothing_else_does(reader: Reader, amber: Condition) -> None:
    """What is said of forms is told as theirs, and only if neither the condition nor a broader one has an answer."""
    without = replace(amber, sections=tuple(part for part in amber.sections if part.anchor != "symptoms"))
    line = by_label(summary(reader.vocabulary, without, AMBER))["Symptoms"]

    assert named(line) == ["thirst for salt"]
    assert [(clause.of.text if clause.of else "", clause.narrower) for clause in line.brief] == [
        ("coastal amber fever", True)
    ]
    assert line.anchor == amber.forms_anchor


def test_a_long_answer_is_cut_and_counted(reader: Reader, amber: Condition) -> None:
    """A clause names a bounded number of facts, the surest first, and tells how many more there are."""
    section = next(part for part in amber.sections if part.anchor == "symptoms")
    nails = section.groups[0].facts[0]
    doubtful = replace(nails, iri="urn:doubtful", status=reader.fact(f"{DEFAULT_BASE}fact/{4:016x}").status)
    crowd = (doubtful, *(replace(nails, iri=f"urn:{number}") for number in range(MOST_IN_A_CLAUSE + 2)))
    crowded = replace(amber, sections=(replace(section, groups=(replace(section.groups[0], facts=crowd),)),))

    (clause,) = by_label(summary(reader.vocabulary, crowded, AMBER))["Symptoms"].brief

    assert len(clause.points) == MOST_IN_A_CLAUSE
    assert clause.more == 3
    assert doubtful.iri not in {point.fact.iri for point in clause.points}
    assert clause.phrase == "has the symptoms"


def test_a_query_to_go_on_from_finds_what_is_said(small_site: Site) -> None:
    """The query that a page offers gives the facts about the condition."""
    store = Store()
    store.extend(small_site.source.quads_for_pattern(None, None, None, None))
    rows = list(store.query(opening_query(AMBER), use_default_graph_as_union=True))

    assert {row["object"].value.rsplit("/", 1)[-1] for row in rows} >= {"amber-nails", "sea-bathing"}
