"""Measures documents and pages of a release, cold: what the engine's own DESCRIBE takes for the same, in the same run.

    python benchmarks/documents.py --release releases/latest
    python benchmarks/documents.py --release releases/latest --most 100 --rounds 5

Each document is asked for over HTTP from a server whose cache of answers is off, as users start it, on one connection.
The peer is the engine in this process: it parses and evaluates ``DESCRIBE <resource>`` and writes Turtle, without HTTP,
and returns a part of what a document holds. Requests and peer take turns within each round, so what else the machine
does falls on both alike; figures are medians of the rounds. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

import pyoxigraph
from process_tree import processor_seconds

from nosograph.release.opening import Release, open_release
from nosograph.store.lookup import ResourceLookup
from nosograph.store.reader import GraphReader, open_store

FORMATS: Final = ("ttl", "nt", "nq", "jsonld", "html")
_ADDRESS: Final = re.compile(r"at http://[^/:]+:(\d+)/")
_PATIENCE: Final = 60.0


@contextlib.contextmanager
def serve(folder: Path) -> Iterator[tuple[int, int]]:
    """Return port and process of a server of a release that keeps no answers, for as long as the context lasts."""
    command = [sys.executable, "-m", "nosograph.cli", "serve", "--release", str(folder), "--port", "0"]
    with (
        tempfile.TemporaryFile("w+") as log,  # a pipe that nobody reads would stop the server when it is full
        subprocess.Popen([*command, "--answer-cache", "0"], stderr=log, stdout=log) as process,
    ):
        try:
            yield int(_address(log, process)), process.pid
        finally:
            process.terminate()


def _address(log: TextIO, process: subprocess.Popen[bytes]) -> str:
    """Return the port that a server says it listens on, as soon as it says so."""
    until = time.monotonic() + _PATIENCE
    while process.poll() is None and time.monotonic() < until:
        log.seek(0)
        if found := _ADDRESS.search(log.read()):
            return found[1]
        time.sleep(0.1)
    raise SystemExit("The server did not start.")


def resources(release: Release, store: pyoxigraph.Store, most: int) -> list[str]:
    """Return resources of the focus, spread evenly over all of them."""
    focus = release.vocabulary.focus
    if focus is None:
        raise SystemExit("The vocabulary of the release names no class that its site is about.")
    found = ResourceLookup(release.base, GraphReader(store)).resources(focus.iri)
    return found[:: max(1, len(found) // most)][:most]


def timed(work: Callable[..., None], *arguments: object) -> float:
    """Return the seconds that some work took."""
    began = time.perf_counter()
    work(*arguments)
    return time.perf_counter() - began


def fetch_all(port: int, paths: Sequence[str]) -> None:
    """Fetch some paths, one after another, on one connection."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        for path in paths:
            connection.request("GET", path)
            reply = connection.getresponse()
            reply.read()
            if reply.status != 200:
                raise SystemExit(f"{path}: {reply.status}")


def describe_all(store: pyoxigraph.Store, iris: Sequence[str]) -> None:
    """Let the engine describe some resources and write each description as Turtle."""
    for iri in iris:
        found = store.query(f"DESCRIBE <{iri}>")
        assert isinstance(found, pyoxigraph.QueryTriples)
        found.serialize(format=pyoxigraph.RdfFormat.TURTLE)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--release", type=Path, required=True, help="the release directory")
    parser.add_argument("--most", type=int, default=50, help="most resources to ask for")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    release = open_release(options.release.resolve())
    store = open_store(release.store_folder)
    iris = resources(release, store, options.most)
    print(f"{len(iris)} resources of release {release.version}, {release.manifest.counts.quads:,} quads\n")
    print("| document | a second | ms | ms of processor time | DESCRIBE by the engine, ms | ratio |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    with serve(release.folder) as (port, process):
        for extension in FORMATS:
            paths = [f"/{iri.removeprefix(release.base.iri)}.{extension}" for iri in iris]
            fetch_all(port, paths[:1])
            page = extension == "html"  # a page that was made stays in memory, so each is asked for once
            repeated = paths[1:] if page else paths * max(1, 60 // len(paths))
            ours, peers, spent = [], [], []
            for _ in range(1 if page else options.rounds):
                before = processor_seconds(process)
                ours.append(timed(fetch_all, port, repeated) / len(repeated))
                spent.append((processor_seconds(process) - before) / len(repeated))
                peers.append(timed(describe_all, store, iris) / len(iris))
            took, peer = statistics.median(ours), statistics.median(peers)
            print(
                f"| {extension} | {1 / took:,.0f} | {took * 1000:.2f} | {statistics.median(spent) * 1000:.2f} "
                f"| {peer * 1000:.2f} | {took / peer:.2f} |"
            )


if __name__ == "__main__":
    main()
