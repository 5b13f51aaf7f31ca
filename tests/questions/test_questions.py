"""The published questions get their known answers, asked over HTTP as a researcher would."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from SPARQLWrapper import JSON, POST, SPARQLWrapper

import vocabularies
from nosograph.facts.knowledge import KnowledgeGraph

ANSWERS = Path(__file__).parent / "answers"
NAMES = [path.stem for path in sorted((Path(__file__).parent.parent.parent / "data" / "questions").glob("*.rq"))]


def shorten(term: dict[str, str] | None) -> str:
    """Return a term as the answers' files hold it: IRIs with their prefix, literals as they are."""
    if term is None:
        return ""
    value = term["value"]
    if term["type"] == "uri":
        prefixes = sorted(vocabularies.base().prefixes().items(), key=lambda pair: -len(pair[1]))
        for prefix, namespace in prefixes:
            if value.startswith(namespace):
                return f"{prefix}:{value[len(namespace) :]}"
    return value


def ask(endpoint: str, query: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of an answer, asked through SPARQLWrapper."""
    service = SPARQLWrapper(endpoint)
    service.setQuery(query)
    service.setMethod(POST)
    service.setReturnFormat(JSON)
    answer: Any = service.query().convert()
    header = answer["head"]["vars"]
    return header, [[shorten(row.get(name)) for name in header] for row in answer["results"]["bindings"]]


def parts(cell: str) -> list[str]:
    """Return the parts of a cell in one order: that of GROUP_CONCAT is not defined (SPARQL 1.1 Query, 18.5.1.7)."""
    return sorted(cell.split(", "))


def read_answer(name: str) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a known answer."""
    with (ANSWERS / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        header, *rows = csv.reader(stream)
    return header, rows


def test_each_question_has_a_known_answer() -> None:
    """Eighteen questions, each with an answer that was read and found right; no answer without its question."""
    assert len(NAMES) == 18
    assert [path.stem for path in sorted(ANSWERS.glob("*.csv"))] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_question_gets_its_known_answer(site: str, knowledge: KnowledgeGraph, name: str) -> None:
    """The published text, sent as it is, is answered with the same rows in the same order."""
    question = next(entry for entry in knowledge.questions if entry.name == name)

    header, rows = ask(f"{site}sparql", question.query)

    known_header, known_rows = read_answer(name)
    assert header == known_header
    assert [[parts(cell) for cell in row] for row in rows] == [[parts(cell) for cell in row] for row in known_rows]


@pytest.mark.parametrize("name", NAMES)
def test_question_is_explained(knowledge: KnowledgeGraph, name: str) -> None:
    """A question is put in plain words, and what its answer holds is described."""
    question = next(entry for entry in knowledge.questions if entry.name == name)

    assert question.title.endswith("?")
    assert len(question.description) > 40


def test_a_form_inherits_nothing_that_its_own_facts_exclude(site: str, knowledge: KnowledgeGraph) -> None:
    """Asked about the localized form, the third question leaves out what this form is limited from or denies."""
    question = next(entry for entry in knowledge.questions if entry.name == "03-stated-or-inherited")
    query = question.query.replace("condition:systemic-scleroderma", "condition:localized-scleroderma")

    header, rows = ask(f"{site}sparql", query)

    found = {(row[header.index("object")], row[header.index("origin")]) for row in rows}
    excluded = ("structure:internal-organ", "structure:blood-vessel", "structure:lymph-node", "structure:muscle")
    assert not {(term, "inherited") for term in (*excluded, "finding:organ-damage")} & found
    assert ("finding:skin-thickening", "inherited") in found and ("structure:skin", "stated") in found
