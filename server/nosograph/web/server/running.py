"""Runs the server: binds its port, checks the release, and serves until it is told to stop.

SIGTERM and SIGINT stop it after what is in flight. SIGHUP makes it load the newest release beside the one that it
serves and swap the two; with ``watch`` it does so by itself as soon as there is another.
"""

from __future__ import annotations

import errno
import logging
import math
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from nosograph.errors import Location, ReleaseError, SettingsError
from nosograph.indexing.preparing import prepare_release
from nosograph.release.locking import Lease
from nosograph.release.opening import find_release
from nosograph.settings import Settings
from nosograph.store.embedded import EmbeddedStore
from nosograph.web.application import create_application
from nosograph.web.server.gunicorn_server import (
    LONGEST_LINE,
    MOST_FIELDS,
    AccessLog,
    JsonLines,
    Server,
    ServerLogger,
    ServerWorker,
)
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.release_switch import Generation, ReleaseSwitch

_log = logging.getLogger("nosograph.web")

BACKLOG: Final = 1024
KEEP_ALIVE_SECONDS: Final = 30
GRACE_SECONDS: Final = 5
"""Seconds that a stopping server gives requests beyond the deadline of a query."""


def serve_release(
    settings: Settings,
    release_folder: Path | None = None,
    *,
    watch: bool = False,
    listener: socket.socket | None = None,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve a release until a signal ends the server.

    Args:
        settings: the settings.
        release_folder: the release to serve, or None for the newest one in the releases folder.
        watch: load another release as soon as there is one.
        listener: the socket to listen on, from ``open_listener``; opened here when none is given.
        announce: gets the one line that says where the server is, when it answers; printed by default.

    Raises:
        SettingsError: the port cannot be used.
        ReleaseError: there is no release, or it is broken.
        SystemExit: the server ended with another exit status than 0.
    """
    bound = listener or open_listener(settings.host, settings.port)
    try:
        prepare_release(find_release(settings.releases, release_folder), cache=settings.cache, progress=_print_step)
        _log_to_stderr()
        address = address_of(bound)
        tell = announce or _print_line
        server = Server(
            bound,
            _options(settings),
            lambda: open_switch(settings, release_folder, watch=watch),
            lambda switch: tell(f"Serving release {switch.release.version} at {address} (stop with Ctrl-C)"),
        )
        bound.detach()
    except BaseException:
        bound.close()
        raise
    try:
        server.run()
    except SystemExit as ending:
        if ending.code:
            raise


def check_address(host: str, port: int) -> None:
    """Make sure that a server could listen at an address; call it before work that takes time.

    Raises:
        SettingsError: the address or the port cannot be used; says which and how to choose another.
    """
    open_listener(host, port).close()


def open_listener(host: str, port: int) -> socket.socket:
    """Return the socket that the server will listen on, bound to its address and port.

    Raises:
        SettingsError: the address or the port cannot be used; says which and how to choose another.
    """
    where = f"{host} port {port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise SettingsError(
            f"The address {host!r} is not one of this machine: {error.strerror}.",
            hint="Choose another with --host or NOSOGRAPH_HOST.",
        ) from error
    family, kind, protocol, _, address = found[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            what = f"Another program listens on {where} already."
        elif error.errno == errno.EACCES:
            what = f"This user may not listen on {where}."
        else:
            what = f"The server cannot listen on {where}: {error.strerror}."
        raise SettingsError(what, hint="Choose another with --port or NOSOGRAPH_PORT.") from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return the address under which a listening socket is reached."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def open_switch(settings: Settings, release_folder: Path | None, *, watch: bool) -> ReleaseSwitch:
    """Return the WSGI application that serves the release and swaps it; call it after the server has forked.

    Raises:
        ReleaseError: the release cannot be opened.
        StoreError: no query worker can be started.
    """
    metrics, report = Metrics(), AccessLog(sys.stderr.fileno())

    def create(folder: Path) -> Generation:
        with ExitStack() as unless_made:
            lease = _hold(folder)
            unless_made.callback(lease.close)
            release = prepare_release(folder, cache=settings.cache, progress=_log_step)
            store = EmbeddedStore(release, settings)
            application = create_application(release, settings, store, metrics, report)
            unless_made.pop_all()
            return Generation(release, application, store, lease.close)

    switch = ReleaseSwitch(lambda: find_release(settings.releases, release_folder), create, metrics)
    switch.start_loader(watch=watch)
    return switch


def _hold(folder: Path) -> Lease:
    """Keep a release from being pruned while it is served."""
    try:
        return Lease(folder)
    except OSError as error:
        raise ReleaseError(
            f"The release cannot be opened: {error.strerror}.",
            location=Location(str(folder)),
            hint="Build one with `nosograph build`, or name one with --release.",
        ) from error


def _log_step(step: str, done: int, total: int) -> None:
    if not done:
        _log.info(step)


def _print_step(step: str, done: int, total: int) -> None:
    """Print a step of making derived files on standard error when it begins, before there is a log."""
    if not done:
        sys.stderr.write(f"{step}\n")


def _options(settings: Settings) -> dict[str, object]:
    return {
        "accesslog": None,
        "backlog": BACKLOG,
        "control_socket_disable": True,
        "errorlog": "-",
        # No header of a client sets SCRIPT_NAME or PATH_INFO, from whatever address it comes.
        "forwarder_headers": "",
        "forwarded_allow_ips": "",
        "graceful_timeout": math.ceil(settings.query_timeout) + GRACE_SECONDS,
        "keepalive": KEEP_ALIVE_SECONDS,
        "limit_request_field_size": LONGEST_LINE,
        "limit_request_fields": MOST_FIELDS,
        "limit_request_line": LONGEST_LINE,
        "logger_class": ServerLogger,
        "loglevel": "warning",
        "proc_name": "nosograph",
        "threads": settings.threads,
        "timeout": 120,
        "worker_class": ServerWorker,
        "workers": 1,
    }


def _log_to_stderr() -> None:
    """Send the project's log records to standard error, a line of JSON each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("nosograph")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False


def _print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201
