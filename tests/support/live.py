"""A real server in a process of its own, and a client that sends exactly what a test says and shows what came back."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sharing import made_once, newest

from nosograph.assets import FOLDERS, Assets
from nosograph.build.pipeline import build_release
from nosograph.comparison.keeping import keep_differences
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import Base
from nosograph.release.opening import Release

STARTED = re.compile(r"Serving release (\S+) at http://([^/]+):(\d+)/")
PATIENCE = 60.0


@dataclass(frozen=True)
class Reply:
    """What a server sent."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def __getitem__(self, name: str) -> str:
        """Return the value of a header field, or nothing."""
        return self.headers.get(name, "")

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        """The Content-Type without its parameters."""
        return self["Content-Type"].partition(";")[0]

    @property
    def links(self) -> list[tuple[str, str, str]]:
        """The targets of the Link header, with relation and media type."""
        pattern = re.compile(r'<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?')
        return [(match[1], match[2], match[3] or "") for match in pattern.finditer(self["Link"])]

    def targets(self, relation: str) -> list[str]:
        """Return the targets that have a relation."""
        return [target for target, found, _ in self.links if found == relation]


class Server:
    """A server process and its address."""

    def __init__(
        self, *arguments: str, environment: Mapping[str, str] | None = None, log: Path, prelude: str = ""
    ) -> None:
        self.log = log
        program = f"{prelude}\nfrom nosograph.cli import main\nmain()"
        command = [sys.executable, "-c", program, "serve", "--port", "0", *arguments]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("NOSOGRAPH_")}
        with log.open("wb") as stream:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                cwd=log.parent,
                env=clean | dict(environment or {}),
            )
        self.port = self._read_address()

    def _read_address(self) -> int:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            if match := STARTED.search(line):
                self.version, self.host = match[1], match[2]
                return int(match[3])
        with self.process:  # its output is at its end, so it ends
            raise AssertionError(f"the server did not start: {self.log.read_text()}")

    @property
    def address(self) -> str:
        """The address of the server, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    def request(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | list[tuple[str, str]] | None = None,
        body: bytes = b"",
        *,
        connection: http.client.HTTPConnection | None = None,
    ) -> Reply:
        """Send a request with these header fields, Host and Content-Length, and nothing else; give the answer."""
        used = connection or http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            used.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items() if isinstance(headers, Mapping) else headers or []:
                used.putheader(name, value)
            if body or method == "POST":
                used.putheader("Content-Length", str(len(body)))
            used.endheaders(body or None)
            response = used.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            if connection is None:
                used.close()

    def get(self, path: str, **headers: str) -> Reply:
        """Send a GET; an underscore in a keyword stands for a hyphen in the name of a header field."""
        return self.request("GET", path, {name.replace("_", "-"): value for name, value in headers.items()})

    def raw(self, request: bytes) -> bytes:
        """Send bytes and give everything that comes back until the server closes the connection."""
        with socket.create_connection((self.host, self.port), timeout=PATIENCE) as connection:
            connection.sendall(request)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received

    def log_lines(self) -> list[dict[str, Any]]:
        """Return the lines of the server's log."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def wait_for_log(self, **fields: Any) -> dict[str, Any]:
        """Return the first line of the log that has these fields, as soon as there is one."""
        for _ in range(int(PATIENCE * 20)):
            for line in self.log_lines():
                if all(line.get(name) == value for name, value in fields.items()):
                    return line
            time.sleep(0.05)
        raise AssertionError(f"no line with {fields} in the log: {self.log.read_text()[-2000:]}")

    def metric(self, name: str) -> float:
        """Return the sum of a metric over its labels."""
        lines = self.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if re.match(rf"{name}(\{{|\s)", line))

    def wait_for_metric(self, name: str, value: float) -> None:
        """Wait until a metric has a value."""
        end = time.monotonic() + PATIENCE
        while (found := self.metric(name)) != value:
            assert time.monotonic() < end, f"{name} is {found}, not {value}"
            time.sleep(0.02)

    @contextlib.contextmanager
    def unread(self, path: str, body: bytes, **headers: str) -> Iterator[None]:
        """Send a query, and close its connection at the end of the block without having read an answer."""
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(self.host, self.port, timeout=PATIENCE)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/sparql-query"} | fields)
            yield
        finally:
            connection.close()

    def stop(self, with_signal: int = signal.SIGTERM) -> int:
        """Ask the server to stop and give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        status = self.process.wait(PATIENCE)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return status


@dataclass(frozen=True)
class Shelf:
    """A folder with two releases.

    Attributes:
        folder: the folder, in which ``latest`` points to ``main``.
        main: the release with a withdrawn and a merged condition.
        other: the release without them.
    """

    folder: Path
    main: Release
    other: Release

    def point_to(self, release: Release) -> None:
        """Make ``latest`` point to a release, as a build does it."""
        staged = self.folder / ".latest"
        staged.symlink_to(release.version)
        staged.replace(self.folder / "latest")


@pytest.fixture(scope="session")
def shelf(
    assets: Assets, release: Release, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Shelf:
    """Return a folder with two releases and what differs; the main one has tombstones of conditions that never were."""

    def build(folder: Path) -> None:
        changed = _with_tombstones(assets, tmp_path_factory.mktemp("assets"))
        shutil.copytree(release.folder, folder / release.version)
        build_release(load_knowledge(changed, Base()), request.getfixturevalue("report"), folder)
        keep_differences(folder, datetime.now(UTC))

    folder = made_once(tmp_path_factory, "shelf", build)
    return Shelf(folder, newest(folder), Release(folder / release.version, release.manifest))


def _with_tombstones(assets: Assets, changed: Path) -> Assets:
    """Return a copy of the asset folders in which a condition was withdrawn and another one merged."""
    for name in FOLDERS:
        shutil.copytree(assets.root / name, changed / name)
    registry = changed / "data" / "identifiers.tsv"
    with registry.open("a", encoding="utf-8") as stream:
        stream.write("condition:withdrawn-for-tests\tdeprecated\t\t2026-01-01\n")
        stream.write("condition:merged-for-tests\treplaced\tcondition:scleroderma\t2026-01-01\n")
    lines = registry.read_text(encoding="utf-8").splitlines()
    registry.write_text("\n".join([lines[0], *sorted(lines[1:])]) + "\n", encoding="utf-8")
    return Assets(changed)


@pytest.fixture(scope="session")
def server(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server of the main release with the default settings."""
    log = tmp_path_factory.mktemp("server") / "log.jsonl"
    running = Server("--releases", str(shelf.folder), "--site-url", "https://noso.example/", log=log)
    yield running
    assert running.stop() == 0
