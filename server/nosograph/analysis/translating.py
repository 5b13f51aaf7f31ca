"""Translates a whole query to SQL, or hands it back."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyoxigraph
from pyoxigraph import BlankNode, NamedNode
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import BNode, Literal, URIRef, Variable

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.parsing import NO_PREFIXES, ParsedQuery, parse_query
from nosograph.analysis.patterns import Patterns
from nosograph.analysis.relations import Form, Relation
from nosograph.analysis.routing import is_determined
from nosograph.analysis.sequence import row_limit
from nosograph.analysis.tables import Tables
from nosograph.analysis.translation import Catalogue, StoredTerm, Translation, engine_literal
from nosograph.analysis.types import NUMBERS
from nosograph.analysis.writing import stored_literal
from nosograph.sparql.form import QueryForm

_OWN: Final = re.compile(r"\bFROM own\b")
_PARAMETER: Final = re.compile(r"\$(p\d+)\b")
_ABSENT: Final = -(2**30)
"""Number of a graph that the file does not hold."""


@dataclass(frozen=True)
class GraphChoice:
    """The graphs that a request names; they replace those of the query (SPARQL 1.1 Protocol §2.1.4).

    Attributes:
        default: IRIs of the graphs that are merged into the default graph.
        named: IRIs of the named graphs.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


WHOLE: Final = GraphChoice()
"""The request names no graph."""

TemplateTerm = str | NamedNode | BlankNode | pyoxigraph.Literal
Triple = tuple[TemplateTerm, ...]


@dataclass(frozen=True)
class Plan:
    """A query as SQL.

    Attributes:
        form: the form of the query.
        sql: the SQL.
        parameters: its bound values.
        columns: variable → how its column is held, in the order in which they are shown.
        own: number below zero → the term of the query that it stands for.
        template: the triples of CONSTRUCT; a ``str`` in them is a variable.
        determined: whether only one answer is right, so that another engine gives it as well.
        ordered: whether the answer is a sequence.
    """

    form: QueryForm
    sql: str
    parameters: Mapping[str, Any]
    columns: Mapping[str, Form]
    own: Mapping[int, StoredTerm] = field(default_factory=dict)
    template: tuple[Triple, ...] = ()
    determined: bool = False
    ordered: bool = False


def translate(
    catalogue: Catalogue,
    text: str,
    base: str = "",
    dataset: GraphChoice = WHOLE,
    prefixes: Mapping[str, str] = NO_PREFIXES,
) -> Plan:
    """Return a query as SQL over the file that a catalogue describes.

    Args:
        catalogue: what the file says of itself.
        text: the query.
        base: IRI against which relative IRIs are resolved; empty for none.
        dataset: the graphs that the request names.
        prefixes: prefixes that the query need not declare.

    Raises:
        NotTranslated: it is not one that is answered here.
    """
    try:
        return _translate(catalogue, parse_query(text, base, prefixes), dataset)
    except RecursionError as error:
        raise NotTranslated("a query that is nested too deeply") from error


def _translate(catalogue: Catalogue, query: ParsedQuery, dataset: GraphChoice) -> Plan:
    context = Translation(catalogue)
    patterns = Patterns(context, _tables(context, query, dataset))
    determined = is_determined(query)
    if query.form is QueryForm.ASK:
        relation = patterns.translate(_unprojected(query.part))
        sql = f"SELECT EXISTS (SELECT 1 FROM ({relation.sql}))"
        return _plan(context, query.form, sql, {}, determined=determined)
    if query.form is QueryForm.DESCRIBE:
        raise NotTranslated("DESCRIBE")
    if query.form is QueryForm.CONSTRUCT:
        return _construction(context, patterns, query, determined=determined)
    relation, order = _solutions(context, patterns, query)
    if not relation.columns:
        raise NotTranslated("no variable to show")
    if order and any(len(column.types & NUMBERS) > 1 for column in relation.columns.values()):
        determined = False  # numbers of several types may be equal, and then their order is free
    return _selection(context, query.form, relation, order, determined=determined)


