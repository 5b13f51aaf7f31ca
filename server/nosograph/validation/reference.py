"""pySHACL, the reference: validates curated data again, and a sample of what is too large for it."""

from __future__ import annotations

import hashlib
import math
import random
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyoxigraph
import pyshacl
from pyshacl.errors import ReportableRuntimeError
from rdflib import BNode, Graph, Literal, URIRef, Variable
from rdflib.namespace import RDF, SH
from rdflib.query import Result as QueryResult
from rdflib.store import Store as RdflibStore
from rdflib.term import Identifier, Node

from nosograph.errors import InputError, Location, ReferenceDiffers
from nosograph.validation.data import DataGraph, classes_below
from nosograph.validation.findings import Finding, spell, to_rdflib
from nosograph.validation.shapes import TARGETS
from nosograph.validation.sparql_constraints import count_targets

_WHOLE_SAMPLE: Final = 1_000_000
"""Quads up to which a sample has its whole size."""


@dataclass(frozen=True)
class Sample:
    """What the reference looks at.

    Attributes:
        seed: the same data and seed give the same sample.
        whole: up to so many focus nodes, all of them are looked at.
        size: how many focus nodes are drawn beyond that, evenly from each shape's targets.
        found: how many focus nodes with a finding are added, evenly from each shape.
    """

    seed: int = 0
    whole: int = 500
    size: int = 200
    found: int = 100

    @classmethod
    def of(cls, inputs: Mapping[str, str], quads: int = 0) -> Sample:
        """Return a sample that the content of the input files decides: another release, another sample.

        Beyond a million quads it is the smaller the more there are: for some rules the store reads all labels, or all
        facts, for each focus node.
        """
        text = "".join(f"{name} {digest}\n" for name, digest in sorted(inputs.items()))
        share = min(1.0, _WHOLE_SAMPLE / max(quads, 1))
        seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])
        return cls(seed=seed, size=math.ceil(cls.size * share), found=math.ceil(cls.found * share))


def check_against_reference(
    findings: Collection[Finding], data: DataGraph, shapes: Graph, locations: Mapping[URIRef, Location], sample: Sample
) -> int:
    """Check that pySHACL finds the same, and return of how many focus nodes it was asked.

    Up to ``sample.whole`` focus nodes the whole data graph is validated again. Beyond, pySHACL validates a sample of
    the focus nodes over the whole graph, so no rule misses what it reads elsewhere. What was found of nodes with a
    literal that the store rewrites is left out: it came from pySHACL in the first place.

    Args:
        findings: everything that the engines found.
        data: the data graph.
        shapes: the shapes graph.
        locations: where shapes and nodes are written, for the error.
        sample: what to look at.

    Raises:
        ReferenceDiffers: the two do not find the same; names a shape, its focus node and both verdicts.
        InputError: pySHACL cannot use the shapes.
    """
    apart = {str(subject) for subject in data.written.subjects()}
    number = count_targets(shapes, data.store)
    nodes = None if number <= sample.whole else _draw(findings, data, shapes, sample)
    expected = {found for found in find_by_reference(data, shapes, nodes, locations) if found.focus not in apart}
    found = {
        finding for finding in findings if (nodes is None or finding.focus in nodes) and finding.focus not in apart
    }
    if expected != found:
        raise _difference(expected, found, locations)
    return number if nodes is None else len(nodes)


def find_by_reference(
    data: DataGraph,
    shapes: Graph,
    nodes: Collection[str] | None,
    locations: Mapping[URIRef, Location],
    *,
    as_written: bool = False,
) -> Iterator[Finding]:
    """Return what pySHACL finds.

    Args:
        data: the data graph.
        shapes: the shapes graph.
        nodes: IRIs of the focus nodes; None for every target.
        locations: where the shapes are written, for an error.
        as_written: let rdflib answer the queries, from the literals as they were written: exact, and slow. Otherwise
            the data's own store answers them.

    Raises:
        InputError: pySHACL cannot use the shapes.
    """
    asked = _on_one_line(shapes if nodes is None else _retargeted(shapes, data, nodes))
    graph = Graph(store=_View(data, as_written), bind_namespaces="none")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _, found, _ = pyshacl.validate(graph, shacl_graph=asked, advanced=False, inplace=True)
        except (ReportableRuntimeError, SyntaxError) as error:
            raise _unusable(error, shapes, locations) from error
    if not isinstance(found, Graph):
        raise _unusable(found, shapes, locations)
    yield from set(_read_results(found))


