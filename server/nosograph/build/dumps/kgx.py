"""Writes nodes and edges in KGX, the exchange format of the Biolink Model, as JSON Lines.

An edge asserts, so only what a source plainly says is one: a piece of evidence that states an affirmed fact, or one
that plainly disputes a denied fact, which is a negated edge. Contested and hypothesised facts are no edges at all. What
a class, a predicate or a qualifier is called in the Biolink Model stands in the vocabulary.

Format: https://github.com/biolink/kgx/blob/master/specification/kgx-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from nosograph.build.columns import QuadColumns
from nosograph.build.dumps.table_columns import LABELS, value_of
from nosograph.build.dumps.writing import DumpWriter
from nosograph.rdf import iris
from nosograph.rdf.columns import datatype, language, lexical, quoted, unescaped
from nosograph.rdf.curies import compact
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES, Base
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import ExchangeDump
from nosograph.vocabulary.biolink import NAMED_THING, RELATED_TO, BiolinkTerms
from nosograph.vocabulary.terms import Vocabulary

_IDENTIFIER: Final = f"{STANDARD_PREFIXES['dcterms']}identifier"
_XREF: Final = f"{STANDARD_PREFIXES['oboInOwl']}hasDbXref"
_EXACT_MATCH: Final = iris.MAPPING_PREDICATES[0]
_OF_NODES: Final = (
    iris.RDF_TYPE,
    *LABELS,
    iris.SKOS_ALT_LABEL,
    iris.SKOS_DEFINITION,
    _EXACT_MATCH,
    _IDENTIFIER,
    _XREF,
)
_CODE: Final = "[A-Za-z][A-Za-z0-9._-]*:[A-Za-z0-9][A-Za-z0-9._-]*"
_NOT_PROVIDED: Final = "not_provided"
_ASSOCIATION: Final = "biolink:Association"
_TABLES: Final = ("kgx_ids", "kgx_codes", "kgx_edges", "kgx_facts", "kgx_quads")


@dataclass(frozen=True)
class KgxSource:
    """What nodes and edges are made of.

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


def write_kgx(
    source: KgxSource,
    nodes: ExchangeDump,
    edges: ExchangeDump,
    folder: Path,
    *,
    graphs: Sequence[str] | None = None,
    plain: bool = True,
) -> list[ReleaseFile]:
    """Write nodes and edges, and return the files.

    Args:
        source: what they are made of.
        nodes: the dump of the nodes.
        edges: the dump of the edges.
        folder: takes the files.
        graphs: IRIs of the named graphs whose statements count; None for all.
        plain: whether they are written plain as well.
    """
    _make_tables(source, graphs)
    files: list[ReleaseFile] = []
    for dump, lines in ((nodes, _nodes(source)), (edges, _edges(source))):
        with DumpWriter(folder, dump.name(), dump.format.media_type, plain=plain) as writer:
            for line in lines:
                writer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        files += writer.files()
    for table in _TABLES:
        source.columns.run(f"DROP {'VIEW' if table == 'kgx_quads' else 'TABLE'} {table}")
    return files


