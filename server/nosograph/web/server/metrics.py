"""Counters of the server in Prometheus' text format; one value per server, none in the module."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from nosograph.store.interface import StoreStatistics

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


@dataclass(frozen=True)
class RequestCounters:
    """The counters for requests to one route, by one method, with one status."""

    number: Counter
    seconds: Histogram


class Metrics:
    """Counts requests, cached answers and releases; outlives every release that is served."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "nosograph_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.request_seconds = Histogram(
            "nosograph_request_seconds",
            "Time from the request's header to the last byte of its answer.",
            ("route",),
            buckets=_BOUNDS,
            registry=self.registry,
        )
        self.in_flight = Gauge("nosograph_requests_in_flight", "Requests being answered now.", registry=self.registry)
        self.cache = Counter(
            "nosograph_answer_cache", "Look-ups in the answer cache.", ("outcome",), registry=self.registry
        )
        self.cache_bytes = Gauge(
            "nosograph_answer_cache_bytes", "Bytes that the answer cache holds.", registry=self.registry
        )
        self.swaps = Counter(
            "nosograph_release_swaps", "Attempts to load another release.", ("outcome",), registry=self.registry
        )
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
        self._requests: dict[tuple[str, str, int], RequestCounters] = {}
        self._store: _StoreCollector | None = None

    def request(self, route: str, method: str, status: int) -> RequestCounters:
        """Return the counters for requests of a kind; finding them by label each time would cost more than counting."""
        key = (route, method, status)
        found = self._requests.get(key)
        if found is None:
            labelled = self.requests.labels(route, method, str(status))
            found = self._requests[key] = RequestCounters(labelled, self.request_seconds.labels(route))
        return found

    def watch_store(self, version: str, statistics: Callable[[], StoreStatistics]) -> None:
        """Show the counters of the store that answers now; the one before it is no longer shown."""
        self.release.clear()
        self.release.labels(version).set(1)
        if self._store is not None:
            self.registry.unregister(self._store)
        self._store = _StoreCollector(statistics)
        self.registry.register(self._store)

    def write(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)


class _StoreCollector(Collector):
    """Shows what a store counts by itself; its counters begin again with each release, as Prometheus expects."""

    def __init__(self, statistics: Callable[[], StoreStatistics]) -> None:
        self._statistics = statistics

    def describe(self) -> list[Metric]:
        """Return nothing: the names need not be known before the first look."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Return the metrics as they are now."""
        now = self._statistics()
        queries = CounterMetricFamily("nosograph_queries", "Queries by outcome.", labels=["outcome"])
        for outcome, count in now.outcomes.items():
            queries.add_metric([outcome], count)
        yield queries
        buckets, total = [], 0
        for bound, count in zip((*map(str, now.latency_bounds), "+Inf"), now.latency_counts, strict=True):
            total += count
            buckets.append((bound, total))
        if buckets:
            latency = HistogramMetricFamily("nosograph_query_seconds", "Time of a query, waiting included.")
            latency.add_metric([], buckets, now.latency_sum)
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
        for name, about, value in (
            ("nosograph_query_workers_crashed", "Workers that ended by themselves.", now.crashed),
            ("nosograph_query_workers_started", "Workers that were started.", now.started),
        ):
            yield CounterMetricFamily(name, about, value=value)
