"""What every test may use: the project's own data, validated and built once for a test run."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from sharing import made_once, newest

from nosograph.api.building import build_release
from nosograph.assets import Assets, find_assets
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import Base
from nosograph.release.opening import Release
from nosograph.validation.report import Report
from nosograph.validation.validate import validate

ROOT = Path(__file__).parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what decides how much is tried."""
    parser.addoption(
        "--random-queries",
        type=int,
        default=30,
        help="random queries that both engines are asked; all kinds are among 120",
    )
    parser.addoption("--seed", type=int, default=1, help="what the random queries depend on")


@pytest.fixture(scope="session")
def assets() -> Assets:
    """Return the folders of the checkout."""
    return find_assets(ROOT)


@pytest.fixture(scope="session")
def knowledge(assets: Assets) -> KnowledgeGraph:
    """Return the curated graph, with the default base."""
    return load_knowledge(assets, Base())


@pytest.fixture(scope="session")
def report(knowledge: KnowledgeGraph) -> Report:
    """Return the shapes' verdict on the curated graph."""
    return validate(knowledge)


@pytest.fixture(scope="session")
def release(assets: Assets, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of the curated graph; it is immutable, so all tests of all worker processes share it."""
    return newest(made_once(tmp_path_factory, "curated", lambda folder: build_release(assets.root, folder)))


@pytest.fixture(scope="session")
def source_texts() -> Path:
    """Return the folder of the source documents, which the project itself does not republish."""
    folder = ROOT.parent / "shared" / "sources"
    if not folder.is_dir():
        pytest.skip("the texts of the source documents are not beside the checkout, and the project holds none")
    return folder


@pytest.fixture(scope="session")
def site(release: Release) -> Iterator[str]:
    """Return the address of the real server, run as a user runs it, with a release of the curated graph."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "nosograph.cli", "serve", "--release", str(release.folder), "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}/"
    try:
        _wait_until_ready(server, address)
        threading.Thread(target=_drain, args=(server,), daemon=True).start()
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)
        if server.stderr:
            server.stderr.close()


def _wait_until_ready(server: subprocess.Popen[str], address: str) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise AssertionError(f"the server ended: {server.stderr.read() if server.stderr else ''}")
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server was not ready within 30 seconds")


def _drain(server: subprocess.Popen[str]) -> None:
    """Read the access log away, so that a full pipe does not stop the server."""
    assert server.stderr is not None
    with contextlib.suppress(ValueError):
        for _ in server.stderr:
            pass
