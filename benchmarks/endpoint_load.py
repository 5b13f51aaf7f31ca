"""Sends load to a server and measures it: ``wrk`` for what is quick, threads of this process for what is slow.

Every run is bounded in time. Requests differ by a comment unless they are to be the same.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import statistics
import subprocess
import threading
import time
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from endpoint_servers import HOST, Endpoint

VARY: Final = "%0A%23"
"""A line break and the sign that begins a comment, percent-encoded."""

PATIENCE: Final = 60.0
_SCRIPT: Final = Path(__file__).parent / "vary.lua"
_NUMBERS: Final = itertools.count(time.time_ns() % 1_000_000_000)


@dataclass(frozen=True)
class Load:
    """What one run measured.

    Attributes:
        rate: answers per second.
        median: median latency in milliseconds; None where nothing was answered.
        p95: latency in milliseconds that 95 of 100 answers stayed below; None where nothing was answered.
        failed: answers with an error status, and requests without an answer.
        server_share: cores that the server kept busy.
        client_share: cores that the load generator kept busy.
        cost: microseconds of processor time that the server took for each answer; None where nothing was answered.
    """

    rate: float
    median: float | None
    p95: float | None
    failed: int
    server_share: float = 0.0
    client_share: float = 0.0
    cost: float | None = None


def fetch(
    port: int, target: str, accept: str, *, source: str = HOST, patience: float = PATIENCE
) -> tuple[int, bytes, float]:
    """Return status, content and milliseconds of one request on a connection of its own."""
    connection = http.client.HTTPConnection(HOST, port, timeout=patience, source_address=(source, 0))
    with contextlib.closing(connection):
        connection.connect()
        began = time.perf_counter()
        connection.request("GET", target, headers={"Accept": accept})
        response = connection.getresponse()
        content = response.read()
        return response.status, content, (time.perf_counter() - began) * 1000


def varied(target: str) -> str:
    """Return a target whose query ends with a comment that no other has."""
    return f"{target}{VARY}{next(_NUMBERS)}"


def run_wrk(
    endpoint: Endpoint,
    target: str,
    accept: str,
    *,
    clients: int,
    seconds: int,
    vary: bool = True,
    cpus: Collection[int] = (),
) -> Load:
    """Ask for a target from so many clients that keep their connections, each as soon as it has its answer.

    Args:
        endpoint: the server.
        target: path and query part.
        accept: the format that is asked for.
        clients: how many connections there are.
        seconds: how long.
        vary: let each request differ by a comment.
        cpus: processors that the load generator may use; all by default.
    """
    command = ["taskset", "-c", ",".join(map(str, cpus))] if cpus else []
    command += ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", f"{PATIENCE:g}s", "-s", str(_SCRIPT)]
    command += [f"http://{HOST}:{endpoint.port}{target}", "--", VARY if vary else "", accept]
    busy = endpoint.processor_seconds()
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.monotonic() - began
    line = next((line for line in output.splitlines() if line.startswith("RESULT ")), None)
    if line is None:
        raise SystemExit(f"wrk ended with status {process.returncode} and without figures.")
    result = json.loads(line.removeprefix("RESULT "))
    answered = result["requests"] - result["refused"]
    spent = endpoint.processor_seconds() - busy
    return Load(
        rate=answered / (result["microseconds"] / 1e6),
        median=result["median"] / 1000 if answered else None,
        p95=result["p95"] / 1000 if answered else None,
        failed=result["refused"] + result["broken"],
        server_share=spent / elapsed,
        client_share=(usage.ru_utime + usage.ru_stime) / elapsed,
        cost=spent / answered * 1e6 if answered else None,
    )


def run_threads(endpoint: Endpoint, target: str, accept: str, *, clients: int, requests: int) -> Load:
    """Send a fixed number of requests from threads; for answers so slow that the cost of the threads is none."""
    latencies: list[float] = []
    failed = 0
    busy = endpoint.processor_seconds()
    began = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        for answer in pool.map(lambda _: _attempt(endpoint.port, varied(target), accept), range(requests)):
            if answer is None:
                failed += 1
            else:
                latencies.append(answer)
    elapsed = time.monotonic() - began
    share = (endpoint.processor_seconds() - busy) / elapsed
    if not latencies:
        return Load(0.0, None, None, failed, share)
    worst = sorted(latencies)[int(0.95 * (len(latencies) - 1))]
    return Load(len(latencies) / elapsed, statistics.median(latencies), worst, failed, share)


def _attempt(port: int, target: str, accept: str, source: str = HOST) -> float | None:
    try:
        status, _, milliseconds = fetch(port, target, accept, source=source)
    except (OSError, http.client.HTTPException):
        return None
    return milliseconds if status == 200 else None


@contextlib.contextmanager
def runaway_client(
    endpoint: Endpoint, queries: list[str], parameters: Mapping[str, str], source: str, seconds: float
) -> Iterator[list[tuple[int, float]]]:
    """Run hostile queries one after another from another address; gives the list of their statuses and seconds."""
    ended = threading.Event()
    outcomes: list[tuple[int, float]] = []

    def loop() -> None:
        until = time.monotonic() + seconds
        for query in itertools.cycle(queries):
            began = time.monotonic()
            if ended.is_set() or began >= until:
                return
            try:
                target = endpoint.target(query, parameters)
                status, _, _ = fetch(endpoint.port, target, "*/*", source=source, patience=until - began)
            except (OSError, http.client.HTTPException):
                status = 0
            outcomes.append((status, time.monotonic() - began))

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield outcomes
    finally:
        ended.set()
        thread.join(seconds)
