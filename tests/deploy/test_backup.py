"""Backup, restore, rotation of the log and the upgrade script, each done for real on folders of a test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from live import PATIENCE, Server, Shelf, shelf
from nginx import free_port

from nosograph.release.opening import Release

__all__ = ["shelf"]

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"


def script(folder: Path, name: str, text: str) -> Path:
    """Return a program that a test puts in place of another."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def command(folder: Path) -> Path:
    """Return a program that is the command line of this checkout."""
    return script(folder / "bin", "nosograph", f'exec "{sys.executable}" -m nosograph.cli "$@"')


def backup(source: Path, target: Path, tool: Path) -> subprocess.CompletedProcess[str]:
    """Return how the script ended."""
    environment = os.environ | {"NOSOGRAPH": str(tool), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    arguments = ["sh", str(DEPLOY / "backup"), str(source), str(target)]
    return subprocess.run(arguments, env=environment, cwd=target.parent, capture_output=True, text=True, check=False)


def contents(folder: Path) -> dict[str, bytes]:
    """Return what belongs in a copy: the files of a folder but derived ones and marks of programs."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "derived" not in path.parts and path.name != ".lock"
    }


@pytest.fixture
def releases(shelf: Shelf, tmp_path: Path) -> Path:
    """Return a folder with two releases, their differences and ledger, which a test may lose."""
    folder = tmp_path / "releases"
    shutil.copytree(shelf.folder, folder, symlinks=True)
    return folder


@pytest.mark.slow
def test_what_was_lost_is_restored(releases: Path, shelf: Shelf, tmp_path: Path) -> None:
    """The folder of the releases is backed up, lost and restored: every file is there, and a server answers from it."""
    tool, copy = command(tmp_path), tmp_path / "copy"
    before, latest = contents(releases), (releases / "latest").readlink()

    first = backup(releases, copy, tool)
    again = backup(releases, copy, tool)
    shutil.rmtree(releases)
    restored = backup(copy, releases, tool)

    assert (first.returncode, again.returncode, restored.returncode) == (0, 0, 0), first.stderr + restored.stderr
    assert sorted(first.stdout.split()) == sorted([shelf.main.version, shelf.other.version])
    assert again.stdout == ""
    assert contents(releases) == before
    assert (releases / "latest").readlink() == latest
    assert not [path for path in copy.rglob("*") if ".part" in path.name or path.name == "derived"]
    server = Server("--releases", str(releases), log=tmp_path / "log.jsonl")
    try:
        assert server.get("/readyz").json["release"] == str(latest)
        assert server.get(f"/release/{shelf.other.version}", Accept="text/html").status in (200, 303)
    finally:
        server.stop()


@pytest.mark.slow
def test_a_damaged_release_is_not_copied(releases: Path, shelf: Shelf, tmp_path: Path) -> None:
    """A copy of what is damaged would push a whole one out of the last place that has it."""
    dump = releases / shelf.other.version / "nosograph.nt"
    content = bytearray(dump.read_bytes())
    content[len(content) // 2] ^= 1
    dump.write_bytes(content)

    done = backup(releases, tmp_path / "copy", command(tmp_path))

    assert done.returncode == 1
    assert f"The release {shelf.other.version} of {releases} is damaged" in done.stderr
    assert not (tmp_path / "copy" / shelf.other.version).exists()
    assert not list((tmp_path / "copy").glob(".part-*"))


def tiny_folder(folder: Path, *versions: str) -> Path:
    """Return what the script takes for a folder of releases, where no release has to be verified."""
    for version in versions:
        (folder / version).mkdir(parents=True)
        (folder / version / "manifest.json").write_text("{}")
    ledger = {"releases": [{"version": version, "state": "whole"} for version in versions]}
    (folder / "ledger.json").write_text(json.dumps(ledger, indent=2))
    return folder


def test_what_came_after_the_first_copy_is_added(tmp_path: Path) -> None:
    """A signature is made by hand after a build, and whom a mirror trusts is known to it alone."""
    releases, copy = tiny_folder(tmp_path / "releases", "2026-01-01-a"), tmp_path / "copy"
    first = backup(releases, copy, Path("true"))
    (releases / "2026-01-01-a" / "SHA256SUMS.minisig").write_text("signed")
    (releases / "publisher.json").write_text('{"keys": []}')

    again = backup(releases, copy, Path("true"))

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert again.stdout.split() == ["2026-01-01-a/SHA256SUMS.minisig"]
    assert contents(copy) == contents(releases)


def test_a_ledger_that_lost_a_release_replaces_none(tmp_path: Path) -> None:
    """A folder that was begun anew after a loss does not spoil the copy that is to restore it."""
    copy, whole = tmp_path / "copy", tiny_folder(tmp_path / "releases", "2026-01-01-a", "2026-01-02-b")
    assert backup(whole, copy, Path("true")).returncode == 0
    before = contents(copy)

    done = backup(tiny_folder(tmp_path / "anew", "2026-01-02-b", "2026-01-03-c"), copy, Path("true"))

    assert done.returncode == 1
    assert "lists 2026-01-01-a, which" in done.stderr and "restore" in done.stderr
    assert contents(copy) == before


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    """And not taken for a damaged release."""
    done = backup(tiny_folder(tmp_path / "releases", "2026-01-01-a"), tmp_path / "copy", Path("no-such-command"))

    assert done.returncode == 2
    assert "NOSOGRAPH=" in done.stderr
    assert not (tmp_path / "copy").exists()


def test_a_folder_that_has_no_releases_is_refused(tmp_path: Path) -> None:
    """A wrong argument changes nothing."""
    (tmp_path / "photos").mkdir()

    done = backup(tmp_path / "photos", tmp_path / "copy", Path("false"))

    assert done.returncode == 2
    assert "it has no ledger.json" in done.stderr
    assert not (tmp_path / "copy").exists()


@pytest.mark.slow
def test_log_is_rotated_while_the_server_writes(release: Release, tmp_path: Path) -> None:
    """No line is lost or torn, and the server goes on in the file that was cut, without being told."""
    program = shutil.which("logrotate", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("logrotate is not installed")
    text = (DEPLOY / "logrotate.conf").read_text(encoding="utf-8")
    assert "/var/log/nosograph/*.jsonl" in text
    configuration = tmp_path / "logrotate.conf"
    configuration.write_text(text.replace("/var/log/nosograph", str(tmp_path / "logs")), encoding="utf-8")
    configuration.chmod(0o644)
    (tmp_path / "logs").mkdir(mode=0o755)
    log = tmp_path / "logs" / "a.jsonl"
    log.touch()
    prelude = f"import os; os.dup2(os.open({str(log)!r}, os.O_WRONLY | os.O_APPEND), 2)"
    server = Server("--release", str(release.folder), log=tmp_path / "first.log", prelude=prelude)
    try:
        for number in range(20):
            server.get(f"/about?n={number}")
        # A line that is written between copying and cutting is lost, as logrotate says of itself; none shall be then.
        until = time.monotonic() + PATIENCE
        while log.read_text(encoding="utf-8").count('"path": "/about') < 20 and time.monotonic() < until:
            time.sleep(0.05)
        rotate = [program, "--force", "--state", str(tmp_path / "state"), str(configuration)]
        done = subprocess.run(rotate, capture_output=True, text=True, check=False)
        for number in range(20, 40):
            server.get(f"/about?n={number}")
    finally:
        server.stop()

    assert done.returncode == 0, done.stderr
    (rotated,) = [path for path in (tmp_path / "logs").iterdir() if path != log]
    lines = [json.loads(line) for path in (rotated, log) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sum(line.get("path", "").startswith("/about") for line in lines) == 40
    assert b"\0" not in log.read_bytes()


SYSTEMCTL = """
state="$SLOTS_STATE"
name="${2#nosograph@}"; [ "$2" != --quiet ] || name="${3#nosograph@}"
echo "$1 $name" >>"$state/calls"
case "$1" in
is-active) [ -f "$state/$name.pid" ] && kill -0 "$(cat "$state/$name.pid")" 2>/dev/null ;;
start)
    port=$(sed -n 's/^NOSOGRAPH_PORT=//p' "$SETTINGS/$name.env")
    "$SLOTS/$name/bin/nosograph" serve --port "$port" --release "$SERVED" >"$state/$name.log" 2>&1 &
    echo $! >"$state/$name.pid" ;;
