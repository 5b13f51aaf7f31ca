"""Letter case in SQL and in the store, compared for all of Unicode."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import duckdb
import pytest
from pyoxigraph import Literal, QuerySolutions, Store

from nosograph.analysis.casing import LOWER_DIFFERS, UPPER_DIFFERS

SEPARATOR = "\x1f"
CHARACTERS = [
    chr(code) for code in range(1, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF and chr(code) != SEPARATOR
]


def in_store(function: str) -> Iterator[str]:
    """Return what a function of the store makes of each character."""
    for start in range(0, len(CHARACTERS), 5000):
        text = Literal(SEPARATOR.join(CHARACTERS[start : start + 5000]))
        solutions = Store().query(f"SELECT ({function}({text}) AS ?x) {{}}")
        assert isinstance(solutions, QuerySolutions)
        yield from next(solutions)["x"].value.split(SEPARATOR)


@pytest.mark.parametrize(("function", "differs"), [("LCASE", LOWER_DIFFERS), ("UCASE", UPPER_DIFFERS)])
def test_every_character_that_differs_is_known(function: str, differs: str) -> None:
    """A character of which the two make another one matches the pattern that keeps it from being translated."""
    name = {"LCASE": "lower", "UCASE": "upper"}[function]
    rows = duckdb.sql(
        f"SELECT {name}(c), regexp_matches(c, '{differs}') FROM (SELECT unnest($1) c)", params=[CHARACTERS]
    )

    missed = [
        f"U+{ord(character):04X}"
        for character, (sql, known), store in zip(CHARACTERS, rows.fetchall(), in_store(function), strict=True)
        if sql != store and not known
    ]

    assert missed == []


def test_the_sigma_at_the_end_of_a_word_is_known() -> None:
    """The lower case of a sigma depends on what follows, which a comparison of single characters cannot see."""
    assert duckdb.sql(f"SELECT regexp_matches('ΟΔΟΣ', '{LOWER_DIFFERS}')").fetchall() == [(True,)]
