"""The routes of ``web.server.health``, for a server other than the project's own."""

from __future__ import annotations

from flask import Blueprint, Response, request

from nosograph.web.routes.context import current
from nosograph.web.routes.delivery import send_reply
from nosograph.web.server.health import HEALTH

blueprint = Blueprint("health", __name__)


@blueprint.route("/healthz")
@blueprint.route("/readyz")
@blueprint.route("/metrics")
def show() -> Response:
    """Return what the path asks."""
    context = current()
    return send_reply(HEALTH[request.path](context.release, context.settings, context.store, context.metrics))
