"""Fills other people's SPARQL services with a release, and has this project's server answer from each of them.

    pip install -e '.[bench]'
    apt-get install virtuoso-opensource maven default-jdk-headless     # each is optional
    python benchmarks/stores.py build/release --out benchmarks/results/stores

For each: how long loading took, what it answers in its own way, and the sixteen queries of ``queries/`` by HTTP, every
request with another comment, so that no cache answers: once from the release's own store, once from the service.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import store_servers
from endpoint_load import fetch, varied
from endpoint_queries import BenchmarkQuery, choose_constants, read_queries
from endpoint_results import same_answer
from endpoint_servers import Endpoint, nosograph, running
from maven import NotInstalled

from nosograph.indexing.preparing import prepare_release
from nosograph.progress import quiet
from nosograph.release.opening import Release

ROUNDS: Final = 5
Figures = dict[str, Any]


def nosograph_load(release: Release, *arguments: str) -> Any:
    """Run the command that loads; return what it prints as JSON, or nothing."""
    command = [sys.executable, "-m", "nosograph.cli", "load", str(release.folder), "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1) or not done.stdout:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout) if "--json" in arguments else done.stdout


def fill(release: Release, server: store_servers.StoreServer, folder: Path) -> Figures:
    """Fill a service and return how long that took, and what it answers in its own way."""
    began, processor = time.monotonic(), server.endpoint.processor_seconds() + of_children()
    if server.load_file is None:
        found = nosograph_load(release, "--into", server.query, "--graph-store", server.graph_store, "--json")
        how = "Graph Store Protocol"
    else:
        file = folder / "copy.nq"
        nosograph_load(release, "--to-file", str(file))
        server.load_file(file)
        found = nosograph_load(release, "--into", server.query, "--check", "--json")
        how = "its own loader"
    findings = [finding for finding in found["conformance"]["results"] if finding["consequence"] != "same"]
    return {
        "how": how,
        "seconds": round(time.monotonic() - began, 1),
        "processor": round(server.endpoint.processor_seconds() + of_children() - processor, 1),
        "triples": sum(found["graphs"].values()),
        "verdicts": found["conformance"]["counts"],
        "differences": {finding["probe"]: finding["consequence"] for finding in findings},
    }


def of_children() -> float:
    """Return the seconds of processor time of the commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(endpoint: Endpoint, queries: list[BenchmarkQuery]) -> dict[str, tuple[float | None, bytes]]:
    """Return the median milliseconds of each query, and its answer."""
    figures: dict[str, tuple[float | None, bytes]] = {}
    for query in queries:
        accept = "text/turtle" if "CONSTRUCT" in query.text else "application/sparql-results+json"
        times, answer = [], b""
        for _ in range(ROUNDS):
            status, content, milliseconds = fetch(endpoint.port, varied(endpoint.target(query.text)), accept)
            if status != 200:
                break
            times.append(milliseconds)
            answer = content
        figures[query.name] = (round(statistics.median(times), 1) if len(times) == ROUNDS else None, answer)
    return figures


def run(release: Release, libraries: Path, names: list[str]) -> Figures:
    """Return every figure of one run."""
    queries = read_queries(choose_constants(release))
    figures: Figures = {
        "date": time.strftime("%Y-%m-%d"),
        "quads": release.manifest.counts.quads,
        "python": platform.python_version(),
        "stores": {},
        "queries": {query.name: query.about for query in queries},
    }
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stores-")))
        own = measure(stack.enter_context(running(nosograph(release, home, answer_cache="0"))), queries)
    figures["own"] = {name: time for name, (time, _) in own.items()}
    for name in names:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stores-")))
            try:
                server = stack.enter_context(store_servers.STARTERS[name](folder, libraries))
            except NotInstalled as reason:
                print(f"{name}: {reason}", file=sys.stderr)
                continue
            found = fill(release, server, folder)
            found["version"] = server.version
            if not found["verdicts"].get("refused"):
                arguments = {"store": server.query, "answer_cache": "0"}
                with running(nosograph(release, folder, **arguments)) as endpoint:
                    measured = measure(endpoint, queries)
                found["milliseconds"] = {query: time for query, (time, _) in measured.items()}
                found["same"] = {
                    query.name: same_answer(query, own[query.name][1], measured[query.name][1])
                    for query in queries
                    if measured[query.name][0] is not None
                }
            found["memory"] = server.endpoint.memory()
            figures["stores"][name] = found
            print(f"{time.strftime('%H:%M:%S')} {name}: loaded in {found['seconds']} s", file=sys.stderr, flush=True)
    figures["load"] = round(os.getloadavg()[0], 1)
    return figures


def write_report(figures: Figures) -> str:
    """Return the figures as tables in Markdown."""
    stores = figures["stores"]
    lines = [
        f"{figures['date']}, {figures['quads']:,} quads; Python {figures['python']}; Java servers with 1 GiB of heap. "
        f"Other work went on at the same time: load {figures['load']} on {os.cpu_count()} processors at the end.",
        "",
        "| store | filled by | s | of processor | triples/s of it | MiB | same | spelled otherwise | otherwise |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, found in stores.items():
        counts = found["verdicts"]
        cells = [
            f"{name} {found['version']}",
            found["how"],
            found["seconds"],
            found["processor"],
            f"{found['triples'] / found['processor']:,.0f}",
            f"{found['memory']:,}",
            counts.get("same", 0),
            counts.get("spelled in its own way", 0),
            counts.get("worked round", 0) + counts.get("handed back", 0),
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += ["", "What each answers in its own way:", ""]
    for name, found in stores.items():
        told = "; ".join(f"{probe} ({verdict})" for probe, verdict in found["differences"].items())
        lines.append(f"* {name}: {told or 'nothing'}")
    lines += [
        "",
        "Milliseconds of an answer, median of five; `≠` marks an answer that is not that of the release.",
        "",
        f"| query | own store | {' | '.join(stores)} |",
        f"|---|---:|{'---:|' * len(stores)}",
    ]
    for query in figures["queries"]:
        times = []
        for found in stores.values():
            milliseconds = found.get("milliseconds", {}).get(query)
            mark = "" if found.get("same", {}).get(query, True) else " ≠"
            times.append("-" if milliseconds is None else f"{milliseconds}{mark}")
        lines.append(f"| {query} | {figures['own'][query]} | {' | '.join(times)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the comparison and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("release", type=Path, help="folder of the release")
    parser.add_argument("--libraries", type=Path, default=Path("build/stores"), help="where fetched servers are kept")
    parser.add_argument("--without", action="append", default=[], choices=list(store_servers.STARTERS), metavar="STORE")
    parser.add_argument("--out", type=Path, help="where to write the figures: this name with .json and .md")
    arguments = parser.parse_args()
    release = prepare_release(arguments.release.resolve(), progress=quiet)
    names = [name for name in store_servers.STARTERS if name not in arguments.without]
    figures = run(release, arguments.libraries.resolve(), names)
    report = write_report(figures)
    if arguments.out:
        arguments.out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
        arguments.out.with_suffix(".md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
