"""Counters of the server in Prometheus' text format; one value per server, none in the module."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter as Numbers
from collections.abc import Callable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from nosograph.store.interface import StoreStatistics

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class RequestCounts:
    """Counts requests and look-ups in the cache as plain numbers, which are put into form when somebody asks for them.

    Every request counts; the client library's own counters would take longer than all else that an answer from the
    cache needs.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun = 0
        self._ended: Numbers[tuple[str, str, int]] = Numbers()
        self._buckets: dict[str, list[int]] = {}
        self._seconds: dict[str, float] = {}
        self._look_ups: Numbers[str] = Numbers({"hit": 0, "miss": 0})

    def begin(self) -> None:
        """Count a request as being answered."""
        with self._lock:
            self._begun += 1

    def end(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request as answered, by what answered it."""
        with self._lock:
            self._ended[route, method, status] += 1
            if route not in self._buckets:
                self._buckets[route], self._seconds[route] = [0] * (len(_BOUNDS) + 1), 0.0
            self._buckets[route][bisect_left(_BOUNDS, seconds)] += 1
            self._seconds[route] += seconds

    def look_up(self, outcome: str) -> None:
        """Count a look-up in the cache: ``hit``, ``miss``, or ``shared`` where another's computation was waited for."""
        with self._lock:
            self._look_ups[outcome] += 1

    def collect(self) -> Iterator[Metric]:
        """Return the metrics as they are now."""
        with self._lock:
            begun, ended, look_ups = self._begun, dict(self._ended), dict(self._look_ups)
            buckets = {route: (list(counts), self._seconds[route]) for route, counts in self._buckets.items()}
        number = CounterMetricFamily("nosograph_requests", "Requests answered.", labels=["route", "method", "status"])
        for (route, method, status), count in ended.items():
            number.add_metric([route, method, str(status)], count)
        yield number
        about = "Time from the request's header to the last byte of its answer."
        seconds = HistogramMetricFamily("nosograph_request_seconds", about, labels=["route"])
        for route, (counts, total) in buckets.items():
            seconds.add_metric([route], _cumulative(_BOUNDS, counts), total)
        yield seconds
        about = "Requests being answered now."
        yield GaugeMetricFamily("nosograph_requests_in_flight", about, value=begun - sum(ended.values()))
        cache = CounterMetricFamily("nosograph_answer_cache", "Look-ups in the answer cache.", labels=["outcome"])
        for outcome, count in look_ups.items():
            cache.add_metric([outcome], count)
        yield cache


class Metrics:
    """Counts requests, cached answers and releases; outlives every release that is served."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)  # the serving process, under the names that are usual for one
        self.requests = RequestCounts()
        self.registry.register(_Collected(self.requests.collect))
        self.cache_bytes = Gauge(
            "nosograph_answer_cache_bytes", "Bytes that the answer cache holds.", registry=self.registry
        )
        self.swaps = Counter(
            "nosograph_release_swaps", "Attempts to load another release.", ("outcome",), registry=self.registry
        )
        for outcome in ("swapped", "failed"):
            self.swaps.labels(outcome)  # Prometheus sees no increase in a series that begins with 1
        self.release = Gauge(
            "nosograph_release_info", "The release that is served.", ("version",), registry=self.registry
        )
        self.connections = Gauge("nosograph_connections", "Connections that are open now.", registry=self.registry)
        self.refused = Counter(
            "nosograph_refused",
            "Connections and malformed requests that were refused, by reason.",
            ("reason",),
            registry=self.registry,
        )
        self.threads_waiting = Gauge(
            "nosograph_requests_waiting", "Requests that wait for a thread now.", registry=self.registry
        )
        self._store: _Collected | None = None

    def watch_store(self, version: str, statistics: Callable[[], StoreStatistics]) -> None:
        """Show the counters of the store that answers now; the one before it is no longer shown."""
        self.release.clear()
        self.release.labels(version).set(1)
        if self._store is not None:
            self.registry.unregister(self._store)
        self._store = _Collected(lambda: _collect_store(statistics()))
        self.registry.register(self._store)

    def write(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _Collected(Collector):
    """Shows what is counted elsewhere."""

    def __init__(self, collect: Callable[[], Iterator[Metric]]) -> None:
        self._collect = collect

    def describe(self) -> list[Metric]:
        """Return nothing: the names need not be known before the first look."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return the metrics as they are now."""
        return self._collect()


def _cumulative(bounds: Sequence[float], counts: Sequence[int]) -> list[tuple[str, float]]:
    """Return the buckets of a histogram as Prometheus counts them: each holds those before it."""
    buckets, total = [], 0
    for bound, count in zip((*map(str, bounds), "+Inf"), counts, strict=True):
        total += count
        buckets.append((bound, float(total)))
    return buckets


def _collect_store(now: StoreStatistics) -> Iterator[Metric]:
    """Return what a store counts by itself; its counters begin again with each release, as Prometheus expects."""
    queries = CounterMetricFamily("nosograph_queries", "Queries by outcome.", labels=["outcome"])
    for outcome, count in now.outcomes.items():
        queries.add_metric([outcome], count)
    yield queries
    if now.latency_counts:
        latency = HistogramMetricFamily("nosograph_query_seconds", "Time of a query, waiting included.")
        latency.add_metric([], _cumulative(now.latency_bounds, now.latency_counts), now.latency_sum)
        yield latency
    for name, about, value in (
        ("nosograph_queries_waiting", "Queries that wait for a worker now.", now.queued),
        ("nosograph_queries_running", "Queries that run now.", now.running),
        ("nosograph_query_workers", "Worker processes ready or busy now.", now.workers),
        ("nosograph_analysis_workers", "Analysis processes ready or busy now.", now.analysis_workers),
    ):
        yield GaugeMetricFamily(name, about, value=value)
    engines = CounterMetricFamily("nosograph_query_engines", "Answers by engine.", labels=["engine"])
    for engine, count in now.engines.items():
        engines.add_metric([engine], count)
    yield engines
    replays = CounterMetricFamily(
        "nosograph_query_replays", "Answers compared with the other engine's, by outcome.", labels=["outcome"]
    )
    for outcome, count in now.replays.items():
        replays.add_metric([outcome], count)
    yield replays
    killed = CounterMetricFamily("nosograph_query_workers_killed", "Workers killed, by reason.", labels=["reason"])
    for reason, count in now.killed.items():
        killed.add_metric([reason], count)
    yield killed
    yield CounterMetricFamily("nosograph_query_workers_crashed", "Workers that ended by themselves.", value=now.crashed)
    about = "Workers that were started, by engine."
    started = CounterMetricFamily("nosograph_query_workers_started", about, labels=["engine"])
    for engine, count in now.started.items():
        started.add_metric([engine], count)
    yield started
    about = "Memory that the workers have in use now, by engine; what they share counts in each."
    memory = GaugeMetricFamily("nosograph_query_workers_resident_memory_bytes", about, labels=["engine"])
    for engine, size in now.memory.items():
        memory.add_metric([engine], size)
    yield memory
    about = "Processor time of the workers, by engine, those that ended included."
    processor = CounterMetricFamily("nosograph_query_workers_cpu_seconds", about, labels=["engine"])
    for engine, spent in now.processor.items():
        processor.add_metric([engine], spent)
    yield processor
