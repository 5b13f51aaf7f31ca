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
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Final

from live import PATIENCE, Server
from small_release import SAID_OF, SAYS

from nosograph.api.releases import verify
from nosograph.release.opening import latest_release

PROGRAM: Final = Path(__file__).parent / "small_release.py"
BUILD_SECONDS: Final = 120.0
_CARRIED_OUT: Final = frozenset({200, 304})
HONEST: Final = frozenset({429, 500, 502, 503, 504})
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

    def newest(self) -> Path:
        """Return the folder of the release that ``latest`` names.

        Raises:
            AssertionError: it names none.
        """
        found = latest_release(self.releases)
        assert found is not None, "latest names no release"
        return found

    # What builders do.

    def build(self, *options: str) -> str:
        """Build a release that says another text, and return its version.

        Raises:
            AssertionError: it was not built.
        """
        process, text = self.begin_build(*options)
        output, errors = process.communicate(timeout=BUILD_SECONDS)
        assert process.returncode == 0, errors
        self.note(output.split()[-1], text)
        return output.split()[-1]

    def begin_build(self, *options: str) -> tuple[subprocess.Popen[str], str]:
        """Begin to build a release, and return the process and the text that it says."""
        self._builds += 1
        text = f"build {self._builds}"
        command = [sys.executable, str(PROGRAM), str(self.releases), "--saying", text, *options]
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
            if path != self.newest():
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
        mark = "kept" if kind == "kept" else str(chance.random())
        query = text_query(mark)
        path = {
            "dump": "/dumps/latest/nosograph.nq.gz",
            "document": "/condition/dryness.nt",
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
            if reply.length is None and not reply.chunked:
                # Python takes a head that was cut for a whole one; each of our answers says how long it is.
                raise http.client.IncompleteRead(b"")
            content = reply.read()
        finally:
            connection.close()
        self.answers[f"{kind} {reply.status}"] += 1
        if reply.status in HONEST:
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
        newest = self.newest().name
        for number, server in enumerate(self.servers):
            until = time.monotonic() + PATIENCE
            while True:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    fields = {"Content-Type": "application/sparql-query", "Cache-Control": "no-cache"}
                    reply = server.request("POST", "/sparql", fields, text_query().encode())
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
        current = self.newest()
        assert current.name in self.texts, f"latest names {current.name}, which nobody published"
        for version, digest in self._manifests.items():
            folder = self.releases / version
            assert folder.is_dir(), f"{version} was lost"
            assert _digest(folder / "manifest.json") == digest, f"the manifest of {version} was changed"
        found = verify(current)
        assert found.whole, f"{current.name} is damaged: {found.damaged}"
        if self.wrong:
            raise WrongAnswerError("; ".join(self.wrong[:5]))


def text_query(mark: str = "") -> str:
    """Return the query for the text that a release says; a mark, by default a new one, makes it another query."""
    return f"SELECT ?text {{ <{SAID_OF}> <{SAYS}> ?text }} # {mark or time.monotonic_ns()}"


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
