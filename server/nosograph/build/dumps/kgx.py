"""Writes nodes and edges in KGX, the exchange format of the Biolink Model, as JSON Lines.

An edge asserts, so only what a source plainly says is one: a piece of evidence that states an affirmed fact, or one
that plainly disputes a denied fact, which is a negated edge. Contested and hypothesised facts are no edges at all. What
a class, a predicate or a qualifier is called in the Biolink Model stands in the vocabulary.

Format: https://github.com/biolink/kgx/blob/master/specification/kgx-format.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from nosograph.build.dumps.plain_evidence import EXACT_MATCH, IDENTIFIER, RECORDED, EvidenceSource
from nosograph.build.dumps.table_columns import LABELS, value_of
from nosograph.build.dumps.writing import DumpWriter
from nosograph.rdf import iris
from nosograph.rdf.columns import language, listed
from nosograph.rdf.curies import compact
from nosograph.rdf.iris import noso
from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import ExchangeDump
from nosograph.vocabulary.biolink import NAMED_THING, RELATED_TO

_XREF: Final = f"{STANDARD_PREFIXES['oboInOwl']}hasDbXref"
_OF_NODES: Final = (
    iris.RDF_TYPE,
    *LABELS,
    iris.SKOS_ALT_LABEL,
    iris.SKOS_DEFINITION,
    EXACT_MATCH,
    IDENTIFIER,
    _XREF,
)
_NOT_PROVIDED: Final = "not_provided"
_ASSOCIATION: Final = "biolink:Association"


def write_kgx(
    source: EvidenceSource,
    nodes: ExchangeDump,
    edges: ExchangeDump,
    folder: Path,
    *,
    plain: bool = True,
) -> list[ReleaseFile]:
    """Write nodes and edges, and return the files.

    Args:
        source: what they are made of, with its tables of plain evidence.
        nodes: the dump of the nodes.
        edges: the dump of the edges.
        folder: takes the files.
        plain: whether they are written plain as well.
    """
    files: list[ReleaseFile] = []
    for dump, lines in ((nodes, _nodes(source)), (edges, _edges(source))):
        with DumpWriter(folder, dump.name(), dump.format.media_type, plain=plain) as writer:
            for line in lines:
                writer.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        files += writer.files()
    return files


def _nodes(source: EvidenceSource) -> Iterator[dict[str, Any]]:
    rows = source.columns.rows(f"""
        SELECT id, iri[2:-2],
            list([p[2:-2], {value_of("o")}, {language("o")}, g[2:-2]] ORDER BY p, o, g)
        FROM plain_ids JOIN plain_quads ON s = iri WHERE p IN ({listed(_OF_NODES)}) GROUP BY id, iri ORDER BY id
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
        codes = {compact(code, source.base) for code in values.get(EXACT_MATCH, ())}
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


def _edges(source: EvidenceSource) -> Iterator[dict[str, Any]]:
    context = source.terms.slots.get(iris.CONTEXT, compact(iris.CONTEXT, source.base))
    rows = source.columns.rows("""
        SELECT e[2:-2], subjects.id, predicate[2:-2], objects.id, contexts.id, status, g[2:-2], said FROM plain_edges
        JOIN plain_ids AS subjects ON subjects.iri = subject JOIN plain_ids AS objects ON objects.iri = object
        LEFT JOIN plain_ids AS contexts ON contexts.iri = context ORDER BY e
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


def _evidence(source: EvidenceSource, said: Iterable[Sequence[str | None]]) -> dict[str, Any]:
    """Return the slots of an edge that say what its evidence says."""
    terms = source.terms
    slots: dict[str, Any] = dict(terms.edge_values.get(noso("stated"), {}))
    cited: dict[str, list[str]] = {}
    for predicate, value, kind, code in said:
        assert predicate is not None and value is not None
        if predicate in RECORDED:
            continue
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
