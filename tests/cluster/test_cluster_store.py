"""A cluster is asked within bounds, and what goes wrong there is said in words; the fake answers what it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from awkward_data import SPACE

from nosograph.cluster.store import ClusterStore
from nosograph.errors import (
    ClientGone,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    ReleaseError,
    RemoteStoreError,
    ResultTooLarge,
)
from nosograph.indexing.tables import ExportedTables
from nosograph.settings import Settings
from nosograph.store.interface import Query

TEXT = f"SELECT ?s ?n {{ ?s <{SPACE}whole> ?n }}"


class FakeSession:
    """Stands for a session of Spark: gives some rows, or raises an error."""

    def __init__(self, rows: Iterator[tuple[Any, ...]] | Exception) -> None:
        self._rows = rows
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.cancelled = threading.Event()
        self.stopped = False

    @property
    def sparkContext(self) -> FakeSession:  # noqa: N802
        """Return what cancels jobs."""
        return self

    def cancelAllJobs(self) -> None:  # noqa: N802
        """Stop what runs."""
        self.cancelled.set()

    def sql(self, sql: str, args: dict[str, str]) -> FakeSession:
        """Take a statement."""
        self.asked.append((sql, args))
        return self

    def collect(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows."""
        if isinstance(self._rows, Exception):
            raise self._rows
        return self._rows

    def stop(self) -> None:
        """End."""
        self.stopped = True


def spark_error(said: str, name: str = "Py4JJavaError") -> Exception:
    """Return an error as those of the libraries of Spark are."""
    kind: type[Exception] = type(name, (Exception,), {"__module__": "py4j.protocol"})
    return kind(said)


def store_with(
    tables: ExportedTables, session: FakeSession, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> ClusterStore:
    """Return a store whose Spark is a fake."""
    monkeypatch.setattr("nosograph.cluster.store.start_session", lambda *_: session)
    return ClusterStore(tables, "local[1]", Settings(**settings))


def test_numbers_become_terms_of_the_release(tables: ExportedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of numbers are written with the terms that the tables hold, by the writers of the analysis engine."""
    session = FakeSession(iter([(1, None), (2, 1)]))
    store = store_with(tables, session, monkeypatch)

    answer = store.answer(Query(TEXT)).read()

    assert store.release == tables.release
    assert answer.count(b'"type":"uri"') == 3
    assert store.statistics().outcomes["answered"] == 1
    store.close()
    store.close()
    assert session.stopped


def test_a_text_that_does_not_parse_reaches_no_cluster(tables: ExportedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors of the query are told before anything is started."""
    session = FakeSession(iter([]))
    store = store_with(tables, session, monkeypatch)

    with pytest.raises(QuerySyntaxError):
        store.answer(Query("SELECT * { ?s ?p }"))
    with pytest.raises(QueryRefused, match="GroupConcat"):
        store.answer(Query("SELECT (GROUP_CONCAT(?o) AS ?x) { ?s ?p ?o }"))
    with pytest.raises(QueryRefused, match="SERVICE"):
        store.check(Query("SELECT * { SERVICE <http://e.example/> { ?s ?p ?o } }"))
    with pytest.raises(QueryRefused, match="search index"):
        store.check(Query("SELECT * { ?s noso:textMatch 'skin' }"))

    assert session.asked == []
    store.close()


def test_an_answer_is_bounded(tables: ExportedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """More bytes than an answer may have end it while it is written, however many rows there are."""
    store = store_with(tables, FakeSession((1, 1) for _ in iter(int, 1)), monkeypatch, query_result=1)

    with pytest.raises(ResultTooLarge, match="1 MiB"):
        store.answer(Query(TEXT))
    store.close()


def test_time_is_bounded(tables: ExportedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the deadline the jobs are cancelled, and the error names the limit; a cluster without executors waits else."""
    session = FakeSession(iter([]))

    def rows() -> Iterator[tuple[Any, ...]]:
        assert session.cancelled.wait(30)
        raise spark_error("Job 0 cancelled as part of cancellation of all jobs")
        yield ()

    session._rows = rows()
    store = store_with(tables, session, monkeypatch)

    with pytest.raises(QueryTimeout, match=r"within 0.05 seconds") as caught:
        store.answer(Query(TEXT, timeout=0.05))
    assert "executors" in caught.value.hint
    store.close()


def test_a_client_that_has_gone_ends_its_query(tables: ExportedTables, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the rest of the rows."""
    store = store_with(tables, FakeSession((1, 1) for _ in iter(int, 1)), monkeypatch)

    with pytest.raises(ClientGone):
        store.answer(Query(TEXT), gone=lambda: True)
    store.close()


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (spark_error("[NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION] 1e40"), QueryRefused, "numbers beyond"),
        (spark_error("bigger than spark.driver.maxResultSize"), ResultTooLarge, "driver"),
        (spark_error("\n[UNRESOLVED] no column\nat", "AnalysisException"), QueryRefused, r"refuses: \[UNRESOLVED\]"),
        (spark_error("[FAILED_READ_FILE] terms.parquet"), RemoteStoreError, "FAILED_READ_FILE"),
    ],
)
def test_what_spark_says_is_told(
    tables: ExportedTables, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception], message: str
) -> None:
    """Each error says in one line what it is, and what to do."""
    store = store_with(tables, FakeSession(error), monkeypatch)

    with pytest.raises(kind, match=message) as caught:
        store.answer(Query(TEXT))
    assert "\n" not in str(caught.value) and getattr(caught.value, "hint", "")
    store.close()


def test_a_table_that_is_no_parquet_is_told(tables: ExportedTables, tmp_path: Path) -> None:
    """Damage that nobody noticed when the tables were opened is an error of the tables."""
    for name in tables.files:
        (tmp_path / name).write_bytes((tables.folder / name).read_bytes())
    (tmp_path / "terms.parquet").write_bytes(b"PAR1 no more PAR1")

    with pytest.raises(ReleaseError, match="cannot be read") as caught:
        ClusterStore(ExportedTables(tmp_path, "", tables.base_iri, "", "", 0, tables.files), "local[1]", Settings())
    assert "nosograph export" in caught.value.hint
