"""A folder of releases, its builders and its servers, to which seeded faults are done, and what must hold after each.

Whatever is done: nothing published is lost, ``latest`` names a whole release, no answer is wrong (it may be an error
that says so), and the servers answer again by themselves. Each release says its own text in one statement, so an answer
shows which release it is of, and that has to be the one that its header names.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Final

from damage import flip, halve
from flaky_network import FlakyNetwork
from live import PATIENCE, Server
from small_release import SAID_OF, SAYS

from nosograph.api.releases import verify
from nosograph.distribution.pruning import prune_releases
from nosograph.release.opening import latest_release, open_release

_PROGRAM: Final = Path(__file__).parent / "small_release.py"
_BUILD_SECONDS: Final = 120.0
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

_CARRIED_OUT: Final = frozenset({200, 304})
_HONEST: Final = frozenset({429, 500, 502, 503, 504})
"""Statuses that say that something went wrong."""


class WrongAnswerError(AssertionError):
    """Something was answered that is not so."""


class FaultyWorld:
    """A folder of releases with two servers that watch it, and a client that asks them all the time.

    Args:
        folder: an empty folder.
        servers: how many servers there are.
        clients: how many clients ask them.

    Attributes:
        releases: the folder of releases.
        texts: version → the text that it says.
        answers: how often what was answered.
    """

    def __init__(self, folder: Path, servers: int = 2, clients: int = 1) -> None:
        self.folder, self.releases = folder, folder / "releases"
        self.texts: dict[str, str] = {}
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._manifests: dict[str, str] = {}
        self._builds = 0
        self._ended = threading.Event()
        self.build()
        self.servers = [self._start(number) for number in range(servers)]
        self._clients = [
            threading.Thread(target=self._ask_all_the_time, args=(seed,), daemon=True) for seed in range(clients)
        ]
        for client in self._clients:
            client.start()

    def close(self) -> None:
        """Stop the client and the servers."""
        self._ended.set()
        for client in self._clients:
            client.join()
        for server in self.servers:
            server.stop()

    def _start(self, number: int, prelude: str = "") -> Server:
        options = ("--releases", str(self.releases), "--watch", "--query-workers", "1", "--analysis-workers", "0")
        return Server(*options, log=self.folder / f"server-{number}-{time.monotonic_ns()}.jsonl", prelude=prelude)

    def restart(self, number: int, prelude: str = "") -> None:
        """Start a server in the place of one that has ended."""
        self.servers[number].stop()
        self.servers[number] = self._start(number, prelude)

    # What builders do.

    def build(self, *options: str) -> str:
        """Build a release that says another text, and return its version.

        Raises:
            AssertionError: it was not built.
        """
        process, text = self.begin_build(*options)
        output, errors = process.communicate(timeout=_BUILD_SECONDS)
        assert process.returncode == 0, errors
        self.note(output.split()[-1], text)
        return output.split()[-1]

    def begin_build(self, *options: str) -> tuple[subprocess.Popen[str], str]:
        """Begin to build a release, and return the process and the text that it says."""
        self._builds += 1
        text = f"build {self._builds}"
        command = [sys.executable, str(_PROGRAM), str(self.releases), "--saying", text, *options]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True), text

    def note(self, version: str, text: str) -> None:
        """Remember what a published release says, and what its manifest is."""
        self.texts[version] = text
        self._manifests[version] = _digest(self.releases / version / "manifest.json")

    def note_if_published(self, text: str) -> bool:
        """Remember a release whose build was interrupted, if it was published; return whether it was."""
        new = {path.name for path in self.releases.glob("2*")} - set(self.texts)
        for version in new:
            self.note(version, text)
        return bool(new)

    def forget_old_releases(self, keep: int = 5) -> None:
        """Remove all releases but the newest, as an operator does whose disk is small."""
        for path in sorted(self.releases.glob("2*"), key=lambda path: path.stat().st_ctime)[:-keep]:
            if path != latest_release(self.releases):
                shutil.rmtree(path)
                del self._manifests[path.name]

    # What clients see.

    def _ask_all_the_time(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._ended.is_set():
            with contextlib.suppress(OSError, http.client.HTTPException):
                self.ask(chance.choice(self.servers).port, chance)
            time.sleep(0.02)

    def ask(self, port: int, chance: random.Random) -> bool:
        """Ask a server for something, note what it answers, and return whether it is what was asked for."""
        kind = chance.choice(["query", "dump", "document", "page", "kept"])
        mark = "" if kind == "kept" else f" # {chance.random()}"
        query = f"SELECT ?text {{ <{SAID_OF}> <{SAYS}> ?text }}{mark}"
        path = {
            "dump": "/dumps/latest/nosograph.nq.gz",
            "document": "/condition/dryness.ttl",
            "page": "/downloads",
        }.get(kind, "/sparql")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            if path == "/sparql":
                fields = {"Content-Type": "application/sparql-query", "Accept": "application/sparql-results+json"}
                connection.request("POST", path, query, fields)
            else:
                connection.request("GET", path)
            reply = connection.getresponse()
            content = reply.read()
        finally:
            connection.close()
        self.answers[f"{kind} {reply.status}"] += 1
        if reply.status in _HONEST:
            return False
        version = reply.headers["X-Release"] or ""
        if fault := self.fault_of(kind, reply.status, version, content):
            self.wrong.append(f"{kind} of release {version or 'unknown'} ({self.texts.get(version)}): {fault}")
        return True

    def fault_of(self, kind: str, status: int, version: str, content: bytes) -> str:
        """Return what is wrong with an answer, or nothing."""
        if kind == "dump" and status in (302, 303, 307, 308):
            return ""
        if status not in _CARRIED_OUT:
            return f"status {status}: {content[:200]!r}"
        if kind in ("query", "kept"):
            found = [row["text"]["value"] for row in json.loads(content)["results"]["bindings"]]
            # A release that was published a moment ago may be served before its builder has told what it says.
            known = self.texts.get(version)
            if known is not None and found != [known]:
                return f"it says {found}"
        if kind == "document" and f"/release/{version}>" not in content.decode():
            return "the document is of another release"
        if kind == "page" and version not in content.decode():
            return "the page is of another release"
        return ""

    def wait_for_recovery(self) -> None:
        """Wait until every server answers a query from the newest release.

        Raises:
            AssertionError: one does not.
        """
        newest = latest_release(self.releases).name
        query = f"SELECT ?text {{ <{SAID_OF}> <{SAYS}> ?text }}"
        for number, server in enumerate(self.servers):
            until = time.monotonic() + PATIENCE
            while True:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    fields = {"Content-Type": "application/sparql-query", "Cache-Control": "no-cache"}
                    reply = server.request("POST", "/sparql", fields, f"{query} # {time.monotonic_ns()}".encode())
                    if reply.status == 200 and reply["X-Release"] == newest and self.texts[newest] in reply.text:
                        break
                assert time.monotonic() < until, f"server {number} does not answer: {server.log.read_text()[-2000:]}"
                time.sleep(0.1)

    def check(self) -> None:
        """Check that all that must hold does.

        Raises:
            AssertionError: something does not.
        """
        self.wait_for_recovery()
        current = latest_release(self.releases)
        assert current.name in self.texts, f"latest names {current.name}, which nobody published"
        for version, digest in self._manifests.items():
            folder = self.releases / version
            assert folder.is_dir(), f"{version} was lost"
            assert _digest(folder / "manifest.json") == digest, f"the manifest of {version} was changed"
        found = verify(current)
        assert found.whole, f"{current.name} is damaged: {found.damaged}"
        if self.wrong:
            raise WrongAnswerError("; ".join(self.wrong[:5]))


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
    size = int(10 ** chance.uniform(3, 5.5))
    process, text = world.begin_build("--file-size", str(size))
    _, errors = process.communicate(timeout=_BUILD_SECONDS)
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
        [*command, str(target), sys.executable, str(_PROGRAM)], capture_output=True, text=True, timeout=_BUILD_SECONDS
    )
    if "unshare" in done.stderr or done.returncode == 99:
        return "no file system can be mounted here"
    assert (done.returncode == 0) == ("whole" in done.stdout.split()), done.stdout + done.stderr
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 0 or ".staging-" not in done.stdout, done.stdout
    return f"a disk of {size} bytes, {'built' if done.returncode == 0 else 'refused'}"


def _kill_worker(world: FaultyWorld, chance: random.Random) -> str:
    server = chance.choice(world.servers)
    workers = children(server.process.pid)
    if workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(workers), signal.SIGKILL)
    return f"one of {len(workers)} processes of a server killed"


def _kill_server(world: FaultyWorld, chance: random.Random) -> str:
    number = chance.randrange(len(world.servers))
    server = world.servers[number]
    workers = children(server.process.pid)
    server.process.kill()
    server.process.wait()
    until = time.monotonic() + PATIENCE
    while left := [pid for pid in workers if _lives(pid)]:
        assert time.monotonic() < until, f"processes outlive their server: {left}"
        time.sleep(0.05)
    world.restart(number)
    return f"server killed with {len(workers)} processes"


def _damage_derived(world: FaultyWorld, chance: random.Random) -> str:
    """Damage what was derived while no server has it open, and start anew."""
    current = latest_release(world.releases)
    files = sorted(path for path in (current / "derived").rglob("*") if path.is_file() and path.stat().st_size)
    path = chance.choice(files)
    how = chance.choice([flip, halve, Path.unlink])
    for server in world.servers:
        server.stop()
    how(path)
    for number in range(len(world.servers)):
        world.restart(number)
    return f"{path.relative_to(current)}: {how.__name__}"


def _damage_published(world: FaultyWorld, chance: random.Random) -> str:
    """Damage a published file while it is served: it is never sent so, and is again when it is put back."""
    current = latest_release(world.releases)
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
    for path in latest_release(world.releases).iterdir():
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


def _build_twice_at_once(world: FaultyWorld, chance: random.Random) -> str:
    builds = [world.begin_build() for _ in range(2)]
    for process, text in builds:
        output, errors = process.communicate(timeout=_BUILD_SECONDS)
        assert process.returncode == 0, errors
        world.note(output.split()[-1], text)
    return "two builds at once"


def _prune(world: FaultyWorld, chance: random.Random) -> str:
    """Prune while servers hold releases and a build goes on."""
    process, text = world.begin_build()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(chance.uniform(0, 2))
    prune_releases(world.releases, keep=1)
    output, errors = process.communicate(timeout=_BUILD_SECONDS)
    assert process.returncode == 0, errors
    world.note(output.split()[-1], text)
    return "pruned while a build went on"


def _stop_server(world: FaultyWorld, chance: random.Random) -> str:
    """Hold a process of a server for a moment, as a machine without memory or a suspended one does."""
    server = chance.choice(world.servers)
    pid = chance.choice([server.process.pid, *children(server.process.pid)])
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
    "two builds": _build_twice_at_once,
    "pruning": _prune,
    "process stopped": _stop_server,
}


def children(pid: int) -> list[int]:
    """Return the processes below a process."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found += [child, *children(child)]
    return found


def _lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
