"""RDF 1.2 says the same as the quads, and asserts nothing by a fact."""

from __future__ import annotations

from pathlib import Path

import pytest
from exchange_data import BASE, write_lines
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse

from nosograph.build.dumps.rdf12 import reified_lines
from nosograph.rdf.lines import read_lines

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
REIFIES = NamedNode(f"{RDF}reifies")
PARTS = tuple(NamedNode(f"{RDF}{name}") for name in ("subject", "predicate", "object"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of the quads."""
    return write_lines(tmp_path_factory.mktemp("rdf12") / "quads.nq")


def test_what_facts_say_is_the_same(source: Path) -> None:
    """With three statements in place of each triple term, the quads are those that it was made from."""
    made = list(reified_lines(read_lines(source), BASE))

    quads: set[Quad] = set()
    for quad in parse(b"".join(made), format=RdfFormat.N_QUADS):
        if isinstance(quad.object, Triple):
            assert quad.predicate == REIFIES
            for part, value in zip(PARTS, quad.object, strict=True):
                quads.add(Quad(quad.subject, part, value, quad.graph_name))
        else:
            quads.add(quad)
    assert quads == set(parse(path=str(source), format=RdfFormat.N_QUADS))
    assert sum(b"#reifies> " in line for line in made) == 9
    assert made == sorted(made)


def test_a_denied_proposition_is_no_statement(source: Path) -> None:
    """The only triple of those that facts are about that the quads have is the one that they had before."""
    quads = list(parse(b"".join(reified_lines(read_lines(source), BASE)), format=RdfFormat.N_QUADS))

    propositions = {quad.object for quad in quads if isinstance(quad.object, Triple)}
    assert len([quad for quad in quads if quad.triple in propositions]) == 1
    assert not any(quad.predicate in PARTS for quad in quads)


def test_a_fact_without_a_whole_proposition_stays(tmp_path: Path) -> None:
    """A fact that lacks its object has no proposition, and its statements are as they were."""
    lines = [
        line.replace(f"<{RDF}object>", "<http://e.org/object>").encode()
        for line in write_lines(tmp_path / "quads.nq").read_text().splitlines(keepends=True)
    ]

    assert sorted(reified_lines(sorted(lines), BASE)) == sorted(lines)
