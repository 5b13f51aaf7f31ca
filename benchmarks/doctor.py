"""Examines five servers with ``nosograph doctor``: ours, the Rust server, Fuseki, Virtuoso and rdflib-endpoint.

All serve the curated release, each with the defaults of its maker where the task allows it. The scores go to
``results/doctor.md`` and ``results/doctor.json``, every finding with them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from endpoint_data import curated_release
from endpoint_servers import HOST, STARTERS, Endpoint, free_port, is_installed, running, start, version

from nosograph.doctor.budget import Budget
from nosograph.doctor.examining import ExaminationReport, examine
from nosograph.doctor.outcomes import CheckOutcome
from nosograph.doctor.text_report import report_json
from nosograph.release.opening import Release

HERE: Final = Path(__file__).parent
FUSEKI: Final = HERE / "fuseki"
FUSEKI_VERSION: Final = re.search(r"jena-fuseki-main.*?<version>([^<]+)", (FUSEKI / "pom.xml").read_text(), re.DOTALL)
SERVERS: Final = ("nosograph", "oxigraph", "fuseki", "virtuoso", "rdflib-endpoint")


def main() -> None:
    """Examine the servers that are installed and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path("bench"), help="where the release and the jars are kept")
    parser.add_argument("--out", type=Path, default=HERE / "results", help="where the results are written")
    parser.add_argument(
        "--only", nargs="*", choices=SERVERS, default=SERVERS, help="the servers to examine; results of others are kept"
    )
    options = parser.parse_args()
    options.folder = options.folder.resolve()  # each server runs in a folder of its own
    release = curated_release(options.folder)
    results = options.out / "doctor.json"
    found: dict[str, Any] = json.loads(results.read_text(encoding="utf-8")) if results.exists() else {}
    for name in options.only:
        if not is_there(name):
            print(f"{name} is not installed.", file=sys.stderr)
            continue
        with tempfile.TemporaryDirectory() as work, serving(name, release, Path(work), options.folder) as endpoint:
            path = "/" if name == "nosograph" else endpoint.path
            # A heavy query would run for hours in a server without a time limit, so none is sent.
            report = examine(f"http://{HOST}:{endpoint.port}{path}", budget=Budget(pause=0.0))
        found[name] = {"version": version_of(name), **report_json(report)}
        print(f"{name}: {report.score or 0:.0f} of 100, {report.requests} requests", flush=True)
        print_failures(report)
        write(options.out, found)


def write(folder: Path, found: dict[str, Any]) -> None:
    """Write what was found, in the order of the servers."""
    ordered: dict[str, Any] = {name: found[name] for name in SERVERS if name in found}
    content = json.dumps(ordered, indent=1, ensure_ascii=False)
    (folder / "doctor.json").write_text(content + "\n", encoding="utf-8")
    (folder / "doctor.md").write_text(to_markdown(ordered), encoding="utf-8")


def is_there(name: str) -> bool:
    """Return whether a server can be started here."""
    return bool(shutil.which("mvn") and shutil.which("java")) if name == "fuseki" else is_installed(name)


def version_of(name: str) -> str:
    """Return the version of a server."""
    return FUSEKI_VERSION[1] if name == "fuseki" and FUSEKI_VERSION else version(name)


@contextlib.contextmanager
def serving(name: str, release: Release, work: Path, kept: Path) -> Iterator[Endpoint]:
    """Return a server of a release, and end it at the end of the block."""
    endpoint = fuseki(release, work, kept) if name == "fuseki" else STARTERS[name](release, work)
    with running(endpoint):
        yield endpoint


def fuseki(release: Release, folder: Path, kept: Path) -> Endpoint:
    """Start Fuseki on the dump in memory, read only, with the default graph as the union, as the others have it."""
    jars = kept.resolve() / "fuseki"
    if not (jars / "installed").exists():
        command = ["mvn", "-B", "-q", "-f", str(FUSEKI), "dependency:copy-dependencies", f"-DoutputDirectory={jars}"]
        subprocess.run(command, check=True, timeout=600)
        (jars / "installed").touch()
    port = free_port()
    arguments = ["java", "-Xmx1g", "-cp", f"{jars}/*", "org.apache.jena.fuseki.main.cmds.FusekiMainCmd"]
    arguments += [f"--port={port}", "--localhost", f"--file={release.dump('nt').resolve()}", "/data"]
    return start(Endpoint("fuseki", port, "/data"), arguments, folder)


def print_failures(report: ExaminationReport) -> None:
    """Print what failed."""
    for result in report.results:
        if result.decision.outcome is CheckOutcome.FAILED:
            print(f"  {result.check.name}: {result.decision.detail}", flush=True)


def to_markdown(found: dict[str, Any]) -> str:
    """Return the scores as tables."""
    names = list(found)
    lines = [
        "# What the doctor finds in five servers",
        "",
        "Written by `benchmarks/doctor.py`; every finding with its words is in `doctor.json`. A hyphen means that",
        "nothing in the area applies: most of these are endpoints without a publisher around them.",
        "",
        _row("", [f"{name} {found[name]['version']}" for name in names]),
        f"|---|{'---:|' * len(names)}",
        _row("**score**", [f"**{_shown(found[name]['score'])}**" for name in names]),
    ]
    for number, area in enumerate(found[names[0]]["areas"]):
        scores = [_shown(found[name]["areas"][number]["score"]) for name in names]
        lines.append(_row(f"{area['name']} ({area['weight']})", scores))
    lines += [_row("requests", [str(found[name]["requests"]) for name in names]), "", "## What failed", ""]
    for name in names:
        lines.append(f"**{name}**")
        lines.append("")
        failed = [result for result in found[name]["results"] if result["outcome"] == CheckOutcome.FAILED]
        lines += [f"* `{result['check']}` ({result['weight']}): {_escaped(result['detail'])}" for result in failed]
        lines += ["" if failed else "Nothing.\n"]
    return "\n".join(lines)


def _row(head: str, cells: list[str]) -> str:
    return f"| {' | '.join([head, *cells])} |"


def _shown(score: float | None) -> str:
    return "-" if score is None else f"{score:.0f}"


def _escaped(text: str) -> str:
    return re.sub(r"http://127\.0\.0\.1:\d+", "http://server", text).replace("<", "\\<").replace("|", "\\|")


if __name__ == "__main__":
    main()
