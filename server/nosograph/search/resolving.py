"""Foreign codes in bulk: which resources have them, and which texts are no codes at all."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from nosograph.search.code_systems import find_code
from nosograph.search.codes import fold_code, names_a_code, readings
from nosograph.search.matching import EXACT

LONGEST_CODE: Final = 500
"""Characters of a code or an IRI."""

_CURIE: Final = re.compile(r"[^\W\d][\w.-]*:[^\s:]+\Z")
_IRI: Final = re.compile(r'[a-z][a-z\d+.-]*:[^\s<>"{}|\\^`]+\Z')


class CodeStatus(StrEnum):
    """What was found for a code."""

    EXACT = "exact"
    """One resource is an exact match of it, or has it as its IRI."""
    CHOICES = "choices"
    """Several resources are exact matches, or some match in another way."""
    UNKNOWN = "unknown"
    """It is a code or an IRI, and no resource has it."""
    MALFORMED = "malformed"
    """It is neither a code nor an IRI."""


@dataclass(frozen=True)
class CodeMatch:
    """A resource that has a code.

    Attributes:
        iri: its IRI.
        kind: path segment of its class, or ``term``.
        label: its label.
        code: IRI of the code; its own where that was asked for.
        relation: how it is mapped to the code, as the local name of a SKOS property; empty for its own IRI.
    """

    iri: str
    kind: str
    label: str
    code: str
    relation: str

    @property
    def is_exact(self) -> bool:
        """Whether it is what the code stands for."""
        return self.relation in ("", EXACT)


@dataclass(frozen=True)
class Resolution:
    """What a code leads to.

    Attributes:
        text: the code as it was asked for.
        status: what was found.
        matches: the resources that have it, exact matches first.
        problem: what is wrong with it, where it is malformed; or what is known of it, where no resource has it.
    """

    text: str
    status: CodeStatus
    matches: tuple[CodeMatch, ...] = ()
    problem: str = ""

    @property
    def exact(self) -> CodeMatch | None:
        """The one resource that it stands for, or None."""
        return next(match for match in self.matches if match.is_exact) if self.status is CodeStatus.EXACT else None


def resolve(database: sqlite3.Connection, texts: Iterable[str]) -> dict[str, Resolution]:
    """Return what each of some texts leads to as a code in any notation, or as the IRI of a resource.

    Only what is mapped to the code itself counts, not what has a part of it or the code that it is a part of.
    """
    wanted = dict.fromkeys(texts)
    keys = {text: _keys(text) for text in wanted}
    by_iri = _with_iri(database, {text.strip().strip("<>") for text in wanted})
    by_key = _with_key(database, {key for found in keys.values() for key in found})
    return {
        text: _resolution(
            text,
            by_iri.get(text.strip().strip("<>")) or next((by_key[key] for key in keys[text] if key in by_key), ()),
        )
        for text in wanted
    }


def _keys(text: str) -> tuple[str, ...]:
    """Return the normal forms that a text may have in the index; the end of an address must name its system."""
    if len(text) > LONGEST_CODE:
        return ()
    found = readings(text)
    return tuple(key for key in found if "://" in key or "://" not in text or names_a_code(key))


def _resolution(text: str, matches: tuple[CodeMatch, ...]) -> Resolution:
    if matches:
        exact = {match.iri for match in matches if match.is_exact}
        return Resolution(text, CodeStatus.EXACT if len(exact) == 1 else CodeStatus.CHOICES, matches)
    problem = _problem(text)
    if problem:
        return Resolution(text, CodeStatus.MALFORMED, problem=problem)
    return Resolution(text, CodeStatus.UNKNOWN, problem="No resource of this release has this code.")


def _problem(text: str) -> str:
    """Return what is wrong with a text that is to be a code or an IRI; empty for nothing."""
    plain = fold_code(text)
    if not plain:
        return "The code is empty."
    if len(text) > LONGEST_CODE:
        return f"A code has {LONGEST_CODE} characters at most, this one has {len(text)}."
    if not plain.isprintable():
        return "A code has no control characters."
    code = find_code(plain)
    if code is not None and not code.is_valid and not names_a_code(plain):
        looks = f"look like {code.pattern}" if code.pattern else "are shorter"
        return f"The codes of the system {code.system} {looks}."
    if code is None and not (names_a_code(plain) or _IRI.match(plain) or _CURIE.match(plain)):
        return "This is no IRI, and no CURIE or code with the name of its system before it."
    return ""


def _with_iri(database: sqlite3.Connection, iris: Iterable[str]) -> dict[str, tuple[CodeMatch, ...]]:
    rows = database.execute(
        "SELECT t.iri, t.kind, t.label FROM json_each(?) AS wanted JOIN things AS t ON t.iri = wanted.value",
        (json.dumps(sorted(iris)),),
    )
    return {iri: (CodeMatch(iri, kind, label, iri, ""),) for iri, kind, label in rows}


def _with_key(database: sqlite3.Connection, keys: Iterable[str]) -> dict[str, tuple[CodeMatch, ...]]:
    rows = database.execute(
        "SELECT c.code, t.iri, t.kind, t.label, c.iri, c.relation FROM json_each(?) AS wanted"
        " JOIN codes AS c ON c.code = wanted.value JOIN things AS t ON t.id = c.thing"
        " ORDER BY c.relation <> ?, c.relation, t.label, t.id, c.iri",
        (json.dumps(sorted(keys)), EXACT),
    )
    found: dict[str, list[CodeMatch]] = {}
    for key, *values in rows:
        found.setdefault(key, []).append(CodeMatch(*values))
    return {key: tuple(matches) for key, matches in found.items()}
