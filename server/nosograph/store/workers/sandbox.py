"""Limits a worker process: no sockets, bounded memory, no core dumps, and an end when its parent ends."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from typing import Final

RESERVE: Final = 16 * 1024 * 1024
"""Bytes that are left for a reply when the memory of a query is used up."""

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_SECCOMP_MODE_FILTER: Final = 2
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_M_ARENA_MAX: Final = -8

_LOAD_WORD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_AT_LEAST: Final = 0x35
_RETURN: Final = 0x06
_ALLOW: Final = 0x7FFF0000
_KILL: Final = 0x80000000
_FAIL: Final = 0x00050000
_NUMBER_OFFSET: Final = 0
_ARCHITECTURE_OFFSET: Final = 4
_X32_CALLS: Final = 0x40000000

# seccomp(2), audit.h and the tables of system calls of each architecture: (identifier of the architecture, calls
# that make or connect a socket, trace another process, run another program or queue calls past this filter).
_FILTERED: Final[dict[str, tuple[int, tuple[int, ...]]]] = {
    "x86_64": (
        0xC000003E,
        # socket connect accept bind listen socketpair execve ptrace accept4 process_vm_readv process_vm_writev
        # execveat io_uring_setup pidfd_getfd
        (41, 42, 43, 49, 50, 53, 59, 101, 288, 310, 311, 322, 425, 438),
    ),
    "aarch64": (
        0xC00000B7,
        # socket socketpair bind listen accept connect ptrace execve accept4 process_vm_readv process_vm_writev
        # execveat io_uring_setup pidfd_getfd
        (198, 199, 200, 201, 202, 203, 117, 221, 242, 270, 271, 281, 425, 438),
    ),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def _system_library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def end_with_parent(parent: int) -> None:
    """Make the kernel kill this process when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG).

    Args:
        parent: the process that started this one; if it has ended already, this process ends at once.
    """
    _system_library().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def leave_no_core() -> None:
    """Write no core dump, whatever the system does with dumps, and let no other process read this one's memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _system_library().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def use_one_heap() -> None:
    """Make every thread allocate from one heap, so that address space grows with what is used (mallopt(3))."""
    mallopt = getattr(_system_library(), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def limit_memory(more: int) -> None:
    """Let the address space grow by so many bytes from its size now; a reserve beyond is opened for a last reply."""
    pages = int(open("/proc/self/statm", "rb").read().split()[0])  # noqa: PTH123, SIM115
    bound = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound + RESERVE))


def open_reserve() -> None:
    """Let the address space grow by the reserve, so that a process that has reached its limit can say so."""
    _, bound = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def forbid_network() -> str:
    """Take the network from this process for good; call it before any other thread is started.

    Returns:
        ``seccomp`` when the kernel refuses every call that makes or connects a socket, ``namespace`` when the process
        is in a network of its own that leads nowhere, and nothing when the system offers neither.
    """
    if _filter_calls():
        return "seccomp"
    if _enter_empty_network():
        return "namespace"
    return ""


def _filter_calls() -> bool:
    if platform.machine() not in _FILTERED:
        return False
    architecture, calls = _FILTERED[platform.machine()]
    instructions = [
        (_LOAD_WORD, 0, 0, _ARCHITECTURE_OFFSET),
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD_WORD, 0, 0, _NUMBER_OFFSET),
    ]
    if platform.machine() == "x86_64":
        instructions += [(_JUMP_IF_AT_LEAST, 0, 1, _X32_CALLS), (_RETURN, 0, 0, _KILL)]
    for call in calls:
        instructions += [(_JUMP_IF_EQUAL, 0, 1, call), (_RETURN, 0, 0, _FAIL | errno.EPERM)]
    instructions.append((_RETURN, 0, 0, _ALLOW))
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    program = _Program(len(instructions), code)
    library = _system_library()
    if library.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(library.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _enter_empty_network() -> bool:
    unshare = getattr(_system_library(), "unshare", None)
    if unshare is None:
        return False
    return bool(unshare(_CLONE_NEWNET) == 0 or unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0)
