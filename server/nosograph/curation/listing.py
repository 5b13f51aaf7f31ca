"""What a table may say, as a list for curators: predicates, columns and their values, each with its definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from rdflib import URIRef

from nosograph.curation.columns import TABLES, CurationColumns
from nosograph.curation.terms import CurationTerms, PropertyTerm, VocabularyTerm


def list_json(terms: CurationTerms, columns: CurationColumns) -> dict[str, Any]:
    """Return predicates, columns and values as JSON values."""
    return {
        "predicates": [
            {
                "name": rule.term.local,
                "label": rule.term.label,
                "subject": _names(rule.domain, terms),
                "object": _objects(rule, terms),
                "definition": rule.term.definition,
                "note": rule.term.note,
            }
            for rule in terms.predicates
        ],
        "columns": {
            table: [
                {"heading": column.heading, "required": column.required, "about": column.about}
                for column in columns.tables[table]
            ]
            for table in TABLES
        },
        "values": {
            rule.term.label: [
                {"name": value.local, "definition": value.definition, "note": value.note}
                for value in terms.concepts.get(rule.scheme, ())
            ]
            for rule in _with_schemes(terms)
            if rule.scheme is not None
        },
    }


def list_text(terms: CurationTerms, columns: CurationColumns) -> str:
    """Return predicates, columns and values as text."""
    lines = ["Predicates (subject → object)", ""]
    for rule in terms.predicates:
        subjects, objects = ", ".join(_names(rule.domain, terms)), ", ".join(_objects(rule, terms))
        lines += [f"  {rule.term.local}  ({subjects} → {objects})", *_explained(rule.term)]
    for table in TABLES:
        lines += ["", f"Columns of the table of {table} (* in every row)", ""]
        lines += [
            f"  {column.heading}{' *' if column.required else ''}: {column.about}" for column in columns.tables[table]
        ]
    for rule in _with_schemes(terms):
        lines += ["", f"Values of {rule.term.label}", ""]
        for value in terms.concepts.get(rule.scheme, ()) if rule.scheme is not None else ():
            lines += [f"  {value.local}", *_explained(value)]
    return "\n".join(lines)


def _with_schemes(terms: CurationTerms) -> Iterator[PropertyTerm]:
    """Return the properties whose values are of a scheme: those of evidence first."""
    rules: Iterable[PropertyTerm] = (*terms.about_fact, *terms.evidence, *terms.predicates, *terms.described)
    return (rule for rule in rules if rule.scheme is not None)


def _names(iris: Iterable[URIRef], terms: CurationTerms) -> list[str]:
    """Return the labels of classes, and the names of datatypes, in their order."""
    found = ((terms.class_of(iri), iri) for iri in iris)
    return sorted(entry.term.label if entry else terms.names.shorten(iri) for entry, iri in found)


def _objects(rule: PropertyTerm, terms: CurationTerms) -> list[str]:
    if rule.scheme is not None:
        return [f"a value of {rule.term.label}"]
    return _names((*rule.classes, *rule.datatypes), terms)


def _explained(term: VocabularyTerm) -> list[str]:
    return [f"      {text}" for text in (term.definition, term.note) if text]
