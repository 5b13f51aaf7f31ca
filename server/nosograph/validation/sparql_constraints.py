"""SPARQL constraints, asked once for all focus nodes where the shapes say that this is the same question.

SHACL asks a constraint's query once for each focus node, with ``$this`` bound beforehand (SHACL, section 5.3). For a
query with ``noso-shapes:setWise true`` the focus nodes are joined in front instead, and one query finds everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from sys import intern
from typing import Final

from pyoxigraph import NamedNode, QuerySolutions, Store, Variable
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH

from nosograph.sparql.lexing import Kind, tokens
from nosograph.validation.data import classes_below
from nosograph.validation.findings import Finding
from nosograph.validation.shapes import SET_WISE, TARGETS, declared_prefixes

_COMPONENT: Final = str(SH.SPARQLConstraintComponent)
# A choice among predicates, as the only condition of a filter: FILTER (?path IN (rdfs:label, skos:prefLabel)).
# No other variable: classes that are joined make the engine begin with all their instances, once for each focus node.
_CHOICE: Final = re.compile(r"FILTER \((\?path) IN \(((?:[\w-]+:[\w-]+(?:, )?)+)\)\)")


@dataclass(frozen=True)
class Constraint:
    """A SPARQL constraint of a node shape.

    Attributes:
        shape: IRI of the shape.
        node: IRI of the constraint.
        query: its SELECT query, with the prefixes declared.
        set_wise: whether it may be asked once for all focus nodes.
        messages: the shape's messages and the constraint's own, with their variables.
    """

    shape: str
    node: str
    query: str
    set_wise: bool
    messages: tuple[str, ...]


def read_constraints(shapes: Graph) -> list[Constraint]:
    """Return the SPARQL constraints of the shapes, in the order of their shapes' IRIs."""
    found = []
    declarations = declared_prefixes(shapes)
    for shape, node in sorted(shapes.subject_objects(SH.sparql)):
        off = any(str(value) == "true" for part in (shape, node) for value in shapes.objects(part, SH.deactivated))
        if off:
            continue
        messages = {str(message) for part in (shape, node) for message in shapes.objects(part, SH.message)}
        found.append(
            Constraint(
                shape=str(shape),
                node=str(node),
                query=declarations.get(node, "") + str(shapes.value(node, SH.select)),
                set_wise=any(str(value) == "true" for value in shapes.objects(node, SET_WISE)),
                messages=tuple(sorted(messages)),
            )
        )
    return found


def find_by_query(constraint: Constraint, shapes: Graph, store: Store) -> Iterator[Finding]:
    """Return what a constraint finds, each finding once."""
    pattern = target_pattern([constraint.shape], shapes, store)
    if constraint.set_wise:
        query = with_choices_joined(constraint.query)
        start = outermost_group(query)
        text = f"{query[:start]} {{ SELECT DISTINCT $this WHERE {{ {pattern} }} }} {query[start:]}"
        yield from _findings(constraint, store, text, None)
        return
    for solution in _solutions(store, f"SELECT DISTINCT ?this WHERE {{ {pattern} }}"):
        focus = solution["this"]
        if isinstance(focus, NamedNode):
            yield from _findings(constraint, store, constraint.query, focus)


def outermost_group(query: str) -> int:
    """Return the offset just after the brace that opens the outermost group of a SELECT query.

    Raises:
        ValueError: the query has no group.
    """
    for token in tokens(query):
        if token.kind is Kind.MARK and query[token.start : token.end] == "{":
            return token.end
    raise ValueError("The query has no group.")


def with_choices_joined(query: str) -> str:
    """Return a query with each filter that is a choice among predicates joined as VALUES instead.

    The engine looks up what is joined, and reads every statement of a resource for a filter: labels are found in a
    tenth of the time. Queries of shapes cannot have VALUES themselves (SHACL, section 5.2.1).
    """
    return _CHOICE.sub(lambda found: f"VALUES {found[1]} {{ {found[2].replace(',', '')} }}", query)


def target_pattern(shapes_of: Iterable[str], shapes: Graph, store: Store) -> str:
    """Return a SPARQL pattern that binds ``?this`` to the targets of some shapes (SHACL, section 2.1.3)."""
    classes: set[str] = set()
    parts: list[str] = []
    nodes: set[str] = set()
    for shape in shapes_of:
        for predicate, value in shapes.predicate_objects(URIRef(shape)):
            if predicate == SH.targetClass:
                classes.update(classes_below(store, str(value)))
            elif predicate == SH.targetNode:
                nodes.add(f"<{value}>")
            elif predicate == SH.targetSubjectsOf:
                parts.append(f"{{ ?this <{value}> ?targetObject }}")
            elif predicate == SH.targetObjectsOf:
                parts.append(f"{{ ?targetSubject <{value}> ?this }}")
    if len(classes) == 1:
        parts.append(f"{{ ?this <{RDF.type}> <{next(iter(classes))}> }}")
    elif classes:
        values = " ".join(f"<{class_}>" for class_ in sorted(classes))
        parts.append(f"{{ VALUES ?targetClass {{ {values} }} ?this <{RDF.type}> ?targetClass }}")
    if nodes:
        parts.append(f"{{ VALUES ?this {{ {' '.join(sorted(nodes))} }} }}")
    return " UNION ".join(sorted(parts)) or "VALUES ?this {}"


def count_targets(shapes: Graph, store: Store) -> int:
    """Return how many nodes some shape targets."""
    targeted = {str(shape) for target in TARGETS for shape in shapes.subjects(target, None)}
    pattern = target_pattern(targeted, shapes, store)
    query = f"SELECT (COUNT(DISTINCT ?this) AS ?number) WHERE {{ {pattern} FILTER (!isLiteral(?this)) }}"
    return int(next(iter(_solutions(store, query)))["number"].value)


def fill_message(message: str, values: Mapping[str, str]) -> str:
    """Return a message with its ``{?name}`` and ``{$name}`` replaced by the solution's values (SHACL §5.3.2)."""
    return re.sub(r"\{[?$](\w+)\}", lambda match: values.get(match[1], match[0]), message)


def _findings(constraint: Constraint, store: Store, query: str, focus: NamedNode | None) -> Iterator[Finding]:
    seen: set[Finding] = set()
    bound = None if focus is None else {Variable("this"): focus}
    solutions = _solutions(store, query, bound)
    names = [variable.value for variable in solutions.variables]
    templates = any("{" in message for message in constraint.messages)
    message = " ".join(constraint.messages)
    for solution in solutions:
        this = solution["this"] or focus
        path = solution["path"] if "path" in names else None
        value = solution["value"] if "value" in names else None
        if templates:
            values = {name: _text(solution[name]) for name in names if solution[name] is not None}
            values = {"value": _text(this)} | values | {"this": _text(this)}
            message = " ".join(sorted(fill_message(text, values) for text in constraint.messages))
        finding = Finding(
            focus=intern(_text(this)),
            shape=constraint.shape,
            component=_COMPONENT,
            constraint=constraint.node,
            path=None if path is None else intern(_text(path)),
            value=None if value is None or value == this else intern(str(value)),
            message=message,
        )
        if finding not in seen:
            seen.add(finding)
            yield finding


def _solutions(store: Store, query: str, bound: Mapping[Variable, NamedNode] | None = None) -> QuerySolutions:
    solutions = store.query(query, substitutions=dict(bound) if bound else None)
    assert isinstance(solutions, QuerySolutions)
    return solutions


def _text(term: object) -> str:
    """Return an IRI or a literal's lexical form."""
    return str(getattr(term, "value", term))
