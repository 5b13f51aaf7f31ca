"""Sorting and counting work beyond memory, and a large import streams through a whole build."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from pyoxigraph import Store

from nosograph.build.statistics import measure
from nosograph.rdf.sorting import LineSorter

BASE = "https://w3id.org/nosograph/"
NOSO = f"{BASE}ontology#"
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


def test_figures_do_not_depend_on_what_fits(tmp_path: Path) -> None:
    """Counts of a graph of hand-checked size are right."""
    triples = sorted(
        [
            b"<http://e.org/a> <http://e.org/p> <http://e.org/b> .\n",
            b"<http://e.org/a> <http://e.org/p> <http://e.org/c> .\n",
            b'<http://e.org/a> <http://e.org/q> "x" .\n',
            b'<http://e.org/b> <http://e.org/q> "x" .\n',
            b'<http://e.org/b> <http://e.org/q> "x"@en .\n',
            b'<http://e.org/b> <http://e.org/q> "x y> <z" .\n',
            f"<http://e.org/b> <{RDF}type> <{NOSO}Fact> .\n".encode(),
            f"<http://e.org/b> <{RDF}type> <{NOSO}Other> .\n".encode(),
        ]
    )

    figures = measure(triples, tmp_path)

    assert (figures.triples, figures.subjects, figures.objects, figures.literals, figures.entities) == (8, 2, 7, 3, 1)
    use = figures.properties["http://e.org/q"]
    assert (use.triples, use.subjects, use.objects) == (4, 2, 3)
    assert figures.classes == {f"{NOSO}Fact": 1, f"{NOSO}Other": 1}
    assert figures.of_class("Fact") == 1


@pytest.mark.parametrize(
    ("facts", "bound"), [(3_000, 400), pytest.param(30_000, 700, marks=pytest.mark.slow)], ids=["30,000", "300,000"]
)
def test_a_large_import_is_built_in_bounded_memory(tmp_path: Path, facts: int, bound: int) -> None:
    """Imported quads become a release; the process needs far less memory than the quads would as an rdflib graph."""
    file = tmp_path / "synthetic.nq"
    number = _write_synthetic(file, facts)
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from nosograph.build.pipeline import build_release\n"
        "from small_release import ASSETS, CONFORMING, small_knowledge\n"
        "release = build_release(small_knowledge(), CONFORMING, Path(sys.argv[1]), imports=[Path(sys.argv[2])],"
        " assets=ASSETS)\n"
        "print(release.folder, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
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
