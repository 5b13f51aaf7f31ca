"""One worker process as the serving process sees it: started, asked, killed, and its end explained."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from nosograph.store.workers.frames import ConnectionEnded, FrameReader, Message, send_frame

_START: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from nosograph.store.workers.worker import main; main(int(sys.argv[2]), int(sys.argv[3]))"
)
_MEMORY_SIGNS: Final = (b"memory allocation of", b"bad_alloc", b"MemoryError", b"Cannot allocate memory")
_STEPPED_BACK: Final = 5
_ERROR_TAIL: Final = 64 * 1024


class Ending(Enum):
    """Why a worker ended that was not asked to."""

    MEMORY = "memory"
    CRASH = "crash"


@dataclass(frozen=True)
class WorkerPlan:
    """What a worker is told before it opens the release; lengths in bytes.

    Attributes:
        store: folder of the release's store.
        memory: how far the worker may grow once the release is open.
        result: length that a result may have.
        prefixes: prefixes that RDF results are written with.
        overlaps: IRIs of each two graphs that share a triple; None where that is not known.
        network: whether the worker keeps its network, for calls to SERVICE.
    """

    store: str
    memory: int
    result: int
    prefixes: dict[str, str]
    overlaps: Sequence[tuple[str, str]] | None = None
    network: bool = False


class WorkerProcess:
    """A worker; start it from a thread that outlives it, because the kernel ends it with that thread.

    Raises:
        OSError: the system cannot start another process, or has no file descriptor left.

    Attributes:
        stepped_back: whether it was given a lower priority, which it cannot get back.
        usable: whether it can be given something to do: it has not been killed, nor asked to end.
        sandbox: what keeps it from the network, as ``sandbox.forbid_network`` names it.
    """

    def __init__(self, plan: WorkerPlan) -> None:
        ours, theirs = socket.socketpair()
        try:
            errors_read, errors_write = os.pipe()
        except OSError:
            ours.close()
            theirs.close()
            raise
        os.set_blocking(errors_read, False)
        with theirs, contextlib.ExitStack() as opened, contextlib.ExitStack() as unless_started:
            opened.callback(os.close, errors_write)
            unless_started.callback(os.close, errors_read)
            unless_started.callback(ours.close)
            arguments = [json.dumps(sys.path), str(theirs.fileno()), str(os.getpid())]
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-c", _START, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=errors_write,
                stderr=errors_write,
                pass_fds=[theirs.fileno()],
                process_group=0,
                cwd=Path("/"),
            )
            unless_started.pop_all()
        self._connection = ours
        self._reader = FrameReader(ours)
        self._errors = errors_read
        self._stderr = b""
        self._poll = select.poll()
        self._poll.register(ours, select.POLLIN)
        self._thread = 0
        self.stepped_back = False
        self.usable = True
        self.sandbox = ""
        with contextlib.suppress(ConnectionEnded):
            send_frame(ours, Message(asdict(plan)))

    @property
    def pid(self) -> int:
        """The worker's process number."""
        return self._process.pid

    def wait_ready(self, seconds: float) -> str:
        """Wait until the worker has opened the release; return what went wrong, or nothing.

        Args:
            seconds: how long to wait.
        """
        try:
            hello = self._reader.wait() if self.readable(seconds) else None
        except ConnectionEnded:
            self.reap()
            return self._stderr_tail() or "The worker process ended before it had opened the release."
        if hello is None:
            return f"The worker process did not open the release within {seconds:g} seconds."
        self._thread = hello.header.get("thread", 0)
        self.sandbox = hello.header.get("sandbox", "")
        return str(hello.header.get("error", ""))

    def send(self, frame: Message) -> None:
        """Send the worker something to do; raises ``ConnectionEnded`` when it has died before."""
        send_frame(self._connection, frame)

    def readable(self, seconds: float) -> bool:
        """Wait so long at most until the worker has sent something, or has died."""
        return bool(self._poll.poll(max(0.0, seconds) * 1000))

    def read(self) -> Message | None:
        """Read once, and return the frame when it is complete. Raises ``ConnectionEnded`` when the worker has died."""
        return self._reader.read()

    def alive(self) -> bool:
        """Return whether the process is there."""
        return self._process.poll() is None

    def step_back(self) -> None:
        """Let quick queries go before this worker's: lower the priority of its evaluating thread."""
        if not self.stepped_back and self._thread:
            self.stepped_back = True
            with contextlib.suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, self._thread, _STEPPED_BACK)

    def kill(self) -> None:
        """End the process at once, whatever it does; it still has to be reaped."""
        self.usable = False
        with contextlib.suppress(OSError):
            self._process.kill()

    def end(self) -> None:
        """Ask the process to end, by closing the connection."""
        self.usable = False
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def reap(self, patience: float = 2.0) -> None:
        """Wait for the process to end, kill it when that takes longer than ``patience`` seconds, let go of it all."""
        self._wait(patience)
        self._drain()
        self._reader.discard()
        self._connection.close()
        if self._errors >= 0:
            os.close(self._errors)
            self._errors = -1

    def _stderr_tail(self) -> str:
        lines = self._stderr.decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else ""

    def explain(self) -> tuple[Ending, str]:
        """Return why a process ended whose connection has ended, and in words."""
        self.usable = False
        self._wait(2.0)
        words = self._drain()
        code = self._process.returncode
        cause = signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"
        if any(sign in words for sign in _MEMORY_SIGNS):
            return Ending.MEMORY, cause
        return Ending.CRASH, cause

    def keep_quiet(self) -> None:
        """Throw away what the worker has written to its standard error, so that the pipe never fills."""
        self._drain()

    def _wait(self, patience: float) -> None:
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def _drain(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            while self._errors >= 0 and (content := os.read(self._errors, 65536)):
                self._stderr = (self._stderr + content)[-_ERROR_TAIL:]
        return self._stderr
