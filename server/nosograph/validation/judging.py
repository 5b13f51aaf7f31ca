"""Judges a knowledge graph by its shapes with pySHACL, and gives what was found with places and advice."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import pyoxigraph
import pyshacl
from pyshacl.errors import ReportableRuntimeError
from rdflib import Graph, Literal, URIRef, Variable
from rdflib.namespace import RDF, RDFS, SH
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result as QueryResult
from rdflib.term import BNode, Identifier, Node

from nosograph.errors import InputError, Location
from nosograph.facts.derivation import to_pyoxigraph
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO
from nosograph.validation.report import Report, Result
from nosograph.validation.shapes import check_shapes, label_of, rules

PROPOSITION = (RDF.subject, RDF.predicate, RDF.object)


def judge(knowledge: KnowledgeGraph) -> Report:
    """Return what the shapes find in the data and the vocabulary.

    The data graph (SHACL, section 3.2) is everything but the shapes: the vocabulary is in it, because the rules read
    domains, ranges and schemes from there and judge its terms too. Nothing is inferred beforehand; subclasses count as
    SHACL has it (section 3.5, "SHACL instance").

    Raises:
        InputError: the shapes cannot be used; the place names the file and line.
    """
    shapes = knowledge.graphs["shapes"]
    check_shapes(shapes, knowledge.locations)
    data = _JudgedGraph(triple for name, graph in knowledge.graphs.items() if name != "shapes" for triple in graph)
    found = _validate(data, shapes, knowledge.locations)
    results = sorted(_read_results(found, data, knowledge), key=lambda result: result.key)
    return Report(
        results=tuple(results),
        shapes=len(rules(shapes)),
        nodes=len(_targets(shapes, data)),
        base=knowledge.base,
    )


class _JudgedGraph(Graph):
    """A graph that rdflib holds and that answers queries fast: a SPARQL constraint asks one of every focus node.

    Queries are answered by pyoxigraph, some twenty times faster than by rdflib's own engine. Its store rewrites a few
    literals (derived integer types, decimals with trailing zeros, language tags in capitals); where the data hold such
    a one, rdflib answers, so that the rules against them see what was written. It parses each query text once.
    """

    def __init__(self, triples: Iterable[tuple[Node, Node, Node]]) -> None:
        super().__init__(bind_namespaces="none")
        for triple in triples:
            self.add(triple)
        written = {pyoxigraph.Quad(*map(to_pyoxigraph, triple)) for triple in self}  # type: ignore[arg-type]
        self._engine = pyoxigraph.Store()
        self._engine.extend(written)
        self._faithful = set(self._engine) == written and all(
            literal.language is None or literal.language == literal.language.lower()
            for literal in self.objects()
            if isinstance(literal, Literal)
        )
        self._prepared: dict[str, Query] = {}
        self._masks: dict[Node | None, Literal] = {}

    def query(
        self,
        query_object: str | Query,
        processor: Any = "sparql",
        result: Any = "sparql",
        initNs: Any = None,  # noqa: N803 (rdflib's name)
        initBindings: Any = None,  # noqa: N803 (rdflib's name)
        use_store_provided: bool = True,
        **options: Any,
    ) -> QueryResult:
        """Return the result of a SELECT query with some variables bound beforehand, as ``Graph.query`` does."""
        text = str(query_object)
        if not self._faithful:
            if text not in self._prepared:
                self._prepared[text] = prepareQuery(text)
            found = super().query(self._prepared[text], initBindings=initBindings)
            found.bindings = [self._masked(binding) for binding in found.bindings]
            return found
        bound: dict[pyoxigraph.Variable, Any] = {
            pyoxigraph.Variable(name): to_pyoxigraph(term) for name, term in (initBindings or {}).items()
        }
        solutions = self._engine.query(text, substitutions=bound)
        if not isinstance(solutions, pyoxigraph.QuerySolutions):
            raise ReportableRuntimeError(f"The query is not a SELECT: {text}")
        names = [variable.value for variable in solutions.variables]
        found = QueryResult("SELECT")
        found.vars = [Variable(name) for name in names]
        found.bindings = [
            self._masked({Variable(name): _to_rdflib(term) for name in names if (term := solution[name]) is not None})
            for solution in solutions
        ]
        return found

    def unmask(self, term: Node | None) -> Node | None:
        """Return the literal that an IRI stood for in a query's result, or the term itself."""
        return self._masks.get(term, term)

    def _masked(self, binding: Mapping[Variable, Identifier]) -> dict[Variable, Identifier]:
        """Return a solution in which IRIs stand for literals with a backslash.

        pySHACL puts values into messages as the replacement text of a regular expression, so a backslash in the data
        would break it.
        """
        masked = dict(binding)
        for variable, term in binding.items():
            if isinstance(term, Literal) and "\\" in term:
                masked[variable] = URIRef(f"urn:nosograph:masked:{len(self._masks)}")
                self._masks[masked[variable]] = term
        return masked


