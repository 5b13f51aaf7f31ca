"""The published questions of the data folder, their IRIs moved below the base."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nosograph.errors import InputError, Location
from nosograph.facts.asset_files import find_files, read_text
from nosograph.rdf.names import DEFAULT_BASE, Base
from nosograph.sparql.questions import Question, read_question


def read_questions(folder: Path, root: Path, base: Base) -> Iterator[Question]:
    """Return the questions of a folder in the order of their paths, their IRIs moved below the base.

    Raises:
        InputError: a file cannot be read, does not begin with the question in plain words, or has the name of another.
    """
    seen: dict[str, str] = {}
    for path in find_files(folder, ".rq"):
        name = path.relative_to(root).as_posix()
        text = re.sub(
            rf"<({re.escape(DEFAULT_BASE)}[^>]*)>", lambda match: f"<{base.rebase(match[1])}>", read_text(path, name)
        )
        question = read_question(path.stem, text)
        if question is None:
            raise InputError(
                "The file does not start with the question in plain words.",
                location=Location(name, 1),
                hint="Make its first line '# Question: …?', and describe the answer in the comment lines below it.",
            )
        if question.name in seen:
            raise InputError(
                f"The question has the name of {seen[question.name]}.",
                location=Location(name),
                hint="Rename one of the two: a question is published under the name of its file.",
            )
        seen[question.name] = name
        yield question
