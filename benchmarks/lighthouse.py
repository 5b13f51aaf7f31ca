"""Takes Lighthouse's scores of every kind of page: the median of several runs in each category.

    python benchmarks/lighthouse.py http://127.0.0.1:8000/ --folder bench

Needs Node.js, npm and a Chromium; ``lighthouse/package.json`` pins Lighthouse. The score of performance depends on
the machine and on what else it does: run it where nothing else runs.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
from pathlib import Path

PAGES = (
    "",
    "condition/",
    "condition/systemic-scleroderma.html",
    "finding/skin-thickening.html",
    "source/gard-scleroderma.html",
    "search?q=treatment+for+scleroderma",
    "questions",
    "query",
    "downloads",
    "about",
    "docs/",
    "ontology.html",
    "shapes.html",
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
MANIFEST = Path(__file__).parent / "lighthouse"


def install(folder: Path) -> Path:
    """Return Lighthouse's program, installed below a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MANIFEST / "package.json", folder / "package.json")
    subprocess.run(["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return folder / "node_modules" / ".bin" / "lighthouse"


def measure(program: Path, address: str, preset: str) -> dict[str, float]:
    """Return the scores of one run, of 100, with the bytes that it took in KiB and the layout shift."""
    command = [str(program), address, "--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}"]
    command += ["--chrome-flags=--headless=new --no-sandbox --disable-gpu"]
    if preset == "desktop":
        command.append("--preset=desktop")
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, "CHROME_PATH": chromium}
    )
    report = json.loads(done.stdout)
    scores = {name: 100 * report["categories"][name]["score"] for name in CATEGORIES}
    scores["KiB"] = report["audits"]["total-byte-weight"]["numericValue"] / 1024
    scores["shift"] = report["audits"]["cumulative-layout-shift"]["numericValue"]
    return scores


def main() -> None:
    """Print a row for each page, as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("site", help="address of a running server")
    parser.add_argument("--folder", type=Path, default=Path("bench"), help="where Lighthouse is installed")
    parser.add_argument("--runs", type=int, default=5, help="runs of which the median is taken")
    parser.add_argument("--preset", choices=("mobile", "desktop"), default="mobile")
    parser.add_argument("--page", action="append", help="a page below the site; default: one of each kind")
    arguments = parser.parse_args()
    program = install(arguments.folder / "lighthouse")
    columns = (*CATEGORIES, "KiB", "shift")
    print("page", *columns, sep="\t")
    for path in arguments.page or PAGES:
        runs = [measure(program, arguments.site + path, arguments.preset) for _ in range(arguments.runs)]
        medians = [statistics.median(run[name] for run in runs) for name in columns]
        print(path or "(front page)", *(f"{value:.3g}" for value in medians), sep="\t", flush=True)


if __name__ == "__main__":
    main()
