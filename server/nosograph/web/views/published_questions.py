"""The published questions of a release: each in plain words, with its query."""

from __future__ import annotations

from nosograph.release.opening import Release
from nosograph.sparql.questions import Question, read_question


def read_questions(release: Release) -> tuple[Question, ...]:
    """Return the questions of a release in the order of their names; one without a head is titled by its name."""
    found = []
    for path in release.questions:
        text = release.read(f"questions/{path.name}").decode()
        found.append(read_question(path.stem, text) or Question(path.stem, path.stem.replace("-", " "), "", text))
    return tuple(found)
