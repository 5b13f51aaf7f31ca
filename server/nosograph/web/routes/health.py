"""What those who run the server ask: is it alive, can it answer, what has it done."""

from __future__ import annotations

import json
from typing import Final

from flask import Blueprint, Response

from nosograph.rdf.formats import JSON, PLAIN_TEXT
from nosograph.web.http.problems import Problem, ProblemError
from nosograph.web.routes.context import current
from nosograph.web.routes.delivery import NEVER

blueprint = Blueprint("health", __name__)

_PROMETHEUS: Final = f"{PLAIN_TEXT.media_type}; version=0.0.4; charset=utf-8"


@blueprint.route("/healthz")
def show_alive() -> Response:
    """Return that the process answers; nothing else is looked at."""
    return _uncached("alive\n", PLAIN_TEXT.content_type)


@blueprint.route("/readyz")
def show_ready() -> Response:
    """Return that a release is loaded and that queries can be answered, or 503 when no worker is there to do it."""
    context = current()
    statistics = context.store.statistics()
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
        "release": context.release.version,
        "query_workers": min(statistics.workers, context.settings.query_workers),
        "query_processes": statistics.workers,
    }
    return _uncached(json.dumps(state) + "\n", JSON.content_type)


@blueprint.route("/metrics")
def show_metrics() -> Response:
    """Return the metrics in Prometheus' text format."""
    return _uncached(current().metrics.write(), _PROMETHEUS)


def _uncached(content: str | bytes, content_type: str) -> Response:
    response = Response(content)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = NEVER
    return response
