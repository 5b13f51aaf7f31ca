"""Seeded faults, which are done to a folder of releases with its builders and its servers."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Final

from damage import flip, halve, remove
from fake_service import JSON, fill, running_service
from faulty_world import BUILD_SECONDS, HONEST, PROGRAM, FaultyWorld, text_query
from flaky_network import FlakyNetwork
from live import PATIENCE, Server
from process_tree import family, lives

from nosograph.api.mirroring import pull
from nosograph.api.releases import verify
from nosograph.distribution.addresses import open_source
from nosograph.distribution.pruning import prune_releases
from nosograph.distribution.pulling import Mirror, PullChoice
from nosograph.errors import ReleaseError
from nosograph.release.opening import latest_release, open_release
from nosograph.release.service_copy import service_copy

_CLOCK: Final = """
import random, threading, time
right, chance, wrong = time.time, random.Random({seed}), [0.0]
def jump():
    while True:
        wrong[0] = chance.choice([-1, 1]) * 10 ** chance.uniform(0, 8)
        time.sleep(0.2)
time.time = lambda: max(0.0, right() + wrong[0])
threading.Thread(target=jump, daemon=True).start()
"""
"""What makes the clock of a server jump, five times a second, by a second or by three years, either way."""


def do_fault(world: FaultyWorld, name: str, chance: random.Random) -> str:
    """Do one fault to a world, and return what was done in words."""
    return FAULTS[name](world, chance)


def _kill_build(world: FaultyWorld, chance: random.Random) -> str:
    process, text = world.begin_build()
    delay = chance.uniform(0, 3.0)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    process.kill()
    process.communicate()
    published = world.note_if_published(text)
    world.build()
    assert not list(world.releases.glob(".staging-*")), "the work of the killed build is still there"
    return f"build killed after {delay:.2f} s, {'published' if published else 'not published'}"


def _fill_disk(world: FaultyWorld, chance: random.Random) -> str:
    size = int(10 ** chance.uniform(3, 6.6))
    process, text = world.begin_build("--file-size", str(size))
    _, errors = process.communicate(timeout=BUILD_SECONDS)
    published = world.note_if_published(text)
    assert published == (process.returncode == 0), errors
    if not published:
        assert "cannot be written" in errors and "Traceback" not in errors, errors
        assert not list(world.releases.glob(".staging-*")), "the work of the build that failed is still there"
    return f"no file above {size} bytes, {'built' if published else 'refused'}"


def _fill_file_system(world: FaultyWorld, chance: random.Random) -> str:
    """Build into a file system of its own that is too small for it, where one can be mounted."""
    size = int(10 ** chance.uniform(4.5, 6.8))
    target = world.folder / "small-disk"
    target.mkdir(exist_ok=True)
    script = (
        f'mount -t tmpfs -o size={size} tmpfs "$1" || exit 99; "$2" "$3" "$1"; code=$?; '
        'ls -A "$1"; test -e "$1/latest" && cat "$1/latest/SHA256SUMS" >/dev/null && echo whole; exit $code'
    )
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    done = subprocess.run(
        [*command, str(target), sys.executable, str(PROGRAM)], capture_output=True, text=True, timeout=BUILD_SECONDS
    )
    if "unshare" in done.stderr or done.returncode == 99:
        return "no file system can be mounted here"
    assert (done.returncode == 0) == ("whole" in done.stdout.split()), done.stdout + done.stderr
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0 or ".staging-" not in done.stdout, done.stdout
    return f"a disk of {size} bytes, {'built' if done.returncode == 0 else 'refused'}"


def _kill_worker(world: FaultyWorld, chance: random.Random) -> str:
    server = chance.choice(world.servers)
    workers = family(server.process.pid)[1:]
    if workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(workers), signal.SIGKILL)
    return f"one of {len(workers)} processes of a server killed"


def _kill_server(world: FaultyWorld, chance: random.Random) -> str:
    number = chance.randrange(len(world.servers))
    server = world.servers[number]
    workers = family(server.process.pid)[1:]
    server.process.kill()
    server.process.wait()
    until = time.monotonic() + PATIENCE
    while left := [pid for pid in workers if lives(pid)]:
        assert time.monotonic() < until, f"processes outlive their server: {left}"
        time.sleep(0.05)
    world.restart(number)
    return f"server killed with {len(workers)} processes"


def _damage_derived(world: FaultyWorld, chance: random.Random) -> str:
    """Damage what was derived while no server has it open, and start anew."""
    current = world.newest()
    files = sorted(path for path in (current / "derived").rglob("*") if path.is_file() and path.stat().st_size)
    path = chance.choice(files)
    how = chance.choice([flip, halve, remove])
    for server in world.servers:
        server.stop()
    how(path)
    for number in range(len(world.servers)):
        world.restart(number)
    return f"{path.relative_to(current)}: {how.__name__}"


def _damage_published(world: FaultyWorld, chance: random.Random) -> str:
    """Damage a published file while it is served: it is never sent so, and is again when it is put back."""
    current = world.newest()
    manifest = open_release(current).manifest
    path = current / chance.choice(sorted(manifest.files))
    expected = manifest.files[path.relative_to(current).as_posix()].sha256
    kept = path.read_bytes()
    if not kept:
        return "an empty file cannot be damaged"
    how = chance.choice([flip, halve])
    how(path)
    try:
        for server in world.servers:
            reply = server.get(f"/dumps/{current.name}/{path.relative_to(current).as_posix()}")
            if reply.status == 200:
                assert hashlib.sha256(reply.body).hexdigest() == expected, f"{path.name} was sent damaged"
    finally:
        path.write_bytes(kept)
    for server in world.servers:
        reply = server.get(f"/dumps/{current.name}/{path.relative_to(current).as_posix()}")
        assert reply.status == 200 and hashlib.sha256(reply.body).hexdigest() == expected, (
            f"{path.name} stays {reply.status}"
        )
    return f"{path.name}: {how.__name__}"


def _jump_clock_of_server(world: FaultyWorld, chance: random.Random) -> str:
    number = chance.randrange(len(world.servers))
    world.restart(number, _CLOCK.format(seed=chance.randrange(1 << 30)))
    world.wait_for_recovery()
    world.build()
    world.wait_for_recovery()
    world.restart(number)
    return "the clock of a server jumped while a release was published"


def _jump_clock_of_build(world: FaultyWorld, chance: random.Random) -> str:
    seconds = chance.choice([-1, 1]) * 10 ** chance.uniform(0, 8.5)
    world.build("--clock", str(seconds))
    for path in world.newest().iterdir():
        if path.is_file() and chance.random() < 0.3:
            os.utime(path, (time.time() + seconds, time.time() + seconds))
    return f"a build with a clock that is wrong by {seconds:.0f} s"


def _drop_network(world: FaultyWorld, chance: random.Random) -> str:
    server = chance.choice(world.servers)
    answered = failed = 0
    with FlakyNetwork(server.port, chance) as network:
        for _ in range(25):
            try:
                world.ask(network.port, chance)
                answered += 1
            except (OSError, http.client.HTTPException, ValueError):
                failed += 1
    return f"{answered} answered and {failed} not over a network that did {dict(network.done)}"


def _hardly_wait(seconds: float) -> None:
    """Wait for a hundredth of what a pull waits before it asks again: this network gets no better by waiting."""
    time.sleep(seconds / 100)


def _pull(world: FaultyWorld, chance: random.Random) -> str:
    """Mirror a site over a network that breaks: what is there is whole at every moment, and in the end all is."""
    mirror = world.folder / f"mirror-{chance.randrange(1 << 30)}"
    server = chance.choice(world.servers)
    attempts = 0
    with FlakyNetwork(server.port, chance) as network:
        for _ in range(6):
            attempts += 1
            try:
                source = open_source(f"http://127.0.0.1:{network.port}/")
                Mirror(source, mirror, PullChoice(), partial(datetime.now, UTC), sleep=_hardly_wait).pull()
                break
            except ReleaseError:
                for folder in mirror.glob("2*"):
                    assert verify(folder).whole, f"{folder.name} was pulled damaged"
    report = pull(f"{server.address}/", mirror)
    newest = latest_release(mirror)
    assert newest is not None and verify(newest).whole, report
    assert newest.name in world.texts
    shutil.rmtree(mirror)
    return f"pulled in {attempts} attempts over a network that did {dict(network.done)}"


def _fail_store(world: FaultyWorld, chance: random.Random) -> str:
    """Let the SPARQL service behind a server fail in some way, and come back."""
    release = open_release(world.newest())
    how = chance.choice(["refuses", "talks nonsense", "stops in the middle", "holds nothing"])
    failures: dict[str, tuple[int, dict[str, str], bytes]] = {
        "refuses": (503, {}, b""),
        "talks nonsense": (200, {"Content-Type": "text/html"}, b"<html>busy</html>"),
        "stops in the middle": (200, {"Content-Type": JSON}, b'{"head":{"vars":["text"]},"results":{"bindi'),
        "holds nothing": (200, {"Content-Type": JSON}, b'{"head":{"vars":["text"]},"results":{"bindings":[]}}'),
    }
    with running_service() as service:
        fill(service, service_copy(release), release)
        log = world.folder / f"behind-{time.monotonic_ns()}.jsonl"
        server = Server("--release", str(release.folder), "--store", service.query, "--analysis-workers", "0", log=log)
        try:
            service.answer = lambda asked: failures[how]
            statuses = Counter(ask_text(world, server, release.version) for _ in range(4))
            service.answer = lambda asked: None
            until = time.monotonic() + PATIENCE
            while ask_text(world, server, release.version) != 200:
                assert time.monotonic() < until, f"the server does not come back: {log.read_text()[-2000:]}"
                time.sleep(0.2)
        finally:
            server.stop()
    return f"the store behind a server {how}: {dict(statuses)}"


def ask_text(world: FaultyWorld, server: Server, version: str) -> int:
    """Ask a server for the text of its release, and return the status; what is answered has to be right.

    Raises:
        AssertionError: it is not.
    """
    fields = {"Content-Type": "application/sparql-query", "Accept": JSON}
    reply = server.request("POST", "/sparql", fields, text_query().encode())
    if reply.status not in HONEST:
        fault = world.fault_of("query", reply.status, version, reply.body)
        assert not fault, fault
    return reply.status


def _build_twice_at_once(world: FaultyWorld, chance: random.Random) -> str:
    builds = [world.begin_build() for _ in range(2)]
    for process, text in builds:
        output, errors = process.communicate(timeout=BUILD_SECONDS)
        assert process.returncode == 0, errors
        world.note(output.split()[-1], text)
    return "two builds at once"


def _prune(world: FaultyWorld, chance: random.Random) -> str:
    """Prune while servers hold releases and a build goes on."""
    process, text = world.begin_build()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(chance.uniform(0, 2))
    prune_releases(world.releases, keep=1)
    output, errors = process.communicate(timeout=BUILD_SECONDS)
    assert process.returncode == 0, errors
    world.note(output.split()[-1], text)
    return "pruned while a build went on"


def _stop_server(world: FaultyWorld, chance: random.Random) -> str:
    """Hold a process of a server for a moment, as a machine without memory or a suspended one does."""
    server = chance.choice(world.servers)
    pid = chance.choice(family(server.process.pid))
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(chance.uniform(0.2, 2))
        finally:
            os.kill(pid, signal.SIGCONT)
    return "a process stood still"


FAULTS: Final[dict[str, Callable[[FaultyWorld, random.Random], str]]] = {
    "build killed": _kill_build,
    "disk full": _fill_disk,
    "file system full": _fill_file_system,
    "worker killed": _kill_worker,
    "server killed": _kill_server,
    "derived file damaged": _damage_derived,
    "published file damaged": _damage_published,
    "clock of a server": _jump_clock_of_server,
    "clock of a build": _jump_clock_of_build,
    "network": _drop_network,
    "store": _fail_store,
    "pull over a network that breaks": _pull,
    "two builds": _build_twice_at_once,
    "pruning": _prune,
    "process stopped": _stop_server,
}
