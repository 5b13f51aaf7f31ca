"""Compares the analysis engine in one process with Apache Spark over the tables of the same release, query by query.

The queries are those of ``analysis.py`` and of ``queries/``. Figures are milliseconds from the text to the whole answer
in SPARQL JSON: a text that is seen for the first time, and the median of some rounds of the same text. Answers are
compared, as sequences where the query orders them.

    pip install -e '.[bench,cluster]'
    python benchmarks/cluster.py --release releases/latest --tables tables
    python benchmarks/cluster.py --release releases/latest --tables tables --on spark://127.0.0.1:7077 --rounds 5
"""

from __future__ import annotations

import argparse
import io
import json
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pyoxigraph
from endpoint_queries import choose_constants, read_queries

from analysis import PREFIXES, QUERIES
from nosograph.analysis.database import AnalysisDatabase
from nosograph.analysis.limits import NotTranslated
from nosograph.cluster.store import open_cluster
from nosograph.errors import QueryRefused
from nosograph.indexing.preparing import prepare_release
from nosograph.indexing.tables import ExportedTables, export_tables
from nosograph.progress import quiet
from nosograph.rdf.formats import N_TRIPLES, SPARQL_JSON
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.sparql.form import QueryForm
from nosograph.store.interface import Query

RESULTS: Final = Path(__file__).parent / "results"
FORMATS: Final = {QueryForm.SELECT: SPARQL_JSON, QueryForm.ASK: SPARQL_JSON, QueryForm.CONSTRUCT: N_TRIPLES}


@dataclass(frozen=True)
class Comparison:
    """One query on both.

    Attributes:
        name: what it asks.
        duckdb: milliseconds of the first time and of the following ones, in one process.
        spark: the same on Spark.
        same: whether the answers are the same.
        refused: why Spark is not asked, or nothing.
    """

    name: str
    duckdb: tuple[float, float] | None
    spark: tuple[float, float] | None
    same: bool | None
    refused: str = ""


def timed(ask: Callable[[], bytes], rounds: int) -> tuple[tuple[float, float], bytes]:
    """Return the milliseconds of the first time and the median of the following, and the answer."""
    took = []
    answer = b""
    for _ in range(rounds + 1):
        began = time.perf_counter()
        answer = ask()
        took.append((time.perf_counter() - began) * 1000)
    return (round(took[0], 1), round(statistics.median(took[1:]), 1)), answer


def same_answer(text: str, one: bytes, other: bytes) -> bool:
    """Return whether two answers are the same, in their order where the query gives one."""
    if "CONSTRUCT" in text:
        first, second = (set(pyoxigraph.parse(content, pyoxigraph.RdfFormat.N_TRIPLES)) for content in (one, other))
        return first == second
    left, right = json.loads(one), json.loads(other)
    if "boolean" in left or "ORDER BY" in text:
        return bool(left == right)
    rows = (sorted(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"]) for found in (left, right))
    return next(rows) == next(rows)


def compare(
    release: Release,
    tables: ExportedTables,
    master: str,
    rounds: int,
    write: Callable[[list[Comparison], float], None],
) -> None:
    """Ask each query of both, and write what is known so far, with the seconds that Spark took to start."""
    prefixes = release.base.prefixes()
    declared = "".join(f"PREFIX {name}: <{prefixes[name]}> " for name in PREFIXES)
    constants = choose_constants(release)
    texts = {
        name: declared + re.sub(r"\$([A-Z]+)", lambda match: constants[match[1]], text)
        for name, text in QUERIES.items()
    }
    texts |= {query.name: query.text for query in read_queries(constants)}
    database = AnalysisDatabase.open(release.analysis_database, prefixes, 2048)
    found: list[Comparison] = []
    with open_cluster(tables, master, Settings(query_result=1024)) as store:
        began = time.perf_counter()
        store.start()
        started = time.perf_counter() - began
        for name, text in texts.items():

            def local(text: str = text) -> bytes:
                output = io.BytesIO()
                database.answer(text, N_TRIPLES if "CONSTRUCT" in text else SPARQL_JSON, output)
                return output.getvalue()

            def remote(text: str = text) -> bytes:
                with store.answer(Query(text, FORMATS)) as answer:
                    return answer.read()

            found.append(one_query(name, text, local, remote, rounds))
            print(found[-1], flush=True)
            write(found, started)
    database.close()


def one_query(name: str, text: str, local: Callable[[], bytes], remote: Callable[[], bytes], rounds: int) -> Comparison:
    """Return what a query takes of both."""
    try:
        duck, expected = timed(local, rounds)
    except NotTranslated as refused:
        return Comparison(name, None, None, None, refused.reason)
    try:
        spark, answer = timed(remote, rounds)
    except QueryRefused as refused:
        return Comparison(name, duck, None, None, refused.what)
    return Comparison(name, duck, spark, same_answer(text, expected, answer))


def report(found: list[Comparison], figures: dict[str, object]) -> str:
    """Return the figures as Markdown."""
    lines = [
        f"{figures['date']}, {figures['triples']:,} triples, {figures['versions']}, master `{figures['master']}`, "
        f"started in {figures['started']} s. Milliseconds, first and median of the following {figures['rounds']}.",
        "",
        "| query | DuckDB, first | again | Spark, first | again | same |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
    ]
    for one in found:
        cells = [f"{number:,.1f}" if pair else "" for pair in (one.duckdb, one.spark) for number in pair or (0, 0)]
        said = one.refused if one.same is None else ("yes" if one.same else "NO")
        lines.append(f"| {one.name} | {' | '.join(cells)} | {said} |")
    lines += ["", "| table | rows | bytes | bytes a row |", "| --- | ---: | ---: | ---: |"]
    sizes: dict[str, tuple[int, int]] = figures["sizes"]  # type: ignore[assignment]
    lines += [f"| {name} | {rows:,} | {size:,} | {size / max(rows, 1):.2f} |" for name, (rows, size) in sizes.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the tables where they are not there, ask every query of both, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--release", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="folder of derived files, where the release has none that fit")
    parser.add_argument("--tables", type=Path, required=True, help="folder that holds folders of tables")
    parser.add_argument("--on", default="local-cluster[2,1,1024]", help="the master")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--results", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    release = prepare_release(arguments.release.resolve(), cache=arguments.cache, progress=quiet)
    tables = export_tables(release, arguments.tables, quiet)
    sizes = {
        name.removesuffix(".parquet"): (file.rows, file.size)
        for name, file in sorted(tables.files.items())
        if file.rows is not None
    }
    figures: dict[str, object] = {
        "date": datetime.now(UTC).date().isoformat(),
        "release": release.version,
        "triples": release.manifest.counts.triples,
        "versions": f"pyspark {version('pyspark')}, sqlglot {version('sqlglot')}, duckdb {version('duckdb')}",
        "master": arguments.on,
        "rounds": arguments.rounds,
        "analysis_file": release.analysis_database.stat().st_size,
        "tables": tables.size,
        "sizes": sizes,
    }

    def write(found: list[Comparison], started: float) -> None:
        known = figures | {"started": round(started, 1)}
        content = json.dumps(known | {"queries": [asdict(one) for one in found]}, indent=1) + "\n"
        (arguments.results / "cluster.json").write_text(content, encoding="utf-8")
        (arguments.results / "cluster.md").write_text(report(found, known), encoding="utf-8")

    compare(release, tables, arguments.on, arguments.rounds, write)


if __name__ == "__main__":
    main()
