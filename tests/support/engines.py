"""Both engines over the same quads, and what each answers: as rows in order, a boolean, or that it hands back."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyoxigraph
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, Store
from rdf_tests import Rows, rows_of

from nosograph.analysis.database import AnalysisDatabase
from nosograph.analysis.translating import GraphChoice
from nosograph.analysis.writing import write_analysis
from nosograph.progress import quiet
from nosograph.rdf.formats import N_TRIPLES, SPARQL_JSON, SPARQL_XML, Format
from nosograph.rdf.writer import XmlText
from nosograph.sparql.form import QueryForm

Answer = bool | Rows | set[pyoxigraph.Triple]

MOST_BYTES: Final = 20_000_000
"""Bytes of an answer that are compared at most: rows that multiply would fill the memory of both sides."""


class TooLarge(Exception):
    """An answer has more than ``MOST_BYTES``."""


class _BoundedAnswer(io.BytesIO):
    """Takes an answer, and refuses a large one."""

    def write(self, data: object) -> int:
        written = super().write(data)  # type: ignore[arg-type]
        if self.tell() > MOST_BYTES:
            raise TooLarge
        return written


def analysis_of(quads: Iterable[Quad], folder: Path, name: str = "data") -> AnalysisDatabase:
    """Return the analysis file of some quads, opened."""
    lines = folder / f"{name}.nq"
    lines.write_bytes(b"".join(sorted({f"{quad} .\n".encode() for quad in quads})))
    write_analysis(lines, folder / f"{name}.duckdb", quiet)
    return AnalysisDatabase.open(folder / f"{name}.duckdb")


def store_of(quads: Iterable[Quad]) -> Store:
    """Return a store of some quads, whose default graph is their union."""
    store = Store()
    for quad in quads:
        store.add(quad)
        store.add(Quad(quad.subject, quad.predicate, quad.object))
    return store


@dataclass(frozen=True)
class Engines:
    """The two engines over the same quads."""

    store: Store
    analysis: AnalysisDatabase

    def from_store(self, text: str, dataset: GraphChoice | None = None) -> Answer:
        """Return the answer of the store."""
        options = {}
        if dataset is not None:
            options = {
                "default_graph": [NamedNode(iri) for iri in dataset.default],
                "named_graphs": [NamedNode(iri) for iri in dataset.named],
            }
        found = self.store.query(text, **options)
        if isinstance(found, pyoxigraph.QueryTriples):
            return set(found)
        return rows_of(found.serialize(format=QueryResultsFormat.JSON), QueryResultsFormat.JSON)

    def serialized(self, text: str, format: Format) -> bytes:
        """Return the store's answer to a SELECT in a format."""
        found = self.store.query(text)
        assert isinstance(found, pyoxigraph.QuerySolutions)
        output = io.BytesIO()
        target = XmlText(output) if format is SPARQL_XML else output
        found.serialize(target, QueryResultsFormat.from_media_type(format.media_type))
        return output.getvalue()

    def from_analysis(self, text: str, dataset: GraphChoice | None = None) -> Answer:
        """Return the answer of the analysis; raises ``NotTranslated`` and ``TooLarge``."""
        output = _BoundedAnswer()
        if self.analysis.plan(text, dataset=dataset or GraphChoice()).form is QueryForm.CONSTRUCT:
            self.analysis.answer(text, N_TRIPLES, output, dataset=dataset or GraphChoice())
            return {quad.triple for quad in pyoxigraph.parse(output.getvalue(), pyoxigraph.RdfFormat.N_TRIPLES)}
        self.analysis.answer(text, SPARQL_JSON, output, dataset=dataset or GraphChoice())
        return rows_of(output.getvalue(), QueryResultsFormat.JSON)


def multiset(rows: Rows) -> Counter[frozenset[tuple[str, object]]]:
    """Return rows with how often each stands among them."""
    return Counter(frozenset(row.items()) for row in rows)
