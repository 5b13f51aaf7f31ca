"""The process that makes one dump for another: it prints its progress, and what it made or what went wrong, as JSON."""

from __future__ import annotations

import json
import pickle
import sys

from nosograph.build.dumps.making import DumpJob, make_dump, to_json
from nosograph.errors import ReleaseError
from nosograph.release.names import CURATED_DUMPS, DUMPS


def main(extension: str) -> int:
    """Make the dump with an extension from the job that standard input holds, and return the exit code."""
    job: DumpJob = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    dump = next(entry for entry in (*DUMPS, *CURATED_DUMPS) if entry.extension == extension)
    try:
        files = make_dump(dump, job, lambda step, done, total: _say(step=step, done=done, total=total))
    except ReleaseError as error:
        _say(what=error.what, hint=error.hint, file=error.location.file if error.location else "")
        return 1
    _say(files=to_json(files))
    return 0


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
