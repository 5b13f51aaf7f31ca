"""Compares SPARQL servers over HTTP: the same queries on the same quads, in one run, on one machine.

    pip install -e '.[bench]'
    apt-get install wrk virtuoso-opensource          # the second is optional
    python benchmarks/endpoints.py scleroderma       # the curated release, 10^4 quads
    python benchmarks/endpoints.py hpo --facts 8000  # with a sample of HPO annotations, 10^5 quads
    python benchmarks/endpoints.py hpo --without rdflib-endpoint   # with 110,000 annotations, over 10^6 quads

Servers take turns within each query, so what else the machine does falls on all of them alike; figures are medians of
the rounds. Prints tables in Markdown, and writes every single figure to ``--figures``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import endpoint_servers as servers
from endpoint_data import curated_release, release_with_annotations
from endpoint_load import Load, fetch, run_threads, run_wrk, runaway_client, varied
from endpoint_queries import BenchmarkQuery, choose_constants, read_queries
from endpoint_report import write_report
from endpoint_results import same_answer

from nosograph.release.opening import Release

RESULTS: Final = "application/sparql-results+json"
GRAPH: Final = "text/turtle"
MANY: Final = 16
OTHERS: Final = 4
SLOW: Final = 250.0
"""Milliseconds from which on a query is measured by a fixed number of requests."""

MOST_SECONDS: Final = 45.0
"""Seconds that one cell with many clients may be expected to take; beyond it, it is left out."""

RUNAWAYS: Final = [
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT (COUNT(*) AS ?n) { ?a (!<urn:a>|!<urn:b>)* ?b . ?c (!<urn:a>|!<urn:b>)* ?d }",
    "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f ?c LIMIT 10",
]
RUNAWAY_ADDRESS: Final = "127.0.0.2"
RUNAWAY_WINDOW: Final = 6

Figures = dict[str, Any]


def accept_for(query: BenchmarkQuery) -> str:
    """Return the format in which every server is asked for the answer."""
    return GRAPH if "CONSTRUCT" in query.text else RESULTS


def measure_cold(release: Release, names: list[str], queries: list[BenchmarkQuery], rounds: int) -> Figures:
    """Return the time of the first answer to each query by servers that have just started, in another order each round.

    The operating system still has the files in memory; what is cold is the server.
    """
    figures: Figures = {name: {query.name: [] for query in queries} for name in names}
    starts: Figures = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn * len(queries) // rounds
        for name in names:
            with started(release, name) as endpoint:
                starts[name].append(endpoint.start_seconds)
                for query in queries[shift:] + queries[:shift]:
                    milliseconds = ask(endpoint, query)
                    if milliseconds is not None:
                        figures[name][query.name].append(milliseconds)
                say(f"cold {turn + 1}/{rounds} {name}")
    return {"start_seconds": starts, "first_answer": figures}


def measure_warm(endpoints: list[servers.Endpoint], queries: list[BenchmarkQuery], rounds: int) -> Figures:
    """Return rate and latency of each query with one client and with many, every request differing by a comment."""
    figures: Figures = {}
    for query in queries:
        cells: Figures = {endpoint.name: {"one": [], "many": []} for endpoint in endpoints}
        probed = {endpoint.name: probe(endpoint, query) for endpoint in endpoints}
        for _ in range(rounds):
            for endpoint in endpoints:
                expected = probed[endpoint.name]
                for key, clients in (("one", 1), ("many", MANY)):
                    load = measure_cell(endpoint, query, clients, expected)
                    if load is not None:
                        cells[endpoint.name][key].append(asdict(load))
        figures[query.name] = cells
        say(f"warm {query.name}")
    return figures


def measure_cell(
    endpoint: servers.Endpoint, query: BenchmarkQuery, clients: int, expected: float | None
) -> Load | None:
    """Return what one cell of the table measures, or None where that would take too long or fails."""
    if expected is None:
        return None
    target, accept = endpoint.target(query.text), accept_for(query)
    if expected < SLOW:
        return run_wrk(endpoint, target, accept, clients=clients, seconds=1)
    requests = 1 if clients == 1 else clients
    if requests * expected / 1000 > MOST_SECONDS:
        return None
    return run_threads(endpoint, target, accept, clients=clients, requests=requests)


def compare_answers(endpoints: list[servers.Endpoint], queries: list[BenchmarkQuery]) -> Figures:
    """Return for each query which servers answer what the first one answers; None for those that do not answer."""
    figures: Figures = {}
    for query in queries:
        answers = {}
        for endpoint in endpoints:
            with contextlib.suppress(OSError):
                status, content, _ = fetch(endpoint.port, endpoint.target(query.text), accept_for(query))
                if status == 200:
                    answers[endpoint.name] = content
        first = answers.get(endpoints[0].name) or next(iter(answers.values()))
        figures[query.name] = {
            endpoint.name: same_answer(query, first, answers[endpoint.name]) if endpoint.name in answers else None
            for endpoint in endpoints
        }
    return figures


def measure_runaway(release: Release, names: list[str], query: BenchmarkQuery, rounds: int) -> Figures:
    """Return the others' latency while one client at another address runs hostile queries in a loop, and without it.

    Each round has servers of its own, because a server may go on with a hostile query when nobody waits for it.
    """
    figures: Figures = {name: [] for name in names}
    for turn in range(rounds):
        for name in names:
            with started(release, name) as endpoint:
                target = endpoint.target(query.text)
                run_wrk(endpoint, target, RESULTS, clients=OTHERS, seconds=1)
                quiet = run_wrk(endpoint, target, RESULTS, clients=OTHERS, seconds=RUNAWAY_WINDOW // 2)
                window = RUNAWAY_WINDOW + 2.0
                with runaway_client(endpoint, RUNAWAYS, endpoint.runaway, RUNAWAY_ADDRESS, window) as outcomes:
                    time.sleep(0.2)
                    loud = run_wrk(endpoint, target, RESULTS, clients=OTHERS, seconds=RUNAWAY_WINDOW)
                figures[name].append({"without": asdict(quiet), "with": asdict(loud), "hostile": list(outcomes)})
            say(f"runaway {turn + 1}/{rounds} {name}")
    return figures


@contextlib.contextmanager
def started(release: Release, name: str, **options: Any) -> Iterator[servers.Endpoint]:
    """Return a server in a folder of its own, and end it at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="endpoint-") as folder:
        starter: Callable[..., servers.Endpoint] = servers.STARTERS[name]
        with servers.running(starter(release, Path(folder), **options)) as endpoint:
            yield endpoint


