"""Runs a step in a process of its own, which tells its progress, and what came of it or went wrong, as lines of JSON.

The engines leave threads behind, and a process with threads must not fork, as a server does; so such a process is
started afresh. It finds modules where this process does, and runs none of the program that uses the library.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress

_START: Final = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); import runpy; "
_START_MODULE: Final = "runpy.run_module(sys.argv.pop(1), run_name='__main__')"


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
    try:
        made = work(lambda step, done, total: _say(step=step, done=done, total=total))
    except ReleaseError as error:
        _say(what=error.what, hint=error.hint, file=error.location.file if error.location else file)
        return 1
    _say(made=made)
    return 0


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()