def _to_rdflib(term: object) -> Identifier:
    if isinstance(term, pyoxigraph.NamedNode):
        return URIRef(term.value)
    if isinstance(term, pyoxigraph.Literal):
        return Literal(term.value, lang=term.language, datatype=None if term.language else URIRef(term.datatype.value))
    return BNode(str(term).removeprefix("_:"))


def _validate(data: Graph, shapes: Graph, locations: Mapping[URIRef, Location]) -> Graph:
    """Return pySHACL's report graph."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _, found, _ = pyshacl.validate(data, shacl_graph=_on_one_line(shapes), advanced=False, inplace=True)
        except (ReportableRuntimeError, SyntaxError) as error:
            raise _unusable(error, shapes, locations) from error
    if not isinstance(found, Graph):
        raise _unusable(found, shapes, locations)
    return found


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


def _read_results(found: Graph, data: _JudgedGraph, knowledge: KnowledgeGraph) -> Iterator[Result]:
    shapes = knowledge.graphs["shapes"]
    facts = {tuple(data.value(fact, part) for part in PROPOSITION): fact for fact in data.subjects(RDF.type, NOSO.Fact)}
    for node in found.objects(None, SH.result):
        focus = cast(Node, found.value(node, SH.focusNode))
        shape = cast(Node, found.value(node, SH.sourceShape))
        path, value, constraint = (found.value(node, part) for part in (SH.resultPath, SH.value, SH.sourceConstraint))
        value = None if value == focus else data.unmask(value)
        messages = sorted(str(message) for message in found.objects(node, SH.resultMessage))
        yield Result(
            severity=str(found.value(node, SH.resultSeverity)).removeprefix(str(SH)),
            shape=str(shape),
            focus=str(focus),
            path=None if path is None else str(path),
            value=None if value is None else str(value),
            message=" ".join(messages),
            location=_location_of(facts.get((focus, path, value), focus), knowledge),
            rule=label_of(shape, shapes),
            term=value,
            component=str(found.value(node, SH.sourceConstraintComponent)),
            constraint=None if constraint is None else str(constraint),
        )


def _location_of(focus: Node, knowledge: KnowledgeGraph) -> Location | None:
    """Return where a node was written; for a node without a place of its own, where the node that it is part of was."""
    iri = str(focus)
    while iri:
        location = knowledge.locations.get(URIRef(iri))
        if location is not None:
            return location
        iri = iri.rpartition("/")[0]
    return None


def _targets(shapes: Graph, data: Graph) -> set[Node]:
    """Return the nodes that some shape targets (SHACL, section 2.1.3)."""
    targets: set[Node] = set(shapes.objects(None, SH.targetNode))
    for class_ in set(shapes.objects(None, SH.targetClass)):
        for narrower in data.transitive_subjects(RDFS.subClassOf, class_):
            targets.update(data.subjects(RDF.type, narrower))
    for predicate in set(shapes.objects(None, SH.targetSubjectsOf)):
        targets.update(data.subjects(predicate, None))
    for predicate in set(shapes.objects(None, SH.targetObjectsOf)):
        targets.update(data.objects(None, predicate))
    return {target for target in targets if not isinstance(target, Literal)}
