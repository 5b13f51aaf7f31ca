"""A report reads as text for curators, as JSON for programs, and as the standard RDF report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import BNode

from nosograph.errors import Location
from nosograph.rdf.names import NOSO, NOSO_SHAPES
from nosograph.validation.report import Report, Result
from vocabularies import base

BASE = base()
COUGH = str(BASE.resource("finding", "cough"))
IRI = "https://w3id.org/nosograph/release/2026-01-31-000000000000/report"

VIOLATION = Result(
    severity="Violation",
    shape=str(NOSO_SHAPES.PropertyInDomain),
    focus=COUGH,
    path=str(NOSO.numerator),
    value="3",
    message="Move it.",
    location=Location("data/findings.ttl", 12),
    rule="property in its domain",
    term=Literal(3),
    constraint=str(NOSO_SHAPES.PropertyInDomainQuery),
)
NOTE = Result(
    severity="Info",
    shape=str(NOSO_SHAPES.ResourceHasMapping),
    focus=COUGH,
    path=None,
    value=None,
    message="Look for a code.",
    location=None,
    rule="thing has a mapping",
)
REPORT = Report(results=(VIOLATION, NOTE), shapes=88, nodes=5, base=BASE)


def test_report_conforms_unless_there_is_a_violation() -> None:
    """Warnings and notes are published with a release; only a violation stops it."""
    assert not REPORT.conforms
    assert Report(results=(NOTE, replace(NOTE, severity="Warning"))).conforms
    assert Report().conforms


def test_text_says_where_what_and_how_to_hint() -> None:
    """A curator finds the summary, the rule and hint once, and a line with location, node and value for each result."""
    lines = REPORT.to_text().split("\n")

    assert lines[0] == (
        "The data do not conform to the shapes: 88 rules validated 5 nodes; 1 violation, 0 warnings, 1 note."
    )
    assert "VIOLATION noso-shapes:PropertyInDomain (property in its domain): 1 violation" in lines
    assert "  Hint: Move it." in lines
    assert "  data/findings.ttl:12  finding:cough  noso:numerator 3" in lines
    assert "  (derived)  finding:cough" in lines


def test_text_groups_results_of_a_rule() -> None:
    """Advice that is the same for many results stands once, with their number."""
    many = tuple(replace(VIOLATION, location=Location("data/findings.ttl", line)) for line in (1, 12, 123))

    text = Report(results=many, base=BASE).to_text()

    assert text.count("Move it.") == 1
    assert "3 violations" in text
    assert "  data/findings.ttl:1    finding:cough" in text


def test_text_keeps_a_long_value_on_one_short_line() -> None:
    """A value with line breaks or of great length cannot break the layout."""
    text = Report(results=(replace(VIOLATION, value="word\n" * 100),), base=BASE).to_text()

    assert "word word" in text
    assert max(map(len, text.split("\n"))) < 200


def test_text_abbreviates_with_the_configured_base() -> None:
    """Published under another base, names are as short as under the default one."""
    other = base("https://data.example/")
    result = replace(VIOLATION, focus=str(other.resource("finding", "cough")))

    assert "finding:cough" in Report(results=(result,), base=other).to_text()


def test_json_has_counts_and_every_field() -> None:
    """A program gets each result with shape, node, path, value, message, file and line."""
    content = json.loads(json.dumps(REPORT.to_json()))

    assert content["conforms"] is False
    assert content["counts"] == {"Violation": 1, "Warning": 0, "Info": 1}
    assert content["results"][0] == {
        "severity": "Violation",
        "shape": VIOLATION.shape,
        "rule": "property in its domain",
        "focus": COUGH,
        "path": str(NOSO.numerator),
        "value": "3",
        "message": "Move it.",
        "file": "data/findings.ttl",
        "line": 12,
        "related": [],
    }
    assert content["results"][1]["file"] is None


def test_results_that_are_left_out_are_counted() -> None:
    """A report on an import holds the first results of a shape; the counts and the verdict are of all."""
    report = Report(results=(NOTE,), omitted=((VIOLATION.shape, "Violation", 41),))

    assert not report.conforms
    assert report.count("Violation") == 41
    assert "VIOLATION noso-shapes:PropertyInDomain: 41 more, which this report leaves out" in report.to_text()
    assert report.to_json()["omitted"] == {VIOLATION.shape: 41}


def test_graph_is_the_standard_report() -> None:
    """The RDF report has the classes and properties of SHACL, section 3.6, with the value as a term."""
    graph = REPORT.to_graph(IRI)

    report = URIRef(IRI)
    results = {graph.value(node, SH.sourceShape): node for node in graph.objects(report, SH.result)}
    node = results[NOSO_SHAPES.PropertyInDomain]
    assert (report, RDF.type, SH.ValidationReport) in graph
    assert set(graph.predicate_objects(node)) == {
        (RDF.type, SH.ValidationResult),
        (SH.focusNode, URIRef(COUGH)),
        (SH.resultPath, NOSO.numerator),
        (SH.value, Literal(3)),
        (SH.sourceShape, NOSO_SHAPES.PropertyInDomain),
        (SH.sourceConstraint, NOSO_SHAPES.PropertyInDomainQuery),
        (SH.sourceConstraintComponent, SH.SPARQLConstraintComponent),
        (SH.resultMessage, Literal("Move it.")),
        (SH.resultSeverity, SH.Violation),
    }


@pytest.mark.parametrize(("results", "conforms"), [((), True), ((NOTE,), False), ((VIOLATION,), False)])
def test_graph_conforms_only_without_any_result(results: tuple[Result, ...], conforms: bool) -> None:
    """The standard's sh:conforms is about results of every severity (SHACL, section 3.6.1.1)."""
    graph = Report(results=results).to_graph(IRI)

    assert graph.value(URIRef(IRI), SH.conforms) == Literal(conforms)


def test_graph_has_no_blank_node_and_stable_names() -> None:
    """Each result's IRI is below the report's and follows from what it says, whatever the order."""
    graph = REPORT.to_graph(IRI)

    assert not [node for node in graph.all_nodes() if isinstance(node, BNode)]
    assert all(str(node).startswith(f"{IRI}/result/") for node in graph.objects(None, SH.result))
    assert set(graph) == set(Report(results=(NOTE, VIOLATION)).to_graph(IRI))


def test_graph_keeps_a_result_that_differs_in_its_value_alone() -> None:
    """Two values of one node are two results."""
    other = replace(VIOLATION, value="4", term=Literal(4))

    graph = Report(results=(VIOLATION, other)).to_graph(IRI)

    assert len(set(graph.objects(None, SH.result))) == 2
