"""Answers that are made ready are those of the store; what cannot be is left to be asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from nosograph.analysis.writing import write_analysis
from nosograph.store import answer_writing
from nosograph.store.answer_writing import write_ready_answers
from nosograph.store.ready_answers import read_ready_answer

P = {"e": "http://e.org/"}
E = "PREFIX e: <http://e.org/> "
COUNT = E + "SELECT (COUNT(*) AS ?n) { ?s e:p ?o }"
ALL = E + "SELECT ?o { e:s e:p ?o } ORDER BY ?o"
BUSY = E + "SELECT (COUNT(*) AS ?n) { ?a e:p ?b . ?c e:p ?d . ?f e:p ?g . ?h e:p ?i . ?j e:p ?k . ?l e:p ?m }"


@pytest.fixture(scope="module")
def analysis(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the analysis file of a few hundred quads."""
    folder = tmp_path_factory.mktemp("analysis")
    lines = sorted(
        f"<http://e.org/s> <http://e.org/p> <http://e.org/o{number}> <http://e.org/g> .\n" for number in range(300)
    )
    (folder / "quads.nq").write_text("".join(lines))
    write_analysis(folder / "quads.nq", folder / "analysis", lambda *_: None)
    return folder / "analysis"


def test_answers_are_ready(analysis: Path, tmp_path: Path) -> None:
    """Each form has its format with a row on each line."""
    construct, ask = E + "CONSTRUCT { ?o e:q ?s } WHERE { ?s e:p ?o }", E + "ASK { e:s e:p e:o1 }"

    number = write_ready_answers({"01": COUNT, "02": construct, "03": ask}, analysis, tmp_path / "a", P)

    assert number == 3
    found = {name: read_ready_answer(tmp_path / "a", name, text) for name, text in (("01", COUNT), ("03", ask))}
    assert {name: answer.read() for name, answer in found.items() if answer} == {
        "01": b"?n\n300\n",
        "03": b'{"head":{},"boolean":true}',
    }
    built = read_ready_answer(tmp_path / "a", "02", construct)
    assert built is not None
    assert len(list(parse(built.read(), RdfFormat.N_TRIPLES))) == 300


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?n) {}",
        "SELECT ?s { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        E + "SELECT (GROUP_CONCAT(?o) AS ?all) { ?s e:p ?o }",
        "no query",
        E + "DESCRIBE e:s",
    ],
)
def test_what_is_not_surely_the_same_is_left(analysis: Path, tmp_path: Path, text: str) -> None:
    """An answer that depends on the day, on another server or on the store alone is not made ready."""
    assert write_ready_answers({"01": text}, analysis, tmp_path / "a", P) == 0
    assert read_ready_answer(tmp_path / "a", "01", ALL) is None


def test_a_long_answer_is_left(analysis: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of answers is bounded, and the questions beside a long one are answered."""
    monkeypatch.setattr(answer_writing, "MOST_BYTES", 100)

    assert write_ready_answers({"01": ALL, "02": COUNT}, analysis, tmp_path / "a", P) == 1
    assert read_ready_answer(tmp_path / "a", "01", ALL) is None


def test_a_question_that_takes_long_is_stopped(analysis: Path, tmp_path: Path) -> None:
    """The engine is interrupted, and the question behind it is answered."""
    assert write_ready_answers({"01": BUSY, "02": COUNT}, analysis, tmp_path / "a", P, seconds=0.3) == 1
    assert read_ready_answer(tmp_path / "a", "02", COUNT) is not None


def test_a_name_leads_nowhere_else(analysis: Path, tmp_path: Path) -> None:
    """A name with a slash is none of a question."""
    write_ready_answers({"01": COUNT}, analysis, tmp_path / "a", P)

    assert read_ready_answer(tmp_path / "a" / "b", "../01", COUNT) is None
