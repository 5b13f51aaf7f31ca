"""The columns of the tables of a release: their names, what stands in them, and the SQL of a row.

The rows are made of the columns of quads. In the table of facts the qualifiers of the vocabulary have columns of their
own, so it has the same columns in every release with the same vocabulary.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from nosograph.build.columns import QuadColumns
from nosograph.rdf import iris
from nosograph.rdf.columns import datatype, language, lexical, listed, quoted, spelled, unescaped
from nosograph.rdf.names import STANDARD_PREFIXES, last_segment
from nosograph.vocabulary.terms import FACT_KIND, Vocabulary

SEPARATOR: Final = " | "
"""What stands between several values in one cell."""

LABELS: Final = (iris.SKOS_PREF_LABEL, iris.RDFS_LABEL, iris.DCTERMS_TITLE, iris.noso("title"), iris.SCHEMA_NAME)
"""Properties that name a resource; of several labels the first of the first of these counts, English before others."""

_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_STRING: Final = f"{STANDARD_PREFIXES['xsd']}string"
_LANG_STRING: Final = f"{STANDARD_PREFIXES['rdf']}langString"


@dataclass(frozen=True)
class TableColumn:
    """A column of a table.

    Attributes:
        name: its name.
        about: what stands in it, in one sentence.
        sql: the SQL of its cells.
    """

    name: str
    about: str
    sql: str


def quad_columns() -> tuple[TableColumn, ...]:
    """Return the columns of the table of quads."""
    return (
        TableColumn("subject", "IRI of the subject.", _iri("s")),
        TableColumn("predicate", "IRI of the predicate.", _iri("p")),
        TableColumn("object", "IRI of the object, or the text of a literal.", value_of("o")),
        TableColumn("datatype", "IRI of the datatype of a literal; empty where the object is an IRI.", _datatype("o")),
        TableColumn("language", "Language tag of a literal that has one.", language("o")),
        TableColumn("graph", "IRI of the named graph.", _iri("g")),
    )


def fact_columns(vocabulary: Vocabulary) -> tuple[TableColumn, ...]:
    """Return the columns of the table of facts; the status stands before what a fact says."""
    columns = [
        TableColumn("fact", "IRI of the fact.", _iri("facts.s")),
        TableColumn(
            "status",
            "Status of the fact: only what is affirmed holds; a fact may be contested, denied or hypothesised.",
            _local("facts.status"),
        ),
        TableColumn("stance", "Whether this piece of evidence supports or disputes the fact.", _local("stance")),
        TableColumn("certainty", "How sure its source is: stated, possible or believed.", _local("certainty")),
        *_named("subject", "the subject", "facts.subject"),
        *_named("predicate", "the predicate", "facts.predicate"),
        TableColumn("object", "IRI of the object, or the text of a literal.", value_of("facts.object")),
        TableColumn("object_label", "Label of the object where it is an IRI.", "object_label.label"),
        TableColumn(
            "object_datatype", "IRI of the datatype of an object that is a literal.", _datatype("facts.object")
        ),
        *_named("context", "the resource in which a step holds", "facts.context"),
        TableColumn("evidence", "IRI of the piece of evidence.", _iri("evidence.e")),
        *_named("source", "the source that it was read in", "said.source"),
        TableColumn("reference", f"IRIs of what the source cites; several have{SEPARATOR}between them.", "reference"),
        TableColumn("reference_label", "Labels of what the source cites, in alphabetical order.", "reference_label"),
    ]
    taken = {column.name for column in columns} | {"graph"}
    for name, iri, label in _qualifiers(vocabulary, taken):
        columns.append(TableColumn(name, f"Qualifier of the evidence: {label}; labels, or values.", _cell(iri)))
    columns.append(TableColumn("graph", "IRI of the named graph that has the fact.", _iri("facts.graph")))
    return tuple(columns)


def make_fact_rows(columns: QuadColumns, vocabulary: Vocabulary) -> str:
    """Make the tables that the rows of facts are joined of, and return the SQL that selects the rows, in order."""
    columns.run(f"CREATE TEMP TABLE labels AS {select_labels('quads')}")
    kind = vocabulary.by_kind[FACT_KIND].iri if FACT_KIND in vocabulary.by_kind else iris.noso("Fact")
    columns.run(f"""
        CREATE TEMP TABLE facts AS SELECT quads.s AS s, min(typed.graph) AS graph, {_firsts(_OF_FACT)}
        FROM quads JOIN (
            SELECT s, min(g) AS graph FROM quads WHERE p = '<{iris.RDF_TYPE}>' AND o = '<{kind}>' GROUP BY s
        ) AS typed ON typed.s = quads.s GROUP BY quads.s
    """)
    columns.run(f"""
        CREATE TEMP TABLE evidence AS SELECT DISTINCT quads.s AS s, o AS e
        FROM quads SEMI JOIN facts ON facts.s = quads.s WHERE p = '<{iris.EVIDENCE}>'
    """)
    told = "".join(f"{_joined('value', entry.iri)} AS {_quoted_name(entry.iri)}, " for entry in vocabulary.qualifiers)
    columns.run(f"""
        CREATE TEMP TABLE said AS SELECT s, {_firsts(_OF_EVIDENCE)}, {told}
            {_joined(_iri("o"), iris.CITES)} AS reference, {_joined("label", iris.CITES)} AS reference_label
        FROM (SELECT of_evidence.*, label, coalesce(label, {value_of("o")}) AS value FROM
            (SELECT DISTINCT s, p, o FROM quads SEMI JOIN evidence ON evidence.e = quads.s) AS of_evidence
            LEFT JOIN labels ON labels.s = of_evidence.o)
        GROUP BY s
    """)
    named = {
        "subject": "facts.subject",
        "predicate": "facts.predicate",
        "object": "facts.object",
        "context": "facts.context",
        "source": "said.source",
    }
    joins = " ".join(f"LEFT JOIN labels AS {name}_label ON {name}_label.s = {sql}" for name, sql in named.items())
    return f"""
        SELECT {selected(fact_columns(vocabulary))} FROM facts LEFT JOIN evidence ON evidence.s = facts.s
        LEFT JOIN said ON said.s = evidence.e {joins} ORDER BY facts.s, evidence.e
    """


def select_labels(quads: str) -> str:
    """Return the SQL of the label (``label``) of each subject (``s``) that has one in a table of quads."""
    ranks = " ".join(f"WHEN {spelled(iri)} THEN {rank}" for rank, iri in enumerate(LABELS))
    return f"""
        SELECT s, {unescaped(lexical("o"))} AS label FROM (
            SELECT s, arg_min(o, (CASE p {ranks} END, NOT o LIKE '%"@en', o)) AS o FROM {quads}
            WHERE p IN ({listed(LABELS)}) AND o[1] = '"' GROUP BY s)
    """


def selected(columns: Iterable[TableColumn]) -> str:
    """Return the SQL of the cells of a row."""
    return ", ".join(f'{column.sql} AS "{column.name}"' for column in columns)


_OF_FACT: Final = {
    "subject": iris.RDF_SUBJECT,
    "predicate": iris.RDF_PREDICATE,
    "object": iris.RDF_OBJECT,
    "status": iris.STATUS,
    "context": iris.CONTEXT,
}
_OF_EVIDENCE: Final = {"source": iris.SOURCE, "stance": iris.STANCE, "certainty": iris.CERTAINTY}


def _firsts(properties: Mapping[str, str]) -> str:
    return ", ".join(f"min(o) FILTER (p = '<{iri}>') AS {name}" for name, iri in properties.items())


def _joined(cell: str, iri: str) -> str:
    """Return the SQL of the values of a property in one cell."""
    return f"string_agg({cell}, {quoted(SEPARATOR)} ORDER BY {cell}) FILTER (p = '<{iri}>')"


def _qualifiers(vocabulary: Vocabulary, taken: set[str]) -> Iterable[tuple[str, str, str]]:
    """Return name of the column, IRI and label of each qualifier; a name that another column has gets a number."""
    for entry in vocabulary.qualifiers:
        name = wanted = _CAPITAL.sub("_", last_segment(entry.iri)).lower()
        number = 1
        while name in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name)
        yield name, entry.iri, entry.label


def _named(name: str, of: str, sql: str) -> tuple[TableColumn, TableColumn]:
    return (
        TableColumn(name, f"IRI of {of}.", _iri(sql)),
        TableColumn(f"{name}_label", f"Label of {of}.", f"{name}_label.label"),
    )


def _cell(iri: str) -> str:
    return f"said.{_quoted_name(iri)}"


def _quoted_name(iri: str) -> str:
    return f'"{iri}"'


def _iri(column: str) -> str:
    return f"{column}[2:-2]"


def _local(column: str) -> str:
    return f"regexp_extract({column}, '([^#/]*)>$', 1)"


def value_of(column: str) -> str:
    """Return the SQL of an IRI without its brackets, or of the text of a literal."""
    return f"CASE {column}[1] WHEN '<' THEN {_iri(column)} ELSE {unescaped(lexical(column))} END"


def _datatype(column: str) -> str:
    return (
        f"CASE WHEN {column}[1] = '<' THEN NULL WHEN {column}[-1] = '\"' THEN '{_STRING}' "
        f"ELSE coalesce({datatype(column)}, '{_LANG_STRING}') END"
    )
