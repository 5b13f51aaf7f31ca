"""Asks the store's engine, with known prefixes declared where a query lacks one, or only whether it parses a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyoxigraph

UNDECLARED: Final = "Prefix not found"
"""What the engine says of a prefix that is not declared."""

_NOTHING: Final = pyoxigraph.Literal("")


def ask_engine(store: pyoxigraph.Store, text: str, prefixes: Mapping[str, str], **options: Any) -> Any:
    """Return the engine's result of a query; a prefix that is neither declared nor known is its syntax error.

    Declaring all prefixes takes the engine longer than a look-up, so that is done for queries alone that need it.
    """
    try:
        return store.query(text, **options)
    except SyntaxError as error:
        if UNDECLARED not in str(error):
            raise
    return store.query(text, prefixes=dict(prefixes), **options)


def refusal(store: pyoxigraph.Store, text: str, base: str | None, prefixes: Mapping[str, str]) -> str:
    """Return the engine's message about a text that does not parse, or nothing; no query is evaluated.

    A value for a variable that the query does not select makes the engine stop before it evaluates anything: that is
    how it keeps the rules for substitutions (RDF-dev SEP-0007). Nothing else in its interface only parses.

    Args:
        store: any store.
        text: the query.
        base: IRI against which relative IRIs are resolved.
        prefixes: prefixes that the query need not declare.
    """
    absent = "absent"
    while absent in text:
        absent += "_"
    try:
        ask_engine(store, text, prefixes, base_iri=base, substitutions={pyoxigraph.Variable(absent): _NOTHING})
    except SyntaxError as error:
        return str(error)
    except (RuntimeError, ValueError):
        pass
    return ""
