"""Serves one release and lets another take its place: loaded beside it, swapped at once, the old one drained.

A request is answered by one release from its first line to its last byte, whatever happens meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Generic, TypeVar

from nosograph.errors import NosographError
from nosograph.release.names import MANIFEST_NAME
from nosograph.release.opening import Release
from nosograph.store.interface import Store
from nosograph.web.server.metrics import Metrics

_log = logging.getLogger("nosograph.web")

WATCH_SECONDS: Final = 2.0
"""How often a watching server looks for another release: one look is two calls of the file system."""

Stamp = tuple[str, int]
Service = TypeVar("Service")
"""What answers for a release."""


class Generation(Generic[Service]):
    """A release that is or was served, with the number of requests that it is answering.

    Args:
        release: the release.
        service: what answers for it.
        store: what is closed when the last request is done.
        let_go: called when the store has been closed.
    """

    def __init__(
        self, release: Release, service: Service, store: Store, let_go: Callable[[], None] = lambda: None
    ) -> None:
        self.release = release
        self.service = service
        self.store = store
        self._let_go = let_go
        self._requests = 0
        self._retired = False
        self._lock = threading.Lock()

    def enter(self) -> bool:
        """Count a request in; False when this generation was retired already and another is to be asked."""
        with self._lock:
            if self._retired:
                return False
            self._requests += 1
            return True

    def leave(self) -> bool:
        """Count a request out; return whether it was the last of a retired generation, which must be closed now."""
        with self._lock:
            self._requests -= 1
            return self._retired and self._requests == 0

    def retire(self) -> None:
        """Take no further request, and close the store when none is left."""
        with self._lock:
            idle = not self._retired and self._requests == 0
            self._retired = True
        if idle:
            self.close()

    def close(self) -> None:
        """Close the store, and let go of what was held for the release."""
        try:
            self.store.close()
        finally:
            self._let_go()


class ReleaseSwitch(Generic[Service]):
    """Holds the release that is served now.

    Args:
        find: gives the folder of the release that should be served.
        create: makes the generation for a folder, ready to answer.
        metrics: where swaps are counted.
    """

    def __init__(
        self, find: Callable[[], Path], create: Callable[[Path], Generation[Service]], metrics: Metrics
    ) -> None:
        self._find = find
        self._create = create
        self._metrics = metrics
        self._tried: Stamp | None = None
        self._complaint = ""
        self._wanted = threading.Event()
        self._stopping = threading.Event()
        self._loader: threading.Thread | None = None
        self._current = self._load(self._find())
        self._activate()

    @property
    def release(self) -> Release:
        """The release that is served now."""
        return self._current.release

    @property
    def current(self) -> Generation[Service]:
        """The generation that is served now."""
        return self._current

    def enter(self) -> Generation[Service] | None:
        """Return the current generation with a request counted in, which must leave; None after the end."""
        generation = self._current
        while not generation.enter():
            if self._stopping.is_set():
                return None
            generation = self._current
        return generation

    def start_loader(self, *, watch: bool) -> None:
        """Start the thread that loads another release when asked, or as soon as there is one when watching."""
        self._loader = threading.Thread(target=self._run_loader, args=(watch,), name="release-loader", daemon=True)
        self._loader.start()

    def request_reload(self) -> None:
        """Ask for the release that should be served to be loaded; returns at once, as a signal handler must."""
        self._wanted.set()

    def reload(self, *, again: bool = True) -> bool:
        """Load the release that should be served and swap it in; return whether that happened.

        A release that cannot be loaded is reported in the log, and the one that is served stays.

        Args:
            again: try even a folder that was tried before and has not changed, and repeat a complaint.
        """
        try:
            folder = self._find()
            stamp = _stamp(folder)
            if stamp == self._tried and not again:
                return False
            successor = self._load(folder)
        except NosographError as error:
            if again or str(error) != self._complaint:
                self._complaint = str(error)
                self._metrics.swaps.labels("failed").inc()
                _log.error("the release %s stays, because another could not be loaded: %s", self.release.version, error)
            return False
        self._complaint = ""
        retired, self._current = self._current, successor
        self._activate()
        retired.retire()
        self._metrics.swaps.labels("swapped").inc()
        _log.warning("release %s took the place of %s", successor.release.version, retired.release.version)
        return True

    def close(self) -> None:
        """Stop the loader and close the store when the last request is done."""
        self._stopping.set()
        self._wanted.set()
        if self._loader is not None and self._loader is not threading.current_thread():
            self._loader.join(timeout=5)
        self._current.retire()

    def _load(self, folder: Path) -> Generation[Service]:
        self._tried = _stamp(folder)
        generation = self._create(folder)
        try:
            generation.store.start()
        except NosographError:
            generation.close()
            raise
        return generation

    def _activate(self) -> None:
        self._metrics.watch_store(self._current.release.version, self._current.store.statistics)

    def _run_loader(self, watch: bool) -> None:
        while not self._stopping.is_set():
            asked = self._wanted.wait(timeout=WATCH_SECONDS if watch else None)
            self._wanted.clear()
            if self._stopping.is_set():
                return
            if asked or watch:
                try:
                    self.reload(again=asked)
                except Exception:
                    _log.exception("loading another release failed")


def _stamp(folder: Path) -> Stamp:
    try:
        return str(folder), (folder / MANIFEST_NAME).stat().st_mtime_ns
    except OSError:
        return str(folder), 0
