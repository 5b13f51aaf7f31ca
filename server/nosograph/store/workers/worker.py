"""The process that parses and evaluates queries: whatever kills it, or crashes it, leaves the server alone.

It reads one plan and then one request after another from its connection, and answers each. It imports little, because
its start is what a killed query costs the others, and nothing that reads settings.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import threading
import time
from typing import Any, Final

import pyoxigraph

from nosograph.store.oxigraph.evaluation import Evaluator
from nosograph.store.oxigraph.failure import Failure
from nosograph.store.workers import sandbox
from nosograph.store.workers.frames import ConnectionEnded, FrameReader, Message, send_frame

STACK_SIZE: Final = 256 * 1024 * 1024
"""Bytes of stack for the evaluating thread: address space, which becomes memory only where nesting is deep.

With the usual 8 MiB a thousand nested calls overflow it; so it takes tens of thousands.
"""

GROWTH: Final = 96 * 1024 * 1024
"""Bytes that a worker may have grown by after a query; beyond it, it is replaced, so that memory comes back."""

QUICK: Final = 0.01
"""Seconds in which no query grows a worker much."""

WARM_UP: Final = (
    "SELECT * { ?s ?p ?o } LIMIT 500",
    "SELECT ?c (COUNT(?s) AS ?n) { { SELECT ?s ?c { ?s a ?c } LIMIT 500 } } GROUP BY ?c ORDER BY ?n",
    "SELECT * { ?s a ?c OPTIONAL { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?l } } LIMIT 200",
    "SELECT * { GRAPH ?g { ?s ?p ?o } FILTER(isIRI(?o)) ?o a ?c } LIMIT 50",
)
"""Queries that touch the indexes and the engine's code once, since the first run of a query can be 25 times slower.

Each only scans, up to its limit: a path between two variables, say, would visit millions of resources before the first.
"""


def main(descriptor: int, parent: int) -> None:
    """Serve one connection until it is closed.

    Args:
        descriptor: the connection, as an inherited file descriptor.
        parent: process number of the process that started this one.
    """
    sandbox.end_with_parent(parent)
    sandbox.leave_no_core()
    sandbox.use_one_heap()
    # The engine reads this when it aborts; the trace would be slow and nobody would see it.
    os.environ["RUST_BACKTRACE"] = "0"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    connection = socket.socket(fileno=descriptor)
    reader = FrameReader(connection)
    try:
        plan = reader.wait().header
    except ConnectionEnded:
        return
    guard = "" if plan["network"] else sandbox.forbid_network()
    threading.stack_size(STACK_SIZE)
    thread = threading.Thread(target=_serve, args=(connection, reader, plan, guard))
    thread.start()
    thread.join()


def _serve(connection: socket.socket, reader: FrameReader, plan: dict[str, Any], guard: str) -> None:
    try:
        store = pyoxigraph.Store.read_only(plan["store"])
        for query in WARM_UP:
            solutions = store.query(query)
            if isinstance(solutions, pyoxigraph.QuerySolutions):
                solutions.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
    except (OSError, RuntimeError, ValueError) as error:
        send_frame(connection, Message({"error": f"The store of the release cannot be opened: {error}."}))
        return
    evaluator = Evaluator(store, plan["result"], plan["prefixes"], plan["overlaps"], calls_services=plan["network"])
    at_rest = _resident()
    sandbox.limit_memory(plan["memory"])
    try:
        send_frame(connection, Message({"sandbox": guard, "thread": threading.get_native_id()}))
        while True:
            request = reader.wait()
            began = time.monotonic()
            reply, spent = _reply(evaluator, request)
            # Growth takes time, so after a quick query there is no need to look.
            if spent or (time.monotonic() - began > QUICK and _resident() > at_rest + GROWTH):
                reply.header["retire"] = True
            try:
                send_frame(connection, reply)
            finally:
                reply.close()
            if "retire" in reply.header:
                return
    except ConnectionEnded:
        return


def _reply(evaluator: Evaluator, request: Message) -> tuple[Message, bool]:
    """Return the reply to a request, and whether the process should end after it."""
    try:
        return evaluator.answer(request), False
    except Failure as failure:
        return Message(failure.header), failure.header["error"] == "memory"
    except MemoryError:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        return Message({"error": "memory", "what": ""}), True
    except BaseException as error:
        # The engine turns a panic into an exception outside the hierarchy of Exception.
        return Message({"error": "crashed", "what": f"{type(error).__name__}: {error}"}), True


def _resident() -> int:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * resource.getpagesize()
