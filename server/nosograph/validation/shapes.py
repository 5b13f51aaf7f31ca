"""Finds what would make a shapes file useless: a broken shape must stop the build, not silently find nothing."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

import pyoxigraph
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import BNode, Node

from nosograph.errors import InputError, InputErrors, Location
from nosograph.rdf.names import NOSO_SHAPES
from nosograph.sparql.lexing import Kind, tokens

COUNTS = (SH.minCount, SH.maxCount, SH.qualifiedMinCount, SH.qualifiedMaxCount, SH.minLength, SH.maxLength)
"""Parameters whose value is a whole number (SHACL, sections 4.2, 4.4 and 4.7.3)."""

FORBIDDEN = re.compile(r"\b(MINUS|VALUES|SERVICE)\b", re.IGNORECASE)
"""What no query of a constraint may hold, because variables are bound beforehand (SHACL, appendix A)."""

_NOT_KEYWORDS = re.compile(r"""<[^<>\s]*>|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|#[^\n]*|[?$]\w+|\w*:\w*""")

SET_WISE = NOSO_SHAPES.setWise
"""Says of a SPARQL constraint that its query may be asked once for all focus nodes."""

CURATED_ONLY = NOSO_SHAPES.curatedOnly
"""Says of a rule that imported data need not keep it."""

TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)


def check_shapes(shapes: Graph, locations: Mapping[URIRef, Location]) -> None:
    """Hold the shapes against what the shapes graph must be (SHACL, appendix A) and what this project asks beside.

    Raises:
        InputErrors: everything that is wrong, each with the location of the shape.
    """
    errors = tuple(sorted(_faults(shapes, locations), key=lambda error: (str(error.location), error.what)))
    if errors:
        raise InputErrors(errors)


def rules(shapes: Graph) -> frozenset[URIRef]:
    """Return the shapes that demand something themselves: property shapes, and node shapes with a SPARQL constraint."""
    found = set(shapes.subjects(RDF.type, SH.PropertyShape)) | set(shapes.subjects(SH.sparql, None))
    return frozenset(rule for rule in found if isinstance(rule, URIRef))


def declared_prefixes(shapes: Graph) -> dict[Node, str]:
    """Return the PREFIX declarations for the query of each constraint that has some (SHACL, section 5.2.1)."""
    written: dict[Node, dict[str, str]] = {}
    for declarations, declaration in shapes.subject_objects(SH.declare):
        prefixes = written.setdefault(declarations, {})
        prefixes[str(shapes.value(declaration, SH.prefix))] = str(shapes.value(declaration, SH.namespace))
    declared: dict[Node, dict[str, str]] = {}
    for constraint, declarations in shapes.subject_objects(SH.prefixes):
        declared.setdefault(constraint, {}).update(written.get(declarations, {}))
    return {
        constraint: "".join(f"PREFIX {prefix}: <{namespace}>\n" for prefix, namespace in sorted(prefixes.items()))
        for constraint, prefixes in declared.items()
    }


def label_of(shape: Node, shapes: Graph) -> str:
    """Return the shape's label, or nothing."""
    return str(shapes.value(shape, RDFS.label) or shapes.value(shape, SH.name) or "")


def _faults(shapes: Graph, locations: Mapping[URIRef, Location]) -> Iterator[InputError]:
    yield from _unknown_terms(shapes, locations)
    for rule in rules(shapes):
        yield from _faults_of_rule(rule, shapes, locations)
    declarations = declared_prefixes(shapes)
    for constraint in set(shapes.objects(None, SH.sparql)):
        yield from _faults_of_query(constraint, declarations.get(constraint, ""), shapes, locations)
    for shape in set(shapes.objects(None, SH.property)) | set(shapes.objects(None, SH.qualifiedValueShape)):
        if (shape, RDF.type, None) not in shapes:
            user = next(iter(shapes.subjects(None, shape)))
            yield _fault(
                f"{_name(user)} uses the shape {_name(shape)}, which is described nowhere.",
                user,
                locations,
                "Correct its name, or describe it.",
            )


def _unknown_terms(shapes: Graph, locations: Mapping[URIRef, Location]) -> Iterator[InputError]:
    """Return each term that only looks like one of SHACL's: a processor would ignore it, and the rule with it."""
    for subject, predicate, value in shapes:
        for term in (predicate, value):
            if isinstance(term, URIRef) and term.startswith(str(SH)) and term not in SH:
                yield _fault(
                    f"sh:{term[len(str(SH)) :]} is not a term of SHACL.",
                    subject,
                    locations,
                    "Correct its spelling; the terms are at https://www.w3.org/TR/shacl/.",
                )


