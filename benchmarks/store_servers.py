"""Starts empty SPARQL services of other people on free ports, to be filled with a release, and ends them again."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from endpoint_servers import HOST, Endpoint, free_port, stop, version
from maven import NotInstalled, fetch_libraries

STORES: Final = Path(__file__).parent / "stores"
PATIENCE: Final = 120.0
LOADING: Final = 600
HEAP: Final = "-Xmx1g"

Load = Callable[[Path], None]


@dataclass
class StoreServer:
    """A service that runs.

    Attributes:
        name: what it is called.
        version: its version.
        query: where it takes queries.
        graph_store: where it takes graphs; empty where its own loader fills it.
        process: its process.
        load_file: has its own loader read a file of N-Quads.
    """

    name: str
    version: str
    query: str
    graph_store: str
    process: subprocess.Popen[bytes]
    load_file: Load | None = field(default=None)

    @property
    def endpoint(self) -> Endpoint:
        """The service as something whose memory and processor time can be read."""
        parts = urlsplit(self.query)
        endpoint = Endpoint(self.name, parts.port or 80, parts.path)
        endpoint.process = self.process
        return endpoint


@contextlib.contextmanager
def oxigraph(folder: Path, libraries: Path) -> Iterator[StoreServer]:
    """Run the Rust server."""
    program = Path(sys.executable).parent / "oxigraph"
    if not program.exists():
        raise NotInstalled("oxigraph is not installed")
    port = free_port()
    arguments = [str(program), "serve", "--location", str(folder / "data"), "--bind", f"{HOST}:{port}"]
    with _running(arguments, folder, f"http://{HOST}:{port}/query?query=ASK%7B%7D") as process:
        yield StoreServer(
            "oxigraph", version("oxigraph"), f"http://{HOST}:{port}/query", f"http://{HOST}:{port}/store", process
        )


@contextlib.contextmanager
def fuseki(folder: Path, libraries: Path) -> Iterator[StoreServer]:
    """Run Fuseki with TDB2."""
    jars = _fetch("fuseki", libraries)
    port = free_port()
    (folder / "data").mkdir()
    main = "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"
    arguments = ["java", HEAP, "-cp", f"{jars}/*", main, "--localhost", "--port", str(port), "--tdb2"]
    arguments += ["--loc", str(folder / "data"), "--update", "/ds"]
    address = f"http://{HOST}:{port}/ds"
    with _running(arguments, folder, f"{address}/query?query=ASK%7B%7D") as process:
        yield StoreServer(
            "fuseki", _version_of(jars, "jena-fuseki-main-"), f"{address}/query", f"{address}/data", process
        )


@contextlib.contextmanager
def rdf4j(folder: Path, libraries: Path) -> Iterator[StoreServer]:
    """Run RDF4J's server with a native store."""
    jars = _fetch("rdf4j", libraries)
    (runner,) = jars.glob("jetty-runner-*.jar")
    (war,) = jars.glob("rdf4j-http-server-*.war")
    port = free_port()
    data = f"-Dorg.eclipse.rdf4j.appdata.basedir={folder / 'data'}"
    arguments = ["java", HEAP, data, "-jar", str(runner), "--host", HOST, "--port", str(port), "--path", "/rdf4j"]
    address = f"http://{HOST}:{port}/rdf4j"
    with _running([*arguments, str(war)], folder, f"{address}/protocol") as process:
        content = (STORES / "rdf4j" / "repository.ttl").read_bytes()
        headers = {"Content-Type": "text/turtle"}
        made = urllib.request.Request(f"{address}/repositories/release", content, headers, method="PUT")
        urllib.request.urlopen(made, timeout=60).close()
        query = f"{address}/repositories/release"
        graphs = f"{query}/rdf-graphs/service"
        yield StoreServer("rdf4j", _version_of(jars, "rdf4j-http-server-"), query, graphs, process)


@contextlib.contextmanager
def virtuoso(folder: Path, libraries: Path) -> Iterator[StoreServer]:
    """Run Virtuoso, which its own loader fills."""
    if shutil.which("virtuoso-t") is None or shutil.which("isql-vt") is None:
        raise NotInstalled("Virtuoso is not installed")
    port, sql = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_virtuoso_settings(folder, port, sql), encoding="utf-8")
    arguments = ["virtuoso-t", "+foreground", "+configfile", "virtuoso.ini"]
    address = f"http://{HOST}:{port}/sparql"

    def load_file(file: Path) -> None:
        if file.parent.resolve() != folder.resolve():
            (folder / file.name).symlink_to(file.resolve())
        script = f"log_enable(2); ld_dir('{folder}', '{file.name}', 'urn:x'); rdf_loader_run(); checkpoint;"
        command = ["isql-vt", f"{HOST}:{sql}", "dba", "dba", f"exec={script}"]
        subprocess.run(command, check=True, capture_output=True, timeout=LOADING)

    with _running(arguments, folder, f"{address}?query=ASK%7B%3Fs%20%3Fp%20%3Fo%7D") as process:
        yield StoreServer("virtuoso", version("virtuoso"), address, "", process, load_file)


STARTERS: Final = {"oxigraph": oxigraph, "fuseki": fuseki, "rdf4j": rdf4j, "virtuoso": virtuoso}
"""How to run each service, by its name."""


@contextlib.contextmanager
def _running(arguments: list[str], folder: Path, ready: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process, and wait until an address answers."""
    if shutil.which(arguments[0]) is None:
        raise NotInstalled(f"{arguments[0]} is not installed")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(arguments, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        end = time.monotonic() + PATIENCE
        while True:
            if process.poll() is not None or time.monotonic() > end:
                words = (folder / "log").read_text(encoding="utf-8", errors="replace")[-1000:]
                raise RuntimeError(f"{arguments[0]} does not answer: {words}")
            try:
                urllib.request.urlopen(ready, timeout=10).close()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                break
        yield process
    finally:
        stop(process)


def _fetch(name: str, libraries: Path) -> Path:
    """Return the folder of the files that a service needs."""
    fetch_libraries(STORES / name / "pom.xml", libraries / name)
    return libraries / name


def _version_of(folder: Path, start: str) -> str:
    (file,) = folder.glob(f"{start}*")
    return file.stem.removeprefix(start)


def _virtuoso_settings(folder: Path, port: int, sql: int) -> str:
    return f"""[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/messages.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temporary.db
TransactionFile = {folder}/temporary.trx
[Parameters]
ServerPort = {HOST}:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 85000
MaxDirtyBuffers = 62500
DirsAllowed = {folder}
[HTTPServer]
ServerPort = {HOST}:{port}
ServerRoot = {folder}
ServerThreads = 20
MaxKeepAlives = 20
[SPARQL]
ResultSetMaxRows = 10000000
"""
