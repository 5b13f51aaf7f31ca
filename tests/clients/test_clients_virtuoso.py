"""Virtuoso as a client that joins its own data with ours, by SERVICE."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from client_queries import GIVEN, Given

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
CALL = """SPARQL PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT (COUNT(*) AS ?rows) WHERE {{ {own} SERVICE <{endpoint}> {{ {block} ?thing skos:prefLabel ?label }} }};
"""
SECONDS = 180

pytestmark = pytest.mark.slow
Ask = Callable[[str], int]


@pytest.fixture(scope="module")
def virtuoso(given: Given, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Return what asks a Virtuoso, in which the client's data are a graph, a query that counts."""
    program, shell = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if program is None or shell is None:
        pytest.skip("Virtuoso is not installed")
    folder = tmp_path_factory.mktemp("virtuoso")
    (folder / "given.ttl").write_text(given.turtle)
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
        assert "Error" not in run(f"DB.DBA.TTLP(file_to_string('{folder}/given.ttl'), '', 'https://e.org/graph', 0);\n")
        yield lambda query: _number(run(query))
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


def _number(output: str) -> int:
    assert "Error" not in output, output
    return int(output.split()[-1])


def test_a_block_is_a_filter(virtuoso: Ask, endpoint: str, given: Given) -> None:
    """Inline data become a chain of a thousand comparisons, sent by POST."""
    assert virtuoso(CALL.format(own="", endpoint=endpoint, block=given.block)) == given.known


def test_its_own_rows_are_asked_one_by_one(virtuoso: Ask, endpoint: str, given: Given) -> None:
    """For each row of its own graph it sends a query by GET, as a browser that wants XML."""
    own = f"GRAPH <https://e.org/graph> {{ ?thing <{GIVEN}> ?number }}"

    assert virtuoso(CALL.format(own=own, endpoint=endpoint, block="")) == given.known
