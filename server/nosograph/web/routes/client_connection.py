"""Whether the client that sent a request still waits for its answer."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from nosograph.store.interface import never
from nosograph.web.server.observation import GONE


def client_gone() -> Callable[[], bool]:
    """Return the function that tells whether the client of this request has closed its connection.

    Where a server does not tell, the client counts as there.
    """
    gone: Callable[[], bool] = request.environ.get(GONE, never)
    return gone
