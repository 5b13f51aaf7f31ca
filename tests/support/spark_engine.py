"""Spark over the tables of some quads, asked like the other engines."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import pyoxigraph
from engines import Answer
from pyoxigraph import QueryResultsFormat
from rdf_tests import rows_of

from nosograph.cluster.store import ClusterStore
from nosograph.indexing.tables import ExportedTables, open_tables, write_tables
from nosograph.progress import quiet
from nosograph.rdf.formats import N_TRIPLES, SPARQL_JSON
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.settings import Settings
from nosograph.sparql.form import QueryForm
from nosograph.store.interface import Query

MASTER = "local-cluster[2,1,1024]"
"""Two executors, each a process of its own."""

ONTOLOGY = (Path(__file__).parents[2] / "ontology" / "evidence.ttl").read_bytes()


def tables_of(analysis: Path, folder: Path) -> ExportedTables:
    """Return the tables of an analysis file, written into a new folder."""
    folder.mkdir()
    copied = folder.with_suffix(".duckdb")  # the engine opens a file of this process in one way alone
    shutil.copy(analysis, copied)
    write_tables(
        folder,
        copied,
        ontology=ONTOLOGY,
        release="2026-01-31-0123456789ab",
        base_iri=DEFAULT_BASE,
        quads_sha256="0" * 64,
        progress=quiet,
    )
    return open_tables(folder)


@dataclass(frozen=True)
class SparkEngine:
    """A store on a cluster, whose answers are rows, booleans or triples."""

    store: ClusterStore

    def answer(self, text: str) -> Answer:
        """Return the answer; raises ``QueryRefused`` where the cluster is not asked."""
        formats = {
            QueryForm.SELECT: SPARQL_JSON,
            QueryForm.ASK: SPARQL_JSON,
            QueryForm.CONSTRUCT: N_TRIPLES,
            QueryForm.DESCRIBE: N_TRIPLES,
        }
        with self.store.answer(Query(text, formats)) as answer:
            content = answer.read()
        if answer.form is QueryForm.CONSTRUCT:
            return {quad.triple for quad in pyoxigraph.parse(content, pyoxigraph.RdfFormat.N_TRIPLES)}
        return rows_of(content, QueryResultsFormat.JSON)

    def __enter__(self) -> SparkEngine:
        """Return the engine."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop Spark."""
        self.store.close()


def spark_engine(tables: ExportedTables) -> SparkEngine:
    """Return Spark over tables; it starts with the first query."""
    return SparkEngine(ClusterStore(tables, MASTER, Settings(query_result=20, cluster_timeout=120)))
