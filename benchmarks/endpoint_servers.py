"""Starts the SPARQL servers that are compared, each on a free port of this machine, and ends them again.

All serve the same quads: Nosograph its release, the Rust server the very store in that release, the others the dump.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from process_tree import family, processor_seconds, proportional_memory

from nosograph.release.opening import Release

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 900.0
STOP_SECONDS: Final = 15.0
QUERY_SECONDS: Final = 60
RUNAWAY_SECONDS: Final = 1
_BINARIES: Final = Path(sys.executable).parent


@dataclass
class Endpoint:
    """A server.

    Attributes:
        name: what it is called in the tables.
        port: its port.
        path: path of its SPARQL endpoint.
        runaway: parameters with which a client asks it to stop a query after ``RUNAWAY_SECONDS``.
        process: the process that was started for it.
        log: file with what it printed.
        start_seconds: how long it took until it answered, loading included.
    """

    name: str
    port: int
    path: str
    runaway: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] = field(init=False)
    log: Path = field(init=False)
    start_seconds: float = 0.0

    def target(self, query: str, parameters: Mapping[str, str] | None = None) -> str:
        """Return path and query part that ask a query by GET."""
        return f"{self.path}?{urllib.parse.urlencode({'query': query, **(parameters or {})})}"

    def processes(self) -> list[int]:
        """Return the numbers of the server's process and of those that it started."""
        return family(self.process.pid)

    def memory(self) -> int:
        """Return the MiB that the server and the processes it started hold: proportional shares, so nothing twice."""
        return sum(proportional_memory(pid) for pid in self.processes()) // 1024

    def own_memory(self) -> int:
        """Return the MiB that the server's own process holds, of shared memory its proportional share."""
        return proportional_memory(self.process.pid) // 1024

    def descriptors(self) -> int:
        """Return the files that the server's own process has open."""
        return sum(1 for _ in Path(f"/proc/{self.process.pid}/fd").iterdir())

    def processor_seconds(self) -> float:
        """Return the processor time that the server and the processes it started have used so far."""
        return processor_seconds(self.process.pid)

    def confine(self, cpus: Collection[int]) -> None:
        """Let the server, and what it starts from now on, run on some processors alone."""
        for pid in self.processes():
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(ProcessLookupError):
                    os.sched_setaffinity(int(task.name), cpus)


def nosograph(release: Release, folder: Path, *, name: str = "nosograph", **settings: str) -> Endpoint:
    """Start this project's own server as users start it; settings are environment variables without the prefix."""
    port = free_port()
    arguments = ["nosograph", "serve", "--release", str(release.folder), "--host", HOST, "--port", str(port)]
    environment = {f"NOSOGRAPH_{key.upper()}": value for key, value in settings.items()}
    timeout = {"timeout": str(RUNAWAY_SECONDS)}
    return start(Endpoint(name, port, "/sparql", timeout), arguments, folder, environment)


def oxigraph(release: Release, folder: Path) -> Endpoint:
    """Start the Rust server on the release's own store.

    It gets no time limit: with one, it keeps a sleeping thread for each query until the limit has passed, and ends
    when there are too many.
    """
    port = free_port()
    arguments = ["oxigraph", "serve-read-only", "--location", str(release.store_folder), "--bind", f"{HOST}:{port}"]
    arguments.append("--union-default-graph")
    return start(Endpoint("oxigraph", port, "/query"), arguments, folder)


def rdflib_endpoint(release: Release, folder: Path) -> Endpoint:
    """Start rdflib-endpoint, which loads the dump into rdflib's own memory store and evaluates in Python."""
    port = free_port()
    arguments = ["rdflib-endpoint", "serve", "--host", HOST, "--port", str(port), str(release.dump("nq"))]
    return start(Endpoint("rdflib-endpoint", port, "/"), arguments, folder)


def virtuoso(release: Release, folder: Path) -> Endpoint:
    """Start Virtuoso with an empty database, load the dump and give it more memory and threads than its defaults."""
    home = folder / "virtuoso"
    home.mkdir()
    port, sql = free_port(), free_port()
    dump = release.dump("nq").resolve()
    (home / "virtuoso.ini").write_text(_virtuoso_settings(home, dump.parent, port, sql), encoding="utf-8")
    arguments = ["virtuoso-t", "+foreground", "+configfile", "virtuoso.ini"]
    endpoint = start(Endpoint("virtuoso", port, "/sparql", {"timeout": "1000"}), arguments, home)
    began = time.monotonic()
    script = f"log_enable(2); ld_dir('{dump.parent}', '{dump.name}', 'urn:x'); rdf_loader_run(); checkpoint;"
    subprocess.run(
        ["isql-vt", f"{HOST}:{sql}", "dba", "dba", f"exec={script}"],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=START_SECONDS,
    )
    endpoint.start_seconds += time.monotonic() - began
    return endpoint