def _make_tables(source: KgxSource, graphs: Sequence[str] | None) -> None:
    """Make the tables of facts, of the pieces of evidence that are edges, and of what resources are called in both."""
    run = source.columns.run
    among = "" if graphs is None else f"WHERE g IN ({_listed(graphs)})"
    run(f"CREATE TEMP VIEW kgx_quads AS SELECT s, p, o, g FROM quads {among}")
    parts = {
        "subject": iris.RDF_SUBJECT,
        "predicate": iris.RDF_PREDICATE,
        "object": iris.RDF_OBJECT,
        "context": iris.CONTEXT,
        "status": iris.STATUS,
    }
    first = ", ".join(f"min(o) FILTER (p = {_term(iri)}) AS {name}" for name, iri in parts.items())
    starts = ", ".join(quoted(f"<{source.base.resource(kind, '')}") for kind in source.vocabulary.kinds)
    published = f"list_aggregate([starts_with({{}}, start) FOR start IN [{starts}]], 'bool_or')"
    run(f"""
        CREATE TEMP TABLE kgx_facts AS SELECT * FROM (
            SELECT s, {first}, count(DISTINCT o) FILTER (p = {_term(iris.STATUS)}) AS statuses
            FROM kgx_quads SEMI JOIN (
                SELECT s FROM kgx_quads WHERE p = {_term(iris.RDF_TYPE)} AND o = {_term(noso("Fact"))}
            ) AS typed ON typed.s = kgx_quads.s GROUP BY s)
        WHERE statuses = 1 AND status IN ({_listed(map(noso, ("affirmed", "denied")))})
            AND {published.format("subject")} AND {published.format("object")}
    """)
    said = [*(entry.iri for entry in source.vocabulary.qualifiers), *source.terms.slots, iris.CITES, iris.SOURCE]
    asserts = f"status = {_term(noso('affirmed'))} AND stance = {_term(noso('supports'))}"
    denies = (
        f"status = {_term(noso('denied'))} AND stance = {_term(noso('disputes'))} "
        f"AND predicate IN ({_listed(source.terms.denials)})"
    )
    run(f"""
        CREATE TEMP TABLE kgx_codes AS SELECT s, min({unescaped(lexical("o"))}) AS code FROM kgx_quads
        WHERE p = {_term(_IDENTIFIER)} AND regexp_full_match({lexical("o")}, '{_CODE}') GROUP BY s
    """)
    run(f"""
        CREATE TEMP TABLE kgx_edges AS SELECT kgx_facts.*, e, g, said FROM kgx_facts
        JOIN (SELECT s, o AS e, min(g) AS g FROM kgx_quads WHERE p = {_term(iris.EVIDENCE)} GROUP BY ALL) AS evidence
            ON evidence.s = kgx_facts.s
        JOIN (
            SELECT q.s, min(o) FILTER (p = {_term(iris.STANCE)}) AS stance,
                min(o) FILTER (p = {_term(iris.CERTAINTY)}) AS certainty,
                list([p[2:-2], {value_of("o")}, {datatype("o")}, code] ORDER BY p, o)
                    FILTER (p IN ({_listed(dict.fromkeys(said))})) AS said
            FROM (
                SELECT DISTINCT s, p, o FROM kgx_quads
                WHERE p IN ({_listed(dict.fromkeys([iris.STANCE, iris.CERTAINTY, *said]))})
            ) AS q
            SEMI JOIN (SELECT o FROM kgx_quads WHERE p = {_term(iris.EVIDENCE)}) AS every ON every.o = q.s
            LEFT JOIN kgx_codes ON kgx_codes.s = q.o GROUP BY q.s
        ) AS told ON told.s = e
        WHERE certainty = {_term(noso("stated"))} AND ({asserts} OR {denies})
    """)
    _make_ids(source)


def _make_ids(source: KgxSource) -> None:
    """Make the table of what each resource is called.

    That is the code that it is named after, else a code of its class that is its exact match, else its own CURIE. No
    two resources are called alike.
    """
    prefixes = source.base.prefixes()
    named = {start: prefix for prefix, start in prefixes.items()}
    codes = ", ".join(
        f"({_term(kind)}, {quoted('<' + start)}, {rank}, {quoted(named[start])})"
        for kind, starts in sorted(source.terms.codes.items())
        for rank, start in enumerate(starts, 1)
        if start in named
    )
    matched = (
        f"""
            UNION ALL SELECT iri, rank, prefix || ':' || o[length(start) + 1:-2] FROM resources
            JOIN quads ON quads.s = iri AND p = {_term(_EXACT_MATCH)}
            JOIN (VALUES {codes}) AS codes (kind, start, rank, prefix) ON starts_with(o, start)
            JOIN (SELECT DISTINCT s, o AS kind FROM quads WHERE p = {_term(iris.RDF_TYPE)}) AS typed
                ON typed.s = iri AND typed.kind = codes.kind
        """
        if codes
        else ""
    )
    source.columns.run(f"""
        CREATE TEMP TABLE kgx_ids AS
        WITH resources AS (
            SELECT DISTINCT unnest([subject, object, context]) AS iri FROM kgx_edges
        ), candidates AS (
            SELECT iri, 0 AS rank, code AS id FROM resources JOIN kgx_codes ON kgx_codes.s = iri {matched}
        ), first_of_id AS (
            SELECT * FROM candidates QUALIFY rank = min(rank) OVER (PARTITION BY id)
        ), own AS (
            SELECT * FROM first_of_id QUALIFY count(*) OVER (PARTITION BY id) = 1
        ), chosen AS (
            SELECT iri, arg_min(id, (rank, id)) AS id FROM own GROUP BY iri
        )
        SELECT iri, coalesce(id, regexp_replace(iri[{len(source.base.iri) + 2}:-2], '/', ':')) AS id
        FROM resources LEFT JOIN chosen USING (iri) WHERE iri IS NOT NULL
    """)


