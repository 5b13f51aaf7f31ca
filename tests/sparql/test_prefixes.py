"""Known prefixes are declared where a query uses them undeclared."""

from __future__ import annotations

import pytest

from nosograph.sparql.prefixes import declarations

KNOWN = {"a": "http://a.example/", "b": "http://b.example/"}
A, B = "PREFIX a: <http://a.example/> ", "PREFIX b: <http://b.example/> "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * { ?s a:p b:o }", A + B),
        ("SELECT * { ?s b:p c:o }", B),
        ("PREFIX a: <http://own.example/> SELECT * { ?s a:p b:o }", B),
        ("prefix a: <http://own.example/> ASK { ?s a:p 1 }", ""),
        ("ASK { ?s ?p 'a:p' . <a:p> ?p ?a } # b:o", ""),
    ],
)
def test_what_is_used_and_not_declared_is_declared(text: str, expected: str) -> None:
    """The query's own declarations stand, and strings, IRIs, variables and comments use no prefix."""
    assert declarations(text, KNOWN) == expected