def _read_results(found: Graph) -> Iterator[Finding]:
    for node in found.objects(None, SH.result):
        focus, path, value, constraint = (
            found.value(node, part) for part in (SH.focusNode, SH.resultPath, SH.value, SH.sourceConstraint)
        )
        yield Finding(
            focus=str(focus),
            shape=str(found.value(node, SH.sourceShape)),
            component=str(found.value(node, SH.sourceConstraintComponent)),
            constraint=None if constraint is None else str(constraint),
            path=None if path is None else str(path),
            value=None if value is None or value == focus else spell(_plain(value)),
            message=" ".join(sorted(str(message) for message in found.objects(node, SH.resultMessage))),
        )


class _View(RdflibStore):
    """A data graph as rdflib reads it, without a copy of it in memory.

    Every backslash in a literal is doubled on the way out: pySHACL puts values into messages as the replacement text
    of a regular expression, which reads two as one.
    """

    context_aware = graph_aware = True  # pySHACL asks for a store that could hold named graphs

    def __init__(self, data: DataGraph, as_written: bool) -> None:
        super().__init__()
        self._store = data.store
        self._as_written = as_written
        self._written = data.written
        self._subjects = set(data.written.subjects())
        self._length = len(data.store)

    def triples(self, triple_pattern: Any, context: Any = None) -> Iterator[Any]:
        """Return the triples that match a pattern, each with no context."""
        pattern = tuple(_plain(term) for term in triple_pattern)
        for triple in self._written.triples(pattern):
            yield tuple(map(_doubled, triple)), iter(())
        if pattern[0] in self._subjects or isinstance(pattern[0], Literal) or isinstance(pattern[1], Literal | BNode):
            return
        subject, predicate, value = (None if term is None else _to_engine(term) for term in pattern)
        for quad in self._store.quads_for_pattern(subject, predicate, value):
            found = to_rdflib(quad.subject)
            if found not in self._subjects:
                yield (found, to_rdflib(quad.predicate), _doubled(to_rdflib(quad.object))), iter(())

    def __len__(self, context: Any = None) -> int:
        """Return the number of triples."""
        return self._length

    def query(self, query: Any, initNs: Any, initBindings: Any, queryGraph: Any, **options: Any) -> QueryResult:  # noqa: N803
        """Return the result of a SELECT query with some variables bound beforehand.

        Raises:
            NotImplementedError: the literals are needed as they were written; rdflib then answers the query itself.
        """
        if self._as_written:
            raise NotImplementedError
        bound = {pyoxigraph.Variable(name): _to_engine(_plain(term)) for name, term in (initBindings or {}).items()}
        solutions = self._store.query(str(query), substitutions=bound)
        if not isinstance(solutions, pyoxigraph.QuerySolutions):
            raise ReportableRuntimeError(f"The query is not a SELECT: {query}")
        names = [variable.value for variable in solutions.variables]
        found = QueryResult("SELECT")
        found.vars = [Variable(name) for name in names]
        found.bindings = [
            {Variable(name): _identifier(term) for name in names if (term := solution[name]) is not None}
            for solution in solutions
        ]
        return found


def _identifier(term: object) -> Identifier:
    found = _doubled(to_rdflib(term))
    assert isinstance(found, Identifier)
    return found


def _doubled(term: Node) -> Node:
    return _relexed(term, str(term).replace("\\", "\\\\")) if isinstance(term, Literal) and "\\" in term else term


def _plain(term: Node | None) -> Any:
    return _relexed(term, str(term).replace("\\\\", "\\")) if isinstance(term, Literal) and "\\" in term else term


def _relexed(literal: Literal, text: str) -> Literal:
    return Literal(text, lang=literal.language, datatype=literal.datatype, normalize=False)


def _to_engine(term: Node) -> Any:
    if isinstance(term, URIRef):
        return pyoxigraph.NamedNode(str(term))
    return next(iter(pyoxigraph.parse(f"<urn:s> <urn:p> {spell(term)} .", pyoxigraph.RdfFormat.N_TRIPLES))).object


