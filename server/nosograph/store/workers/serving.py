"""What every worker process does, whatever engine it asks: it is confined, opens its release and answers requests.

It reads one plan and then one request after another from its connection, and answers each. It imports little, because
the start of a worker is what a killed query costs the others, and nothing that reads settings.
"""

from __future__ import annotations

import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

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

Plan = Mapping[str, Any]
"""The plan of a worker, as it was sent: the fields of ``WorkerPlan`` or ``AnalysisPlan``."""


class RequestEvaluator(Protocol):
    """Answers requests about a release that is open."""

    @property
    def kept(self) -> int:
        """Bytes that the engine may keep in memory between two queries."""
        ...

    def answer(self, request: Message) -> Message:
        """Return the reply to a request; raises ``Failure`` where it cannot be answered."""
        ...


def serve(descriptor: int, parent: int, open_release: Callable[[Plan], RequestEvaluator]) -> None:
    """Serve one connection until it is closed.

    Args:
        descriptor: the connection, as an inherited file descriptor.
        parent: process number of the process that started this one.
        open_release: opens the release of a plan, in the confined process, and returns what answers about it;
            ``OSError``, ``RuntimeError`` and ``ValueError`` say that it cannot be opened.
    """
    sandbox.end_with_parent(parent)
    sandbox.leave_no_core()
    sandbox.use_one_heap()
    # The engine reads this when it aborts; the trace would be slow and nobody would see it.
    os.environ["RUST_BACKTRACE"] = "0"
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    connection = socket.socket(fileno=descriptor)
    reader = FrameReader(connection, repeats=True)
    try:
        plan = reader.wait().header
    except ConnectionEnded:
        return
    guard = "" if plan["network"] else sandbox.forbid_network()
    threading.stack_size(STACK_SIZE)
    thread = threading.Thread(target=_serve, args=(connection, reader, plan, guard, open_release))
    thread.start()
    thread.join()


def _serve(
    connection: socket.socket,
    reader: FrameReader,
    plan: Plan,
    guard: str,
    open_release: Callable[[Plan], RequestEvaluator],
) -> None:
    try:
        evaluator = open_release(plan)
    except (OSError, RuntimeError, ValueError) as error:
        send_frame(connection, Message({"error": str(error)}))
        return
    at_rest = _resident()
    sandbox.limit_memory(plan["memory"])
    try:
        send_frame(connection, Message({"sandbox": guard, "thread": threading.get_native_id()}))
        while True:
            request = reader.wait()
            began = time.monotonic()
            reply, spent = _reply(evaluator, request)
            # Growth takes time, so after a quick query there is no need to look.
            if spent or (time.monotonic() - began > QUICK and _resident() > at_rest + evaluator.kept + GROWTH):
                reply.header["retire"] = True
            try:
                send_frame(connection, reply)
            finally:
                reply.close()
            if "retire" in reply.header:
                return
    except ConnectionEnded:
        return


def _reply(evaluator: RequestEvaluator, request: Message) -> tuple[Message, bool]:
    """Return the reply to a request, and whether the process should end after it."""
    try:
        return evaluator.answer(request), False
    except Failure as failure:
        return Message(failure.header), failure.header["error"] == "memory"
    except MemoryError:
        sandbox.open_reserve()
        return Message({"error": "memory", "what": ""}), True
    except BaseException as error:
        # The engine turns a panic into an exception outside the hierarchy of Exception.
        return Message({"error": "crashed", "what": f"{type(error).__name__}: {error}"}), True


def _resident() -> int:
    with open("/proc/self/statm", "rb") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * resource.getpagesize()
