"""Queries of rules are asked for all resources at once, in the form that the engine answers quickest."""

from __future__ import annotations

import pytest

from nosograph.validation.sparql_constraints import with_choices_joined


def test_a_choice_among_predicates_is_joined() -> None:
    """The engine looks up what is joined, where it would read every statement for a filter."""
    query = "SELECT $this { $this ?path ?value . FILTER (?path IN (rdfs:label, skos:prefLabel)) }"

    assert with_choices_joined(query) == (
        "SELECT $this { $this ?path ?value . VALUES ?path { rdfs:label skos:prefLabel } }"
    )


@pytest.mark.parametrize(
    "condition",
    [
        "FILTER (datatype(?value) IN (xsd:date, xsd:gYear))",
        "FILTER (?path NOT IN (rdfs:label, skos:prefLabel))",
        "FILTER (?path IN (rdfs:label, skos:prefLabel) && isLiteral(?value))",
        'FILTER (?value IN ("a", "b"))',
        "FILTER (?value IN (1, 2))",
        "FILTER (?class IN (noso:Condition, noso:Finding))",
    ],
)
def test_any_other_condition_stays(condition: str) -> None:
    """A join would mean something else, where a choice is denied or numbers are spelled differently, or never end."""
    query = f"SELECT $this {{ $this ?path ?value . {condition} }}"

    assert with_choices_joined(query) == query
