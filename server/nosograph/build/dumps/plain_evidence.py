"""Selects the evidence that plainly affirms or denies a fact, which is all that models without doubt can take.

A row of such a model asserts, so only what a source plainly says is one: a piece of evidence that states an affirmed
fact, or one that plainly disputes a denied fact. Contested and hypothesised facts have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from nosograph.build.columns import QuadColumns
from nosograph.build.dumps.table_columns import value_of
from nosograph.rdf import iris
from nosograph.rdf.columns import datatype, lexical, listed, quoted, spelled, unescaped
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.vocabulary.biolink import BiolinkTerms
from nosograph.vocabulary.terms import Vocabulary

IDENTIFIER: Final = f"{STANDARD_PREFIXES['dcterms']}identifier"
EXACT_MATCH: Final = iris.MAPPING_PREDICATES[0]
RECORDED: Final = (iris.PAV_CURATED_BY, iris.PAV_CURATED_ON, iris.CURATION)
"""Properties of evidence that say who recorded it, and when."""

_CODE: Final = "[A-Za-z][A-Za-z0-9._-]*:[A-Za-z0-9][A-Za-z0-9._-]*"
_ADDRESS: Final = "https?://[^ ]+"
_TABLES: Final = ("plain_ids", "plain_codes", "plain_edges", "plain_facts", "plain_quads")


@dataclass(frozen=True)
class EvidenceSource:
    """What dumps of plain evidence are made of.

    Attributes:
        columns: the quads.
        base: the base of their IRIs.
        vocabulary: their vocabulary.
        terms: what the Biolink Model calls its terms.
        resources: IRI of a named graph → the information resource (``infores:…``) that its statements come from.
        aggregator: the information resource that this data set is.
    """

    columns: QuadColumns
    base: Base
    vocabulary: Vocabulary
    terms: BiolinkTerms
    resources: Mapping[str, str]
    aggregator: str


@contextmanager
def plain_evidence(source: EvidenceSource, graphs: Sequence[str] | None = None) -> Iterator[None]:
    """Have tables of what is plainly said among the columns, for as long as the context lasts.

    ``plain_edges`` has the pieces of evidence (``e``) with their fact, its ``subject``, ``predicate``, ``object``,
    ``context`` and ``status``, the graph ``g``, and what they say (``said``: predicate, value, datatype, and the
    code or web address that the value is named after);
    ``plain_ids`` what a resource (``iri``) is called (``id``), and whether that is a code (``coded``); ``plain_quads``
    the quads that count.

    Args:
        source: what they are made of.
        graphs: IRIs of the named graphs whose statements count; None for all.
    """
    try:
        _make_tables(source, graphs)
        yield
    finally:
        for table in _TABLES:
            source.columns.run(f"DROP {'VIEW' if table == 'plain_quads' else 'TABLE'} IF EXISTS {table}")


def _make_tables(source: EvidenceSource, graphs: Sequence[str] | None) -> None:
    """Make the tables of facts, of the pieces of evidence, and of what resources are called in both."""
    run = source.columns.run
    among = "" if graphs is None else f"WHERE g IN ({listed(graphs)})"
    run(f"CREATE TEMP VIEW plain_quads AS SELECT s, p, o, g FROM quads {among}")
    parts = {
        "subject": iris.RDF_SUBJECT,
        "predicate": iris.RDF_PREDICATE,
        "object": iris.RDF_OBJECT,
        "context": iris.CONTEXT,
        "status": iris.STATUS,
    }
    first = ", ".join(f"min(o) FILTER (p = {spelled(iri)}) AS {name}" for name, iri in parts.items())
    starts = ", ".join(quoted(f"<{source.base.resource(kind, '')}") for kind in source.vocabulary.kinds)
    published = f"list_aggregate([starts_with({{}}, start) FOR start IN [{starts}]], 'bool_or')"
    run(f"""
        CREATE TEMP TABLE plain_facts AS SELECT * FROM (
            SELECT s, {first}, count(DISTINCT o) FILTER (p = {spelled(iris.STATUS)}) AS statuses
            FROM plain_quads SEMI JOIN (
                SELECT s FROM plain_quads WHERE p = {spelled(iris.RDF_TYPE)} AND o = {spelled(noso("Fact"))}
            ) AS typed ON typed.s = plain_quads.s GROUP BY s)
        WHERE statuses = 1 AND status IN ({listed(map(noso, ("affirmed", "denied")))})
            AND {published.format("subject")} AND {published.format("object")}
    """)
    qualifiers = (entry.iri for entry in source.vocabulary.qualifiers)
    said = [*qualifiers, *source.terms.slots, iris.CITES, iris.SOURCE, *RECORDED]
    asserts = f"status = {spelled(noso('affirmed'))} AND stance = {spelled(noso('supports'))}"
    denies = (
        f"status = {spelled(noso('denied'))} AND stance = {spelled(noso('disputes'))} "
        f"AND predicate IN ({listed(source.terms.denials)})"
    )
    run(f"""
        CREATE TEMP TABLE plain_codes AS SELECT s, min(name) FILTER (regexp_full_match(name, '{_CODE}')) AS code,
            min(name) FILTER (regexp_full_match(name, '{_ADDRESS}')) AS address
        FROM (SELECT s, {unescaped(lexical("o"))} AS name FROM plain_quads WHERE p = {spelled(IDENTIFIER)}) GROUP BY s
    """)
    run(f"""
        CREATE TEMP TABLE plain_edges AS SELECT plain_facts.*, e, g, said FROM plain_facts
        JOIN (
            SELECT s, o AS e, min(g) AS g FROM plain_quads WHERE p = {spelled(iris.EVIDENCE)} GROUP BY ALL
        ) AS evidence
            ON evidence.s = plain_facts.s
        JOIN (
            SELECT q.s, min(o) FILTER (p = {spelled(iris.STANCE)}) AS stance,
                min(o) FILTER (p = {spelled(iris.CERTAINTY)}) AS certainty,
                list([p[2:-2], {value_of("o")}, {datatype("o")}, coalesce(code, address)] ORDER BY p, o)
                    FILTER (p IN ({listed(dict.fromkeys(said))})) AS said
            FROM (
                SELECT DISTINCT s, p, o FROM plain_quads
                WHERE p IN ({listed(dict.fromkeys([iris.STANCE, iris.CERTAINTY, *said]))})
            ) AS q
            SEMI JOIN (SELECT o FROM plain_quads WHERE p = {spelled(iris.EVIDENCE)}) AS every ON every.o = q.s
            LEFT JOIN plain_codes ON plain_codes.s = q.o GROUP BY q.s
        ) AS told ON told.s = e
        WHERE certainty = {spelled(noso("stated"))} AND ({asserts} OR {denies})
    """)
    _make_ids(source)


def _make_ids(source: EvidenceSource) -> None:
    """Make the table of what each resource is called.

    That is the code that it is named after, else a code of its class that is its exact match, else its own CURIE. No
    two resources are called alike.
    """
    prefixes = source.base.prefixes()
    named = {start: prefix for prefix, start in prefixes.items()}
    codes = ", ".join(
        f"({spelled(kind)}, {quoted('<' + start)}, {rank}, {quoted(named[start])})"
        for kind, starts in sorted(source.terms.codes.items())
        for rank, start in enumerate(starts, 1)
        if start in named
    )
    matched = (
        f"""
            UNION ALL SELECT iri, rank, prefix || ':' || o[length(start) + 1:-2] FROM resources
            JOIN quads ON quads.s = iri AND p = {spelled(EXACT_MATCH)}
            JOIN (VALUES {codes}) AS codes (kind, start, rank, prefix) ON starts_with(o, start)
            JOIN (SELECT DISTINCT s, o AS kind FROM quads WHERE p = {spelled(iris.RDF_TYPE)}) AS typed
                ON typed.s = iri AND typed.kind = codes.kind
        """
        if codes
        else ""
    )
    source.columns.run(f"""
        CREATE TEMP TABLE plain_ids AS
        WITH resources AS (
            SELECT DISTINCT unnest([subject, object, context]) AS iri FROM plain_edges
        ), candidates AS (
            SELECT iri, 0 AS rank, code AS id FROM resources JOIN plain_codes ON plain_codes.s = iri
            WHERE code IS NOT NULL {matched}
        ), first_of_id AS (
            SELECT * FROM candidates QUALIFY rank = min(rank) OVER (PARTITION BY id)
        ), own AS (
            SELECT * FROM first_of_id QUALIFY count(*) OVER (PARTITION BY id) = 1
        ), chosen AS (
            SELECT iri, arg_min(id, (rank, id)) AS id FROM own GROUP BY iri
        )
        SELECT iri, coalesce(id, regexp_replace(iri[{len(source.base.iri) + 2}:-2], '/', ':')) AS id,
            id IS NOT NULL AS coded
        FROM resources LEFT JOIN chosen USING (iri) WHERE iri IS NOT NULL
    """)
