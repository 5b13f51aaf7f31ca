"""Whether the client that sent a request still waits for its answer."""

from __future__ import annotations

import socket
from collections.abc import Callable

from flask import request


def client_gone() -> Callable[[], bool]:
    """Return the function that tells whether the client of this request has closed its connection.

    Nothing to read yet is a client that waits, the end of the stream is one that has gone, and bytes are its next
    request.
    """
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    if connection is None:
        return lambda: False

    def gone() -> bool:
        try:
            return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True

    return gone