def _faults_of_rule(rule: URIRef, shapes: Graph, locations: Mapping[URIRef, Location]) -> Iterator[InputError]:
    paths = list(shapes.objects(rule, SH.path))
    is_property = (rule, RDF.type, SH.PropertyShape) in shapes
    if is_property and (len(paths) != 1 or not isinstance(paths[0], URIRef)):
        yield _fault(
            f"The property shape {_name(rule)} has {len(paths)} values of sh:path, or one that is not an IRI.",
            rule,
            locations,
            "Give it one sh:path with the IRI of a property; for anything else write a SPARQL constraint.",
        )
    severities = list(shapes.objects(rule, SH.severity))
    if len(severities) != 1 or severities[0] not in (SH.Violation, SH.Warning, SH.Info):
        yield _fault(
            f"The shape {_name(rule)} does not have one severity.",
            rule,
            locations,
            "Give it one sh:severity: sh:Violation, sh:Warning or sh:Info.",
        )
    if len(list(shapes.objects(rule, SH.message))) != 1:
        yield _fault(
            f"The shape {_name(rule)} does not have one message.",
            rule,
            locations,
            "Give it one sh:message that tells the curator what to do.",
        )
    yield from _faults_of_parameters(rule, shapes, locations)
    targeted = any((rule, target, None) in shapes for target in TARGETS)
    if (rule, SH.sparql, None) in shapes and (is_property or not targeted):
        yield _fault(
            f"The shape {_name(rule)} has a SPARQL constraint but is no node shape with a target of its own.",
            rule,
            locations,
            "Write the constraint on a node shape that has a target.",
        )
    if not targeted and (None, SH.property, rule) not in shapes:
        yield _fault(
            f"The shape {_name(rule)} has no target.",
            rule,
            locations,
            "Give it a target, or list it as sh:property of a shape that has one.",
        )


def _faults_of_parameters(rule: URIRef, shapes: Graph, locations: Mapping[URIRef, Location]) -> Iterator[InputError]:
    """Return each count that is not a number and each pattern that is not a regular expression."""
    for parameter in COUNTS:
        for count in shapes.objects(rule, parameter):
            if not isinstance(count, Literal) or not isinstance(count.value, int) or count.value < 0:
                yield _fault(
                    f"The shape {_name(rule)} has sh:{_name(parameter)} {count}, which is not a whole number.",
                    rule,
                    locations,
                    "Write a number without quotes, of 0 or more.",
                )
    for pattern in shapes.objects(rule, SH.pattern):
        try:
            re.compile(str(pattern))
        except re.error as error:
            yield _fault(
                f"The pattern of {_name(rule)} is not a regular expression: {error}.",
                rule,
                locations,
                "Correct its sh:pattern.",
            )


def _faults_of_query(
    constraint: Node, declarations: str, shapes: Graph, locations: Mapping[URIRef, Location]
) -> Iterator[InputError]:
    """Return what is wrong with a SPARQL constraint (SHACL, sections 5.1 to 5.3); its prefixes are declared."""
    if isinstance(constraint, BNode):
        return
    queries = [query for query in shapes.objects(constraint, SH.select) if isinstance(query, Literal)]
    if len(queries) != 1:
        yield _fault(
            f"The constraint {_name(constraint)} has {len(queries)} queries, not one.",
            constraint,
            locations,
            "Give it one sh:select.",
        )
        return
    forbidden = FORBIDDEN.search(_NOT_KEYWORDS.sub(" ", str(queries[0])))
    if forbidden:
        yield _fault(
            f"The query of {_name(constraint)} has a {forbidden[1].upper()} clause, which no constraint may have.",
            constraint,
            locations,
            "Write it with FILTER, FILTER NOT EXISTS or IN instead.",
        )
    try:
        solutions = pyoxigraph.Store().query(declarations + str(queries[0]))
    except SyntaxError as error:
        yield _fault(
            f"The query of {_name(constraint)} is not SPARQL: {' '.join(str(error.args[0]).split()).rstrip('.')}.",
            constraint,
            locations,
            "Correct its sh:select; prefixes come from sh:prefixes.",
        )
        return
    selected = isinstance(solutions, pyoxigraph.QuerySolutions) and solutions.variables
    if not selected or pyoxigraph.Variable("this") not in selected:
        yield _fault(
            f"The query of {_name(constraint)} does not select $this.",
            constraint,
            locations,
            "Write SELECT $this, and ?path and ?value where there are such.",
        )
    if any(str(value) == "true" for value in shapes.objects(constraint, SET_WISE)):
        yield from _faults_of_set_wise(constraint, str(queries[0]), locations)


def _faults_of_set_wise(constraint: Node, query: str, locations: Mapping[URIRef, Location]) -> Iterator[InputError]:
    """Return what shows, without parsing, that a query cannot be asked for all focus nodes at once."""
    texts = [query[token.start : token.end] for token in tokens(query) if token.kind is not Kind.STRING]
    selections = [
        list(itertools.takewhile(lambda text: text != "{", texts[number + 1 :]))
        for number, text in enumerate(texts)
        if text.upper() == "SELECT"
    ]
    if "(" in selections[0]:
        yield _fault(
            f"The query of {_name(constraint)} is set-wise and has an expression after SELECT.",
            constraint,
            locations,
            "Bind the expression inside the query with BIND.",
        )
    if not all({"$this", "?this", "*"} & set(selection) for selection in selections):
        yield _fault(
            f"The query of {_name(constraint)} is set-wise and has a sub-select without $this.",
            constraint,
            locations,
            "Select $this there as well, or take out noso-shapes:setWise.",
        )


def _fault(what: str, subject: Node, locations: Mapping[URIRef, Location], hint: str) -> InputError:
    location = locations.get(subject) if isinstance(subject, URIRef) else None
    return InputError(what, location=location or Location("shapes"), hint=hint)


def _name(node: Node) -> str:
    return str(node).rpartition("#")[2] or str(node)
