"""Published questions: SPARQL files whose leading comment holds the question in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from nosograph.errors import InputError, Location
from nosograph.facts.knowledge import Question
from nosograph.rdf.names import DEFAULT_BASE, Base


def read_questions(folder: Path, root: Path, base: Base) -> Iterator[Question]:
    """Return the questions of a folder in the order of their names, their IRIs moved below the base.

    A file starts with ``# Question:`` and one line in plain words, then comment lines that describe the answer.

    Raises:
        InputError: a file lacks that head.
    """
    for path in sorted(folder.glob("*.rq")):
        text = path.read_text(encoding="utf-8")
        head = re.match(r"# Question: (?P<title>.+)\n(?P<rest>(?:#.*\n)*)", text)
        if head is None:
            raise InputError(
                "The file does not start with the question in plain words.",
                location=Location(path.relative_to(root).as_posix(), 1),
                hint="Make its first line '# Question: …?', and describe the answer in the comment lines below it.",
            )
        description = " ".join(line.lstrip("# ").rstrip() for line in head["rest"].splitlines() if line.strip("# "))
        query = re.sub(rf"<({re.escape(DEFAULT_BASE)}[^>]*)>", lambda match: f"<{base.rebase(match[1])}>", text)
        yield Question(path.stem, head["title"].strip(), description, query)
