"""The analysis file holds each term, triple and quad of the N-Quads once, as the store would give them back."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pytest
from awkward_data import SPACE, XSD, awkward_quads, node
from engines import analysis_of, store_of
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse

from nosograph.analysis import writing
from nosograph.analysis.answers import spell
from nosograph.analysis.translation import StoredTerm
from nosograph.analysis.types import Type
from nosograph.analysis.writing import AnalysisCounts, write_analysis
from nosograph.errors import ReleaseError
from nosograph.progress import quiet
from nosograph.release.opening import Release

GRAPH = node("graph")


def written(folder: Path, *objects: Literal | NamedNode) -> set[object]:
    """Return the objects that an analysis file of some quads holds."""
    database = analysis_of((Quad(node("s"), node("p"), value, GRAPH) for value in objects), folder)
    spelled = "".join(f"<x:s> <x:p> {spell(term)} .\n" for _, term in database.terms(list(range(1, 100))))
    return {quad.object for quad in parse(spelled.encode(), RdfFormat.N_TRIPLES)} - {node("s"), node("p"), GRAPH}


@pytest.mark.parametrize(
    "text",
    ["", " ", "two words", 'a "quoted" word', "back\\slash", "\\n", "\\\\", "line\nline\r\n\ttab", "\x01\x1f\x7f",
     "\\u0041", "\b\f", "日本 \U0001f600", "ends with .", "^^<x>", '"@en', "<a> <b>", "a" * 100_000],
)  # fmt: skip
def test_every_lexical_form_is_kept(tmp_path: Path, text: str) -> None:
    """Whatever a literal holds comes out as it went in, with and without a language tag."""
    literals = {Literal(text), Literal(text, language="en"), Literal(text, datatype=node("type"))}

    assert written(tmp_path, *literals) == literals


def test_terms_are_those_that_the_store_gives_back(tmp_path: Path) -> None:
    """A number that the store rewrites is one term with its canonical form, in the file as in the store."""
    quads = awkward_quads()
    database = analysis_of(quads, tmp_path)
    expected = {str(quad.object) for quad in store_of(quads)}

    found = {spell(term) for _, term in database.terms(list(range(1, 1000)))}

    assert expected <= found
    assert f'"7"^^<{XSD}integer>' in found
    assert f'"007"^^<{XSD}integer>' not in found


def test_terms_are_found_by_what_they_are(tmp_path: Path) -> None:
    """A term is found by type, value, language and datatype together, also among thousands."""
    values = [Literal(f"value {number}") for number in range(5000)]
    quads = [Quad(node("s"), node("p"), value, GRAPH) for value in values]
    database = analysis_of([*quads, Quad(node("s"), node("p"), Literal("value 7", language="en"), GRAPH)], tmp_path)
    known = dict(database.terms(list(range(1, 6000))))

    assert len(known) == 5004
    for number, term in list(known.items())[::97]:
        assert database.find(term) == number
    assert database.find(StoredTerm(Type.STRING, "value 5000", None, XSD + "string")) is None
    assert database.find(StoredTerm(Type.LANGUAGE, "value 8", "en", None)) is None


def test_a_triple_of_two_graphs_counts_once(tmp_path: Path) -> None:
    """Triples are distinct, quads stand in each of their graphs."""
    lines = tmp_path / "data.nq"
    lines.write_text("".join(f"<{SPACE}s> <{SPACE}p> <{SPACE}o> <{SPACE}{graph}> .\n" for graph in "gh"))

    counts = write_analysis(lines, tmp_path / "data.duckdb", quiet)

    assert counts == AnalysisCounts(terms=5, triples=1, quads=2)


@pytest.mark.parametrize(
    "line",
    ["<x:s> <x:p> <x:o> .", "<x:s> <x:p> <x:o> <x:g>", "nothing", "<x:s> <x:p> x <x:g> .", '<x:s> <x:p> "a b" .',
     "<x:s> <x:p> <x:o> <x:g> <x:h> ."],
)  # fmt: skip
def test_a_line_that_is_no_quad_is_named(tmp_path: Path, line: str) -> None:
    """A damaged line is an error with the line, and no file is taken for whole."""
    lines = tmp_path / "data.nq"
    lines.write_text(f"<x:s> <x:p> <x:o> <x:g> .\n{line}\n")

    with pytest.raises(ReleaseError, match="no quad"):
        write_analysis(lines, tmp_path / "data.duckdb", quiet)


def test_paths_that_grow_too_much_have_no_closure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A predicate whose closure would be many times its statements is left out; others keep theirs."""
    monkeypatch.setattr(writing, "CLOSURE_GROWTH", 3)
    chain = [Quad(node(f"n{number}"), node("long"), node(f"n{number + 1}"), GRAPH) for number in range(30)]
    pair = [Quad(node(f"m{number}"), node("short"), node(f"m{number + 1}"), GRAPH) for number in range(2)]
    database = analysis_of([*chain, *pair], tmp_path)

    closed = {term.value for _, term in database.terms(sorted(database.closed))}

    assert closed == {SPACE + "short"}


def test_the_file_of_a_release_holds_what_its_manifest_counts(release: Release, tmp_path: Path) -> None:
    """A build writes the file beside the store, of the same quads, and it is listed in the record."""
    copy = shutil.copyfile(release.analysis_database, tmp_path / "copy.duckdb")  # one process opens a file in one way
    with duckdb.connect(str(copy), read_only=True) as database:
        counts = database.execute("SELECT (SELECT count(*) FROM triples), (SELECT count(*) FROM quads)").fetchone()

    assert counts == (release.manifest.counts.triples, release.manifest.counts.quads)
    assert "analysis.duckdb" in (release.derived_folder / "derived.json").read_text()
    assert [path.name for path in release.derived_folder.glob("*.scratch")] == []
