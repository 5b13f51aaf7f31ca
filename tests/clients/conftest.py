"""What the tests of other people's clients share: the endpoint of the real server, and what it must answer."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pyoxigraph
import pytest
from client_queries import GIVEN, ROWS, Given
from maven import NotInstalled, fetch_libraries
from sharing import alone_in

from nosograph.release.opening import Release

JAVA = Path(__file__).parent / "jvm"
SECONDS = 300
"""Seconds that package managers may take to fetch what a client needs."""

Serve = Callable[[dict[str, str]], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def endpoint(site: str) -> str:
    """Return the address of the endpoint."""
    return f"{site}sparql"


@pytest.fixture(scope="session")
def published(release: Release) -> pyoxigraph.Store:
    """Return the release's quads in memory, read from its N-Quads dump: what every client must see."""
    store = pyoxigraph.Store()
    store.bulk_load(path=str(release.dump("nq")), format=pyoxigraph.RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="session")
def subtypes(published: pyoxigraph.Store) -> dict[str, str]:
    """Return what ``SUBTYPES`` must find, label by IRI, found by look-up in the dump instead of by a query."""
    has_subtype = pyoxigraph.NamedNode("https://w3id.org/nosograph/ontology#hasSubtype")
    label = pyoxigraph.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    subject = pyoxigraph.NamedNode("https://w3id.org/nosograph/condition/scleroderma")
    found = {
        quad.object.value: next(published.quads_for_pattern(quad.object, label, None)).object.value
        for quad in published.quads_for_pattern(subject, has_subtype, None)
    }
    assert len(found) >= 2, "the data no longer hold what these tests ask for"
    return found


@pytest.fixture(scope="session")
def serve(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Return what runs another server of the same release, with settings from environment variables."""

    @contextlib.contextmanager
    def run(settings: dict[str, str]) -> Iterator[str]:
        folder = tmp_path_factory.mktemp("server")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, "-m", "nosograph.cli", "serve", "--release", str(release.folder.resolve())]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*command, "--port", str(port)], cwd=folder, env=os.environ | settings, stdout=log, stderr=log
            )
        address = f"http://127.0.0.1:{port}/"
        try:
            _wait_until_ready(server, address, folder / "log")
            yield address
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)

    return run


def _wait_until_ready(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert server.poll() is None, f"the server ended: {log.read_text()}"
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"the server was not ready within 30 seconds: {log.read_text()}")


@pytest.fixture(scope="session")
def given(published: pyoxigraph.Store) -> Given:
    """Return a thousand resources, those that have a label here first."""
    label = pyoxigraph.NamedNode("http://www.w3.org/2004/02/skos/core#prefLabel")
    labelled = sorted({str(quad.subject.value) for quad in published.quads_for_pattern(None, label, None)})
    known = labelled[: ROWS // 2]
    unknown = [f"https://w3id.org/nosograph/condition/known-only-to-the-client-{number}" for number in range(ROWS)]
    iris = (*known, *unknown)[:ROWS]
    lines = "".join(f"<{iri}> <{GIVEN}> {number} .\n" for number, iri in enumerate(iris))
    return Given(iris, len(known), lines)


@pytest.fixture(scope="session")
def jars(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Return what brings the files that a ``pom.xml`` names, and returns their folder."""

    def bring(pom: Path) -> Path:
        if shutil.which("javac") is None:
            pytest.skip("the Java compiler is not installed")
        digest = hashlib.sha256(pom.read_bytes()).hexdigest()
        cache = getattr(pytestconfig, "cache", None)
        folder = cache.mkdir(f"jvm-{digest[:16]}") if cache else tmp_path_factory.mktemp("jvm")
        with alone_in(folder):
            try:
                fetch_libraries(pom, folder)
            except NotInstalled as reason:
                pytest.skip(str(reason))
        return folder

    return bring


@pytest.fixture(scope="session")
def libraries(jars: Callable[[Path], Path]) -> Path:
    """Return the folder of the jar files."""
    return jars(JAVA / "pom.xml")
