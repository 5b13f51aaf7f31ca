"""What those who run the server ask: is it alive, can it answer, what has it done."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from nosograph.rdf.formats import JSON, PLAIN_TEXT
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.store.interface import Store
from nosograph.web.http.delivery import NEVER
from nosograph.web.http.problems import Problem, ProblemError
from nosograph.web.http.replies import Reply
from nosograph.web.server.metrics import Metrics

_PROMETHEUS: Final = f"{PLAIN_TEXT.media_type}; version=0.0.4; charset=utf-8"


def alive_reply(release: Release, settings: Settings, store: Store, metrics: Metrics) -> Reply:
    """Return that the process answers; nothing else is looked at."""
    return _uncached(b"alive\n", PLAIN_TEXT.content_type)


def ready_reply(release: Release, settings: Settings, store: Store, metrics: Metrics) -> Reply:
    """Return that a release is loaded and that queries can be answered.

    Raises:
        ProblemError: 503 when no worker is there to answer them.
    """
    statistics = store.statistics()
    if not statistics.workers:
        raise ProblemError(
            Problem(
                503,
                statistics.trouble or "No query worker is running.",
                hint="Wait a moment; if it lasts, look at the server's log.",
                code="not-ready",
                headers={"Retry-After": "1"},
            )
        )
    state = {
        "status": "ready",
        "release": release.version,
        "query_workers": min(statistics.workers, settings.query_workers),
        "query_processes": statistics.workers,
    }
    return _uncached(json.dumps(state).encode() + b"\n", JSON.content_type)


def metrics_reply(release: Release, settings: Settings, store: Store, metrics: Metrics) -> Reply:
    """Return the metrics in Prometheus' text format."""
    return _uncached(metrics.write(), _PROMETHEUS)


HEALTH: Final[Mapping[str, Callable[[Release, Settings, Store, Metrics], Reply]]] = {
    "/healthz": alive_reply,
    "/readyz": ready_reply,
    "/metrics": metrics_reply,
}
"""What answers each path."""


def _uncached(content: bytes, content_type: str) -> Reply:
    return Reply(200, {"Content-Type": content_type, "Cache-Control": NEVER}, content)
