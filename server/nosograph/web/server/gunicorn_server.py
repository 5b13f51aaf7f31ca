"""The gunicorn server as this project runs it: one process with threads, no configuration but its own.

One process, so that the query pool, the answer cache and the metrics are one. What gunicorn's command line, its
environment variables and its configuration files could change is not read at all.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import select
import selectors
import signal
import socket
import struct
import sys
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Final

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.http import errors as http_errors
from gunicorn.workers.gthread import TConn, ThreadWorker

from nosograph.errors import NosographError
from nosograph.rdf.formats import PROBLEM_JSON
from nosograph.web.http.problems import Problem, write_json
from nosograph.web.server.observation import common_headers
from nosograph.web.server.release_switch import ReleaseSwitch
from nosograph.web.server.request_body import CheckedBodies

LONGEST_LINE: Final = 8190
"""Bytes of a request line, and of one header field; the largest that gunicorn checks."""

MOST_FIELDS: Final = 100

READ_SECONDS: Final = 10
"""A client that sends nothing for so long in the middle of a request loses its connection."""

WRITE_SECONDS: Final = 60
"""A client that takes nothing for so long in the middle of an answer loses its connection."""

LAST_SECONDS: Final = 2
"""A client that says nothing for so long after the server began to stop loses its connection."""

_APPLICATION_FAILED: Final = 4


class JsonLines(logging.Formatter):
    """Writes each log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: time, level, and the fields that the record carries or else its message."""
        line: dict[str, Any] = {"time": timestamp(record.created), "level": record.levelname.lower()}
        fields = getattr(record, "fields", None)
        line |= fields if isinstance(fields, Mapping) else {"event": "log", "message": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = "".join(traceback.format_exception(*record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class AccessLog:
    """Writes a line of JSON for each request, in one call of the system, past the machinery of logging.

    Args:
        descriptor: number of the open file.
        clock: gives seconds since 1970.
    """

    def __init__(self, descriptor: int, clock: Callable[[], float] = time.time) -> None:
        self._descriptor = descriptor
        self._clock = clock

    def __call__(self, fields: Mapping[str, Any]) -> None:
        """Write the line of a request; a reader that has gone away is no reason to fail."""
        line = {"time": timestamp(self._clock()), "level": "info", **fields}
        with contextlib.suppress(OSError):
            os.write(self._descriptor, (json.dumps(line, ensure_ascii=False, default=str) + "\n").encode())


def timestamp(seconds: float) -> str:
    """Return a moment in UTC as the log writes it."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{moment}.{int(seconds % 1 * 1000):03}Z"


class ServerLogger(Logger):  # type: ignore[misc]
    """gunicorn's own messages, as lines of JSON like all others; its access log is not used."""

    def setup(self, cfg: Any) -> None:
        """Set the handlers up and give them the project's format."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JsonLines())


class ServerWorker(ThreadWorker):  # type: ignore[misc]
    """A process that answers requests in threads, reloads on SIGHUP, and drops clients that stand still."""

    def init_signals(self) -> None:
        """Handle SIGHUP besides what gunicorn handles: in the worker it means another release."""
        super().init_signals()
        signal.signal(signal.SIGHUP, self.handle_hup)
        signal.siginterrupt(signal.SIGHUP, False)

    def handle_hup(self, *_: object) -> None:
        """Ask for the newest release to be loaded."""
        self.app.switch.request_reload()

    def run(self) -> None:
        """Serve until told to stop, let the store end, and end the process at once.

        What the engine would do at the end of a process can wait for ever for threads that a fork has left behind.
        """
        status = 1
        try:
            self.app.announce()
            super().run()
            status = 0
        except SystemExit as ending:
            status = ending.code if isinstance(ending.code, int) else 1
        except Exception as error:
            self.log.error("the server failed", exc_info=error)
        finally:
            self.app.switch.close()
            self.tpool.shutdown(wait=True)
            logging.shutdown()
            sys.stdout.flush()
            os._exit(status)

    def accept(self, listener: Any) -> None:
        """Take a connection, and give it a thread when it has said something: one that says nothing costs none."""
        try:
            connection, address = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        self.nr_conns += 1
        conn = TConn(self.cfg, connection, address, listener.getsockname())
        conn.set_timeout()
        self.pending_conns.append(conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def set_accept_enabled(self, enabled: bool) -> None:
        """Take connections or do not.

        A server that stops takes those that wait, lets the port go, and soon drops those that have said nothing.
        """
        super().set_accept_enabled(enabled)
        if self.alive or enabled:
            return
        for listener in self.sockets:
            while select.select([listener], [], [], 0)[0]:
                self.accept(listener)
            listener.close()
        end = time.monotonic() + LAST_SECONDS
        for conn in self.pending_conns:
            conn.timeout = min(conn.timeout, end)

    def handle(self, conn: Any) -> Any:
        """Handle a request, with bounds on how long the connection may stand still."""
        for option, seconds in ((socket.SO_RCVTIMEO, READ_SECONDS), (socket.SO_SNDTIMEO, WRITE_SECONDS)):
            with contextlib.suppress(OSError):
                conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))
        return super().handle(conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer a request that never became one, in the form that all errors have."""
        problem = describe_bad_request(exc)
        if problem.status >= 500 and problem.code == "server-fault":
            self.log.error("a request failed in the server", exc_info=exc)
        else:
            self.log.warning("%s refused a request of %s: %s", problem.status, addr and addr[0], exc)
        with contextlib.suppress(OSError):
            client.sendall(raw_response(problem, self.app.switch.release.version))