def _nodes(source: KgxSource) -> Iterator[dict[str, Any]]:
    rows = source.columns.rows(f"""
        SELECT id, iri[2:-2],
            list([p[2:-2], {value_of("o")}, {language("o")}, g[2:-2]] ORDER BY p, o, g)
        FROM kgx_ids JOIN kgx_quads ON s = iri WHERE p IN ({_listed(_OF_NODES)}) GROUP BY id, iri ORDER BY id
    """)
    for id, iri, said in rows:
        values: dict[str, list[str]] = {}
        labels = []
        for predicate, value, tongue, _ in said:
            values.setdefault(predicate, []).append(value)
            if predicate in LABELS:
                labels.append((LABELS.index(predicate), tongue not in ("en", None), value))
        categories = [
            source.terms.categories[kind] for kind in values[iris.RDF_TYPE] if kind in source.terms.categories
        ]
        codes = {compact(code, source.base) for code in values.get(_EXACT_MATCH, ())}
        name = min(labels)[2] if labels else ""
        graphs = {graph for predicate, *_, graph in said if predicate == iris.RDF_TYPE}
        yield _filled(
            {
                "id": id,
                "category": sorted(set(categories)) or [NAMED_THING],
                "name": name,
                "description": min(values.get(iris.SKOS_DEFINITION, [""])),
                "synonym": sorted({*values.get(iris.SKOS_ALT_LABEL, ())} - {name}),
                "xref": sorted({*codes, *values.get(_XREF, ())} - {id}),
                "iri": iri,
                "provided_by": sorted({source.resources[graph] for graph in graphs if graph in source.resources}),
            }
        )


def _edges(source: KgxSource) -> Iterator[dict[str, Any]]:
    context = source.terms.slots.get(iris.CONTEXT, compact(iris.CONTEXT, source.base))
    rows = source.columns.rows("""
        SELECT e[2:-2], subjects.id, predicate[2:-2], objects.id, contexts.id, status, g[2:-2], said FROM kgx_edges
        JOIN kgx_ids AS subjects ON subjects.iri = subject JOIN kgx_ids AS objects ON objects.iri = object
        LEFT JOIN kgx_ids AS contexts ON contexts.iri = context ORDER BY e
    """)
    denied = f"<{noso('denied')}>"
    for evidence, subject, predicate, object_, within, status, graph, said in rows:
        negated = status == denied
        named = (source.terms.denials if negated else source.terms.predicates).get(predicate, RELATED_TO)
        primary = source.resources.get(graph, source.aggregator)
        yield _filled(
            {
                "id": evidence,
                "category": [_ASSOCIATION],
                "subject": subject,
                "predicate": named,
                "object": object_,
                "original_predicate": compact(predicate, source.base),
                "negated": negated,
                context: within,
                **_evidence(source, said or ()),
                "primary_knowledge_source": primary,
                "aggregator_knowledge_source": [] if primary == source.aggregator else [source.aggregator],
            }
        )


def _evidence(source: KgxSource, said: Iterable[Sequence[str | None]]) -> dict[str, Any]:
    """Return the slots of an edge that say what its evidence says."""
    terms = source.terms
    slots: dict[str, Any] = dict(terms.edge_values.get(noso("stated"), {}))
    cited: dict[str, list[str]] = {}
    for predicate, value, kind, code in said:
        assert predicate is not None and value is not None
        if predicate in (iris.CITES, iris.SOURCE):
            cited.setdefault(predicate, []).append(code or value)
            continue
        slots |= terms.edge_values.get(value, {})
        slot = terms.slots.get(predicate)
        if slot:
            number = _number(value, kind)
            called = compact(terms.values.get(value, value), source.base)
            slots.setdefault(slot, called if number is None else number)
        else:
            slots.setdefault(compact(predicate, source.base), []).append(compact(value, source.base))
    slots["publications"] = cited.get(iris.CITES) or cited.get(iris.SOURCE, [])
    return {"knowledge_level": _NOT_PROVIDED, "agent_type": _NOT_PROVIDED} | slots


def _number(value: str, kind: str | None) -> float | int | None:
    local = (kind or "").rpartition("#")[2]
    return int(value) if local == "integer" else float(value) if local in ("decimal", "double") else None


def _filled(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value not in (None, "", [])}


def _term(iri: str) -> str:
    return quoted(f"<{iri}>")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(_term, names)) or "''"
