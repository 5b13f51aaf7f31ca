"""One worker process as the serving process sees it: started, asked, killed, and its end explained."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Final, Literal

from nosograph.sparql.engine_choice import Engine
from nosograph.store.workers.channel import Channel
from nosograph.store.workers.endings import Ending
from nosograph.store.workers.frames import ConnectionEnded, Message, send_frame

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from nosograph.store.workers.{module} import main; main(int(sys.argv[2]), int(sys.argv[3]))"
)
_MEMORY_SIGNS: Final = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"Cannot allocate memory")
_STEPPED_BACK: Final = 5
_ERROR_TAIL: Final = 64 * 1024


KERNEL_COUNTERS: Final = Path("/proc/vmstat")
"""Where Linux counts the processes that it has ended for want of memory, among other events."""


@dataclass(frozen=True)
class WorkerPlan:
    """What a worker of the store is told before it opens the release; lengths in bytes.

    Attributes:
        of_engine: the engine of the worker.
        module: what the worker runs, a module beside this one.
        otherwise: what happens where it cannot open the release, for people.
        store: folder of the release's store.
        memory: how far the worker may grow once the release is open.
        result: length that a result may have.
        prefixes: prefixes that RDF results are written with.
        overlaps: IRIs of each two graphs that share a triple; None where that is not known.
        network: whether the worker keeps its network, for calls to SERVICE.
    """

    of_engine: ClassVar = Engine.STORE
    module: ClassVar = "worker"
    otherwise: ClassVar = "It is tried again."

    store: str
    memory: int
    result: int
    prefixes: dict[str, str]
    overlaps: Sequence[tuple[str, str]] | None = None
    network: bool = False

    @property
    def query_memory(self) -> int:
        """Bytes that a query may use, as errors name them."""
        return self.memory


@dataclass(frozen=True)
class AnalysisPlan:
    """What an analysis worker is told before it opens the analysis file of the release; lengths in bytes.

    Attributes:
        of_engine: the engine of the worker.
        module: what the worker runs, a module beside this one.
        otherwise: what happens where it cannot open the release, for people.
        file: the analysis file.
        engine: memory that the engine may use, in MiB.
        memory: how far the worker may grow once the file is open.
        result: length that a result may have.
        prefixes: prefixes that RDF results are written with.
        network: never: an analysis calls no service.
    """

    of_engine: ClassVar = Engine.ANALYSIS
    module: ClassVar = "analysis_worker"
    otherwise: ClassVar = "The store answers instead."

    file: str
    engine: int
    memory: int
    result: int
    prefixes: dict[str, str]
    network: Literal[False] = False

    @property
    def query_memory(self) -> int:
        """Bytes that a query may use, as errors name them."""
        return self.engine * 1024 * 1024


@dataclass(frozen=True)
class ServicePlan:
    """What a worker is told that asks a SPARQL service; lengths in bytes.

    Attributes:
        module: what the worker runs, a module beside this one.
        of_engine: the engine of the worker.
        otherwise: what happens where it cannot begin, for people.
        address: the service.
        authorization: value of the header Authorization, or empty.
        version: version of the release that the service must hold.
        identity: the query for what it holds.
        union: the graph that holds the union of the others, where there is one.
        named_graphs: the graphs that a query can name.
        timeout: seconds that the service may be silent.
        memory: how far the worker may grow.
        result: length that a result may have.
        prefixes: prefixes that a query need not declare, and that RDF results are written with.
        network: always: the service is reached over it.
    """

    module: ClassVar = "service_worker"
    of_engine: ClassVar = Engine.STORE
    otherwise: ClassVar = "It is tried again."

    address: str
    authorization: str = field(repr=False)
    version: str
    identity: str
    union: str
    named_graphs: tuple[str, ...]
    timeout: float
    memory: int
    result: int
    prefixes: dict[str, str]
    network: Literal[True] = True

    @property
    def query_memory(self) -> int:
        """Bytes that a query may use, as errors name them."""
        return self.memory


AnyPlan = WorkerPlan | AnalysisPlan | ServicePlan


class WorkerProcess:
    """A worker; start it from a thread that outlives it, because the kernel ends it with that thread.

    Starting, ``reap`` and ``explain`` wait, so they are called in other threads than that of the event loop; the rest
    is called on the loop.

    Args:
        plan: what the worker is told.
        kernel_counters: file in the form of ``/proc/vmstat``.

    Raises:
        OSError: the system cannot start another process, or has no file descriptor left.

    Attributes:
        stepped_back: whether it was given a lower priority, which it cannot get back.
        usable: whether it can be given something to do: it has not been killed, nor asked to end.
        sandbox: what keeps it from the network, as ``sandbox.forbid_network`` names it.
    """

    def __init__(self, plan: AnyPlan, kernel_counters: Path = KERNEL_COUNTERS) -> None:
        ours, theirs = socket.socketpair()
        try:
            errors_read, errors_write = os.pipe()
        except OSError:
            ours.close()
            theirs.close()
            raise
        os.set_blocking(errors_read, False)
        self._kernel_counters = kernel_counters
        self.note_system_memory()
        with theirs, contextlib.ExitStack() as opened, contextlib.ExitStack() as unless_started:
            opened.callback(os.close, errors_write)
            unless_started.callback(os.close, errors_read)
            unless_started.callback(ours.close)
            arguments = [json.dumps(sys.path), str(theirs.fileno()), str(os.getpid())]
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-c", _START.format(module=plan.module), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=errors_write,
                stderr=errors_write,
                pass_fds=[theirs.fileno()],
                process_group=0,
                cwd=Path("/"),
            )
            unless_started.pop_all()
        self._clock = _processor_clock(self._process.pid)
        self._statistics = Path(f"/proc/{self._process.pid}/statm")
        self._connection = ours
        self._channel: Channel | None = None
        self._errors = errors_read
        self._stderr = b""
        self._thread = 0
        self.stepped_back = False
        self.usable = True
        self.sandbox = ""
        self._used = 0.0
        with contextlib.suppress(ConnectionEnded):
            send_frame(ours, Message(asdict(plan)))
        ours.setblocking(False)

    @property
    def pid(self) -> int:
        """The worker's process number."""
        return self._process.pid

    def attach(
        self,
        loop: asyncio.AbstractEventLoop,
        received: Callable[[WorkerProcess, Message], None],
        ended: Callable[[WorkerProcess], None],
    ) -> None:
        """Read from the worker on an event loop from now on.

        Args:
            loop: the event loop.
            received: called with each frame that the worker sends.
            ended: called once, when the connection has ended though the worker was neither killed nor asked to end.
        """

        def end() -> None:
            self._detach()
            ended(self)

        self._loop = loop
        self._channel = Channel(self._connection, loop, lambda frame: received(self, frame), end)
        loop.add_reader(self._errors, self._drain)

    def take_hello(self, hello: Message) -> str:
        """Keep what a worker says of itself when it has opened the release; return what went wrong, or nothing."""
        self._thread = hello.header.get("thread", 0)
        self.sandbox = hello.header.get("sandbox", "")
        return str(hello.header.get("error", ""))

    def send(self, content: bytes) -> None:
        """Send the worker an encoded frame; raises ``ConnectionEnded`` when it has died before."""
        if self._channel is None:
            raise ConnectionEnded
        self._channel.send(content)

    def step_back(self) -> None:
        """Let quick queries go before this worker's: lower the priority of its evaluating thread."""
        if not self.stepped_back and self._thread:
            self.stepped_back = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._thread, _STEPPED_BACK)

    def processor_time(self) -> float:
        """Return the seconds of processor time that the process has used; where no clock tells, those that passed."""
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return time.monotonic()

    def total_processor_time(self) -> float:
        """Return the seconds of processor time that the process has used since it began, also after its end."""
        if self._process.returncode is None and self._clock != time.CLOCK_MONOTONIC:
            with contextlib.suppress(OSError):
                self._used = max(self._used, time.clock_gettime(self._clock))
        return self._used

    def resident_memory(self) -> int:
        """Return the bytes of memory that the process has in use now; 0 when it has ended (proc(5), statm)."""
        try:
            return int(self._statistics.read_bytes().split()[1]) * resource.getpagesize()
        except (OSError, IndexError):
            return 0

    def note_system_memory(self) -> None:
        """Remember how many processes the kernel has ended for want of memory, to tell later whether this one was."""
        self._ended_for_memory = self._count_ended_for_memory()

    def kill(self) -> None:
        """End the process at once, whatever it does; it still has to be reaped."""
        self._detach()
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        """Ask the process to end, by closing the connection; it still has to be reaped."""
        self._detach()
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def reap(self, patience: float = 2.0) -> None:
        """Wait for the process to end, kill it when that takes longer than ``patience`` seconds, let go of it all."""
        self._wait(patience)
        self._drain()
        self._connection.close()
        if self._errors >= 0:
            os.close(self._errors)
            self._errors = -1

    def explain(self) -> tuple[Ending, str]:
        """Return why a process ended whose connection has ended, and the signal, or its last words and exit status."""
        self._wait(2.0)
        words = self._drain()
        code = self._process.returncode
        if any(sign in words for sign in _MEMORY_SIGNS):
            return Ending.MEMORY, ""
        if code is None or code >= 0:
            lines = words.decode(errors="replace").strip().splitlines()
            return Ending.CRASH, lines[-1] if lines else f"exit status {code}"
        cause = signal.Signals(-code).name
        if -code != signal.SIGKILL:
            return Ending.CRASH, cause
        # The engine does not do that to itself, and the kernel counts whom it ends for want of memory.
        for_memory = self._count_ended_for_memory() > self._ended_for_memory
        return Ending.NO_SYSTEM_MEMORY if for_memory else Ending.KILLED, cause

    def _detach(self) -> None:
        self.usable = False
        if self._channel is not None:
            self._channel.detach()
            self._channel = None
            self._loop.remove_reader(self._errors)

    def _wait(self, patience: float) -> None:
        self.total_processor_time()  # the last time that the system tells it
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _drain(self) -> bytes:
        """Read what the worker has written to its standard error, so that the pipe never fills; return its end."""
        with contextlib.suppress(BlockingIOError):
            while self._errors >= 0 and (content := os.read(self._errors, 65536)):
                self._stderr = (self._stderr + content)[-_ERROR_TAIL:]
        return self._stderr

    def _count_ended_for_memory(self) -> int:
        """Return how many processes the kernel has ended for want of memory (proc(5)); 0 where it does not say."""
        try:
            counters = self._kernel_counters.read_text()
        except OSError:
            return 0
        return next((int(line.split()[1]) for line in counters.splitlines() if line.startswith("oom_kill ")), 0)


def _processor_clock(pid: int) -> int:
    """Return the clock of a process's processor time (clock_getcpuclockid(3)), or one that tells nothing of it."""
    clock = ctypes.c_int()
    failed = ctypes.CDLL(None).clock_getcpuclockid(pid, ctypes.byref(clock))
    return time.CLOCK_MONOTONIC if failed else clock.value
