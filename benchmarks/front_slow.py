"""Latency of the server for others while many clients are slow on purpose, at a fixed rate of requests."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import itertools
import multiprocessing
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from endpoint_load import varied
from endpoint_queries import choose_constants, read_queries
from endpoint_report import number, table
from endpoint_servers import HOST, Endpoint

from nosograph.release.opening import Release

IDLE, DRIPPING, UNREADING = 1000, 300, 200
RATE: Final = 25.0
"""Requests of each kind in a second."""

SECONDS: Final = 30.0
ADDRESSES: Final = 50
"""Addresses that the slow clients come from, since the server bounds the connections of each."""

_FILES: Final = 4096

Figures = dict[str, Any]


def measure_slow(release: Release, started: Callable[..., Any], quick: bool) -> Figures:
    """Return the latencies of three kinds of requests without slow clients and with them."""
    seconds = SECONDS / 10 if quick else SECONDS
    constants = choose_constants(release)
    with started(release, "nosograph") as endpoint:
        targets = {
            "health": ("/healthz", "*/*", False),
            "look-up": (endpoint.target(read_queries(constants)[0].text), "application/sparql-results+json", True),
            "page": ("/" + constants["CONDITION"].removeprefix(release.base.iri) + ".html", "text/html", False),
        }
        ask_at_rate(endpoint, targets, 2.0)
        without = ask_at_rate(endpoint, targets, seconds)
        dump = f"/dumps/{release.version}/{release.dump('nq').name}"
        with slow_clients(endpoint.port, dump) as held:
            beside = ask_at_rate(endpoint, targets, seconds)
            connections = held()
    return {"rate": RATE, "seconds": seconds, "without": without, "with": beside, "connections": connections}


def report_slow(figures: Figures, results: Path) -> str:
    """Return the table of latencies."""
    rows = []
    for kind, before in figures["without"].items():
        after = figures["with"][kind]
        fine = after["p95"] <= max(2 * before["p95"], before["p95"] + 5)
        cells = [number(one[key]) for key in ("p50", "p95", "worst") for one in (before, after)]
        rows.append((kind, *cells, str(before["failed"] + after["failed"]), "reached" if fine else "**missed**"))
    head = ["asked for", "median ms without", "with", "p95 without", "with", "slowest without", "with", "failed"]
    held = figures["connections"]
    return (
        f"{figures['date']}: {IDLE} idle, {DRIPPING} dripping and {UNREADING} non-reading clients from "
        f"{ADDRESSES} addresses (connections they held at the end: {held}); "
        f"{figures['rate']:g} requests of each kind a second for "
        f"{figures['seconds']:g} seconds. Wanted: p95 within twice of without, or 5 ms more.\n\n"
        + table([*head, "goal"], rows)
        + "\n"
    )


def ask_at_rate(endpoint: Endpoint, targets: dict[str, tuple[str, str, bool]], seconds: float) -> Figures:
    """Ask for each target at the fixed rate; a request that begins late is measured from when it was due."""
    figures: Figures = {}

    def ask(kind: str) -> None:
        target, accept, vary = targets[kind]
        latencies: list[float] = []
        failed = 0
        with contextlib.closing(http.client.HTTPConnection(HOST, endpoint.port, timeout=20)) as connection:
            began = time.perf_counter()
            for turn in range(int(seconds * RATE)):
                due = began + turn / RATE
                time.sleep(max(0.0, due - time.perf_counter()))
                try:
                    connection.request("GET", varied(target) if vary else target, headers={"Accept": accept})
                    response = connection.getresponse()
                    response.read()
                except (OSError, http.client.HTTPException):
                    connection.close()
                    failed += 1
                    continue
                failed += response.status != 200
                latencies.append((time.perf_counter() - due) * 1000)
        latencies.sort()
        p50, p95 = (latencies[int(share * (len(latencies) - 1))] for share in (0.5, 0.95))
        figures[kind] = {"p50": p50, "p95": p95, "worst": latencies[-1], "failed": failed}

    threads = [threading.Thread(target=ask, args=(kind,)) for kind in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {kind: figures[kind] for kind in targets}


@contextlib.contextmanager
def slow_clients(port: int, dump: str) -> Iterator[Callable[[], int]]:
    """Run the slow clients in a process of their own; gives what counts the connections that they hold."""
    context = multiprocessing.get_context("spawn")
    held = context.Value("i", 0)
    ready = context.Event()
    process = context.Process(target=_run_slow, args=(port, dump, held, ready), daemon=True)
    process.start()
    try:
        if not ready.wait(60):
            raise SystemExit("The slow clients did not come up.")
        yield lambda: int(held.value)
    finally:
        process.kill()
        process.join()


def _run_slow(port: int, dump: str, held: Any, ready: Any) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(_FILES, hard), hard))
    asyncio.run(_be_slow(port, dump, held, ready))


async def _be_slow(port: int, dump: str, held: Any, ready: Any) -> None:
    addresses = itertools.cycle(f"127.0.1.{number}" for number in range(1, ADDRESSES + 1))
    head = f"GET {dump} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()

    async def connect(buffer: int = 0) -> socket.socket:
        connection = socket.socket()
        connection.setblocking(False)
        if buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        connection.bind((next(addresses), 0))
        await asyncio.get_running_loop().sock_connect(connection, (HOST, port))
        held.value += 1
        return connection

    async def idle() -> None:
        while True:
            with contextlib.suppress(OSError):
                connection = await connect()
                await asyncio.get_running_loop().sock_recv(connection, 1)  # until the server closes it
                _drop(connection, held)
            await asyncio.sleep(1)

    async def drip() -> None:
        while True:
            with contextlib.suppress(OSError):
                connection = await connect()
                with contextlib.suppress(OSError):
                    for byte in itertools.cycle(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"x" * 64):
                        await asyncio.get_running_loop().sock_sendall(connection, bytes([byte]))
                        await asyncio.sleep(1)
                _drop(connection, held)
            await asyncio.sleep(1)

    async def leave_unread() -> None:
        while True:
            with contextlib.suppress(OSError):
                connection = await connect(4096)
                with contextlib.suppress(OSError):
                    await asyncio.get_running_loop().sock_sendall(connection, head)
                    await asyncio.sleep(50)  # the answer waits to be read
                _drop(connection, held)
            await asyncio.sleep(1)

    async with asyncio.TaskGroup() as group:
        for behave, clients in ((idle, IDLE), (drip, DRIPPING), (leave_unread, UNREADING)):
            for _ in range(clients):
                group.create_task(behave())
        until = time.monotonic() + 30
        while held.value < IDLE + DRIPPING + UNREADING and time.monotonic() < until:
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)
        ready.set()


def _drop(connection: socket.socket, held: Any) -> None:
    connection.close()
    held.value -= 1
