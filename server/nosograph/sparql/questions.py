"""A published question is a SPARQL query whose leading comment holds the question in plain words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_HEAD: Final = re.compile(r"# Question: (?P<title>.+)\r?\n(?P<rest>(?:#.*\n)*)")


@dataclass(frozen=True)
class Question:
    """A published question.

    Attributes:
        name: stem of its file, such as ``01-all-subtypes``.
        title: the question in plain words.
        description: what the answer holds and how to change the question.
        query: the SPARQL query with its comments, as it is published.
    """

    name: str
    title: str
    description: str
    query: str


def read_question(name: str, query: str) -> Question | None:
    """Return the question of a query text, or None where its first line is not ``# Question: …``.

    The comment lines that follow describe the answer.
    """
    head = _HEAD.match(query)
    if head is None:
        return None
    description = " ".join(line.lstrip("# ").rstrip() for line in head["rest"].splitlines() if line.strip("# "))
    return Question(name, head["title"].strip(), description, query)
