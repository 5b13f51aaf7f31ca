"""The log of the server: lines of JSON in their order, and nobody waits for whoever reads them."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

from nosograph.web.server import access_log
from nosograph.web.server.access_log import AccessLog, LogHandler


def test_lines_are_json_in_their_order(tmp_path: Path) -> None:
    """Requests and messages stand in one file, each with its time; closing writes what waits."""
    path = tmp_path / "log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    log = AccessLog(descriptor, clock=lambda: 1.5)
    record = logging.LogRecord("nosograph.web", logging.ERROR, "", 0, "a %s", ("message",), None)
    log({"event": "request", "path": "/é\n"})
    LogHandler(log).emit(record)
    for number in range(1000):
        log({"number": number})
    log.close(patience=20)
    os.close(descriptor)

    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"time": "1970-01-01T00:00:01.500Z", "level": "info", "event": "request", "path": "/é\n"}
    assert (lines[1]["level"], lines[1]["message"]) == ("error", "a message")
    assert [line["number"] for line in lines[2:]] == list(range(1000))


def test_a_reader_that_stands_still_stops_nobody() -> None:
    """Lines beyond a number are dropped, and it is told how many, when the reader goes on."""
    reader, writer = os.pipe()
    log = AccessLog(writer)
    sent = access_log.MOST_WAITING * 3
    for number in range(sent):
        log({"number": number})
    received = b""
    while b"were dropped" not in received:
        received += os.read(reader, 1 << 20)
        log({"more": True})
    os.close(reader)
    log.close(patience=20)
    os.close(writer)

    lines = [json.loads(line) for line in received.splitlines() if line.endswith(b"}")]
    told = next(line for line in lines if "dropped" in line.get("message", ""))
    numbers = [line["number"] for line in lines if "number" in line]
    assert numbers == sorted(numbers)
    assert int(told["message"].split()[0]) >= sent - len(numbers) - access_log.MOST_WAITING


def test_a_reader_that_has_gone_is_no_reason_to_fail() -> None:
    """The server goes on when nobody can read its log any more."""
    reader, writer = os.pipe()
    os.close(reader)
    log = AccessLog(writer)

    log({"event": "request"})
    log.close(patience=20)
    os.close(writer)