def _draw(findings: Collection[Finding], data: DataGraph, shapes: Graph, sample: Sample) -> set[str]:
    """Return focus nodes drawn evenly from the targets of every class, and from the findings of every shape."""
    chance = random.Random(sample.seed)  # noqa: S311
    by_class: dict[str, list[str]] = {}
    for class_ in sorted({str(value) for value in shapes.objects(None, SH.targetClass)}):
        by_class[class_] = sorted(_nodes_of_class(class_, data))
    by_shape: dict[str, set[str]] = {}
    for finding in findings:
        by_shape.setdefault(finding.shape, set()).add(finding.focus)
    drawn: set[str] = set()
    for groups, size in ((by_class, sample.size), ({k: sorted(v) for k, v in by_shape.items()}, sample.found)):
        for _, nodes in sorted(groups.items()):
            drawn.update(chance.sample(nodes, min(len(nodes), -(-size // max(1, len(groups))))))
    return drawn


def _nodes_of_class(class_: str, data: DataGraph) -> set[str]:
    is_a = pyoxigraph.NamedNode(str(RDF.type))
    return {
        quad.subject.value
        for narrower in classes_below(data.store, class_)
        for quad in data.store.quads_for_pattern(None, is_a, pyoxigraph.NamedNode(narrower))
        if isinstance(quad.subject, pyoxigraph.NamedNode)
    }


def _retargeted(shapes: Graph, data: DataGraph, nodes: Collection[str]) -> Graph:
    """Return the shapes with those of the given nodes as targets that they target anyway."""
    asked = Graph(bind_namespaces="none")
    for subject, predicate, value in shapes:
        if predicate not in TARGETS:
            asked.add((subject, predicate, value))
    below: dict[Node, set[str]] = {}
    for node in nodes:
        described = list(data.store.quads_for_pattern(pyoxigraph.NamedNode(node), None, None))
        types = {str(quad.object)[1:-1] for quad in described if quad.predicate.value == str(RDF.type)}
        for shape, class_ in shapes.subject_objects(SH.targetClass):
            if class_ not in below:
                below[class_] = set(classes_below(data.store, str(class_)))
            if below[class_] & types:
                asked.add((shape, SH.targetNode, URIRef(node)))
        for shape in shapes.subjects(SH.targetNode, URIRef(node)):
            asked.add((shape, SH.targetNode, URIRef(node)))
        for shape, predicate in shapes.subject_objects(SH.targetSubjectsOf):
            if any(quad.predicate.value == str(predicate) for quad in described):
                asked.add((shape, SH.targetNode, URIRef(node)))
        for shape, predicate in shapes.subject_objects(SH.targetObjectsOf):
            pattern = (None, pyoxigraph.NamedNode(str(predicate)), pyoxigraph.NamedNode(node))
            if next(iter(data.store.quads_for_pattern(*pattern)), None) is not None:
                asked.add((shape, SH.targetNode, URIRef(node)))
    return asked


def _on_one_line(shapes: Graph) -> Graph:
    """Return the shapes with each query on one line.

    pySHACL looks for forbidden words in a query before each focus node, with patterns that take the longer the more
    lines there are: a third of the whole time. Queries in which a line's end could mean something stay as they are.
    """
    rewritten = Graph(bind_namespaces="none")
    for subject, predicate, value in shapes:
        text = str(value)
        keep = predicate != SH.select or re.search(r"""#|\"{3}|'{3}""", text)
        rewritten.add((subject, predicate, value if keep else Literal(re.sub(r"\s*\n\s*", " ", text))))
    return rewritten


def _unusable(error: object, shapes: Graph, locations: Mapping[URIRef, Location]) -> InputError:
    """Return the error that says which shape pySHACL stumbled over, if it named one."""
    what = " ".join(str(error).split())
    named = [
        shape for shape in shapes.subjects(RDF.type, None) if isinstance(shape, URIRef) and str(shape) in what.split()
    ]
    location = locations.get(named[0]) if named else None
    return InputError(
        f"The shapes cannot be used: {what.rstrip('.')}.",
        location=location or Location("shapes"),
        hint="Correct the shape; the rules for shapes are at https://www.w3.org/TR/shacl/.",
    )


def _difference(expected: set[Finding], found: set[Finding], locations: Mapping[URIRef, Location]) -> ReferenceDiffers:
    """Return the error about the first finding, in the order of shapes and nodes, that only one of the two has."""
    first = min(expected ^ found, key=lambda finding: tuple(part or "" for part in finding))
    about = f"{first.path or ''} {first.value or ''}".strip() or "no value"
    verdicts = ("finds", "does not find") if first in expected else ("does not find", "finds")
    return ReferenceDiffers(
        f"pySHACL {verdicts[0]} and this validator {verdicts[1]} {about} of {first.focus} by the shape {first.shape} "
        f"(“{first.message}”); {len(expected ^ found)} findings differ in all.",
        location=locations.get(URIRef(first.focus)),
        hint="If the shape is set-wise, see that $this stands in every part of its query; otherwise report the "
        "difference as a defect of the validator.",
    )
