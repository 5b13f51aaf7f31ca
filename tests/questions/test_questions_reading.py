"""A published question is read by one rule, from the data folder and from a release."""

from __future__ import annotations

import pytest

from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.release.opening import Release
from nosograph.sparql.questions import read_question
from nosograph.web.views.published_questions import read_questions


def test_site_shows_the_questions_that_were_curated(knowledge: KnowledgeGraph, release: Release) -> None:
    """Title, description and query of a question on the site are those of its file."""
    shown = read_questions(release)

    assert [(q.name, q.title, q.description, q.query) for q in shown] == [
        (q.name, q.title, q.description, q.query) for q in knowledge.questions
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_question_is_the_first_line_and_its_description_follows(end: str) -> None:
    """The comment lines after the question describe the answer; empty ones and the query are no part of it."""
    lines = ["# Question: What is it? ", "# One", "#", "# two.", "ASK {}", "# three"]

    question = read_question("01-q", end.join(lines))

    assert question is not None
    assert (question.title, question.description) == ("What is it?", "One two.")


def test_query_without_a_question_is_none() -> None:
    """A text whose first line says nothing in plain words is no published question."""
    assert read_question("01-q", "ASK {}\n# Question: late\n") is None
