"""Measures how the steps of a build that read all quads grow: sorting, counts, label index and analysis file, by size.

The quads are those of a release that is there, and by renaming as many times more: every copy has conditions and facts
of its own, under other IRIs, and shares findings, genes and vocabulary with the others. Each step is a process of its
own, with its own processor time and its own peak of memory; the time on the clock counts what else the machine does.

    python benchmarks/growth.py --release releases/latest --times 1 2 5 --folder bench
    python benchmarks/growth.py --quads one-percent.nq ten-percent.nq all.nq --times 1
"""

from __future__ import annotations

import argparse
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from nosograph.analysis.writing import write_analysis
from nosograph.build.columns import open_columns
from nosograph.build.quads import write_sorted
from nosograph.build.statistics import measure
from nosograph.progress import quiet
from nosograph.rdf.lines import parse_lines, read_lines
from nosograph.rdf.names import DEFAULT_BASE, Base
from nosograph.rdf.sorting import LineSorter
from nosograph.release.names import CANONICAL_DUMP
from nosograph.search.index import searched_lines, write_search

_OWN: Final = re.compile(f"(?<=<{re.escape(DEFAULT_BASE)})(condition|fact)/".encode())
_CONTENT: Final = "content.nq"


def copies(quads: Path, times: int) -> Iterator[bytes]:
    """Return the lines of a file, and those of its copies under other IRIs."""
    for copy in range(times):
        name = rb"\1/copy%d-" % copy
        for line in read_lines(quads):
            yield _OWN.sub(name, line) if copy else line


def sort(quads: Path, times: int, folder: Path) -> None:
    """Sort the quads, leave out duplicates, and write them whole and by graph."""
    sorter = LineSorter(folder)
    sorter.add_all(copies(quads, times))
    write_sorted(sorter, folder)


def count(quads: Path, times: int, folder: Path) -> None:
    """Count what VoID and HCLS tell."""
    with open_columns(folder) as columns:
        columns.add(folder / _CONTENT)
        measure(columns)


def index(quads: Path, times: int, folder: Path) -> None:
    """Write the search index."""
    found = parse_lines(searched_lines(read_lines(folder / _CONTENT)))
    write_search(found, folder / "search.sqlite", Base(DEFAULT_BASE), "2026-01-01-000000000000")


def analyse(quads: Path, times: int, folder: Path) -> None:
    """Write the analysis file."""
    write_analysis(folder / _CONTENT, folder / "analysis.duckdb", quiet)


STEPS: Final[Mapping[str, Callable[[Path, int, Path], None]]] = {
    "sort": sort,
    "count": count,
    "label index": index,
    "analysis file": analyse,
}


def run(step: str, quads: Path, times: int, folder: Path) -> dict[str, float]:
    """Run a step in a process of its own, and return its seconds, seconds of processor time and peak in megabytes."""
    command = [sys.executable, __file__, "--step", step, "--quads", str(quads), "--times", str(times)]
    finished = subprocess.run([*command, "--folder", str(folder)], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(finished.stdout)
    return found


def run_here(step: str, quads: Path, times: int, folder: Path) -> None:
    """Run a step, and print what it took."""
    began = time.perf_counter(), time.process_time()
    STEPS[step](quads, times, folder)
    took = {"seconds": time.perf_counter() - began[0], "processor": time.process_time() - began[1]}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(took | {"peak": peak}))


def show(sizes: Iterable[tuple[Path, int]], folder: Path) -> None:
    """Print a table of Markdown, a row for each size, as soon as it is measured."""
    print("| quads | sort | count | label index | analysis file | in all, µs a quad | clock, s | peak, MB |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    for quads, times in sizes:
        work = folder / f"{quads.stem}-{times}"
        work.mkdir(parents=True)
        taken = {step: run(step, quads, times, work) for step in STEPS}
        number = sum(1 for _ in read_lines(work / _CONTENT))
        by_quad = [took["processor"] / number * 1e6 for took in taken.values()]
        seconds = sum(took["seconds"] for took in taken.values())
        peak = max(took["peak"] for took in taken.values())
        cells = [f"{number:,}", *(f"{each:.1f}" for each in (*by_quad, sum(by_quad))), f"{seconds:.0f}", f"{peak:.0f}"]
        print(f"| {' | '.join(cells)} |", flush=True)
        for path in sorted(work.iterdir()):
            path.unlink()
        work.rmdir()


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--release", type=Path, help="a release that is there")
    parser.add_argument("--quads", type=Path, nargs="+", default=[], help="files of N-Quads below the default base")
    parser.add_argument("--times", type=int, nargs="+", default=[1], help="how many times the quads are there")
    parser.add_argument("--folder", type=Path, required=True, help="takes the files; some 1 GB for a million quads")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    files = [*given.quads, *([given.release / CANONICAL_DUMP] if given.release else [])]
    if not files:
        parser.error("Name a release (--release) or files of N-Quads (--quads).")
    if given.step:
        run_here(given.step, files[0], given.times[0], given.folder)
    else:
        show([(path, times) for path in files for times in given.times], given.folder)


if __name__ == "__main__":
    main()
