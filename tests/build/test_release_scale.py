"""Sorting and counting work beyond memory, and a large import streams through a whole build."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import Store

from nosograph.build.columns import open_columns
from nosograph.build.statistics import ClassPropertyUse, Figures, PropertyUse, measure
from nosograph.errors import ReleaseError
from nosograph.rdf.sorting import LineSorter

BASE = "https://w3id.org/nosograph/"
NOSO = f"{BASE}ontology#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def _write_synthetic(path: Path, facts: int) -> int:
    """Write an import of made-up facts, ten quads each, out of order, and give the number of quads."""
    graph = f"<{BASE}graph/import/synthetic>"
    chosen = random.Random(7)
    number = 0
    with path.open("w") as stream:
        for index in chosen.sample(range(facts), facts):
            fact, evidence = f"<{BASE}fact/{index:016x}>", f"<{BASE}fact/{index:016x}/evidence/{index * 7:016x}>"
            for line in (
                f"{fact} <{RDF}type> <{NOSO}Fact>",
                f"{fact} <{RDF}subject> <{BASE}condition/c-{index % 997}>",
                f"{fact} <{RDF}predicate> <{NOSO}hasSymptom>",
                f"{fact} <{RDF}object> <http://purl.obolibrary.org/obo/HP_{index % 4999:07d}>",
                f"{fact} <{NOSO}status> <{NOSO}affirmed>",
                f"{fact} <{NOSO}evidence> {evidence}",
                f"{evidence} <{RDF}type> <{NOSO}Evidence>",
                f"{evidence} <{NOSO}source> <{BASE}source/s-{index % 499}>",
                f"{evidence} <{NOSO}stance> <{NOSO}supports>",
                f'{evidence} <{NOSO}note> "row {index} of the \\"file\\""@en',
            ):
                stream.write(f"{line} {graph} .\n")
                number += 1
    return number


@pytest.mark.parametrize("limit", [1, 500, 20_000, 10**9])
def test_sorted_lines_are_those_of_the_c_locale(tmp_path: Path, limit: int) -> None:
    """In one chunk or in thousands, the lines come out as ``LC_ALL=C sort -u`` gives them, and chunks are gone."""
    chosen = random.Random(3)
    alphabet = ["<", ">", " ", '"', "@", "a", "A", "~", "é", "\u2028", "🜁"]
    lines = ["".join(chosen.choices(alphabet, k=chosen.randrange(6))).encode() + b"\n" for _ in range(1500)]
    work = tmp_path / "work"
    work.mkdir()
    sorter = LineSorter(work, chunk_bytes=limit)

    sorter.add_all(lines)
    found = b"".join(sorter)

    done = subprocess.run(
        ["sort", "-u"],
        input=b"".join(lines),
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )
    assert found == done.stdout
    assert list(work.iterdir()) == []


GRAPH_LINES = (
    "<http://e.org/a> <http://e.org/p> <http://e.org/b> <http://e.org/graph/1> .",
    "<http://e.org/a> <http://e.org/p> <http://e.org/b> <http://e.org/graph/2> .",
    "<http://e.org/a> <http://e.org/p> <http://e.org/c> <http://e.org/graph/1> .",
    '<http://e.org/a> <http://e.org/q> "x" <http://e.org/graph/1> .',
    f"<http://e.org/a> <{RDF}type> <{NOSO}Other> <http://e.org/graph/1> .",
    '<http://e.org/b> <http://e.org/q> "x y> <z" <http://e.org/graph/1> .',
    f'<http://e.org/b> <http://e.org/q> "7"^^<{XSD}integer> <http://e.org/graph/1> .',
    '<http://e.org/b> <http://e.org/q> "x" <http://e.org/graph/1> .',
    '<http://e.org/b> <http://e.org/q> "x"@en <http://e.org/graph/1> .',
    f"<http://e.org/b> <{NOSO}status> <{NOSO}denied> <http://e.org/graph/1> .",
    f"<http://e.org/b> <{RDF}type> <{NOSO}Fact> <http://e.org/graph/1> .",
    f"<http://e.org/b> <{RDF}type> <{NOSO}Other> <http://e.org/graph/1> .",
    f"<http://e.org/b> <{SKOS}exactMatch> <http://purl.obolibrary.org/obo/HP_0000001> <http://e.org/graph/2> .",
)


@pytest.mark.parametrize(("threads", "memory"), [(1, 64), (4, 1024)])
def test_figures_of_a_release(tmp_path: Path, threads: int, memory: int) -> None:
    """Counts of a graph of hand-checked size are right, however many threads count and whatever fits memory."""
    lines = tmp_path / "quads.nq"
    lines.write_text("".join(f"{line}\n" for line in GRAPH_LINES))

    with open_columns(tmp_path, threads=threads, memory=memory) as columns:
        columns.add(lines)
        figures = measure(columns)

    assert figures.whole == Figures(12, entities=2, subjects=2, objects=10, literals=4, properties=5, classes=2)
    assert figures.graphs == {
        "http://e.org/graph/1": Figures(11, entities=2, subjects=2, objects=9, literals=4, properties=4, classes=2),
        "http://e.org/graph/2": Figures(2, entities=0, subjects=2, objects=2, literals=0, properties=2, classes=0),
    }
    assert figures.properties["http://e.org/q"] == PropertyUse(triples=5, subjects=2, objects=4)
    assert figures.classes == {f"{NOSO}Fact": 1, f"{NOSO}Other": 2}
    assert figures.of_class("Fact") == 1
    assert figures.statuses == {"denied": 1}
    assert figures.links == {("HP", f"{SKOS}exactMatch"): 1}
    of_other = figures.class_properties[f"{NOSO}Other"]
    assert of_other["http://e.org/p"] == ClassPropertyUse(2, {f"{NOSO}Fact": 1, f"{NOSO}Other": 1}, {})
    datatypes = {f"{RDF}langString": 1, f"{XSD}integer": 1, f"{XSD}string": 3}
    assert of_other["http://e.org/q"] == ClassPropertyUse(5, {}, datatypes)
    assert figures.class_properties[f"{NOSO}Fact"]["http://e.org/q"].triples == 4
    assert not list(tmp_path.glob("columns*"))


def test_a_line_that_is_no_quad_is_named(tmp_path: Path) -> None:
    """What is counted are quads of named graphs; anything else is an error that shows the line."""
    lines = tmp_path / "quads.nq"
    lines.write_text("<http://e.org/a> <http://e.org/p> <http://e.org/b> .\n")

    with open_columns(tmp_path) as columns, pytest.raises(ReleaseError, match=r"http://e\.org/a"):
        columns.add(lines)


@pytest.mark.parametrize(
    ("facts", "bound"), [(3_000, 400), pytest.param(30_000, 700, marks=pytest.mark.slow)], ids=["30,000", "300,000"]
)
def test_a_large_import_is_built_in_bounded_memory(tmp_path: Path, facts: int, bound: int) -> None:
    """Imported quads become a release; the process needs far less memory than the quads would as an rdflib graph."""
    file = tmp_path / "synthetic.nq"
    number = _write_synthetic(file, facts)
    program = (
        "import re, sys\n"
        "from pathlib import Path\n"
        "from nosograph.build.pipeline import build_release\n"
        "from small_release import ASSETS, CONFORMING, small_knowledge\n"
        "release = build_release(small_knowledge(), CONFORMING, Path(sys.argv[1]), imports=[Path(sys.argv[2])],"
        " assets=ASSETS)\n"
        # not ru_maxrss: it begins at the memory of the process that started this one
        "print(release.folder, int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]) // 1024)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "r"), str(file)],
        cwd=Path(__file__).parents[1] / "support",
        capture_output=True,
        text=True,
        check=True,
    )

    folder, mebibytes = done.stdout.rsplit(maxsplit=1)
    assert int(mebibytes) < bound, "as rdflib triples the large import alone would need more"
    assert len(Store.read_only(f"{folder}/derived/store")) > 2 * number == 20 * facts
