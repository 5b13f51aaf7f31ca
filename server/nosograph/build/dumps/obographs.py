"""Writes the hierarchy of the resources as an OBO graph in JSON, which tools for ontologies read.

An edge ``is_a`` asserts, so only what the graph itself states is one: the derived triples of affirmed facts, and what
an imported ontology says. Format: https://github.com/geneontology/obographs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final

from nosograph.build.columns import QuadColumns
from nosograph.build.dumps.table_columns import LABELS, value_of
from nosograph.rdf import iris
from nosograph.rdf.columns import language, listed, spelled
from nosograph.vocabulary.terms import AGENT_KIND, SOURCE_KIND, UNLABELLED_KINDS, Vocabulary

_EXACT_MATCH: Final = iris.MAPPING_PREDICATES[0]
_OF_NODES: Final = (*LABELS, iris.SKOS_ALT_LABEL, iris.SKOS_DEFINITION, _EXACT_MATCH, iris.OWL_DEPRECATED)


def obo_graph(
    columns: QuadColumns, vocabulary: Vocabulary, iri: str, version: str, graphs: list[str] | None = None
) -> Iterator[bytes]:
    """Return the pieces of the document.

    Args:
        columns: the quads.
        vocabulary: their vocabulary, which says what the hierarchy is.
        iri: what the graph is called.
        version: the IRI of its version.
        graphs: IRIs of the named graphs whose statements count; None for all.
    """
    among = "" if graphs is None else f"AND g IN ({listed(graphs)})"
    kinds = [
        entry.iri
        for entry in vocabulary.classes
        if entry.kind not in UNLABELLED_KINDS and entry.kind not in (AGENT_KIND, SOURCE_KIND)
    ]
    typed = f"SELECT s FROM quads WHERE p = {spelled(iris.RDF_TYPE)} AND o IN ({listed(kinds)}) {among}"
    broader = sorted({*vocabulary.broader_properties(), iris.SKOS_BROADER})
    nodes = columns.rows(f"""
        SELECT s[2:-2], list([p[2:-2], {value_of("o")}, {language("o")}] ORDER BY p, o)
        FROM quads SEMI JOIN ({typed}) AS typed ON typed.s = quads.s
        WHERE p IN ({listed(_OF_NODES)}) {among} GROUP BY s ORDER BY s
    """)
    meta = json.dumps({"version": version}, ensure_ascii=False)
    yield f'{{"graphs": [{{"id": {json.dumps(iri)}, "meta": {meta}, "nodes": ['.encode()
    yield from _listing(_node(subject, said) for subject, said in nodes)
    yield b'], "edges": ['
    edges = columns.rows(f"""
        SELECT DISTINCT s[2:-2], o[2:-2] FROM quads
        WHERE p IN ({listed(broader)}) AND s IN ({typed}) AND o IN ({typed}) {among} ORDER BY ALL
    """)
    yield from _listing({"sub": subject, "pred": "is_a", "obj": target} for subject, target in edges)
    yield b"]}]}\n"


def _node(subject: str, said: list[list[str | None]]) -> dict[str, Any]:
    values: dict[str | None, list[str]] = {}
    labels = []
    for predicate, value, tongue in said:
        assert predicate is not None and value is not None
        values.setdefault(predicate, []).append(value)
        if predicate in LABELS:
            labels.append((LABELS.index(predicate), tongue not in ("en", None), value))
    meta: dict[str, Any] = {}
    if definition := values.get(iris.SKOS_DEFINITION):
        meta["definition"] = {"val": min(definition)}
    if synonyms := values.get(iris.SKOS_ALT_LABEL):
        meta["synonyms"] = [{"pred": "hasExactSynonym", "val": text} for text in sorted(set(synonyms))]
    if codes := values.get(_EXACT_MATCH):
        meta["xrefs"] = [{"val": code} for code in sorted(set(codes))]
    if "true" in values.get(iris.OWL_DEPRECATED, ()):
        meta["deprecated"] = True
    node: dict[str, Any] = {"id": subject, "type": "CLASS"}
    if labels:
        node["lbl"] = min(labels)[2]
    return node | ({"meta": meta} if meta else {})


def _listing(records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    marks = chain([b"\n"], iter(lambda: b",\n", None))
    for mark, record in zip(marks, records, strict=False):
        yield mark + json.dumps(record, ensure_ascii=False).encode()
