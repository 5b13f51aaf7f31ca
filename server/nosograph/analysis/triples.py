"""Translates basic graph patterns: one scan a triple pattern, joined where they share a variable."""

from __future__ import annotations

from typing import Any, Final

from rdflib.paths import InvPath, Path, SequencePath
from rdflib.term import BNode, Literal, URIRef, Variable

from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.paths import Paths
from nosograph.analysis.relations import Form, Relation, SqlColumn
from nosograph.analysis.tables import Tables
from nosograph.analysis.translation import Translation
from nosograph.analysis.types import Type, Types

GRAPH: Final = "#graph"
"""What stands for the graph of a pattern inside GRAPH with a variable; no variable of SPARQL has such a name."""

Pattern = tuple[Any, Any, Any]


def translate_triples(context: Translation, tables: Tables, patterns: list[Pattern]) -> Relation:
    """Return the relation of a basic graph pattern; blank nodes in it are variables that nobody sees."""
    if not patterns:
        if tables.each:
            raise NotTranslated("an empty pattern inside GRAPH with a variable")
        return Relation("SELECT 1 AS one", {})
    plain: list[Pattern] = []
    for pattern in patterns:
        plain += _expanded(*pattern)
    sources: list[str] = []
    conditions: list[str] = []
    found: dict[str, tuple[str, Types]] = {}

    def meet(variable: str, sql: str, types: Types) -> None:
        if variable in found:
            first, before = found[variable]
            conditions.append(f"{sql} = {first}")
            found[variable] = first, before & types
        else:
            found[variable] = sql, types

    for subject, predicate, obj in plain:
        alias = context.alias()
        path = isinstance(predicate, Path)
        if path:
            ends = Paths(context, tables).translate(subject, predicate, obj)
            sources.append(f"({ends.sql}) {alias}")
            positions = [("s", subject, ends.starts), ("o", obj, ends.ends)]
        else:
            known = isinstance(subject, (URIRef, Literal)) and isinstance(predicate, (Variable, BNode))
            sources.append(f"{tables.table(by_subject=known)} {alias}")
            number = context.find(predicate) if isinstance(predicate, URIRef) else None
            types = _object_types(context, subject, predicate, number)
            positions = [
                ("p", predicate, frozenset({Type.IRI})),
                ("s", subject, context.subject_types),
                ("o", obj, types),
            ]
        for column, term, types in positions:
            sql = f"{alias}.{column}"
            if isinstance(term, (Variable, BNode)):
                meet(_key(term), sql, types)
            elif isinstance(term, (URIRef, Literal)):
                number = context.find(term)
                conditions.append("false" if number is None else f"{sql} = {context.bind(number)}")
            else:
                raise NotTranslated("a triple about a triple")
        if tables.each:
            if path:
                raise NotTranslated("a path inside GRAPH with a variable")
            meet(GRAPH, f"{alias}.g", frozenset({Type.IRI}))
    columns = {name: SqlColumn(Form.ID, types) for name, (_, types) in found.items() if not name.startswith("_:")}
    selected = ", ".join(f"{found[name][0]} AS {context.name(name)}" for name in columns) or "1 AS one"
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return Relation(f"SELECT {selected} FROM {', '.join(sources)}{where}", columns)


def _object_types(context: Translation, subject: Any, predicate: Any, number: int | None) -> Types:
    """Return what the objects of a triple pattern are."""
    if isinstance(predicate, URIRef) and number is None:
        return frozenset()
    found = context.find(subject) if isinstance(subject, URIRef) else None
    return context.object_types(number) if found is None else context.catalogue.objects(found, number)


def _key(term: Variable | BNode) -> str:
    return str(term) if isinstance(term, Variable) else f"_:{term}"


def _expanded(subject: Any, predicate: Any, obj: Any) -> list[Pattern]:
    """Return a triple pattern with the sequences and inverses of its path written out; no row counts more often."""
    if isinstance(predicate, InvPath):
        return _expanded(obj, predicate.arg, subject)
    if isinstance(predicate, SequencePath):
        ends = [subject, *(BNode() for _ in predicate.args[1:]), obj]
        return [
            pattern
            for start, step, end in zip(ends, predicate.args, ends[1:], strict=False)
            for pattern in _expanded(start, step, end)
        ]
    return [(subject, predicate, obj)]
