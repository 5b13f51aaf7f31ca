"""Answers queries about a release on a cluster, behind the interface by which a release on this machine is asked."""

from __future__ import annotations

import io
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import IO, Any, BinaryIO, Final, cast

import pyoxigraph

from nosograph.analysis.answers import write_boolean, write_solutions, write_triples
from nosograph.analysis.catalogue import StoredCatalogue
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.parquet import open_parquet, reading_parquet
from nosograph.analysis.translating import GraphChoice, Plan, translate
from nosograph.cluster.dialect import SparkStatement, spark_statement
from nosograph.cluster.session import RESULT_SHARE, check_master, first_line, start_session
from nosograph.errors import ClientGone, QueryRefused, QuerySyntaxError, QueryTimeout, RemoteStoreError, ResultTooLarge
from nosograph.indexing.tables import ExportedTables
from nosograph.rdf.formats import Format
from nosograph.settings import Settings
from nosograph.sparql.engine import refusal
from nosograph.sparql.extensions import refuse_full_text
from nosograph.sparql.form import QueryForm, query_form, refuse_services
from nosograph.sparql.text_search import may_search
from nosograph.store.interface import Answer, Query, StoreStatistics, Timings, never
from nosograph.store.workers.counters import Counters

ROWS: Final = 50_000
"""Rows whose terms are looked up at once."""

_IN_MEMORY: Final = 1024 * 1024
_MEBIBYTE: Final = 1024 * 1024
_ARITHMETIC: Final = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW", "DIVIDE_BY_ZERO", "CAST_OVERFLOW")
_ELSEWHERE: Final = "Ask the release itself: leave out --on."


class ClusterStore:
    """A ``Store`` over the tables of a release, whose queries Spark evaluates; it answers one at a time.

    The terms of an answer are looked up here, so the tables are read from here as well.

    Args:
        tables: the tables.
        master: the address of the cluster.
        settings: the limits.
    """

    def __init__(self, tables: ExportedTables, master: str, settings: Settings) -> None:
        self._tables = tables
        self._master = master
        self._settings = settings
        self._prefixes = tables.base.prefixes()
        self._counters = Counters()
        self._turn = threading.Lock()
        self._session: Any = None
        self._database = open_parquet(tables.folder)
        with reading_parquet(tables.folder):
            self._catalogue = StoredCatalogue(self._database.cursor())
            found = self._database.execute("SELECT ascii_folded FROM facts").fetchone()
        self._ascii_folded = bool(found and found[0])

    @property
    def release(self) -> str:
        """The version of the release whose tables are asked."""
        return self._tables.release

    def start(self) -> None:
        """Start Spark, if it does not run yet; raises what ``start_session`` raises."""
        if self._session is None:
            memory = self._settings.cluster_memory
            self._session = start_session(self._master, self._tables.folder, memory)

    def answer(self, query: Query, *, gone: Callable[[], bool] = never) -> Answer:
        """Return the complete answer to a query.

        Raises:
            QuerySyntaxError: the text is not a SPARQL query.
            QueryRefused: it is not one whose answer is known to be the same on a cluster.
            QueryTimeout: the deadline passed.
            ResultTooLarge: the answer is larger than it may be.
            ClientGone: ``gone`` said so.
            SettingsError: Java cannot be started here.
            RemoteStoreError: the cluster cannot be reached, or failed.
        """
        began = time.monotonic()
        outcome = "failed"
        try:
            form, plan, statement = self._prepare(query)
            parsed = time.monotonic()
            with self._turn:
                self.start()
                started = time.monotonic()
                limit = min(self._settings.cluster_timeout, query.timeout or self._settings.cluster_timeout)
                spool = self._evaluate(plan, statement, query.formats[form], limit, gone)
            outcome = "answered"
            timings = Timings(parsed - began, started - parsed, time.monotonic() - started)
            return Answer(form, query.formats[form], timings, spool)
        except (QuerySyntaxError, QueryRefused, QueryTimeout, ResultTooLarge) as error:
            outcome = next(name for kind, name in _OUTCOMES.items() if isinstance(error, kind))
            raise
        finally:
            self._counters.end(outcome, time.monotonic() - began)

    def check(self, query: Query, *, gone: Callable[[], bool] = never) -> None:
        """Translate a query without evaluating it; raises what ``answer`` raises for one that cannot be run."""
        self._prepare(query)

    def statistics(self) -> StoreStatistics:
        """Return counters of the queries that were asked."""
        return self._counters.statistics(queued=0, running=int(self._turn.locked()), workers=0)

    def close(self) -> None:
        """Stop Spark, and let go of the tables; may be called twice."""
        session, self._session = self._session, None
        if session is not None:
            session.stop()
        self._database.close()

    def _prepare(self, query: Query) -> tuple[QueryForm, Plan, SparkStatement]:
        form = query_form(query.text)
        refuse_services(query.text, ())
        refuse_full_text(query.text)
        if may_search(query.text):
            raise QueryRefused("The search index is not on the cluster.", hint=_ELSEWHERE)
        if said := refusal(pyoxigraph.Store(), query.text, query.base or None, self._prefixes):
            raise QuerySyntaxError(f"The query does not parse: {said.rstrip('.')}.")
        dataset = GraphChoice(query.default_graphs, query.named_graphs)
        try:
            with reading_parquet(self._tables.folder):
                plan = translate(self._catalogue, query.text, query.base, dataset, self._prefixes)
            return form, plan, spark_statement(plan, ascii_folded=self._ascii_folded)
        except NotTranslated as error:
            raise _not_proved(error.reason) from error

    def _evaluate(
        self, plan: Plan, statement: SparkStatement, format: Format, limit: float, gone: Callable[[], bool]
    ) -> BinaryIO:
        """Return the answer, spooled."""
        output = _Bounded(self._settings.query_result * _MEBIBYTE)
        try:
            with (
                _deadline(self._session, limit, self._settings.cluster_memory, gone) as check,
                reading_parquet(self._tables.folder),
            ):
                frame = self._session.sql(statement.sql, args=dict(statement.arguments))
                chunks = _chunks(iter(frame.collect()), check)
                self._write(plan, chunks, format, output)
            return output.spool
        except BaseException:
            output.spool.close()
            raise

    def _write(self, plan: Plan, rows: Iterator[list[tuple[Any, ...]]], format: Format, output: _Bounded) -> None:
        target = cast(IO[bytes], output)
        if plan.form is QueryForm.ASK:
            write_boolean(any(row[0] for chunk in rows for row in chunk), format, target)
        elif plan.form is QueryForm.CONSTRUCT:
            write_triples(plan, rows, self._catalogue, format, target, self._prefixes)
        else:
            write_solutions(plan, rows, self._catalogue, format, target)


