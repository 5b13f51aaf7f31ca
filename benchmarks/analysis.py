"""Compares the store's engine with the analysis engine on annotations of the Human Phenotype Ontology, in one run.

Each query is asked in turn of both, in this process: a text that is seen for the first time (it is parsed and planned)
and the same text again. Figures are milliseconds, medians of some rounds; answers are compared first.

    python benchmarks/analysis.py --percent 1
    python benchmarks/analysis.py --percent 100 --rounds 5
"""

from __future__ import annotations

import argparse
import hashlib
import io
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hpo_facts
import pyoxigraph

from nosograph.analysis.database import AnalysisDatabase
from nosograph.analysis.limits import NotTranslated
from nosograph.analysis.writing import write_analysis
from nosograph.rdf.formats import SPARQL_JSON
from nosograph.rdf.lines import read_lines
from nosograph.rdf.names import Base
from nosograph.store.oxigraph.loading import write_store

SLOWEST = 60.0
"""Seconds of one answer after which a query is not asked again."""

QUERIES = {
    "look-up": "SELECT ?label { <$CONDITION> skos:prefLabel ?label }",
    "star with OPTIONAL": """SELECT ?fact ?certainty ?frequency {
        ?fact rdf:subject <$CONDITION> ; noso:evidence ?e . ?e noso:certainty ?certainty .
        OPTIONAL { ?e noso:frequency ?frequency } }""",
    "label contains": """SELECT ?thing ?label { ?thing skos:prefLabel ?label
        FILTER CONTAINS(LCASE(STR(?label)), "skin") } ORDER BY ?label ?thing LIMIT 50""",
    "path + count": "SELECT (COUNT(DISTINCT ?below) AS ?n) { ?below skos:broader+ <$BROAD> }",
    "top-k by count": """SELECT ?finding (COUNT(DISTINCT ?c) AS ?n) { ?c noso:hasSymptom ?finding }
        GROUP BY ?finding ORDER BY DESC(?n) ?finding LIMIT 10""",
    "conditions that share findings": """SELECT ?other (COUNT(?finding) AS ?n) {
        <$CONDITION> noso:hasSymptom ?finding . ?other noso:hasSymptom ?finding }
        GROUP BY ?other ORDER BY DESC(?n) ?other LIMIT 20""",
    "sort all evidence, first 20": "SELECT ?e ?s { ?e noso:source ?s } ORDER BY DESC(?s) ?e LIMIT 20",
    "count everything": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "predicate histogram": "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p",
    "join over a path": """SELECT ?c (COUNT(*) AS ?n) {
        ?c noso:hasSymptom ?finding . ?finding skos:broader+ <$BROAD> } GROUP BY ?c ORDER BY DESC(?n) ?c LIMIT 20""",
    "sources, hedged": """SELECT ?source (COUNT(?e) AS ?n) (SUM(IF(?code = noso:inferredElectronically, 1, 0)) AS ?k) {
        ?e noso:source ?source ; noso:evidenceCode ?code }
        GROUP BY ?source HAVING (COUNT(?e) > 2) ORDER BY DESC(?n) ?source LIMIT 20""",
    "without a frequency": """SELECT (COUNT(?e) AS ?n) {
        ?e a noso:Evidence FILTER NOT EXISTS { ?e noso:frequency ?f } }""",
}
CHOOSE = {
    "CONDITION": "SELECT ?x (COUNT(*) AS ?n) { ?x noso:hasSymptom ?f } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
    "BROAD": "SELECT ?x (COUNT(*) AS ?n) { ?f skos:broader ?x } GROUP BY ?x ORDER BY DESC(?n) ?x LIMIT 1",
}


def sample(percent: float) -> Iterator[str]:
    """Return the quads of some of the conditions, chosen by a digest of their identifiers, and every finding."""
    folder = hpo_facts.data_folder()
    with (folder / "hp.obo").open(encoding="utf-8") as terms:
        yield from hpo_facts.write_findings(hpo_facts.read_findings(terms))
    with (folder / "phenotype.hpoa").open(encoding="utf-8") as annotations:
        bound = int(percent * 655.36)
        rows = (
            row
            for row in hpo_facts.read_rows(annotations)
            if int.from_bytes(hashlib.sha256(row.disease.encode()).digest()[:2]) < bound
        )
        yield from hpo_facts.write_facts(rows, None)