def describe_bad_request(error: Exception) -> Problem:
    """Return the problem that an error in the request's own syntax is."""
    request_id = uuid.uuid4().hex
    match error:
        case http_errors.InvalidResponseHeader() | http_errors.InvalidResponseHeaderName():
            pass
        case http_errors.LimitRequestLine():
            return Problem(
                414,
                f"The request line has more than {LONGEST_LINE} bytes.",
                hint="Send a long query by POST.",
                code="address-too-long",
                fields={"limit_bytes": LONGEST_LINE},
                request_id=request_id,
            )
        case http_errors.LimitRequestHeaders():
            return Problem(
                431,
                "The header is too large.",
                hint=f"Send at most {MOST_FIELDS} fields of at most {LONGEST_LINE} bytes.",
                code="header-too-large",
                request_id=request_id,
            )
        case http_errors.UnsupportedTransferCoding():
            return Problem(501, str(error), hint="Use chunked or none.", code="unsupported", request_id=request_id)
        case http_errors.ExpectationFailed():
            return Problem(417, str(error), hint="Leave Expect out.", code="expectation-failed", request_id=request_id)
        case http_errors.InvalidHTTPVersion():
            return Problem(505, str(error), hint="Speak HTTP/1.1.", code="http-version", request_id=request_id)
        case http_errors.ParseException():
            return Problem(
                400,
                f"The request is not HTTP: {error}",
                hint="Correct its request line or its header.",
                code="malformed-request",
                request_id=request_id,
            )
    return Problem(
        500,
        "The server failed on this request; the fault is its own.",
        hint="Try again, and report the request id if it happens again.",
        code="server-fault",
        request_id=request_id,
    )


def raw_response(problem: Problem, version: str) -> bytes:
    """Return the bytes of a whole response for a problem, for where no application can be asked."""
    body = write_json(problem).encode()
    headers = [
        ("Content-Type", PROBLEM_JSON.media_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Connection", "close"),
        *common_headers(version, problem.request_id, PROBLEM_JSON.media_type),
    ]
    lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


class ServerArbiter(Arbiter):  # type: ignore[misc]
    """Keeps the one worker alive and passes SIGHUP on to it instead of replacing it."""

    def handle_hup(self) -> None:
        """Let the worker load another release: it keeps its connections, so no request fails."""
        self.kill_workers(signal.SIGHUP)

    def handle_usr2(self) -> None:
        """Do nothing: a second master would be a second server."""

    def handle_ttin(self) -> None:
        """Do nothing: there is one worker."""

    def handle_ttou(self) -> None:
        """Do nothing: there is one worker."""


class Server(BaseApplication):  # type: ignore[misc]
    """The server's settings and what it serves.

    Args:
        listener: a socket that is bound already.
        options: gunicorn's settings by name.
        open_switch: makes the application; called in the worker, after the fork.
        announce: called in the worker when it is ready.
    """

    def __init__(
        self,
        listener: socket.socket,
        options: Mapping[str, Any],
        open_switch: Callable[[], ReleaseSwitch],
        announce: Callable[[ReleaseSwitch], None],
    ) -> None:
        self._options = {**options, "bind": f"fd://{listener.fileno()}"}
        self._open_switch = open_switch
        self._announce = announce
        self.switch: ReleaseSwitch
        super().__init__()

    def load_config(self) -> None:
        """Set the settings; nothing is read from anywhere."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> CheckedBodies:
        """Return the application, in the worker; a release that cannot be served ends the server with its message."""
        try:
            self.switch = self._open_switch()
        except NosographError as error:
            print(f"nosograph: {error}", file=sys.stderr, flush=True)  # noqa: T201
            raise SystemExit(_APPLICATION_FAILED) from error
        return CheckedBodies(self.switch)

    def announce(self) -> None:
        """Report that requests are answered now."""
        self._announce(self.switch)

    def run(self) -> None:
        """Serve until a signal ends it; ends by SystemExit with the exit status."""
        ServerArbiter(self).run()
