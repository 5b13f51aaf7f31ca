"""What Linux tells of a process and of all that it has started: which they are, and what they use (``proc(5)``)."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return a process and all that it, or one of these, has started, without those that end meanwhile."""
    found = [pid]
    for member in found:
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{member}/task").iterdir():
                with contextlib.suppress(OSError):
                    found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


def lives(pid: int) -> bool:
    """Return whether a process is there and has not ended."""
    with contextlib.suppress(OSError):
        return _fields(pid)[0] != "Z"
    return False


def proportional_memory(pid: int) -> int:
    """Return the KiB that a process holds, of shared memory its proportional share (PSS); 0 when it has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process, of all below it, and of those of its children that have ended."""
    total = 0
    for member in family(pid):
        with contextlib.suppress(OSError):
            total += sum(map(int, _fields(member)[11:15]))
    return total / _TICKS


def _fields(pid: int) -> list[str]:
    """Return the fields of ``/proc/PID/stat`` from the third on, the state."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
