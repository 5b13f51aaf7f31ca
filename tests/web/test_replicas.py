"""The files of the guide for replicas work: nginx spreads readers so that neither a loss nor a new release shows."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from live import Server
from nginx import free_port, running_nginx
from noted_releases import build
from replicas import ask, site_of

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy" / "replicas"
CLIENTS = [f"127.0.0.{number}" for number in range(10, 26)]


@pytest.mark.slow  # builds two releases and starts two servers and nginx
def test_neither_a_loss_nor_a_new_release_shows(tmp_path: Path) -> None:
    """What one replica has not got yet, or no longer answers, another one answers, by GET and by POST."""
    behind, ahead = tmp_path / "behind", tmp_path / "ahead"
    old = build(behind, "one")
    shutil.copytree(behind, ahead, symlinks=True)
    new = build(ahead, "two")
    servers = [
        Server("--releases", str(folder), "--trusted-proxies", "1", log=tmp_path / f"{folder.name}.jsonl")
        for folder in (behind, ahead)
    ]
    port = free_port()
    try:
        with running_nginx(tmp_path, site_of([server.port for server in servers], port, tmp_path), [port]):
            first = {source: ask(port, "/about", source=source).release for source in CLIENTS}
            again = {source: ask(port, f"/about?{source}", source=source).release for source in CLIENTS}
            versioned = [ask(port, f"/dumps/{new.version}/manifest.json?{each}", source=each) for each in CLIENTS]
            servers[0].process.send_signal(signal.SIGKILL)
            servers[0].process.wait(30)
            asked = [ask(port, f"/about?again-{each}", source=each) for each in CLIENTS]
            posted = [ask(port, "/sparql", b"ASK {}", each) for each in CLIENTS]
    finally:
        servers[1].stop()
        servers[0].stop()

    assert set(first.values()) <= {old.version, new.version}
    assert set(again.values()) == {old.version, new.version}
    assert [answer.status for answer in versioned] == [200] * len(CLIENTS)
    assert {(answer.status, answer.release) for answer in asked + posted} == {(200, new.version)}


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    """The file says nothing that nginx does not know."""
    port = free_port()
    with running_nginx(tmp_path, site_of([free_port() for _ in range(3)], port, tmp_path), [port]):
        assert ask(port, "/").status == 502
        assert ask(port, "/metrics").status == 403
