"""Measures the server in front of the release: its goals beside other servers, slow clients, a soak, swaps.

    pip install -e '.[bench]'
    apt-get install wrk virtuoso-opensource       # the second is optional
    python benchmarks/front.py goals              # rates and processor time beside other servers, ten minutes
    python benchmarks/front.py slow               # latency beside clients that are slow on purpose, two minutes
    python benchmarks/front.py soak               # memory, files and processes over ten minutes of mixed load
    python benchmarks/front.py swaps              # releases swapped and workers killed under load, a minute
    python benchmarks/front.py report             # goals and slow, for one page

Each part writes ``<part>.md``, its figures as ``<part>.json`` and, where a course is to be seen, ``<part>.svg`` to
``--results``, and prints the first. ``--quick`` takes a tenth of the time, to see that everything runs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import endpoint_servers as servers
from endpoint_data import curated_release
from front_goals import measure_goals, report_goals
from front_slow import measure_slow, report_slow
from front_soak import measure_soak, measure_swaps, report_soak, report_swaps

from nosograph.release.opening import Release, open_release

RESULTS: Final = Path(__file__).parent / "results"

Figures = dict[str, Any]
Starter = Callable[..., contextlib.AbstractContextManager[servers.Endpoint]]

PARTS: Final[dict[str, tuple[Callable[[Release, Starter, bool], Figures], Callable[[Figures, Path], str]]]] = {
    "goals": (measure_goals, report_goals),
    "slow": (measure_slow, report_slow),
    "soak": (measure_soak, report_soak),
    "swaps": (measure_swaps, report_swaps),
}
"""What measures each part, whether quickly, and what writes its tables and plots into a folder."""


@contextlib.contextmanager
def started(release: Release, name: str, **settings: str) -> Iterator[servers.Endpoint]:
    """Return a server in a folder of its own, and end it at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="front-") as folder:
        starter: Callable[..., servers.Endpoint] = servers.STARTERS[name]
        with servers.running(starter(release, Path(folder), **settings)) as endpoint:
            print(f"{time.strftime('%H:%M:%S')} {name} is up", file=sys.stderr, flush=True)
            yield endpoint


def run(part: str, release: Release, results: Path, *, quick: bool) -> str:
    """Measure a part, write its figures, tables and plots, and return the tables."""
    measure, report = PARTS[part]
    figures = {
        "date": time.strftime("%Y-%m-%d"),
        "quads": release.manifest.counts.quads,
        "python": platform.python_version(),
        **measure(release, started, quick),
    }
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{part}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    text = report(figures, results)
    (results / f"{part}.md").write_text(text, encoding="utf-8")
    return text


def main() -> None:
    """Measure what the command line names, and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=[*PARTS, "report", "all"], help="what to measure")
    parser.add_argument(
        "--release", type=Path, help="the release to serve; by default one of the data in this checkout"
    )
    parser.add_argument("--folder", type=Path, default=Path("build/benchmarks"), help="where that release is kept")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for tables, figures and plots")
    parser.add_argument("--quick", action="store_true", help="take a tenth of the time; the figures mean little")
    options = parser.parse_args()
    folder = options.folder.resolve()
    release = open_release(options.release.resolve()) if options.release else curated_release(folder / "scleroderma")
    parts = {"report": ("goals", "slow"), "all": tuple(PARTS)}.get(options.part, (options.part,))
    for part in parts:
        print(run(part, release, options.results, quick=options.quick), flush=True)


if __name__ == "__main__":
    main()
