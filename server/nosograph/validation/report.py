"""What the shapes found, as a value that reads as text for curators, as JSON for programs, as RDF for everyone."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from nosograph.errors import Location
from nosograph.rdf.curies import compact, parse_iri
from nosograph.rdf.names import Base

SEVERITIES: Final[Mapping[str, tuple[str, str]]] = {
    "Violation": ("violation", "violations"),
    "Warning": ("warning", "warnings"),
    "Info": ("note", "notes"),
}
"""Severities of SHACL (section 2.1.4), gravest first, with what the text calls one and several of them."""

_HASH_LENGTH: Final = 16


@dataclass(frozen=True)
class Result:
    """One result of a shape (SHACL, section 3.6.2).

    Attributes:
        severity: ``Violation``, which stops a release; ``Warning`` or ``Info``, which are published with it.
        shape: IRI of the shape that found it.
        focus: IRI of the node that was validated.
        path: IRI of the property that it is about, if it is about one.
        value: the value that it is about, if it is about one: an IRI, or the text of a literal.
        message: what a curator is to do.
        location: where the node was written.
        rule: the shape's label.
        term: the value as an RDF term.
        component: IRI of the constraint component that the shape used.
        constraint: IRI of the SPARQL constraint, where the shape has one.
        related: other nodes that the message names, such as the second of two duplicates, with where each was written.
    """

    severity: str
    shape: str
    focus: str
    path: str | None
    value: str | None
    message: str
    location: Location | None
    rule: str = ""
    term: Node | None = None
    component: str = str(SH.SPARQLConstraintComponent)
    constraint: str | None = None
    related: tuple[tuple[str, Location], ...] = ()

    @property
    def key(self) -> tuple[Any, ...]:
        """What results are sorted by: severity, shape, message, location, then what they are about."""
        location = self.location or Location("")
        return (
            list(SEVERITIES).index(self.severity),
            self.shape,
            self.message,
            location.file,
            location.line or 0,
            self.focus,
            self.path or "",
            self.value or "",
        )


@dataclass(frozen=True)
class Report:
    """What all shapes found.

    Attributes:
        results: what was found, gravest first, in an order that depends on the content alone.
        shapes: how many rules there are.
        nodes: how many nodes they validated.
        base: the base of the data's IRIs, which the text abbreviates.
        omitted: of each shape with more results than the report holds: its IRI, its severity, how many are left out.
    """

    results: tuple[Result, ...] = ()
    shapes: int = 0
    nodes: int = 0
    base: Base = field(default_factory=Base)
    omitted: tuple[tuple[str, str, int], ...] = ()

    @property
    def conforms(self) -> bool:
        """Whether a release may be made: there is no violation."""
        return self.count("Violation") == 0

    def count(self, severity: str) -> int:
        """Return the number of results of a severity, those that are left out included."""
        left_out = sum(number for _, of, number in self.omitted if of == severity)
        return left_out + sum(result.severity == severity for result in self.results)

    def to_text(self) -> str:
        """Return the report for a curator: a summary, then each rule that found something, with locations and hints."""
        lines = [self._summary()]
        for (severity, shape, message), group in groupby(
            self.results, key=lambda result: (result.severity, result.shape, result.message)
        ):
            found = list(group)
            name = compact(shape, self.base)
            rule = f" ({found[0].rule})" if found[0].rule else ""
            lines += ["", f"{severity.upper()} {name}{rule}: {_counted(len(found), severity)}"]
            lines.append(f"  Hint: {_compact_words(message, self.base)}")
            lines += [f"  {row}" for row in _table(found, self.base)]
        for shape, severity, number in self.omitted:
            lines += [
                "",
                f"{severity.upper()} {compact(shape, self.base)}: {number} more, which this report leaves out",
            ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Return the report as values that JSON can hold."""
        return {
            "conforms": self.conforms,
            "shapes": self.shapes,
            "nodes": self.nodes,
            "counts": {severity: self.count(severity) for severity in SEVERITIES},
            "results": [_result_json(result) for result in self.results],
            "omitted": {shape: number for shape, _, number in self.omitted},
        }

    def to_graph(self, iri: str) -> Graph:
        """Return the standard validation report (SHACL, section 3.6) without a blank node.

        ``sh:conforms`` is true only if there is no result of any severity (section 3.6.1.1), which is stricter than
        what stops a release (``conforms``).

        Args:
            iri: IRI of the report; each result's IRI is below it, with a digest of what it says.
        """
        graph = Graph(bind_namespaces="none")
        report = URIRef(iri)
        graph.add((report, RDF.type, SH.ValidationReport))
        graph.add((report, SH.conforms, Literal(not self.results)))
        graph.add((report, SH.shapesGraphWellFormed, Literal(True)))
        for result in self.results:
            description = list(_describe(result))
            node = URIRef(f"{iri}/result/{_digest(description)}")
            graph.add((report, SH.result, node))
            for predicate, value in description:
                graph.add((node, predicate, value))
        return graph

    def _summary(self) -> str:
        counts = Counter(result.severity for result in self.results)
        found = ", ".join(_counted(counts[severity], severity) for severity in SEVERITIES)
        verdict = "The data conform" if self.conforms else "The data do not conform"
        return f"{verdict} to the shapes: {self.shapes} rules validated {self.nodes} nodes; {found}."


