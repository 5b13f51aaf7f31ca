"""A worker can neither reach the network nor run programs, dump its memory or grow without bound."""

from __future__ import annotations

import subprocess
import sys

import pytest

ATTEMPTS = {
    "socket": "import socket; socket.socket()",
    "socket pair": "import socket; socket.socketpair()",
    "program": "import os; os.execv('/bin/true', ['true'])",
    "ring": "import ctypes; l = ctypes.CDLL(None, use_errno=True); l.syscall(425, 8, 0) == -1 and exit(1)",
}


def run(code: str) -> subprocess.CompletedProcess[str]:
    """Run some code in a Python of its own."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS.keys())
def test_a_sandboxed_process_is_refused_sockets_and_programs(attempt: str) -> None:
    """Each call is refused behind the filter and works without it, so it is the filter that refuses."""
    sandboxed = run(f"from nosograph.store.workers.sandbox import forbid_network\nprint(forbid_network())\n{attempt}")

    if sandboxed.stdout.strip() != "seccomp":
        pytest.skip("this kernel does not let a process filter its own system calls")
    assert sandboxed.returncode != 0
    assert "Traceback" not in sandboxed.stderr or "PermissionError" in sandboxed.stderr
    if "425" not in attempt:
        assert run(attempt).returncode == 0


def test_the_filter_holds_in_threads() -> None:
    """A thread that is started later is filtered too."""
    code = """
import socket, threading
from nosograph.store.workers.sandbox import forbid_network
kind = forbid_network()
seen = []
def attempt():
    try:
        socket.create_connection(("127.0.0.1", 9), 1)
    except OSError as error:
        seen.append(type(error).__name__)
thread = threading.Thread(target=attempt)
thread.start()
thread.join()
print(kind, *seen)
"""
    kind, seen = run(code).stdout.split()

    assert (kind, seen) in {
        ("seccomp", "PermissionError"),
        ("namespace", "OSError"),
        ("namespace", "ConnectionRefusedError"),
    }


def test_memory_is_bounded_from_its_size_now() -> None:
    """What fits below the bound can be allocated and what does not cannot."""
    code = """
from nosograph.store.workers.sandbox import limit_memory
limit_memory(64 * 1024 * 1024)
small = bytearray(32 * 1024 * 1024)
try:
    large = bytearray(96 * 1024 * 1024)
except MemoryError:
    print("bounded")
"""

    assert run(code).stdout.strip() == "bounded"


def test_a_process_at_its_limit_has_a_reserve() -> None:
    """When memory is used up, so much more is there that the process can say so, without any privilege."""
    code = """
from nosograph.store.workers.sandbox import limit_memory, open_reserve
limit_memory(64 * 1024 * 1024)
kept = []
try:
    while True:
        kept.append(bytearray(1024 * 1024))
except MemoryError:
    open_reserve()
kept.append(bytearray(8 * 1024 * 1024))
try:
    bytearray(64 * 1024 * 1024)
except MemoryError:
    print(len(kept) < 70)
"""
    assert run(code).stdout.strip() == "True"


def test_no_core_is_left() -> None:
    """The limit of core dumps is zero and the process is not dumpable."""
    code = """
import ctypes, resource
from nosograph.store.workers.sandbox import leave_no_core
leave_no_core()
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""

    assert run(code).stdout.strip() == "(0, 0) 0"


def test_a_process_whose_parent_is_gone_ends() -> None:
    """A worker that starts after its parent has died does not stay."""
    result = run("from nosograph.store.workers.sandbox import end_with_parent\nend_with_parent(1)\nprint('still here')")

    assert (result.returncode, result.stdout) == (0, "")
