"""Runs a step in a process of its own, which tells its progress, and what came of it or went wrong, as lines of JSON.

The engines leave threads behind, and a process with threads must not fork, as a server does; so such a process is
started afresh. It finds modules where this process does, and runs none of the program that uses the library.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress

_START: Final = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); import runpy; "
_START_MODULE: Final = "runpy.run_module(sys.argv.pop(1), run_name='__main__')"

SIDE_BY_SIDE: Final = 200_000
"""Quads from which on a process for each step costs less than it saves: it takes a third of a second to start."""

Result = TypeVar("Result")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def run_side_by_side(
    tasks: Sequence[Callable[[Progress], Result]], progress: Progress, *, at_once: int
) -> list[Result]:
    """Return the results of tasks, in their order; each waits for a process of its own, so many run at once.

    Args:
        tasks: each is given what reports its progress.
        progress: called with the progress of all of them, by one at a time.
        at_once: how many run at once.
    """
    lock = threading.Lock()

    def report(step: str, done: int, total: int) -> None:
        with lock:
            progress(step, done, total)

    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda task: task(report), tasks))


def run_apart(
    module: str, *arguments: str, given: bytes = b"", report: Progress, died: Callable[[int], ReleaseError]
) -> Mapping[str, Any]:
    """Return what a process says at its end.

    Args:
        module: the module that it runs; its last act is ``tell``.
        arguments: its arguments.
        given: what it reads from its standard input.
        report: called with the progress that it tells.
        died: returns the error for a process that ended with an exit status and told nothing.

    Raises:
        ReleaseError: what the process raised, or ``died``.
    """
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-c", _START + _START_MODULE, json.dumps(sys.path), module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with process.stdin as stream:
                stream.write(given)
        except BrokenPipeError:  # one that died is told by its status
            pass
        last: dict[str, Any] = {}
        for line in process.stdout:
            last = json.loads(line)
            if "step" in last:
                report(last["step"], last["done"], last["total"])
    if "what" in last:
        raise ReleaseError(last["what"], hint=last["hint"], location=Location(last["file"]) if last["file"] else None)
    if process.returncode or "made" not in last:
        raise died(process.returncode)
    made: Mapping[str, Any] = last["made"]
    return made


def tell(work: Callable[[Progress], Mapping[str, Any]], file: str = "") -> int:
    """Do the work of such a process, tell what it does, and return the exit code.

    Args:
        work: is given what reports its progress, and returns what came of it, as values of JSON.
        file: where an error is that names no file.
    """
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as stream:
        os.dup2(2, 1)  # what a library prints goes where errors go

        def say(**values: object) -> None:
            stream.write(json.dumps(values) + "\n")
            stream.flush()

        try:
            made = work(lambda step, done, total: say(step=step, done=done, total=total))
        except ReleaseError as error:
            say(what=error.what, hint=error.hint, file=error.location.file if error.location else file)
            return 1
        say(made=made)
        return 0
