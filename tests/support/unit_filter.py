"""The restrictions of a systemd unit on system calls, put on a process without systemd: the same rules in the kernel.

What ``SystemCallFilter``, ``MemoryDenyWriteExecute``, ``RestrictAddressFamilies`` and ``RestrictNamespaces`` of a unit
forbid is made into a seccomp filter by libseccomp, as systemd does. The text of ``prelude`` is for a server process.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10}


def settings_of(unit: Path) -> dict[str, list[str]]:
    """Return the values of each setting of a unit, in their order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, mark, value = line.partition("=")
        if mark and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def allowed_calls(unit: Path) -> set[str]:
    """Return the system calls that a unit allows, its groups expanded by systemd; the test skips without systemd."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed, so the groups of system calls are not known")

    def expand(name: str) -> set[str]:
        if not name.startswith("@"):
            return {name}
        text = subprocess.run([program, "syscall-filter", name], capture_output=True, text=True, check=True).stdout
        entries = [line.strip() for line in text.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
        return set().union(*(expand(entry) for entry in entries))

    calls: set[str] = set(expand("@default"))
    for value in settings_of(unit)["SystemCallFilter"]:
        named = set().union(*(expand(name) for name in value.removeprefix("~").split()))
        calls = calls - named if value.startswith("~") else calls | named
    return calls


def prelude(unit: Path) -> str:
    """Return a program that puts the restrictions of a unit on the process that runs it, and on all that it starts."""
    settings = settings_of(unit)
    assert settings["MemoryDenyWriteExecute"] == settings["RestrictNamespaces"] == ["yes"]
    families = [FAMILIES[name] for name in settings["RestrictAddressFamilies"][0].split()]
    return PROGRAM.format(calls=json.dumps(sorted(allowed_calls(unit))), families=families)


PROGRAM = """
import ctypes, ctypes.util
seccomp = ctypes.CDLL(ctypes.util.find_library("seccomp"), use_errno=True)
seccomp.seccomp_init.restype = ctypes.c_void_p
refuse, allow = 0x00050000 | 1, 0x7FFF0000
MASKED = 7

class Comparison(ctypes.Structure):
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]

def forbid(name, *comparisons, action=refuse):
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    made = (Comparison * len(comparisons))(*comparisons)
    code = seccomp.seccomp_rule_add_array(ctypes.c_void_p(rules), action, number, len(comparisons), made)
    assert code == 0, (name, code)

def load():
    assert seccomp.seccomp_load(ctypes.c_void_p(rules)) == 0

rules = seccomp.seccomp_init(allow)
write, execute = 2, 4
forbid("mmap", Comparison(2, MASKED, write | execute, write | execute))
for name in ("mprotect", "pkey_mprotect"):
    forbid(name, Comparison(2, MASKED, execute, execute))
forbid("shmat", Comparison(2, MASKED, 0o100000, 0o100000))
for flag in (0x20000000, 0x40000000, 0x10000000, 0x08000000, 0x04000000, 0x02000000, 0x00020000):
    forbid("unshare", Comparison(0, MASKED, flag, flag))
    forbid("clone", Comparison(0, MASKED, flag, flag))
forbid("clone3", action=0x00050000 | 38)
for family in set(range(46)) - set({families}):
    forbid("socket", Comparison(0, 4, family, 0))
load()

# The list of what is allowed goes last: the call that loads a filter is not on it.
rules = seccomp.seccomp_init(refuse)
for name in {calls}:
    number = seccomp.seccomp_syscall_resolve_name(name.encode())
    if number >= 0:
        code = seccomp.seccomp_rule_add_array(ctypes.c_void_p(rules), allow, number, 0, None)
        assert code == 0, name
load()
"""
"""``seccomp(3)``; the numbers are those of ``mmap(2)``, ``clone(2)`` and ``socket(2)``."""
