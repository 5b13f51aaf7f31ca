"""Runs the server: binds its port, checks the release, and serves until it is told to stop.

SIGTERM and SIGINT stop it after what is in flight. SIGHUP makes it load the newest release beside the one that it
serves and swap the two; with ``watch`` it does so by itself as soon as there is another.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import math
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import uvloop

from nosograph.errors import Location, ReleaseError, SettingsError
from nosograph.indexing.preparing import prepare_release
from nosograph.release.locking import Lease
from nosograph.release.opening import find_release
from nosograph.settings import Settings
from nosograph.store.service_store import open_store_of
from nosograph.web.application import create_bare_application, create_observer
from nosograph.web.http.sparql_protocol import largest_body
from nosograph.web.server.access_log import AccessLog, LogHandler
from nosograph.web.server.connections import ConnectionBounds, Connections
from nosograph.web.server.front import Front
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.release_switch import Generation, ReleaseSwitch
from nosograph.web.server.response_cache import RequestKeys, ResponseCache
from nosograph.web.server.service import ReleaseService
from nosograph.web.server.threads import TurnThreads

_log = logging.getLogger("nosograph.web")

BACKLOG: Final = 1024
GRACE_SECONDS: Final = 5
"""Seconds that a stopping server gives requests beyond the deadline of a query."""

UNSENT_BYTES: Final = 128 * 1024
"""Bytes of an answer that the system takes beyond what can be on its way: unread ones would fill its memory."""

PACKERS: Final = 2
"""Threads for what takes longer on queries and their answers: looking through long texts, packing."""

OTHER_FILES: Final = 512
"""Files that the server may have open beside its connections: stores, dumps that are sent, answers in files."""


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
    """
    bound = listener or open_listener(settings.host, settings.port)
    with contextlib.closing(bound):
        prepare_release(find_release(settings.releases, release_folder), cache=settings.cache, progress=_print_step)
        log = AccessLog(sys.stderr.fileno())
        try:
            _log_to(log)
            server = _Server(settings, bound, log, announce or _print_line)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(server.serve(release_folder, watch=watch))
        finally:
            log.close()


class _Server:
    """Serves releases on a socket until a signal ends it."""

    def __init__(
        self, settings: Settings, listener: socket.socket, log: AccessLog, announce: Callable[[str], None]
    ) -> None:
        self._settings = settings
        self._listener = listener
        self._log = log
        self._announce = announce
        self._metrics = Metrics()

    async def serve(self, release_folder: Path | None, *, watch: bool) -> None:
        """Open the release, answer requests, and end what is in flight before returning."""
        settings, loop = self._settings, asyncio.get_running_loop()
        ended = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: None)  # the newest release is being loaded
        switch = await asyncio.to_thread(self._open_switch, release_folder, loop)
        loop.add_signal_handler(signal.SIGHUP, switch.request_reload)
        switch.start_loader(watch=watch)
        threads = TurnThreads(settings.threads, settings.threads_queue)
        self._metrics.threads_waiting.set_function(lambda: threads.counts()[0])
        packers = TurnThreads(PACKERS, settings.connections)
        front = Front(switch, threads, packers)
        connections = Connections(
            front.handle,
            self._bounds(),
            self._metrics,
            lambda: switch.release.version,
            self._log,
            self._listener.getsockname()[:2],
        )
        server = await loop.create_server(connections.create, sock=self._listener, backlog=BACKLOG)
        gc.collect()
        gc.freeze()  # what is there now stays, so no later collection has to look at it
        address = address_of(self._listener)
        self._announce(f"Serving release {switch.release.version} at {address} (stop with Ctrl-C)")
        await ended.wait()
        for _ in range(2):
            await asyncio.sleep(0)  # takes the connections that the system has accepted already
        server.close()
        await connections.stop(math.ceil(settings.query_timeout) + GRACE_SECONDS)
        threads.close()
        packers.close()
        await asyncio.to_thread(switch.close)

    def _bounds(self) -> ConnectionBounds:
        """Return the bounds of the connections, within the files that this process may have open."""
        settings = self._settings
        possible = raise_open_files(settings.connections + OTHER_FILES) - OTHER_FILES
        if possible < settings.connections:
            _log.warning("this system lets the server have %s connections open, not %s", possible, settings.connections)
        per_client = 0 if settings.trusted_proxies else settings.connections_client
        return ConnectionBounds(min(possible, settings.connections), per_client, largest_body(settings.query_text))

    def _open_switch(
        self, release_folder: Path | None, loop: asyncio.AbstractEventLoop
    ) -> ReleaseSwitch[ReleaseService]:
        """Return what holds the release that is served, ready to answer.

        Raises:
            ReleaseError: the release cannot be opened.
            StoreError: no query worker can be started.
        """
        find = partial(find_release, self._settings.releases, release_folder)
        return ReleaseSwitch(find, partial(self._create, loop), self._metrics)

    def _create(self, loop: asyncio.AbstractEventLoop, folder: Path) -> Generation[ReleaseService]:
        settings = self._settings
        with ExitStack() as unless_made:
            lease = _hold(folder)
            unless_made.callback(lease.close)
            release = prepare_release(folder, cache=settings.cache, progress=_log_step)
            store = open_store_of(release, settings)
            store.bind(loop)
            app, context = create_bare_application(release, settings, store, self._metrics)
            service = ReleaseService(
                release=release,
                settings=settings,
                released=context.modified,
                store=store,
                metrics=self._metrics,
                application=app.wsgi_app,
                cache=ResponseCache(settings.answer_cache * 1024 * 1024, self._metrics),
                keys=RequestKeys(release.version),
                observer=create_observer(app, context, self._log.request),
            )
            unless_made.pop_all()
            return Generation(release, service, store, lease.close)


def raise_open_files(wanted: int) -> int:
    """Let this process have as many files open as are wanted, or as the system allows, and return how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return wanted if soft == resource.RLIM_INFINITY else soft


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
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_BYTES)  # its connections inherit it
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


def _log_to(log: AccessLog) -> None:
    """Send the project's log records, and those of the event loop, to the server's log."""
    for name, level in (("nosograph", logging.INFO), ("asyncio", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers[:] = [LogHandler(log)]
        logger.setLevel(level)
        logger.propagate = False


def _print_line(line: str) -> None:
    print(line, flush=True)  # noqa: T201
