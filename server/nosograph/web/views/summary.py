"""The summary of a resource of the focus: a line, and an answer in a sentence, for each question of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.vocabulary.terms import SummaryLine, Vocabulary
from nosograph.web.views.condition import OTHER, Condition
from nosograph.web.views.facts import Fact, Value

MOST_IN_A_LINE: Final = 8
"""Facts that a line names; the table that it leads to has all of them."""

MOST_IN_AN_ANSWER: Final = 12
"""Facts that a clause of an answer names."""

_ORDER: Final = ("affirmed", "contested", "hypothesised", "unknown")
_DOUBTS: Final = {"contested": "disputed", "hypothesised": "not certain", "unknown": "status not given"}
"""What stands beside a fact that is not affirmed; denied facts have no part in a summary."""


@dataclass(frozen=True)
class Point:
    """A fact that a line or an answer names.

    Attributes:
        fact: the fact.
        doubt: why a reader should not take it as established; empty where it is affirmed.
    """

    fact: Fact
    doubt: str


@dataclass(frozen=True)
class Clause:
    """A part of an answer: the facts of one predicate about one resource.

    Attributes:
        phrase: the words between the resource and what is said of it.
        points: the facts.
        more: how many further facts of the predicate there are.
        broader: the broader resource that they are said of; None where it is the resource of the page.
    """

    phrase: str
    points: tuple[Point, ...]
    more: int
    broader: Value | None


@dataclass(frozen=True)
class Line:
    """A line of the summary.

    Attributes:
        label: what it tells.
        question: the question that it answers.
        points: the facts that it names: own ones, and inherited ones where there is no own.
        more: how many further facts answer the question.
        anchor: anchor of the section that has them all.
        broader: the broader resource that the facts are said of, where they are inherited.
        clauses: the answer to the question.
    """

    label: str
    question: str
    points: tuple[Point, ...]
    more: int
    anchor: str
    broader: Value | None
    clauses: tuple[Clause, ...]


def summary(vocabulary: Vocabulary, condition: Condition, iri: str) -> tuple[Line, ...]:
    """Return the lines for which the condition has an answer, in the order of the vocabulary."""
    own = [fact for fact in condition.facts if fact.subject.iri == iri]
    made = (_line(vocabulary, condition, line, own) for line in vocabulary.summary)
    return tuple(line for line in made if line is not None)


def opening_query(iri: str) -> str:
    """Return a query for all that is said of a resource, for a reader to go on from."""
    return f"""PREFIX noso: <{NOSO}>
PREFIX rdf: <{STANDARD_PREFIXES["rdf"]}>
SELECT ?predicate ?object ?status ?source WHERE {{
  ?fact rdf:subject <{iri}> ;
    rdf:predicate ?predicate ;
    rdf:object ?object ;
    noso:status ?status ;
    noso:evidence/noso:source ?source .
}}
ORDER BY ?predicate ?object ?source
"""


def _line(vocabulary: Vocabulary, condition: Condition, line: SummaryLine, own: Iterable[Fact]) -> Line | None:
    wanted = {iri for iri, predicate in vocabulary.predicates.items() if predicate.roles & line.roles}
    points = _points(vocabulary, (fact for fact in own if fact.predicate.iri in wanted))
    clauses = [*_clauses(vocabulary, points, None)]
    broader, anchor = None, _anchor(vocabulary, points)
    for number, inherited in enumerate(condition.inherited, 1):
        facts = (fact for section in inherited.sections for group in section.groups for fact in group.facts)
        answering = {fact.iri: fact for fact in facts if fact.predicate.iri in wanted and not fact.contexts}
        from_broader = _points(vocabulary, answering.values())
        clauses += _clauses(vocabulary, from_broader, inherited.ancestor)
        if from_broader and not points:
            points, broader, anchor = from_broader, inherited.ancestor, f"inherited-{number}"
    if not points:
        return None
    shown = points[:MOST_IN_A_LINE]
    return Line(line.label, line.question, shown, len(points) - len(shown), anchor, broader, tuple(clauses))


def _points(vocabulary: Vocabulary, facts: Iterable[Fact]) -> tuple[Point, ...]:
    """Return facts, those first that are surest, that come first in the vocabulary, that most sources support."""
    known = [fact for fact in facts if fact.status.name in _ORDER]
    known.sort(
        key=lambda fact: (
            _ORDER.index(fact.status.name),
            vocabulary.predicate(fact.predicate.iri).order,
            -len(fact.sources),
            fact.object.text.casefold(),
        )
    )
    return tuple(Point(fact, _DOUBTS.get(fact.status.name, "")) for fact in known)


def _clauses(vocabulary: Vocabulary, points: Iterable[Point], broader: Value | None) -> list[Clause]:
    groups: dict[str, list[Point]] = {}
    for point in points:
        groups.setdefault(point.fact.predicate.iri, []).append(point)
    clauses = []
    for iri, members in groups.items():
        predicate = vocabulary.predicate(iri, members[0].fact.predicate.text)
        shown = tuple(members[:MOST_IN_AN_ANSWER])
        phrase = predicate.list_phrase if len(members) > 1 else predicate.phrase
        clauses.append(Clause(phrase, shown, len(members) - len(shown), broader))
    return clauses


def _anchor(vocabulary: Vocabulary, points: tuple[Point, ...]) -> str:
    """Return the anchor of the section that has the first fact."""
    wanted = vocabulary.predicate(points[0].fact.predicate.iri).section if points else ""
    return next((section.anchor for section in vocabulary.sections if section.iri == wanted), OTHER.anchor)
