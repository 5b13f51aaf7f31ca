"""Writes what an examination found in the Evaluation and Report Language (EARL 1.0), as Turtle."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from nosograph import __version__
from nosograph.doctor.examining import ExaminationReport
from nosograph.doctor.outcomes import CheckResult
from nosograph.doctor.text_report import printable
from nosograph.rdf.names import DEFAULT_BASE, STANDARD_PREFIXES

EARL: Final = "http://www.w3.org/ns/earl#"
TESTS: Final = f"{DEFAULT_BASE}docs/doctor#"
"""How the IRIs of checks begin; the guide of the doctor describes them."""

_SOFTWARE: Final = f"{DEFAULT_BASE}docs/doctor"
_PREFIXES: Final = {"earl": EARL, "check": TESTS} | {
    name: STANDARD_PREFIXES[name] for name in ("dcterms", "foaf", "rdf", "rdfs", "xsd")
}
_P: Final = STANDARD_PREFIXES
_TYPE: Final = NamedNode(_P["rdf"] + "type")


def report_earl(report: ExaminationReport) -> str:
    """Return the report in Turtle: an ``earl:Assertion`` for each check."""
    found = serialize(_triples(report), format=RdfFormat.TURTLE, prefixes=_PREFIXES)
    return found.decode() if found else ""


def _triples(report: ExaminationReport) -> Iterator[Triple]:
    software, subject = NamedNode(_SOFTWARE), NamedNode(report.url)
    yield from _typed(software, "Software", "Assertor")
    yield Triple(software, _dcterms("title"), Literal("nosograph doctor", language="en"))
    yield Triple(software, _dcterms("hasVersion"), Literal(__version__))
    yield Triple(software, NamedNode(_P["foaf"] + "homepage"), NamedNode(_SOFTWARE))
    yield from _typed(subject, "TestSubject")
    yield Triple(subject, _dcterms("date"), _time(report))
    for result in report.results:
        yield from _assertion(report, result, software, subject)


def _assertion(
    report: ExaminationReport, result: CheckResult, software: NamedNode, subject: NamedNode
) -> Iterator[Triple]:
    check, decision = result.check, result.decision
    test, assertion, outcome = NamedNode(TESTS + check.name), BlankNode(), BlankNode()
    yield from _typed(test, "TestCase")
    yield Triple(test, _dcterms("title"), Literal(check.name))
    yield Triple(test, _dcterms("description"), Literal(check.rule, language="en"))
    yield Triple(test, _dcterms("isPartOf"), NamedNode(check.clause.url))
    yield from _typed(assertion, "Assertion")
    yield Triple(assertion, _earl("assertedBy"), software)
    yield Triple(assertion, _earl("subject"), subject)
    yield Triple(assertion, _earl("test"), test)
    yield Triple(assertion, _earl("mode"), _earl("automatic"))
    yield Triple(assertion, _earl("result"), outcome)
    yield from _typed(outcome, "TestResult")
    yield Triple(outcome, _earl("outcome"), _earl(decision.outcome))
    yield Triple(outcome, _earl("info"), Literal(printable(decision.detail), language="en"))
    yield Triple(outcome, _dcterms("date"), _time(report))


def _typed(node: NamedNode | BlankNode, *classes: str) -> Iterator[Triple]:
    for name in classes:
        yield Triple(node, _TYPE, _earl(name))


def _time(report: ExaminationReport) -> Literal:
    text = report.at.isoformat(timespec="seconds")
    return Literal(text, datatype=NamedNode(_P["xsd"] + "dateTime"))


def _earl(local: str) -> NamedNode:
    return NamedNode(EARL + local)


def _dcterms(local: str) -> NamedNode:
    return NamedNode(_P["dcterms"] + local)
