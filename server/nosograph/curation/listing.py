"""What a table may say, as a list for curators: predicates, columns and their values, each with its definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from nosograph.curation.columns import TABLES, CurationColumns
from nosograph.curation.terms import CurationTerms, PropertyTerm, VocabularyTerm
from nosograph.curation.values import shorten


def list_json(terms: CurationTerms, columns: CurationColumns) -> dict[str, Any]:
    """Return predicates, columns and values as JSON values."""
    return {
        "predicates": [
            {
                "name": rule.term.local,
                "label": rule.term.label,
                "subject": sorted(map(shorten, rule.domain)),
                "object": _objects(rule),
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
        subjects = ", ".join(sorted(entry.rpartition(":")[2] for entry in map(shorten, rule.domain)))
        lines += [f"  {rule.term.local}  ({subjects} → {', '.join(_objects(rule))})", *_explained(rule.term)]
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


def _objects(rule: PropertyTerm) -> list[str]:
    if rule.scheme is not None:
        return [f"a value of {rule.term.label}"]
    return sorted(entry.removeprefix("noso:") for entry in map(shorten, (*rule.classes, *rule.datatypes)))


def _explained(term: VocabularyTerm) -> list[str]:
    return [f"      {text}" for text in (term.definition, term.note) if text]