def open_cluster(tables: ExportedTables, master: str, settings: Settings) -> closing[ClusterStore]:
    """Return a store over tables on a cluster, to be used in a ``with`` block.

    Raises:
        SettingsError: ``master`` is no address.
        RemoteStoreError: nobody answers there.
        ReleaseError: a table cannot be read.
    """
    check_master(master)
    return closing(ClusterStore(tables, master, settings))


_OUTCOMES: Final = {
    QuerySyntaxError: "syntax",
    QueryRefused: "refused",
    QueryTimeout: "timeout",
    ResultTooLarge: "too_large",
}


class _Bounded(io.RawIOBase):
    """Takes an answer into memory or a temporary file, and refuses more than it may have."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self.spool = cast(BinaryIO, tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115

    def writable(self) -> bool:
        """Return that it can be written to."""
        return True

    def write(self, content: Any) -> int:
        """Take some bytes."""
        self._size += len(content)
        if self._size > self._most:
            raise ResultTooLarge(
                f"The result is larger than the {self._most // _MEBIBYTE} MiB that an answer may have.",
                limit=self._most,
                hint="Ask for less: a LIMIT, fewer variables; or raise --query-result.",
            )
        return self.spool.write(content)


@contextmanager
def _deadline(session: Any, limit: float, memory: int, gone: Callable[[], bool]) -> Iterator[Callable[[], None]]:
    """Stop what Spark runs when the time is up; what it raises becomes an error of ours.

    The context is a function to be called between rows, which raises when the time is up or the client has gone.
    """
    passed = threading.Event()

    def stop() -> None:
        passed.set()
        session.sparkContext.cancelAllJobs()

    def late() -> QueryTimeout:
        return QueryTimeout(
            f"The cluster did not answer within {limit:g} seconds.",
            limit=limit,
            elapsed=time.monotonic() - began,
            hint="Allow more with --cluster-timeout, ask for less, and check that the cluster has free executors.",
        )

    def check() -> None:
        if passed.is_set():
            raise late()
        if gone():
            raise ClientGone("The client closed its connection.")

    began = time.monotonic()
    timer = threading.Timer(limit, stop)
    timer.start()
    try:
        yield check
    except Exception as error:  # pyspark and py4j raise errors of many classes, each of which names its condition
        if not type(error).__module__.startswith(("pyspark.", "py4j.")):
            raise
        raise (late() if passed.is_set() else _failed(error, memory // RESULT_SHARE)) from error
    finally:
        timer.cancel()


def _failed(error: Exception, limit: int) -> Exception:
    """Return what an error of Spark means to who asked; ``limit`` is the mebibytes of rows that the driver may take."""
    said = str(error)
    if any(condition in said for condition in _ARITHMETIC):
        return _not_proved("numbers beyond what is calculated with there")
    if "spark.driver.maxResultSize" in said:
        return ResultTooLarge(
            f"The rows of the result are more than the {limit} MiB that the driver of the cluster may take.",
            limit=limit * _MEBIBYTE,
            hint="Ask for less, or allow more with --cluster-memory.",
        )
    if type(error).__name__ in ("AnalysisException", "ParseException"):  # raised before anything is evaluated
        return _not_proved(f"what Spark refuses: {first_line(error)}")
    return RemoteStoreError(
        f"The cluster failed: {first_line(error)}",
        hint="Check that every executor finds the tables, whole, under the same path, and that it has memory enough.",
    )


def _not_proved(reason: str) -> QueryRefused:
    return QueryRefused(f"A cluster is not asked this query, because it has {reason}.", hint=_ELSEWHERE)


def _chunks(rows: Iterator[Any], check: Callable[[], None]) -> Iterator[list[tuple[Any, ...]]]:
    """Return rows, some at once."""
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(tuple(row))
        if len(chunk) == ROWS:
            check()
            yield chunk
            chunk = []
    check()
    yield chunk
