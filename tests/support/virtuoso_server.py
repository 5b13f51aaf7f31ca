"""A Virtuoso of its own for tests, where it is installed."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

CONFIGURATION = """
[Database]
DatabaseFile={folder}/virtuoso.db
ErrorLogFile={folder}/virtuoso.log
LockFile={folder}/virtuoso.lck
TransactionFile={folder}/virtuoso.trx
xa_persistent_file={folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile={folder}/temporary.db
TransactionFile={folder}/temporary.trx
[Parameters]
ServerPort={port}
DirsAllowed={folder}
NumberOfBuffers=10000
MaxDirtyBuffers=6000
[SPARQL]
ResultSetMaxRows=100000
"""
SECONDS = 180

Run = Callable[[str], str]


@contextlib.contextmanager
def running_virtuoso(folder: Path) -> Iterator[Run]:
    """Return what runs statements in a new Virtuoso and returns what it prints; it may read and write the folder."""
    program, shell = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if program is None or shell is None:
        pytest.skip("Virtuoso is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (folder / "virtuoso.ini").write_text(CONFIGURATION.format(folder=folder, port=port))

    def run(statement: str) -> str:
        options = [str(port), "dba", "dba", "PROMPT=OFF", "VERBOSE=OFF", "BANNER=OFF", "ERRORS=STDOUT"]
        done = subprocess.run([shell, *options], input=statement, capture_output=True, text=True, timeout=SECONDS)
        return done.stdout

    server = subprocess.Popen(
        [program, "+foreground", "+configfile", str(folder / "virtuoso.ini")],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(server, port)
        yield run
    finally:
        server.terminate()
        server.wait(timeout=60)


def _wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, "Virtuoso did not start"
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("Virtuoso was not ready in time")
