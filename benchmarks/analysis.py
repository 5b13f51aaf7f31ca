"""Compares the store's engine, both engines together and Virtuoso over HTTP on annotations of phenotypes, in one run.

Each query is asked in turn of each: a text that is seen for the first time (it is parsed, planned, routed) and the same
text again. The server keeps no answers. Figures are milliseconds, medians of some rounds, and processor time of the
server's processes, which tells less of what else the machine does; answers are compared.

    python benchmarks/analysis.py --facts 11000
    python benchmarks/analysis.py --release releases/latest --rounds 5 --without virtuoso
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import endpoint_servers as servers
from endpoint_data import release_with_annotations
from endpoint_load import fetch, varied
from endpoint_servers import Endpoint

from nosograph.indexing.preparing import prepare_release
from nosograph.progress import quiet
from nosograph.release.opening import Release

RESULTS: Final = "application/sparql-results+json"
SLOW: Final = 10_000.0
"""Milliseconds of one answer after which a query is asked only once more."""

LOOK_UPS: Final = ("look-up", "star with OPTIONAL")
LOOK_UP_ROUNDS: Final = 10
"""How many times as often look-ups are asked: they take a millisecond."""

WARM_UP: Final = 20
"""Queries that each target is asked before: processes for analysis start with the first."""

PREFIXES: Final = ("noso", "rdf", "skos")
QUERIES: Final = {
    "look-up": "SELECT ?label { <$CONDITION> skos:prefLabel ?label }",
    "star with OPTIONAL": """SELECT ?fact ?certainty ?frequency {
        ?fact rdf:subject <$CONDITION> ; noso:evidence ?e . ?e noso:certainty ?certainty .
        OPTIONAL { ?e noso:frequency ?frequency } }""",
    "label contains": """SELECT ?thing ?label { ?thing skos:prefLabel ?label
        FILTER CONTAINS(LCASE(STR(?label)), "skin") } ORDER BY ?label ?thing LIMIT 50""",
    "path + count": "SELECT (COUNT(DISTINCT ?below) AS ?n) { ?below skos:broader+ <$BROAD> }",
    "top-k by count": """SELECT ?finding (COUNT(DISTINCT ?c) AS ?n) { ?c noso:hasPhenotype ?finding }
        GROUP BY ?finding ORDER BY DESC(?n) ?finding LIMIT 10""",
    "conditions that share findings": """SELECT ?other (COUNT(?finding) AS ?n) {
        <$CONDITION> noso:hasPhenotype ?finding . ?other noso:hasPhenotype ?finding }
        GROUP BY ?other ORDER BY DESC(?n) ?other LIMIT 20""",
    "sort all evidence, first 20": "SELECT ?e ?s { ?e noso:source ?s } ORDER BY DESC(?s) ?e LIMIT 20",
    "count everything": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "predicate histogram": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p",
    "join over a path": """SELECT ?c (COUNT(*) AS ?n) {
        ?c noso:hasPhenotype ?finding . ?finding skos:broader+ <$BROAD> } GROUP BY ?c ORDER BY DESC(?n) ?c LIMIT 20""",
    "sources, hedged": """SELECT ?source (COUNT(?e) AS ?n) (SUM(IF(?code = noso:inferredElectronically, 1, 0)) AS ?k) {
        ?e noso:source ?source ; noso:evidenceCode ?code }
        GROUP BY ?source HAVING (COUNT(?e) > 2) ORDER BY DESC(?n) ?source LIMIT 20""",
    "without a frequency": """SELECT (COUNT(?e) AS ?n) {
        ?e a noso:Evidence FILTER NOT EXISTS { ?e noso:frequency ?f } }""",
}
CHOOSE: Final = {
    "CONDITION": "SELECT ?x (COUNT(*) AS ?n) { ?x noso:hasPhenotype ?f } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "BROAD": "SELECT ?x (COUNT(*) AS ?n) { ?f skos:broader ?x } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
}


@dataclass(frozen=True)
class Target:
    """Whom a query is asked, and how.

    Attributes:
        name: what it is called in the table.
        endpoint: the server.
        parameters: what is sent beside the query.
    """

    name: str
    endpoint: Endpoint
    parameters: dict[str, str]

    def ask(self, text: str, *, new: bool = False) -> tuple[float, list[str]]:
        """Return the milliseconds of an answer, and its rows; ``new`` adds a comment that no other text has."""
        target = self.endpoint.target(text, self.parameters)
        if new:
            path, _, rest = target.partition("query=")
            query, ampersand, others = rest.partition("&")
            target = f"{path}query={varied(query)}{ampersand}{others}"
        status, content, milliseconds = fetch(self.endpoint.port, target, RESULTS)
        if status != 200:
            raise SystemExit(f"{self.name} answered with {status}: {content[:500]!r}")
        rows = json.loads(content)["results"]["bindings"]
        values = ({name: term["value"] for name, term in row.items()} for row in rows)
        return milliseconds, sorted(json.dumps(row, sort_keys=True) for row in values)


@dataclass(frozen=True)
class Figures:
    """What one query took of one target, in milliseconds.

    Attributes:
        first: median time of a text that is seen for the first time.
        again: median time of a text that was seen before.
        spent: processor time of an answer to such a text.
        rows: the answer.
    """

    first: float
    again: float
    spent: float
    rows: list[str]


def measure(targets: Iterable[Target], text: str, rounds: int) -> dict[str, Figures]:
    """Return the figures of each target, asked in turn."""
    found = {}
    for target in targets:
        once, rows = target.ask(text, new=True)
        number = rounds if once < SLOW else 1
        first = [once, *(target.ask(text, new=True)[0] for _ in range(number - 1))]
        target.ask(text)
        before = target.endpoint.processor_seconds()
        again = [target.ask(text)[0] for _ in range(number)]
        spent = (target.endpoint.processor_seconds() - before) * 1000 / number
        found[target.name] = Figures(statistics.median(first), statistics.median(again), spent, rows)
    return found


def choose_constants(target: Target, prefixes: str) -> dict[str, str]:
    """Return the condition with most findings and the term with most below it."""
    return {name: json.loads(target.ask(prefixes + query)[1][0])["x"] for name, query in CHOOSE.items()}


def print_table(targets: list[Target], rounds: int, release: Release) -> None:
    """Print what each query takes of each target, and how the second relates to the others."""
    known = release.base.prefixes()
    prefixes = "".join(f"PREFIX {name}: <{known[name]}> " for name in PREFIXES)
    constants = choose_constants(targets[0], prefixes)
    for target in targets:
        for _ in range(WARM_UP):
            target.ask(QUERIES["count everything"], new=True)
    names = [target.name for target in targets]
    columns = " | ".join(f"{name}, first | again | processor" for name in names)
    print(f"\n| query | {columns} | ratio | same |")
    print("|---|" + "---:|---:|---:|" * len(names) + "---:|---|")
    ratios: dict[str, list[float]] = {name: [] for name in (*names, "look-ups")}
    for name, query in QUERIES.items():
        text = prefixes + re.sub(r"\$([A-Z]+)", lambda match: constants[match[1]], query)
        number = rounds * LOOK_UP_ROUNDS if name in LOOK_UPS else rounds
        found = measure(targets, text, number)
        mine, store = found[names[1]], found[names[0]]
        if name in LOOK_UPS:
            ratios["look-ups"].append(mine.again / store.again)
        else:
            for other in names:
                ratios[other].append(mine.again / found[other].again)
        cells = " | ".join(f"{cells.first:.1f} | {cells.again:.1f} | {cells.spent:.1f}" for cells in found.values())
        same = "yes" if mine.rows == store.rows else "NO"
        print(f"| {name} | {cells} | {mine.again / store.again:.3f} | {same} |", flush=True)
    for other in names:
        if other != names[1]:
            print(
                f"\n{names[1]} to {other}, analytic texts seen before: geometric mean "
                f"{statistics.geometric_mean(ratios[other]):.3f}, at most {max(ratios[other]):.2f}"
            )
    print(f"\nLook-ups to {names[0]}: {', '.join(f'{ratio:.2f}' for ratio in ratios['look-ups'])}")


def main() -> None:
    """Start the servers on one release, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--release", type=Path, help="a release that is there")
    parser.add_argument("--facts", type=int, default=11_000, help="rows of the annotations that are imported else")
    parser.add_argument("--folder", type=Path, help="where that release is kept; default: a temporary folder")
    parser.add_argument("--rounds", type=int, default=7, help="how often each query is asked")
    parser.add_argument("--without", action="append", default=[], choices=["virtuoso"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as running:
        if arguments.release is not None:
            release = prepare_release(arguments.release.resolve(), progress=quiet)
        else:
            folder = arguments.folder or Path(temporary)
            folder.mkdir(exist_ok=True)
            release = release_with_annotations(folder, arguments.facts)
        print(f"{release.manifest.counts.quads} quads", flush=True)
        logs = Path(temporary)
        own = servers.nosograph(release, logs, answer_cache="0", query_timeout="60")
        running.enter_context(servers.running(own))
        targets = [Target("store", own, {"engine": "store"}), Target("both engines", own, {})]
        if "virtuoso" not in arguments.without and servers.is_installed("virtuoso"):
            other = servers.virtuoso(release, logs)
            running.enter_context(servers.running(other))
            targets.append(Target("Virtuoso", other, {}))
        print_table(targets, arguments.rounds, release)


if __name__ == "__main__":
    main()
