"""The one interface behind which a release or a remote service is asked: values in, values out, no HTTP."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol

from nosograph.rdf.formats import Format
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import QueryForm
from nosograph.sparql.formats import DEFAULT_FORMATS

CHUNK_SIZE: Final = 64 * 1024
"""Bytes in one chunk of an answer: large enough that the cost of a chunk does not count."""


@dataclass(frozen=True)
class Query:
    """A query and how it is to be answered.

    Attributes:
        text: the query as the client sent it.
        formats: the format to answer in, by form; the form of the text must be among them. By default SPARQL JSON for
            SELECT and ASK, Turtle for CONSTRUCT and DESCRIBE.
        default_graphs: IRIs of ``default-graph-uri``; with ``named_graphs`` they replace FROM and FROM NAMED.
        named_graphs: IRIs of ``named-graph-uri``.
        timeout: seconds that the client allows; the store's own limit holds when it is shorter.
        client: who asks, for fair shares; queries with the same text here share one allowance.
        base: IRI against which relative IRIs in the text are resolved (RFC 3986 §5.1.3); empty for the endpoint's own.
        engine: the engine that is to answer where it can; None leaves that to the store's settings.
    """

    text: str
    formats: Mapping[QueryForm, Format] = field(default_factory=lambda: DEFAULT_FORMATS)
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    timeout: float | None = None
    client: str = ""
    base: str = ""
    engine: Engine | None = None


@dataclass(frozen=True)
class Timings:
    """Where the time of a query went, in seconds.

    Attributes:
        parse: looking at the query text before it goes to the engine.
        queue: waiting for a worker.
        evaluate: the engine's own parsing, planning, and evaluating as far as it does that before the first result.
        serialise: producing the results and writing them (the engine evaluates lazily, so both happen here).
    """

    parse: float = 0.0
    queue: float = 0.0
    evaluate: float = 0.0
    serialise: float = 0.0


class Answer:
    """The whole answer to a query, spooled: nothing can go wrong any more while it is sent.

    Attributes:
        form: the form of the query.
        format: the format of the content.
        size: length of the content in bytes.
        timings: where the time went.
        is_volatile: whether the answer must not be kept, because the same query may have another one tomorrow.
        engine: the engine that gave it; None where that is not known.
    """

    def __init__(
        self,
        form: QueryForm,
        format: Format,
        timings: Timings,
        content: bytes | BinaryIO,
        *,
        is_volatile: bool = False,
        engine: Engine | None = None,
    ) -> None:
        self.form = form
        self.format = format
        self.timings = timings
        self.is_volatile = is_volatile
        self.engine = engine
        self._file: BinaryIO = io.BytesIO(content) if isinstance(content, bytes) else content
        self.size = self._file.seek(0, io.SEEK_END)

    def chunks(self) -> Iterator[bytes]:
        """Return the content from its beginning, in chunks; may be called again."""
        self._file.seek(0)
        while chunk := self._file.read(CHUNK_SIZE):
            yield chunk

    def read(self) -> bytes:
        """Return the whole content at once; meant for answers whose ``size`` is small."""
        self._file.seek(0)
        return self._file.read()

    def close(self) -> None:
        """Let go of the spool; may be called twice."""
        self._file.close()

    def __del__(self) -> None:
        """Let go of the spool of an answer that nobody closed."""
        self.close()

    def __enter__(self) -> Answer:
        """Return the answer itself; it is closed at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the answer."""
        self.close()


@dataclass(frozen=True)
class StoreStatistics:
    """What a store has done since it started, as counters, and its state at this moment.

    Attributes:
        outcomes: queries by outcome: ``answered``, ``syntax``, ``refused``, ``timeout``, ``memory``, ``crashed``,
            ``too_large``, ``busy``, ``busy_client``, ``client_gone``, ``failed``.
        latency_bounds: upper bounds of the latency buckets in seconds; one more bucket holds what is slower.
        latency_counts: queries that ended in each bucket (not cumulative), one more than there are bounds.
        latency_sum: seconds that all queries took together.
        queued: queries that wait for a worker now.
        running: queries that run now.
        workers: worker processes of the store that are ready or busy now.
        killed: workers that were killed because of what they ran, by reason: ``timeout``, ``client_gone``,
            ``set_back`` (a long query that has to wait for others, and begins again later), ``moved`` (the analysis
            engine has begun with its query).
        crashed: workers that ended by themselves.
        started: workers that were started, by engine.
        trouble: why the last worker could not be started, or nothing.
        analysis_workers: worker processes of the analysis engine that are ready or busy now.
        engines: answers by the engine that gave them.
        replays: answers that were asked for again in the other engine, by what came of it: ``same``, ``different``,
            ``skipped`` (the other engine does not answer the query, or more than one answer is right), ``failed``.
        memory: bytes of memory that the workers of each engine have in use now; what they share counts in each.
        processor: seconds of processor time that the workers of each engine have used, those that ended included.
    """

    outcomes: Mapping[str, int] = field(default_factory=dict)
    latency_bounds: tuple[float, ...] = ()
    latency_counts: tuple[int, ...] = ()
    latency_sum: float = 0.0
    queued: int = 0
    running: int = 0
    workers: int = 0
    killed: Mapping[str, int] = field(default_factory=dict)
    crashed: int = 0
    started: Mapping[str, int] = field(default_factory=dict)
    trouble: str = ""
    analysis_workers: int = 0
    engines: Mapping[str, int] = field(default_factory=dict)
    replays: Mapping[str, int] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    processor: Mapping[str, float] = field(default_factory=dict)


def never() -> bool:
    """Return that the client is still there; the default where nobody can know."""
    return False


class Store(Protocol):
    """Answers queries about one release.

    Every method may be called from several threads at once. Every error is a ``StoreError``.
    """

    @property
    def release(self) -> str:
        """The version of the release that is asked, or the address of the remote service."""
        ...

    def start(self) -> None:
        """Make ready ahead of the first query, so that it is not slow; returns when a query can be answered.

        Not needed: the first query starts the store. Call it after a server has forked, never before.

        Raises:
            StoreError: the release cannot be opened.
        """
        ...

    def answer(self, query: Query, *, gone: Callable[[], bool] = never) -> Answer:
        """Return the complete answer to a query.

        Args:
            query: the query.
            gone: asked every 50 milliseconds or so, from this thread, whether the client has gone away; when it
                has, the query is stopped.

        Raises:
            QuerySyntaxError: the text is not a SPARQL query, or a graph parameter is not an absolute IRI.
            QueryRefused: it is an update, or calls a SERVICE that is not allowed.
            DatasetTooLarge: it merges graphs that share triples and are too large to be merged.
            QueryTimeout: the deadline passed; waiting in the queue counts.
            QueryMemoryExceeded: the query needed more memory than it may use.
            QueryCrashed: the query brought the engine down.
            WorkerKilled: the system, or somebody else, killed the process of the query.
            ResultTooLarge: the answer is larger than it may be.
            StoreBusy: no worker can be expected to become free before the deadline, or none did.
            ClientGone: ``gone`` said so.
            RemoteStoreError: a remote service answered with an error.
        """
        ...

    def check(self, query: Query, *, gone: Callable[[], bool] = never) -> None:
        """Parse a query without evaluating it; raises what ``answer`` raises for one that cannot be parsed or run."""
        ...

    def statistics(self) -> StoreStatistics:
        """Return counters and state, for monitoring."""
        ...

    def close(self) -> None:
        """Let the queries that run or wait end, then stop; may be called twice."""
        ...
