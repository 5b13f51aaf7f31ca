"""The log: a line of JSON for each request and for each message, on one open file, which may stand still."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from nosograph.web.server.observation import RequestRecord

MOST_WAITING: Final = 20_000
"""Lines that may wait while whoever reads the log stands still; more are dropped and counted."""

_PAUSE: Final = 0.02

_REPEATED: Final = RequestRecord._fields.index("method")
"""From this field on, a request that comes again has the same values."""

_encode: Final = json.JSONEncoder(ensure_ascii=False, default=str).encode


class JsonLines(logging.Formatter):
    """Writes each log record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line: time, level, and the fields that the record carries or else its message."""
        line: dict[str, Any] = {"time": timestamp(record.created), "level": record.levelname.lower()}
        fields = getattr(record, "fields", None)
        line |= fields if isinstance(fields, Mapping) else {"event": "log", "message": record.getMessage()}
        if record.exc_info and record.exc_info[0] is not None:
            line["trace"] = "".join(traceback.format_exception(*record.exc_info))
        return _encode(line)


class AccessLog:
    """Writes lines of JSON from a thread of its own, so that no request waits for whoever reads the log.

    Args:
        descriptor: number of the open file.
        clock: gives seconds since 1970.
    """

    def __init__(self, descriptor: int, clock: Callable[[], float] = time.time) -> None:
        self._descriptor = descriptor
        self._clock = clock
        self._lines: deque[str] = deque()
        self._dropped = 0
        self._wanted = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    def __call__(self, fields: Mapping[str, Any]) -> None:
        """Write a line of some fields."""
        self.write(_encode({"time": timestamp(self._clock()), "level": "info", **fields}))

    def request(self, record: RequestRecord) -> None:
        """Write the line of a request."""
        query = f', "query": {_encode(record.query)}' if record.query else ""
        self.write(
            f'{{"time": "{timestamp(self._clock())}", "level": "info", "event": "request", "id": "{record.id}", '
            f'"client": {_encode(record.client)}, "bytes": {record.bytes}, "milliseconds": {record.milliseconds}, '
            f"{_encode_repeated(record[_REPEATED:])}{query}}}"
        )

    def write(self, line: str) -> None:
        """Write a line; returns at once."""
        if len(self._lines) >= MOST_WAITING:
            self._dropped += 1
            return
        self._lines.append(line)
        if not self._wanted.is_set():
            self._wanted.set()

    def close(self, patience: float = 1.0) -> None:
        """Write what waits, for so many seconds at most."""
        self._closing = True
        self._wanted.set()
        self._thread.join(patience)

    def _run(self) -> None:
        while not self._closing or self._lines:
            self._wanted.wait()
            self._wanted.clear()
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            dropped, self._dropped = self._dropped, 0
            if dropped:
                fields = {"event": "log", "message": f"{dropped} lines were dropped, because the log was not read."}
                lines.append(_encode({"time": timestamp(self._clock()), "level": "error", **fields}))
            if lines:
                self._write_out(("\n".join(lines) + "\n").encode(errors="replace"))
            if not self._closing:
                time.sleep(_PAUSE)

    def _write_out(self, content: bytes) -> None:
        """Write to the file; a reader that has gone away is no reason to fail."""
        left = memoryview(content)
        with contextlib.suppress(OSError):
            while left:
                left = left[os.write(self._descriptor, left) :]


class LogHandler(logging.Handler):
    """Sends log records to the one log of the server."""

    def __init__(self, log: AccessLog) -> None:
        super().__init__()
        self._log = log
        self.setFormatter(JsonLines())

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line of a record."""
        self._log.write(self.format(record))


@lru_cache(maxsize=512)
def _encode_repeated(values: tuple[Any, ...]) -> str:
    """Return the part of a line that is the same whenever a client asks the same, which costs most to encode."""
    said = {
        name: value
        for name, value in zip(RequestRecord._fields[_REPEATED:], values, strict=True)
        if value != "" and value is not False
    }
    return _encode(said)[1:-1]


def timestamp(seconds: float) -> str:
    """Return a moment in UTC as the log writes it."""
    return f"{_second(int(seconds))}.{int(seconds % 1 * 1000):03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