def _counted(number: int, severity: str) -> str:
    one, several = SEVERITIES[severity]
    return f"{number} {one if number == 1 else several}"


def _table(results: list[Result], base: Base) -> Iterator[str]:
    """Return one line for each result, with location, focus and value in columns, and one for each related node."""
    rows = [
        (
            str(result.location or "(derived)"),
            _compact(result.focus, base),
            " ".join(_compact(part, base) for part in (result.path, result.value) if part is not None),
        )
        for result in results
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for (location, focus, about), result in zip(rows, results, strict=True):
        yield f"{location:<{widths[0]}}  {focus:<{widths[1]}}  {about}".rstrip()
        for iri, written in result.related:
            yield f"  see {written}  {_compact(iri, base)}"


def _compact(text: str, base: Base) -> str:
    """Return an IRI with the project's prefix for it; other text as it is, on one line and not too long."""
    found = parse_iri(text, base)
    if found is not None:
        return found.curie
    text = " ".join(text.split())
    return text if len(text) <= 120 else text[:119] + "…"


def _compact_words(text: str, base: Base) -> str:
    return " ".join(_compact(word, base) if "://" in word else word for word in text.split(" "))


def _result_json(result: Result) -> dict[str, Any]:
    return {
        "severity": result.severity,
        "shape": result.shape,
        "rule": result.rule,
        "focus": result.focus,
        "path": result.path,
        "value": result.value,
        "message": result.message,
        "file": result.location.file if result.location else None,
        "line": result.location.line if result.location else None,
        "related": [{"iri": iri, "file": written.file, "line": written.line} for iri, written in result.related],
    }


def _describe(result: Result) -> Iterator[tuple[URIRef, Node]]:
    """Return the properties of a validation result (SHACL, sections 3.6.2.1 to 3.6.2.8)."""
    yield RDF.type, SH.ValidationResult
    yield SH.focusNode, URIRef(result.focus)
    if result.path is not None:
        yield SH.resultPath, URIRef(result.path)
    if result.term is not None:
        yield SH.value, result.term
    yield SH.sourceShape, URIRef(result.shape)
    if result.constraint is not None:
        yield SH.sourceConstraint, URIRef(result.constraint)
    yield SH.sourceConstraintComponent, URIRef(result.component)
    yield SH.resultMessage, Literal(result.message)
    yield SH.resultSeverity, SH[result.severity]


def _digest(description: Iterable[tuple[Node, Node]]) -> str:
    lines = sorted(f"{predicate.n3()} {value.n3()}\n" for predicate, value in description)
    return hashlib.sha256("".join(lines).encode("utf-8")).hexdigest()[:_HASH_LENGTH]
