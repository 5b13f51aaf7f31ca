"""Finds the prefixes that a query uses and declares, from its tokens, and declares known ones for it."""

from __future__ import annotations

from collections.abc import Mapping

from nosograph.sparql.lexing import Kind, tokens


def declarations(text: str, known: Mapping[str, str]) -> str:
    """Return PREFIX declarations, on one line, for the known prefixes that a query uses without declaring them."""
    used: set[str] = set()
    declared: set[str] = set()
    previous = ""
    for token in tokens(text):
        word = text[token.start : token.end]
        if token.kind is Kind.NAME:
            (declared if previous == "PREFIX" else used).add(word.partition(":")[0])
        previous = word.upper() if token.kind is Kind.WORD else ""
    return "".join(f"PREFIX {prefix}: <{known[prefix]}> " for prefix in sorted((used - declared) & known.keys()))
