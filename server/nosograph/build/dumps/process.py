"""The process that makes one dump for another."""

from __future__ import annotations

import pickle
import sys
from dataclasses import asdict

from nosograph.build.dumps.making import DumpJob, make_dump
from nosograph.indexing.apart import tell
from nosograph.release.names import CURATED_DUMPS, DUMPS


def main(extension: str) -> int:
    """Make the dump with an extension from the job that standard input holds, and return the exit code."""
    job: DumpJob = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
    dump = next(entry for entry in (*DUMPS, *CURATED_DUMPS) if entry.extension == extension)
    return tell(lambda report: {"files": [asdict(file) for file in make_dump(dump, job, report)]})


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
