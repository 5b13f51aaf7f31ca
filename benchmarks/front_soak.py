"""What a server holds after minutes of mixed load, and what fails while releases are swapped and workers are killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import re
import signal
import statistics
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from endpoint_load import fetch, varied
from endpoint_queries import choose_constants, read_queries
from endpoint_report import number, table
from endpoint_servers import HOST, Endpoint
from svg_chart import line_chart

from nosograph.release.opening import Release

CLIENTS: Final = 8
SOAK_SECONDS: Final = 600.0
CACHE: Final = 4
"""MiB of answers that the server keeps, so that its cache is full soon: what grows later is not the cache."""

_HELD: Final = {
    "own": "MiB of memory, the server's own process",
    "memory": "MiB of memory, all processes",
    "files": "open files",
    "processes": "processes",
}
WARM_SECONDS: Final = 60.0
"""Seconds after which caches and workers have what they keep, so that what grows from then on should not."""

SWAPS: Final = 20
SWAP_PAUSE: Final = 3.0
SWAP_SECONDS: Final = 120.0
RUNAWAY: Final = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
KILLED: Final = "worker-killed"
"""Code of the problem that a query gets whose worker somebody killed."""

Figures = dict[str, Any]
Kind = tuple[str, str, int, bool]
"""A request of the mixed load: path and query part, Accept header, expected status, whether it is to be made unique."""


class MixedLoad:
    """Clients that ask for everything a server offers, in turns that chance decides, each as soon as it has its answer.

    Args:
        endpoint: the server.
        kinds: the requests by their names.
    """

    def __init__(self, endpoint: Endpoint, kinds: dict[str, Kind]) -> None:
        self._endpoint = endpoint
        self._kinds = kinds
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(seed,)) for seed in range(CLIENTS)]
        self.answered: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.latencies: list[float] = []

    def __enter__(self) -> MixedLoad:
        """Start the clients."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Let the clients end what they do."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, seed: int) -> None:
        choose = random.Random(seed)
        connection = http.client.HTTPConnection(HOST, self._endpoint.port, timeout=60)
        while not self._ended.is_set():
            name = choose.choice(list(self._kinds))
            target, accept, expected, vary = self._kinds[name]
            began = time.perf_counter()
            try:
                connection.request("GET", varied(target) if vary else target, headers={"Accept": accept})
                response = connection.getresponse()
                content = response.read()
                outcome = "" if response.status == expected else _failure(response.status, content)
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                outcome = type(error).__name__
            with self._lock:
                self.latencies.append(time.perf_counter() - began)
                if outcome:
                    self.failures[f"{name}: {outcome}"] += 1
                else:
                    self.answered[name] += 1


def mixed_kinds(release: Release, endpoint: Endpoint, *, runaway: bool) -> dict[str, Kind]:
    """Return the requests of the mixed load."""
    constants = choose_constants(release)
    queries = {query.name: query.text for query in read_queries(constants)}
    stem = "/" + constants["CONDITION"].removeprefix(release.base.iri)
    rows = "application/sparql-results+json"
    kinds: dict[str, Kind] = {
        "kept answer": (endpoint.target(queries["01-point-label"]), rows, 200, False),
        "look-up": (endpoint.target(queries["01-point-label"]), rows, 200, True),
        "join": (endpoint.target(queries["05-join-evidence"]), rows, 200, True),
        "graph": (endpoint.target(queries["08-construct"]), "text/turtle", 200, True),
        "document": (f"{stem}.ttl", "*/*", 200, False),
        "page": (f"{stem}.html", "text/html", 200, False),
        "search": ("/search?q=skin", "text/html", 200, False),
        "dump": (f"/dumps/{release.version}/{release.dump('nq').name}", "*/*", 200, False),
        "unknown": ("/condition/nothing-of-this-name", "*/*", 404, False),
        "not SPARQL": (endpoint.target("SELECT WHERE"), "*/*", 400, True),
        "health": ("/healthz", "*/*", 200, False),
    }
    if runaway:
        kinds["runaway"] = (endpoint.target(RUNAWAY, {"timeout": "0.5"}), rows, 503, False)
    return kinds


def measure_soak(release: Release, started: Callable[..., Any], quick: bool) -> Figures:
    """Return memory, open files and processes of a server in the course of mixed load."""
    seconds, warm = (SOAK_SECONDS / 10, 15.0) if quick else (SOAK_SECONDS, WARM_SECONDS)
    samples: list[Figures] = []
    with (
        started(release, "nosograph", answer_cache=str(CACHE)) as endpoint,
        MixedLoad(endpoint, mixed_kinds(release, endpoint, runaway=True)) as load,
    ):
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            samples.append({"seconds": round(passed, 1), **_holdings(endpoint)})
            time.sleep(seconds / 60)
        samples.append({"seconds": round(seconds, 1), **_holdings(endpoint)})
    return {"warm": warm, "samples": samples, **_outcome(load)}


