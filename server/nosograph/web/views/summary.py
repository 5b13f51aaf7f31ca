"""The summary of a resource of the focus: a line, and an answer in a sentence, for each question of the vocabulary."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final

from nosograph.rdf.names import NOSO, STANDARD_PREFIXES
from nosograph.vocabulary.terms import SummaryLine, Vocabulary
from nosograph.web.views.condition import OTHER, Condition
from nosograph.web.views.facts import Fact, Value
from nosograph.web.views.statement_tables import frequency_extent

MOST_IN_A_CLAUSE: Final = 8
"""Facts that a clause names; the table of the section has all of them."""

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
        heading: what the facts tell, as a heading has it.
        phrase: the words between the resource and what is said of it.
        points: the facts.
        more: how many further facts of the predicate there are.
        of: the broader or narrower resource that they are said of; None where it is the resource of the page.
        narrower: whether that resource is a form of the one of the page.
    """

    heading: str
    phrase: str
    points: tuple[Point, ...]
    more: int
    of: Value | None = None
    narrower: bool = False


@dataclass(frozen=True)
class Line:
    """A line of the summary.

    Attributes:
        label: what it tells.
        question: the question that it answers.
        anchor: anchor of the section that tells more.
        clauses: the answer: what is said of the resource itself and of broader ones; only where there is neither, what
            is said of its forms.
    """

    label: str
    question: str
    anchor: str
    clauses: tuple[Clause, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every fact that it names."""
        return tuple(point.fact for clause in self.clauses for point in clause.points)

    @property
    def brief(self) -> tuple[Clause, ...]:
        """The clauses about the resource itself, or all of them where there is none."""
        return tuple(clause for clause in self.clauses if clause.of is None) or self.clauses


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
    clauses = _clauses(vocabulary, wanted, own)
    anchor = ""
    for number, inherited in enumerate(condition.inherited, 1):
        of_broader = (fact for fact in inherited.facts if not fact.contexts)
        from_broader = _clauses(vocabulary, wanted, of_broader, inherited.ancestor)
        if from_broader and not clauses:
            anchor = f"inherited-{number}"
        clauses += from_broader
    if not clauses:
        anchor = condition.forms_anchor
        for form, facts_of_form in condition.of_forms:
            clauses += _clauses(vocabulary, wanted, facts_of_form, form, narrower=True)
    if not clauses:
        return None
    return Line(line.label, line.question, anchor or _anchor(vocabulary, clauses[0]), tuple(clauses))


def _clauses(
    vocabulary: Vocabulary, wanted: set[str], facts: Iterable[Fact], of: Value | None = None, *, narrower: bool = False
) -> list[Clause]:
    """Return the facts of some predicates by predicate, in the order of the page's sections, the surest first.

    Among equally sure ones the most frequent stand first.
    """
    groups: dict[str, dict[str, Fact]] = {}
    for fact in facts:
        if fact.predicate.iri in wanted and fact.status.name in _ORDER:
            groups.setdefault(fact.predicate.iri, {})[fact.iri] = fact
    sections = {section.iri: section.order for section in vocabulary.sections}
    clauses = []
    for predicate in sorted(
        map(vocabulary.predicate, groups), key=lambda entry: (sections.get(entry.section, 0), entry.order, entry.iri)
    ):
        members = sorted(groups[predicate.iri].values(), key=partial(_surest_first, vocabulary))
        shown = tuple(Point(fact, _DOUBTS.get(fact.status.name, "")) for fact in members[:MOST_IN_A_CLAUSE])
        phrase = predicate.list_phrase if len(members) > 1 else predicate.phrase
        clauses.append(Clause(predicate.heading, phrase, shown, len(members) - len(shown), of, narrower))
    return clauses


def _surest_first(vocabulary: Vocabulary, fact: Fact) -> tuple[int, int, float, str, str]:
    """Return what facts are sorted by: how sure, in how many documents, how often, and then by the alphabet."""
    extent = frequency_extent(vocabulary, fact)
    often = -extent.greatest if extent else 0
    return _ORDER.index(fact.status.name), -len(fact.sources), often, fact.object.text.casefold(), fact.iri


def _anchor(vocabulary: Vocabulary, clause: Clause) -> str:
    """Return the anchor of the section that has the facts of a clause."""
    wanted = vocabulary.predicate(clause.points[0].fact.predicate.iri).section
    return next((section.anchor for section in vocabulary.sections if section.iri == wanted), OTHER.anchor)