def ask(endpoint: servers.Endpoint, query: BenchmarkQuery) -> float | None:
    """Return the milliseconds of one answer, or None where there is none."""
    try:
        status, _, milliseconds = fetch(endpoint.port, varied(endpoint.target(query.text)), accept_for(query))
    except OSError:
        return None
    return milliseconds if status == 200 else None


def probe(endpoint: servers.Endpoint, query: BenchmarkQuery) -> float | None:
    """Return the milliseconds of a warm answer, or None where there is none."""
    first = ask(endpoint, query)
    return first if first is None or first > 4 * SLOW else ask(endpoint, query)


def say(step: str) -> None:
    """Report progress on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {step}", file=sys.stderr, flush=True)


def run(release: Release, names: list[str], rounds: int) -> Figures:
    """Return every figure of one run."""
    constants = choose_constants(release)
    queries = read_queries(constants)
    figures: Figures = {
        "date": time.strftime("%Y-%m-%d"),
        "release": release.version,
        "quads": release.manifest.counts.quads,
        "rounds": rounds,
        "versions": {name: servers.version(name) for name in names},
        "queries": {query.name: {"about": query.about, "point": query.is_point} for query in queries},
    }
    figures["cold"] = measure_cold(release, names, queries, rounds)
    with contextlib.ExitStack() as stack:
        endpoints = [stack.enter_context(started(release, name)) for name in names]
        figures["agreement"] = compare_answers(endpoints, queries)
        figures["warm"] = measure_warm(endpoints, queries, rounds)
        figures["memory"] = {endpoint.name: endpoint.memory() for endpoint in endpoints}
    figures["runaway"] = measure_runaway(release, names, queries[0], rounds)
    figures["most_client_share"] = statistics.median(_client_shares(figures["warm"]))
    return figures


def _client_shares(warm: Figures) -> Iterator[float]:
    for cells in warm.values():
        for cell in cells.values():
            yield from (load["client_share"] for load in cell["many"] if load["client_share"])


def main() -> None:
    """Run the comparison and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("data", choices=["scleroderma", "hpo"], help="what is served")
    parser.add_argument("--facts", type=int, default=110_000, help="how many facts of HPO are added (110000)")
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks"), help="where releases are kept")
    parser.add_argument("--rounds", type=int, default=3, help="how often each figure is taken (3)")
    parser.add_argument("--without", action="append", default=[], choices=list(servers.STARTERS)[1:], metavar="SERVER")
    parser.add_argument("--figures", type=Path, help="file for every single figure, as JSON")
    arguments = parser.parse_args()
    folder = arguments.folder.resolve()
    release = (
        curated_release(folder / "scleroderma")
        if arguments.data == "scleroderma"
        else release_with_annotations(folder / f"hpo-{arguments.facts}", arguments.facts)
    )
    names = [name for name in servers.STARTERS if name not in arguments.without and servers.is_installed(name)]
    figures = run(release, names, arguments.rounds)
    if arguments.figures:
        arguments.figures.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(write_report(figures))


if __name__ == "__main__":
    main()