def measured(step: str, action: Callable[[], object], quads: int) -> None:
    """Do something and print what it took."""
    before, began = processor_time(), time.perf_counter()
    action()
    spent = processor_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{step}: {time.perf_counter() - began:.1f} s, {spent:.1f} s of processor time, "
        f"{spent / quads * 1e6:.1f} µs a quad, peak {peak} MiB",
        flush=True,
    )


def processor_time() -> float:
    """Return the seconds of processor time that this process has used."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def timed(ask: Callable[[str], bytes], texts: list[str]) -> tuple[list[float], bytes]:
    """Return the milliseconds of each text, and the last answer."""
    times, answer = [], b""
    for text in texts:
        began = time.perf_counter()
        answer = ask(text)
        times.append((time.perf_counter() - began) * 1e3)
        if times[-1] > SLOWEST * 1e3:
            break
    return times, answer


def compare(store: pyoxigraph.Store, analysis: AnalysisDatabase, rounds: int) -> None:
    """Print the table of both engines."""
    prefixes = "".join(
        f"PREFIX {name}: <{iri}> " for name, iri in Base().prefixes().items() if name in ("noso", "rdf", "skos")
    )

    def from_store(text: str) -> bytes:
        found = store.query(text)
        assert isinstance(found, pyoxigraph.QuerySolutions)
        content = found.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
        assert content is not None
        return content

    def from_analysis(text: str) -> bytes:
        output = io.BytesIO()
        analysis.answer(text, SPARQL_JSON, output)
        return output.getvalue()

    chosen = {}
    for name, query in CHOOSE.items():
        found = store.query(prefixes + query)
        assert isinstance(found, pyoxigraph.QuerySolutions)
        chosen[name] = next(found)["x"].value
    ratios = []
    print("\n| query | store, first | store, again | analysis, first | analysis, again | ratio | same |")
    print("|---|---:|---:|---:|---:|---:|---|")
    for name, query in QUERIES.items():
        for key, iri in chosen.items():
            query = query.replace(f"${key}", iri)
        first = [f"{prefixes}{query} # {number}" for number in range(rounds)]
        again = [f"{prefixes}{query}"] * (rounds + 1)
        try:
            cells = []
            answers = []
            for ask in (from_store, from_analysis):
                for texts in (first, again):
                    times, answer = timed(ask, texts)
                    cells.append(statistics.median(times[1:] if len(times) > 1 and texts is again else times))
                answers.append(sorted(pyoxigraph_rows(answer)))
        except NotTranslated as error:
            print(f"| {name} | | | handed back: {error.reason} | | | |")
            continue
        ratios.append(cells[3] / cells[1])
        shown = " | ".join(f"{cell:.1f}" for cell in cells)
        print(f"| {name} | {shown} | {ratios[-1]:.3f} | {'yes' if answers[0] == answers[1] else 'NO'} |", flush=True)
    print(f"\nGeometric mean of the ratios, text seen before: {statistics.geometric_mean(ratios):.3f}")
    print(f"Without the two look-ups: {statistics.geometric_mean(ratios[2:]):.3f}")


def pyoxigraph_rows(content: bytes) -> list[str]:
    """Return the rows of an answer as text."""
    found = pyoxigraph.parse_query_results(content, format=pyoxigraph.QueryResultsFormat.JSON)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    return [str([str(row[variable]) for variable in found.variables]) for row in found]


def main() -> None:
    """Make the data, both files, and the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--percent", type=float, default=1, help="how much of the annotations is taken")
    parser.add_argument("--rounds", type=int, default=7, help="how often each query is asked")
    parser.add_argument("--folder", type=Path, help="where the files are kept; default: a temporary folder")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        lines, file, store = folder / "quads.nq", folder / "analysis.duckdb", folder / "store"
        if not lines.exists():
            lines.write_text("".join(sorted(set(sample(arguments.percent)))), encoding="utf-8")
        quads = sum(1 for _ in read_lines(lines))
        print(f"{quads} quads, {lines.stat().st_size / 1e6:.0f} MB of N-Quads", flush=True)
        if not file.exists():
            measured("analysis file", lambda: write_analysis(lines, file, lambda *_: None), quads)
        print(f"analysis file: {file.stat().st_size / 1e6:.1f} MB, {file.stat().st_size / quads:.1f} bytes a quad")
        if not store.exists():
            measured("store", lambda: write_store(read_lines(lines), store), quads)
        compare(pyoxigraph.Store.read_only(str(store)), AnalysisDatabase.open(file), arguments.rounds)


if __name__ == "__main__":
    main()