def _selection(context: Translation, form: QueryForm, relation: Relation, order: str, *, determined: bool) -> Plan:
    columns = {variable: column.form for variable, column in relation.columns.items()}
    shown = ", ".join(context.name(variable) for variable in columns)
    plan = _plan(context, form, f"SELECT {shown} FROM ({relation.sql}){order}", columns, determined=determined)
    return dataclasses.replace(plan, ordered=bool(order))


def _construction(context: Translation, patterns: Patterns, query: ParsedQuery, *, determined: bool) -> Plan:
    """Return the plan of a CONSTRUCT: the solutions for the variables of its template."""
    template = tuple(tuple(_template_term(term) for term in triple) for triple in query.template)
    nodes = any(isinstance(term, BlankNode) for triple in template for term in triple)
    relation, order = _solutions(context, patterns, query)
    variables = {term for triple in template for term in triple if isinstance(term, str)}
    shown = [variable for variable in relation.columns if variable in variables]
    if not shown:
        raise NotTranslated("CONSTRUCT of constants alone")
    if order:
        relation = Relation(f"SELECT * FROM ({relation.sql}){order}", relation.columns)
    narrow = patterns.projected(relation, shown)
    if not nodes:
        narrow = Relation(f"SELECT DISTINCT * FROM ({narrow.sql})", narrow.columns)
    plan = _selection(context, query.form, narrow, "", determined=determined)
    return dataclasses.replace(plan, template=template)


def _template_term(term: Any) -> TemplateTerm:
    if isinstance(term, Variable):
        return str(term)
    if isinstance(term, BNode):
        return BlankNode(str(term))
    if isinstance(term, URIRef):
        return NamedNode(str(term))
    if not isinstance(term, Literal):
        raise NotTranslated("a path in a template")
    literal = engine_literal(term)
    if stored_literal(literal) != literal:
        raise NotTranslated("a literal in a template that the store rewrites")
    return literal


def _plan(context: Translation, form: QueryForm, sql: str, columns: Mapping[str, Form], *, determined: bool) -> Plan:
    own = {number: term for term, number in context.own.items()}
    if _OWN.search(sql):
        sql = f"WITH {context.own_terms()} {sql}"
    used = set(_PARAMETER.findall(sql))
    parameters = {name: value for name, value in context.parameters.items() if name in used}
    return Plan(form, sql, parameters, columns, own, determined=determined)


def _solutions(context: Translation, patterns: Patterns, query: ParsedQuery) -> tuple[Relation, str]:
    """Return the rows of a SELECT, and the SQL of their order and limits."""
    part = query.part
    limits = ""
    if part.name == "Slice":
        limits, part = row_limit(context, part), part.p
    inner = part.p if part.name == "Distinct" else part
    if query.every and inner.name == "Project":
        below = inner.p.p if inner.p.name == "OrderBy" else inner.p
        # In the order in which the store shows them.
        inner["PV"] = [URIRef(name) for name in sorted(patterns.translate(below).columns)]
    if not limits and (inner.name != "Project" or inner.p.name != "OrderBy"):
        return patterns.translate(part), ""
    relation, keys = patterns.sequence(part)
    return relation, f" ORDER BY {', '.join(keys)}{limits}"


def _unprojected(part: CompValue) -> CompValue:
    """Return the pattern of an ASK, of which nothing is shown."""
    while part.name in ("Project", "Distinct", "OrderBy"):
        part = part.p
    return part


def _tables(context: Translation, query: ParsedQuery, dataset: GraphChoice) -> Tables:
    default, named = query.default, query.named
    if dataset.default or dataset.named:
        default, named = dataset.default, dataset.named
    if not default and not named:
        return Tables()
    numbers = (tuple(_graph(context, iri) for iri in dict.fromkeys(graphs)) for graphs in (default, named))
    return Tables(next(numbers), next(numbers))


def _graph(context: Translation, iri: str) -> int:
    number = context.find(URIRef(iri))
    return _ABSENT if number is None else number