def report_soak(figures: Figures, results: Path) -> str:
    """Return the table of what the server held, and draw its course."""
    samples = figures["samples"]
    settled = next(sample for sample in samples if sample["seconds"] >= figures["warm"])
    rows = []
    for key, what in _HELD.items():
        later = [sample[key] for sample in samples if sample["seconds"] >= figures["warm"]]
        rows.append(
            (what, str(samples[0][key]), str(settled[key]), str(samples[-1][key]), f"{min(later)} to {max(later)}")
        )
    series = {
        what: [(sample["seconds"], float(sample[key])) for sample in samples]
        for key, what in _HELD.items()
        if key != "processes"
    }
    (results / "soak.svg").write_text(line_chart("Ten minutes of mixed load", "seconds", series), encoding="utf-8")
    head = ["held", "at the start", f"after {figures['warm']:g} s", "at the end", "between these"]
    total = sum(figures["answered"].values())
    return (
        f"{figures['date']}: {CLIENTS} clients, {total:,} requests in {samples[-1]['seconds']:g} s, "
        f"{_said(figures['failures'])}.\n\n{table(head, rows)}\n\n![memory and open files over time](soak.svg)\n"
    )


def measure_swaps(release: Release, started: Callable[..., Any], quick: bool) -> Figures:
    """Return what failed while the release was loaded anew and swapped in, and a worker was killed every second."""
    swaps = 2 if quick else SWAPS
    killed = failed = 0
    with (
        started(release, "nosograph") as endpoint,
        MixedLoad(endpoint, mixed_kinds(release, endpoint, runaway=False)) as load,
    ):
        ended = threading.Event()

        def kill() -> None:
            nonlocal killed
            while not ended.wait(1):
                workers = endpoint.processes()[1:]
                with contextlib.suppress(ProcessLookupError, ValueError):
                    os.kill(min(workers, key=_started), signal.SIGKILL)  # the oldest one: it answers queries
                    killed += 1

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            for turn in range(1, swaps + 1):
                failed += _swap(endpoint)
                time.sleep(SWAP_PAUSE)
                print(f"{time.strftime('%H:%M:%S')} swap {turn}/{swaps}", file=sys.stderr, flush=True)
        finally:
            ended.set()
            killer.join()
    return {"swaps": swaps, "failed_swaps": failed, "killed": killed, **_outcome(load)}


def report_swaps(figures: Figures, results: Path) -> str:
    """Return the table of what failed."""
    in_worker = sum(count for what, count in figures["failures"].items() if what.endswith(KILLED))
    other = {what: count for what, count in figures["failures"].items() if not what.endswith(KILLED)}
    rows = [
        ("releases swapped", str(figures["swaps"])),
        ("swaps that failed and were asked for again", str(figures["failed_swaps"])),
        ("workers killed", str(figures["killed"])),
        ("requests answered", f"{sum(figures['answered'].values()):,}"),
        ("failed in a worker that was killed", str(in_worker)),
        ("failed otherwise", _said(other) if other else "0"),
        ("p95 of all requests, ms", number(figures["p95"])),
    ]
    return f"{figures['date']}, {CLIENTS} clients:\n\n{table(['', ''], rows)}\n"


def _holdings(endpoint: Endpoint) -> Figures:
    return {
        "memory": endpoint.memory(),
        "own": endpoint.own_memory(),
        "files": endpoint.descriptors(),
        "processes": len(endpoint.processes()),
    }


def _outcome(load: MixedLoad) -> Figures:
    latencies = sorted(load.latencies)
    return {
        "answered": dict(load.answered),
        "failures": dict(load.failures),
        "p50": statistics.median(latencies) * 1000,
        "p95": latencies[int(0.95 * (len(latencies) - 1))] * 1000,
    }


def _failure(status: int, content: bytes) -> str:
    """Return what a response that was not expected says: its status, and the code of its problem."""
    with contextlib.suppress(ValueError):
        return f"{status} {json.loads(content).get('code', '')}"
    return str(status)


def _started(pid: int) -> int:
    """Return when a process was started, in clock ticks; never, where there is none any more."""
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
    return sys.maxsize


def _swap(endpoint: Endpoint) -> int:
    """Have the release loaded anew and swapped in; return how often that failed, as it may where workers are killed."""
    before, failed = _swaps(endpoint), 0
    until = time.monotonic() + SWAP_SECONDS
    os.kill(endpoint.process.pid, signal.SIGHUP)
    while (now := _swaps(endpoint))["swapped"] == before["swapped"]:
        if time.monotonic() > until:
            raise SystemExit(f"The release was not swapped within {SWAP_SECONDS:g} seconds.")
        if now["failed"] > before["failed"] + failed:
            failed += 1
            os.kill(endpoint.process.pid, signal.SIGHUP)
        time.sleep(0.1)
    return failed


def _swaps(endpoint: Endpoint) -> Counter[str]:
    """Return how many swaps the server has counted, by their outcome."""
    _, content, _ = fetch(endpoint.port, "/metrics", "*/*")
    found = re.findall(r'nosograph_release_swaps_total\{outcome="(\w+)"\} (\S+)', content.decode())
    return Counter({outcome: int(float(count)) for outcome, count in found})


def _said(failures: dict[str, int]) -> str:
    return ", ".join(f"{count} of {what}" for what, count in failures.items()) or "none failed"
