"""Measures what those ask who link: many codes at once, and names of a table, on a release of any size.

    python benchmarks/linking.py --release releases/latest --rounds 5

The codes are those of the release, a tenth of them unknown; the names are its own, as tables have them: in capitals,
with a letter too few, with their words in another order, with a word too many. The server keeps no answers. Printed are
medians of the rounds, seconds on the wall and of the server's processor, and how often the resource that the name was
made of comes first. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from documents import serve
from process_tree import processor_seconds

from nosograph.rdf.curies import compact
from nosograph.release.opening import Release, open_release
from nosograph.web.routes.codes import MOST_CODES
from nosograph.web.routes.reconciliation_queries import MOST_QUERIES

_SEED: Final = 7


def read_codes(database: sqlite3.Connection, number: int, random_source: random.Random) -> list[str]:
    """Return codes as CURIEs, a tenth of which nothing has; a small release has some of them several times."""
    iris = [iri for (iri,) in database.execute("SELECT DISTINCT iri FROM codes ORDER BY iri")]
    known = [compact(random_source.choice(iris)) for _ in range(number - number // 10)]
    return [*known, *(f"MONDO:{9_000_000 + position}" for position in range(number // 10))]


def read_names(database: sqlite3.Connection, number: int, random_source: random.Random) -> list[tuple[str, str, str]]:
    """Return label, kind and a name as a table may have it, for some resources with facts."""
    rows = database.execute(
        "SELECT label, kind FROM things WHERE statuses <> '[]' AND kind <> 'source' AND label LIKE '% %' ORDER BY iri"
    ).fetchall()
    chosen = random_source.sample(rows, min(number, len(rows)))
    return [(label, kind, spoil(label, position, random_source)) for position, (label, kind) in enumerate(chosen)]


def spoil(name: str, way: int, random_source: random.Random) -> str:
    """Return a name as it is, or changed in one of four ways."""
    words = name.split()
    match way % 5:
        case 1:
            return name.upper()
        case 2:
            position = random_source.randrange(len(name))
            return name[:position] + name[position + 1 :]
        case 3:
            random_source.shuffle(words)
            return " ".join(words)
        case 4:
            return f"{name} type"
        case _:
            return name


def measure(process: int, rounds: int, ask: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return medians of seconds on the wall and of the processor, and the last answer; the first round is left out."""
    figures = []
    answer = ask()
    for _ in range(rounds):
        began, processor = time.perf_counter(), processor_seconds(process)
        answer = ask()
        figures.append((time.perf_counter() - began, processor_seconds(process) - processor))
    wall, of_processor = (statistics.median(values) for values in zip(*figures, strict=True))
    return wall, of_processor, answer


def post(port: int, path: str, content_type: str, body: str) -> Any:
    """Return the JSON that answers a POST."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", path, body.encode(), {"Content-Type": content_type, "Accept": "application/json"})
    with connection.getresponse() as response:
        content = response.read()
    connection.close()
    if response.status != 200:
        raise SystemExit(f"{path} answered {response.status}: {content[:500].decode()}")
    return json.loads(content)


def run(release: Release, rounds: int) -> None:
    """Measure a release, and print the table."""
    source = random.Random(_SEED)
    database = sqlite3.connect(f"{release.search_database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    codes = json.dumps(read_codes(database, MOST_CODES, source))
    names = read_names(database, MOST_QUERIES, source)
    queries = json.dumps({str(position): {"query": name} for position, (_, _, name) in enumerate(names)})
    form = urlencode({"queries": queries})
    with serve(release.folder) as (port, process):
        resolved = measure(process, rounds, lambda: post(port, "/xref", "application/json", codes))
        matched = measure(process, rounds, lambda: post(port, "/reconcile", "application/x-www-form-urlencoded", form))
    first = sum(
        bool(matched[2][str(position)]["result"]) and matched[2][str(position)]["result"][0]["name"] == label
        for position, (label, _, _) in enumerate(names)
    )
    print("| asked at once | on the wall, s | processor, s | a second of the processor | found |")
    print("|---|---|---|---|---|")
    exact = sum(result["status"] == "exact" for result in resolved[2]["results"])
    for what, number, (wall, processor, _), found in (
        ("codes", MOST_CODES, resolved, f"{exact:,} exact"),
        ("names", len(names), matched, f"{first} first"),
    ):
        rate = number / processor if processor else 0
        print(f"| {number:,} {what} | {wall:.3f} | {processor:.3f} | {rate:,.0f} | {found} |")


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--release", type=Path, required=True, help="folder of the release")
    parser.add_argument("--rounds", type=int, default=5, help="rounds beside the first, default 5")
    arguments = parser.parse_args()
    run(open_release(arguments.release), arguments.rounds)


if __name__ == "__main__":
    main()
