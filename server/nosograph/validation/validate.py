"""Validates a knowledge graph by its shapes, and returns what was found with locations and hints.

Core constraints and SPARQL constraints have an engine each, both linear in the data; pySHACL is the reference that they
are held against.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from heapq import nsmallest
from typing import Final

from pyoxigraph import QuerySolutions, Store
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH

from nosograph.errors import Location
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.literals import conversions_unlogged
from nosograph.rdf.names import Base
from nosograph.validation.core import find_core
from nosograph.validation.data import DataGraph, read_graphs
from nosograph.validation.findings import Finding, read_term
from nosograph.validation.reference import Sample, check_against_reference, find_by_reference
from nosograph.validation.report import Report, Result
from nosograph.validation.shapes import check_shapes, label_of, rules
from nosograph.validation.sparql_constraints import count_targets, find_by_query, read_constraints

_THREADS: Final = 2
"""Both engines work outside Python's lock; a thread more than this gains little and holds more findings in memory."""

_PROPOSITION: Final = (RDF.subject, RDF.predicate, RDF.object)


def validate(knowledge: KnowledgeGraph, reference: Sample | None = None) -> Report:
    """Return what the shapes find in the data and the vocabulary.

    The data graph (SHACL, section 3.2) is everything but the shapes: the vocabulary is in it, because the rules read
    domains, ranges and schemes from there and validate its terms too. So is what is said of the data as a whole, for
    its date. Nothing is inferred beforehand; subclasses count as SHACL has it (section 3.5, "SHACL instance").

    Args:
        knowledge: the graph.
        reference: where given, pySHACL validates the whole or a sample again, and must find the same.

    Raises:
        InputError: the shapes or the data cannot be used; the location names the file and line.
        ReferenceDiffers: pySHACL finds something else.
    """
    shapes = knowledge.graphs["shapes"]
    check_shapes(shapes, knowledge.locations)
    graphs = [graph for name, graph in knowledge.graphs.items() if name != "shapes"] + [knowledge.dataset]
    data = read_graphs(graphs, knowledge.locations)
    return validate_data(data, shapes, base=knowledge.base, locations=knowledge.locations, reference=reference)


@conversions_unlogged()
def validate_data(
    data: DataGraph,
    shapes: Graph,
    *,
    base: Base | None = None,
    locations: Mapping[URIRef, Location] | None = None,
    reference: Sample | None = None,
    most: int | None = None,
) -> Report:
    """Return what shapes, which have been checked, find in a data graph of any size.

    Args:
        data: the data graph.
        shapes: the shapes graph.
        base: the base of the data's IRIs, for the report.
        locations: where subjects were written, for the report.
        reference: where given, pySHACL validates the whole or a sample again, and must find the same.
        most: how many results of one shape the report keeps; it counts the others. All by default.

    Raises:
        InputError: the shapes cannot be used.
        ReferenceDiffers: pySHACL finds something else.
    """
    locations = locations or {}
    findings = list(find(data, shapes, locations))
    if reference is not None:
        check_against_reference(findings, data, shapes, locations, reference)
    return report_findings(findings, data, shapes, base=base, locations=locations, most=most)


def report_findings(
    findings: list[Finding],
    data: DataGraph,
    shapes: Graph,
    *,
    base: Base | None = None,
    locations: Mapping[URIRef, Location],
    most: int | None = None,
) -> Report:
    """Return findings as a report; the arguments are those of ``validate_data``."""
    kept, omitted = _keep(findings, most)
    severities = {finding.shape: severity_of(finding.shape, shapes) for finding in kept}
    results = (_result(finding, severities[finding.shape], data, shapes, locations) for finding in kept)
    return Report(
        results=tuple(sorted(results, key=lambda result: result.key)),
        shapes=len(rules(shapes)),
        nodes=count_targets(shapes, data.store),
        base=base or Base(),
        omitted=tuple((shape, severities[shape], number) for shape, number in sorted(omitted.items())),
    )


