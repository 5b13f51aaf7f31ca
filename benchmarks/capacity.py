"""Measures what releases of different sizes take of a machine: disk, memory, time to be ready.

    python benchmarks/capacity.py RELEASE…

Each release is served with the default settings, asked the same mixed requests, and read from /metrics. The table goes
into ``results/capacity.md``, every figure into ``results/capacity.json``. Derived files have to be there.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from nosograph import __version__
from nosograph.release.names import DERIVED_NAME, MANIFEST_NAME

RESULTS = Path(__file__).parent / "results"
MIB = 1024 * 1024
READY_SECONDS = 120
ROUNDS = 40
QUERIES = (
    "SELECT ?s { ?s a ?class } LIMIT 10",
    "SELECT ?class (COUNT(*) AS ?n) { ?s a ?class } GROUP BY ?class ORDER BY DESC(?n)",
    "SELECT ?s ?label { ?s rdfs:label ?label FILTER(CONTAINS(?label, 'ab')) } LIMIT 50",
)
PAGES = ("", "about", "downloads", "search?q=skin", "questions", "dumps/latest/")


@dataclass(frozen=True)
class Capacity:
    """What one release takes; sizes in MiB, times in seconds.

    Attributes:
        version: the release.
        quads: its statements.
        dumps: the release without derived files.
        derived: the derived files.
        ready: from the start of the server to its first answer.
        front: memory of the serving process, at rest and after the requests.
        store: memory of the store's workers together, likewise.
        analysis: memory of the analysis workers together, after the requests.
        processor: processor time of all processes for the requests.
    """

    version: str
    quads: int
    dumps: float
    derived: float
    ready: float
    front: tuple[float, float]
    store: tuple[float, float]
    analysis: float
    processor: float


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ask(address: str) -> str:
    """Return the body of an answer."""
    with urllib.request.urlopen(address, timeout=60) as reply:
        return str(reply.read().decode())


def metric(text: str, name: str) -> float:
    """Return the value of a metric, all labels added up that the name does not choose."""
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(name))


def measure(folder: Path) -> Capacity:
    """Return what a release takes."""
    manifest = json.loads((folder / MANIFEST_NAME).read_text(encoding="utf-8"))
    derived = size_of(folder / DERIVED_NAME)
    began = time.monotonic()
    command = [sys.executable, "-m", "nosograph.cli", "serve", "--release", str(folder), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert server.stdout is not None
        found = re.search(r"at (http://\S+)", server.stdout.readline())
        assert found, "the server did not start"
        ready = time.monotonic() - began
        rest = ask(found[1] + "metrics")
        for number in range(ROUNDS):
            for query in QUERIES:
                ask(f"{found[1]}sparql?query={quote(f'{query} # {number}')}")
            for page in PAGES:
                ask(found[1] + page)
        after = ask(found[1] + "metrics")
    finally:
        server.terminate()
        server.wait(60)
    workers = "nosograph_query_workers_resident_memory_bytes"
    times = ("process_cpu_seconds_total", "nosograph_query_workers_cpu_seconds_total")
    spent = sum(metric(after, name) - metric(rest, name) for name in times)
    resident = "process_resident_memory_bytes"
    of_store = f'{workers}{{engine="store"}}'
    return Capacity(
        version=folder.name,
        quads=int(manifest["counts"]["quads"]),
        dumps=(size_of(folder) - derived) / MIB,
        derived=derived / MIB,
        ready=ready,
        front=(metric(rest, resident) / MIB, metric(after, resident) / MIB),
        store=(metric(rest, of_store) / MIB, metric(after, of_store) / MIB),
        analysis=metric(after, f'{workers}{{engine="analysis"}}') / MIB,
        processor=spent,
    )


def table(found: list[Capacity]) -> str:
    """Return the figures as Markdown."""
    requests = ROUNDS * (len(QUERIES) + len(PAGES))
    rows = [
        ("statements", [f"{entry.quads:,}" for entry in found]),
        ("release on disk, MiB", [f"{entry.dumps:,.0f}" for entry in found]),
        ("derived files, MiB", [f"{entry.derived:,.0f}" for entry in found]),
        ("from start to the first answer, s", [f"{entry.ready:.1f}" for entry in found]),
        ("serving process at rest → after, MiB", [f"{one:.0f} → {two:.0f}" for one, two in (e.front for e in found)]),
        (
            "four store workers at rest → after, MiB",
            [f"{one:.0f} → {two:.0f}" for one, two in (e.store for e in found)],
        ),
        ("two analysis workers after, MiB", [f"{entry.analysis:.0f}" for entry in found]),
        (f"processor for {requests} requests, s", [f"{entry.processor:.1f}" for entry in found]),
    ]
    head = f"| | {' | '.join(entry.version for entry in found)} |\n|---|{'---:|' * len(found)}\n"
    lines = "".join(f"| {name} | {' | '.join(cells)} |\n" for name, cells in rows)
    load = os.getloadavg()[0]
    about = f"Nosograph {__version__}, Python {sys.version.split()[0]}, {os.cpu_count()} processors, load {load:.0f}."
    return (
        f"# Capacity\n\n{about} Made by `benchmarks/capacity.py`. What workers share counts in each.\n\n{head}{lines}"
    )


def main() -> None:
    """Measure the releases that are named, one after another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("releases", nargs="+", type=Path)
    found = [measure(folder.resolve()) for folder in parser.parse_args().releases]
    (RESULTS / "capacity.json").write_text(json.dumps([asdict(entry) for entry in found], indent=2) + "\n")
    (RESULTS / "capacity.md").write_text(table(found), encoding="utf-8")
    print(table(found))


if __name__ == "__main__":
    main()
