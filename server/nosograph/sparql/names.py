"""Finds from the tokens of a query which names it uses, and bounds the rows of its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from nosograph.sparql.lexing import Kind, tokens

_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Name:
    """A prefixed name or an IRI in a query.

    Attributes:
        start: offset of its first character.
        end: offset behind its last one.
        text: how it is written.
        prefix: its prefix; None for an IRI in angle brackets.
        iri: the IRI that it stands for; None where its prefix is not declared.
    """

    start: int
    end: int
    text: str
    prefix: str | None
    iri: str | None


def names(text: str) -> Iterator[Name]:
    """Return the names of a query in their order; those of its prologue are no names (SPARQL 1.1 Query §4.1.1)."""
    declared: dict[str, str] = {}
    stream = tokens(text)
    for token in stream:
        word = text[token.start : token.end]
        if token.kind is Kind.WORD and word.upper() == "PREFIX":
            name, iri = next(stream, None), next(stream, None)
            if name and iri and name.kind is Kind.NAME and iri.kind is Kind.IRI:
                declared[text[name.start : name.end - 1]] = text[iri.start + 1 : iri.end - 1]
        elif token.kind is Kind.WORD and word.upper() == "BASE":
            next(stream, None)
        elif token.kind is Kind.IRI:
            yield Name(token.start, token.end, word, None, word[1:-1])
        elif token.kind is Kind.NAME:
            prefix, _, local = word.partition(":")
            start = declared.get(prefix)
            yield Name(token.start, token.end, word, prefix, None if start is None else start + _unescape(local))


def _unescape(local: str) -> str:
    return _ESCAPE.sub(r"\1", local)


def limit_rows(text: str, most: int) -> str | None:
    """Return a query with a LIMIT behind it; None where it has one of its own, or data that would stand before it."""
    depth = 0
    for token in tokens(text):
        word = text[token.start : token.end].upper()
        depth += (word == "{") - (word == "}")
        if depth == 0 and token.kind is Kind.WORD and word in ("LIMIT", "VALUES"):
            return None
    return f"{text.rstrip()}\nLIMIT {most}"