def find(data: DataGraph, shapes: Graph, locations: Mapping[URIRef, Location]) -> Iterator[Finding]:
    """Return what both engines find; about nodes with a literal that the store rewrites, what pySHACL finds.

    Raises:
        InputError: the shapes cannot be used.
    """
    apart = {str(subject) for subject in data.written.subjects()}
    tasks = [partial(find_core, data, shapes, locations)]
    tasks += [partial(find_by_query, constraint, shapes, data.store) for constraint in read_constraints(shapes)]
    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(_complete, tasks):
            yield from (finding for finding in found if finding.focus not in apart)
    if apart:
        yield from find_by_reference(data, shapes, apart, locations, as_written=True)


def _complete(task: Callable[[], Iterator[Finding]]) -> list[Finding]:
    return list(task())


def _keep(findings: list[Finding], most: int | None) -> tuple[list[Finding], dict[str, int]]:
    """Return the findings to report, and of each shape with more than ``most`` how many are left out."""
    if most is None:
        return findings, {}
    by_shape: dict[str, list[Finding]] = {}
    for finding in findings:
        by_shape.setdefault(finding.shape, []).append(finding)
    first = [
        finding
        for found in by_shape.values()
        for finding in nsmallest(most, found, key=lambda finding: tuple(part or "" for part in finding))
    ]
    return first, {shape: len(found) - most for shape, found in by_shape.items() if len(found) > most}


def severity_of(shape: str, shapes: Graph) -> str:
    """Return the local name of a shape's severity (SHACL, section 2.1.4)."""
    return str(shapes.value(URIRef(shape), SH.severity) or SH.Violation).removeprefix(str(SH))


def _result(
    finding: Finding, severity: str, data: DataGraph, shapes: Graph, locations: Mapping[URIRef, Location]
) -> Result:
    term = None if finding.value is None else read_term(finding.value)
    return Result(
        severity=severity,
        shape=finding.shape,
        focus=finding.focus,
        path=finding.path,
        value=None if term is None else str(term),
        message=finding.message,
        location=_locate(_fact_of(finding, data.store) or finding.focus, locations) if locations else None,
        rule=label_of(URIRef(finding.shape), shapes),
        term=term,
        component=finding.component,
        constraint=finding.constraint,
        related=tuple(_named_in(finding, locations)),
    )


def _named_in(finding: Finding, locations: Mapping[URIRef, Location]) -> Iterator[tuple[str, Location]]:
    """Return the other resources of the data that a message names, with their locations, in its order."""
    for iri in dict.fromkeys(re.findall(r"https?://[^\s,;]*[^\s,;:.)]", finding.message)):
        location = locations.get(URIRef(iri))
        if location is not None and location.file.startswith("data/") and iri != finding.focus:
            yield iri, location


def _fact_of(finding: Finding, store: Store) -> str | None:
    """Return the IRI of the fact with the proposition that a finding is about, if there is one."""
    if finding.path is None or finding.value is None:
        return None
    subject, predicate, object_ = map(str, _PROPOSITION)
    query = (
        f"SELECT ?fact WHERE {{ ?fact <{subject}> <{finding.focus}> . FILTER EXISTS "
        f"{{ ?fact <{predicate}> <{finding.path}> ; <{object_}> {finding.value} }} }} ORDER BY ?fact LIMIT 1"
    )
    solutions = store.query(query)
    assert isinstance(solutions, QuerySolutions)
    return next((str(solution["fact"].value) for solution in solutions), None)


def _locate(focus: str, locations: Mapping[URIRef, Location]) -> Location | None:
    """Return where a node was written; for a node without a location, where the node that it is part of was."""
    iri = focus
    while iri:
        location = locations.get(URIRef(iri))
        if location is not None:
            return location
        iri = iri.rpartition("/")[0]
    return None
