"""The form of a query is the same whether it is seen at a glance or read token by token."""

from __future__ import annotations

import pytest

from nosograph.errors import QuerySyntaxError
from nosograph.sparql.form import query_form


def form_of(text: str) -> str:
    """Return the form of a query, or that it has none."""
    try:
        return query_form(text)
    except QuerySyntaxError:
        return "none"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * {}", "SELECT"),
        (" \t\r\nASK{}", "ASK"),
        ("PREFIX a: <http://a/> PREFIX b-c: <http://b/>\nCONSTRUCT { } WHERE { }", "CONSTRUCT"),
        ("PREFIX a:<http://a/>DESCRIBE ?x {}", "DESCRIBE"),
        ("PREFIX SELECT: <http://a/> ASK {}", "ASK"),
        ("PREFIX a.b: <http://a/> ASK {}", "ASK"),
        ("BASE <http://a/> SELECT * {}", "SELECT"),
        ("select * {}", "SELECT"),
        ("PREFIX a: <http://a/> SELECTED ?x {}", "none"),
        ("PREFIX a: <http://a b/> ASK {}", "none"),
        ("SELECT:a", "none"),
        ("INSERT DATA {}", "none"),
    ],
)
def test_a_form_is_seen_at_a_glance_or_read(text: str, form: str) -> None:
    """A comment keeps a text from being recognised at a glance, and changes nothing else."""
    assert form_of(text) == form_of(f"#\n{text}") == form