stop) kill "$(cat "$state/$name.pid")"; rm "$state/$name.pid" ;;
esac
"""
"""What systemctl does, as far as the script sees it."""


@pytest.mark.slow
@pytest.mark.parametrize("works", [True, False])
def test_upgrade_changes_slots_or_nothing(release: Release, tmp_path: Path, works: bool) -> None:
    """The other slot gets the new software and serves; software that does not get ready leaves the old one in place."""
    slots, settings, state = tmp_path / "slots", tmp_path / "settings", tmp_path / "state"
    for folder in (slots, settings, state):
        folder.mkdir()
    tool = command(tmp_path) if works else script(tmp_path / "bin", "nosograph", "exit 3")
    ports = {name: free_port() for name in "ab"}
    for name, port in ports.items():
        cache = tmp_path / f"cache-{name}"
        cache.mkdir()
        (settings / f"{name}.env").write_text(f"NOSOGRAPH_PORT={port}\nNOSOGRAPH_CACHE={cache}\n", encoding="utf-8")
    script(tmp_path / "path", "systemctl", SYSTEMCTL)
    install = f'mkdir -p "$(dirname "$0")"; cp "{tool}" "$(dirname "$0")/nosograph"'
    pip = script(tmp_path / "fake", "pip", install)
    venv = f'mkdir -p "$3/bin"; cp "{pip}" "$3/bin/pip"; ln -s "{sys.executable}" "$3/bin/python"'
    script(tmp_path / "path", "python3", venv)
    environment = os.environ | {
        "PATH": f"{tmp_path / 'path'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        "SLOTS": str(slots),
        "SETTINGS": str(settings),
        "NOTICE": "0",
        "SLOTS_STATE": str(state),
        "SERVED": str(release.folder),
    }
    old = subprocess.Popen(["sleep", "300"])
    (state / "a.pid").write_text(str(old.pid), encoding="utf-8")

    try:
        upgrade = ["sh", str(DEPLOY / "upgrade"), "requirements.txt", "nosograph.whl"]
        done = subprocess.run(
            upgrade, env=environment, capture_output=True, text=True, check=False, timeout=180, cwd=tmp_path
        )
        running = [name for name in "ab" if (state / f"{name}.pid").exists()]
    finally:
        for path in state.glob("*.pid"):
            os.kill(int(path.read_text(encoding="utf-8")), signal.SIGTERM)
        old.wait(30)

    calls = (state / "calls").read_text(encoding="utf-8")
    if works:
        assert (done.returncode, running) == (0, ["b"]), done.stderr
        assert calls.index("start b") < calls.index("stop a")
        assert [name for name in "ab" if (tmp_path / f"cache-{name}").exists()] == ["b"]
        assert f"nosograph@b serves on port {ports['b']}" in done.stdout
    else:
        assert (done.returncode, running) == (1, ["a"])
        assert "did not get ready" in done.stderr
        assert [name for name in "ab" if (tmp_path / f"cache-{name}").exists()] == ["a", "b"]
        assert "stop a" not in calls
