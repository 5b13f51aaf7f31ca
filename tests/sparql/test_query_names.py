"""Names and prefixes of a query are told by its tokens, and a query is completed without being parsed."""

from __future__ import annotations

import pytest

from nosograph.sparql.names import limit_rows, names

KNOWN = {"a": "http://a.example/", "b": "http://b.example/#"}


def test_names_are_expanded_by_the_prologue() -> None:
    """IRIs in brackets and prefixed names have their IRI; a name without a declaration has none."""
    text = "BASE <http://base/> PREFIX a: <http://x/> SELECT * { a:one\\-two <http://y/> b:three 'a:no' } # a:comment"

    found = [(name.text, name.prefix, name.iri) for name in names(text)]

    assert found == [
        ("a:one\\-two", "a", "http://x/one-two"),
        ("<http://y/>", None, "http://y/"),
        ("b:three", "b", None),
    ]


def test_offsets_are_those_of_the_text() -> None:
    """A name is found again by its offsets, behind characters of every width too."""
    text = "SELECT * { ?s a:x '😀é' ; b:y ?o }"

    assert [text[name.start : name.end] for name in names(text)] == ["a:x", "b:y"]


@pytest.mark.parametrize(
    ("text", "limited"),
    [
        ("SELECT * {?s ?p ?o} # all", "SELECT * {?s ?p ?o} # all\nLIMIT 5"),
        ("SELECT * {{SELECT * {?s ?p ?o} LIMIT 1}}", "SELECT * {{SELECT * {?s ?p ?o} LIMIT 1}}\nLIMIT 5"),
        ("SELECT * {?s ?p 'LIMIT'} OFFSET 2 ", "SELECT * {?s ?p 'LIMIT'} OFFSET 2\nLIMIT 5"),
        ("SELECT * {?s ?p ?o} LIMIT 9", None),
        ("SELECT * {?s ?p ?o} VALUES ?s { 1 }", None),
    ],
)
def test_a_limit_is_added_where_it_can_stand(text: str, limited: str | None) -> None:
    """A limit within a part of the query, a string or a comment is none of the whole."""
    assert limit_rows(text, 5) == limited