STARTERS: Final = {
    "nosograph": nosograph,
    "oxigraph": oxigraph,
    "virtuoso": virtuoso,
    "rdflib-endpoint": rdflib_endpoint,
}
"""How to start each server, by its name."""

_PROGRAMS: Final = {"oxigraph": "oxigraph", "virtuoso": "virtuoso-t", "rdflib-endpoint": "rdflib-endpoint"}


def is_installed(name: str) -> bool:
    """Return whether a server can be started here."""
    return name == "nosograph" or _find(_PROGRAMS[name]) is not None


def version(name: str) -> str:
    """Return the version of a server."""
    if name == "virtuoso":
        found = subprocess.run(["virtuoso-t", "-?"], capture_output=True, text=True, timeout=30, check=False)
        line = next(line for line in (found.stdout + found.stderr).splitlines() if "Version" in line)
        return line.partition("Version")[2].split()[0]
    program = _find(_PROGRAMS.get(name, name))
    beside = Path(program).resolve().parent / "python" if program else Path(sys.executable)
    python = (
        beside if beside.exists() and name != "nosograph" else Path(sys.executable)
    )  # it may have an environment of its own
    code = f"import importlib.metadata; print(importlib.metadata.version({name!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=60, check=True).stdout.strip()


@contextlib.contextmanager
def running(endpoint: Endpoint) -> Iterator[Endpoint]:
    """Return a server that was started, and end it at the end of the block."""
    try:
        yield endpoint
    finally:
        stop(endpoint.process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that this run started, and what it started itself; kill what does not end in time."""
    members = family(process.pid)
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 9)
        process.wait()


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _find(program: str) -> str | None:
    beside = _BINARIES / program
    return str(beside) if beside.exists() else shutil.which(program)


def start(
    endpoint: Endpoint, arguments: list[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Endpoint:
    """Start a server's process and wait until it answers a query."""
    program = _find(arguments[0])
    if program is None:
        raise SystemExit(f"{arguments[0]} is not installed.")
    endpoint.log = folder / f"{endpoint.name}.log"
    with endpoint.log.open("wb") as log:
        endpoint.process = subprocess.Popen(
            [program, *arguments[1:]],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        endpoint.start_seconds = _wait_for_answer(endpoint)
    except BaseException:
        stop(endpoint.process)
        raise
    return endpoint


def _wait_for_answer(endpoint: Endpoint) -> float:
    """Return the seconds until a server that has been started answers a query."""
    began = time.monotonic()
    address = f"http://{HOST}:{endpoint.port}{endpoint.target('ASK {}')}"
    while time.monotonic() < began + START_SECONDS:
        if endpoint.process.poll() is not None:
            words = endpoint.log.read_text(encoding="utf-8", errors="replace")[-2000:]
            raise SystemExit(f"{endpoint.name} ended with status {endpoint.process.returncode}:\n{words}")
        try:
            with urllib.request.urlopen(address, timeout=30) as response:
                response.read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return time.monotonic() - began
    raise SystemExit(f"{endpoint.name} did not answer within {START_SECONDS:g} seconds.")


def _virtuoso_settings(home: Path, dumps: Path, port: int, sql: int) -> str:
    return f"""[Database]
DatabaseFile = {home}/virtuoso.db
ErrorLogFile = {home}/messages.log
LockFile = {home}/virtuoso.lck
TransactionFile = {home}/virtuoso.trx
xa_persistent_file = {home}/virtuoso.pxa
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = {home}/temporary.db
TransactionFile = {home}/temporary.trx
[Parameters]
ServerPort = {HOST}:{sql}
DisableUnixSocket = 1
ServerThreads = 40
CheckpointInterval = 0
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
DirsAllowed = {dumps}
DefaultIsolation = 2
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 4
[HTTPServer]
ServerPort = {HOST}:{port}
ServerRoot = {home}
ServerThreads = 32
MaxClientConnections = 32
MaxKeepAlives = 32
KeepAliveTimeout = 15
EnabledGzipContent = 0
[SPARQL]
ResultSetMaxRows = 1000000
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = {QUERY_SECONDS}
"""
