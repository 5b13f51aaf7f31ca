"""The published questions: each in plain words, with its query and the answer that this release gives."""

from __future__ import annotations

from typing import Final

from nosograph.errors import StoreError
from nosograph.release.opening import Release
from nosograph.sparql.questions import Question, read_question
from nosograph.store.interface import Query, Store
from nosograph.web.views.answers import Table, error_table, read_answer
from nosograph.web.views.facts import Reader

SHOWN_ROWS: Final = 200
"""Rows of an answer that the page of questions shows; the whole answer is a link away."""


def read_questions(release: Release) -> tuple[Question, ...]:
    """Return the questions of a release in the order of their names; one without a head is titled by its name."""
    found = []
    for path in release.questions:
        text = release.read(f"questions/{path.name}").decode()
        found.append(read_question(path.stem, text) or Question(path.stem, path.stem.replace("-", " "), "", text))
    return tuple(found)


def answer(store: Store, reader: Reader, text: str) -> Table:
    """Return the answer to a question as a table; an error is a table too, with what went wrong."""
    try:
        return read_answer(store, reader, Query(text), most=SHOWN_ROWS)
    except StoreError as error:
        return error_table(error)
