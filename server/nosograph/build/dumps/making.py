"""Writes and checks every dump of a release: one after the other, or side by side in processes of their own.

A dump of a large release keeps one processor busy for minutes, and no dump needs another. Whoever wrote it, it has the
same bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nosograph.build.checking import check_dump
from nosograph.build.dumps.writing import write_dump
from nosograph.build.quads import SortedQuads
from nosograph.errors import Location, ReleaseError
from nosograph.rdf.jsonld import Context
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import DUMPS, Dump

PLAIN_QUADS: Final = 10_000_000
"""Quads beyond which a release has only compressed dumps beside its N-Quads by default."""

SIDE_BY_SIDE: Final = 200_000
"""Quads from which on a process for each dump costs less than it saves: it takes a third of a second to start."""

_START: Final = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); import runpy; "
_START_MODULE: Final = "runpy.run_module('nosograph.build.dumps.process', run_name='__main__')"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class DumpJob:
    """What dumps are written from.

    Attributes:
        quads: the quads of the release.
        folder: takes the dumps.
        work: takes what is only needed meanwhile.
        prefixes: prefix → IRI.
        context: the context of JSON-LD.
        plain: whether every dump is written plain as well.
    """

    quads: SortedQuads
    folder: Path
    work: Path
    prefixes: Mapping[str, str]
    context: Context
    plain: bool = True


def make_dumps(
    job: DumpJob,
    progress: Progress,
    *,
    dumps: Sequence[Dump] = DUMPS,
    side_by_side: int = SIDE_BY_SIDE,
    processors: int | None = None,
) -> list[ReleaseFile]:
    """Write dumps, check them, and return the files.

    Args:
        job: what they are written from.
        progress: called with a step's name, how much of it is done, and how much there is.
        dumps: the dumps; all by default.
        side_by_side: quads from which on the dumps are made in processes of their own.
        processors: how many such processes run at once; by default as many as this process may use.

    Raises:
        ReleaseError: a format cannot express what the quads say, or a dump does not read back.
    """
    at_once = processors or len(os.sched_getaffinity(0))
    if at_once < 2 or job.quads.quads < side_by_side:
        return [file for dump in dumps for file in make_dump(dump, job, progress)]
    lock = threading.Lock()

    def make(dump: Dump) -> list[ReleaseFile]:
        return _make_apart(dump, job, progress, lock)

    with ThreadPoolExecutor(at_once) as pool:
        return [file for files in pool.map(make, dumps) for file in files]


def make_dump(dump: Dump, job: DumpJob, progress: Progress) -> list[ReleaseFile]:
    """Write a dump, check it, and return its files."""
    files = write_dump(dump, job.quads, job.folder, job.prefixes, job.context, progress, plain=job.plain)
    check_dump(dump, job.quads, job.folder, job.work, progress, plain=job.plain)
    return files


def _make_apart(dump: Dump, job: DumpJob, progress: Progress, lock: threading.Lock) -> list[ReleaseFile]:
    """Make a dump by a process of its own, which takes the job from its input and prints lines of JSON."""
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-c", _START + _START_MODULE, json.dumps(sys.path), dump.extension],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as given:  # one that died is told by its status
            pickle.dump(job, given)
        last: dict[str, Any] = {}
        for line in process.stdout:
            last = json.loads(line)
            if "step" in last:
                with lock:
                    progress(last["step"], last["done"], last["total"])
    if "what" in last:
        location = Location(last["file"]) if last["file"] else None
        raise ReleaseError(last["what"], hint=last["hint"], location=location)
    if process.returncode or "files" not in last:
        raise ReleaseError(
            f"The process that writes {dump.name()} ended with status {process.returncode}.",
            hint="Give it more memory, and build the release again.",
        )
    return [ReleaseFile(**file) for file in last["files"]]


def to_json(files: list[ReleaseFile]) -> list[dict[str, Any]]:
    """Return files as values of JSON."""
    return [asdict(file) for file in files]
