"""Writes and checks every dump of a release: one after the other, or side by side in processes of their own.

A dump of a large release keeps one processor busy for minutes, and no dump needs another. Whoever wrote it, it has the
same bytes.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from nosograph.build.checking import check_dump
from nosograph.build.dumps.writing import write_dump
from nosograph.build.quads import SortedQuads
from nosograph.errors import ReleaseError
from nosograph.indexing.apart import SIDE_BY_SIDE, processors, run_apart, run_side_by_side
from nosograph.progress import Progress
from nosograph.rdf.formats import N_QUADS
from nosograph.rdf.jsonld import Context
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import DUMPS, Dump

PLAIN_QUADS: Final = 10_000_000
"""Quads beyond which a release has only compressed dumps beside its N-Quads by default."""


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

    @property
    def union(self) -> Path:
        """The file of the distinct triples, which ``make_dumps`` writes first."""
        return self.work / f"union-of-{self.quads.whole.stem}.nt"

    def text(self, dump: Dump) -> Sequence[Path]:
        """Return the files of the statements of a dump, in the order in which it has them."""
        if not dump.named:
            return (self.union,)
        return (self.quads.whole,) if dump.format is N_QUADS else tuple(self.quads.graphs.values())


def make_dumps(
    job: DumpJob,
    progress: Progress,
    *,
    dumps: Sequence[Dump] = DUMPS,
    side_by_side: int = SIDE_BY_SIDE,
    at_once: int | None = None,
) -> list[ReleaseFile]:
    """Write dumps, check them, and return the files.

    Args:
        job: what they are written from.
        progress: called with a step's name, how much of it is done, and how much there is.
        dumps: the dumps; all by default.
        side_by_side: quads from which on the dumps are made in processes of their own.
        at_once: how many such processes run at once; by default as many as this process may use.

    Raises:
        ReleaseError: a format cannot express what the quads say, or a dump does not read back.
    """
    job.quads.write_union(job.union)
    at_once = at_once or processors()
    if at_once < 2 or job.quads.quads < side_by_side:
        return [file for dump in dumps for file in make_dump(dump, job, progress)]
    tasks = [partial(_make_apart, dump, job) for dump in dumps]
    return [file for files in run_side_by_side(tasks, progress, at_once=at_once) for file in files]


def make_dump(dump: Dump, job: DumpJob, progress: Progress) -> list[ReleaseFile]:
    """Write a dump, check it, and return its files."""
    text = job.text(dump)

    def report(step: str) -> Callable[[int, int], None]:
        progress(step, 0, job.quads.quads)
        return lambda done, total: progress(step, job.quads.quads * done // total, job.quads.quads)

    files = write_dump(
        dump, text, job.folder, job.prefixes, job.context, report(f"write {dump.name()}"), plain=job.plain
    )
    check_dump(dump, text, job.folder, job.work, report(f"check {dump.name()}"), plain=job.plain)
    return files


def _make_apart(dump: Dump, job: DumpJob, progress: Progress) -> list[ReleaseFile]:
    """Make a dump by a process of its own, which takes the job from its input."""

    def died(status: int) -> ReleaseError:
        return ReleaseError(
            f"The process that writes {dump.name()} ended with status {status}.",
            hint="Give it more memory, and build the release again.",
        )

    made = run_apart(
        "nosograph.build.dumps.process", dump.extension, given=pickle.dumps(job), report=progress, died=died
    )
    return [ReleaseFile(**file) for file in made["files"]]
