"""Translates a whole query to SQL, or hands it back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import URIRef

from nosograph.analysis.context import Catalogue, Context, StoredTerm
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.parsing import ParsedQuery, parse_query
from nosograph.analysis.patterns import Patterns
from nosograph.analysis.relations import Form, Relation
from nosograph.analysis.sequence import row_limit
from nosograph.analysis.tables import Tables
from nosograph.sparql.form import QueryForm

_OWN: Final = re.compile(r"\bFROM own\b")
_PARAMETER: Final = re.compile(r"\$(p\d+)\b")
_ABSENT: Final = -(2**30)
"""Number of a graph that the file does not hold."""


@dataclass(frozen=True)
class Dataset:
    """The graphs that a request names; they replace those of the query (SPARQL 1.1 Protocol §2.1.4).

    Attributes:
        default: IRIs of the graphs that are merged into the default graph.
        named: IRIs of the named graphs.
    """

    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A query as SQL.

    Attributes:
        form: the form of the query.
        sql: the SQL.
        parameters: its bound values.
        columns: variable → how its column is held, in the order in which they are shown.
        own: number below zero → the term of the query that it stands for.
    """

    form: QueryForm
    sql: str
    parameters: Mapping[str, Any]
    columns: Mapping[str, Form]
    own: Mapping[int, StoredTerm] = field(default_factory=dict)


def translate(catalogue: Catalogue, text: str, base: str = "", dataset: Dataset = Dataset()) -> Plan:  # noqa: B008
    """Return a query as SQL over the file that a catalogue describes.

    Args:
        catalogue: what the file says of itself.
        text: the query.
        base: IRI against which relative IRIs are resolved; empty for none.
        dataset: the graphs that the request names.

    Raises:
        NotTranslated: it is not one that is answered here.
    """
    query = parse_query(text, base)
    context = Context(catalogue)
    patterns = Patterns(context, _tables(context, query, dataset))
    if query.form is QueryForm.ASK:
        relation = patterns.translate(_unprojected(query.part))
        return _plan(context, query.form, f"SELECT EXISTS (SELECT 1 FROM ({relation.sql}))", {})
    if query.form is QueryForm.SELECT:
        relation, order = _solutions(context, patterns, query)
        if not relation.columns:
            raise NotTranslated("no variable to show")
        columns = {variable: column.form for variable, column in relation.columns.items()}
        shown = ", ".join(context.name(variable) for variable in columns)
        return _plan(context, query.form, f"SELECT {shown} FROM ({relation.sql}){order}", columns)
    raise NotTranslated(f"the form {query.form}")


def _plan(context: Context, form: QueryForm, sql: str, columns: Mapping[str, Form]) -> Plan:
    own = {number: term for term, number in context.own.items()}
    if _OWN.search(sql):
        sql = f"WITH {context.own_terms()} {sql}"
    used = set(_PARAMETER.findall(sql))
    parameters = {name: value for name, value in context.parameters.items() if name in used}
    return Plan(form, sql, parameters, columns, own)


def _solutions(context: Context, patterns: Patterns, query: ParsedQuery) -> tuple[Relation, str]:
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


def _tables(context: Context, query: ParsedQuery, dataset: Dataset) -> Tables:
    default, named = query.default, query.named
    if dataset.default or dataset.named:
        default, named = dataset.default, dataset.named
    if not default and not named:
        return Tables()
    return Tables(*(tuple(_graph(context, iri) for iri in dict.fromkeys(graphs)) for graphs in (default, named)))


def _graph(context: Context, iri: str) -> int:
    number = context.find(URIRef(iri))
    return _ABSENT if number is None else number
