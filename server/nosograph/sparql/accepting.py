"""Asks the store's engine whether it parses a text, without evaluating it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyoxigraph

_NOTHING: Final = pyoxigraph.Literal("")


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
    nothing: dict[pyoxigraph.Variable, Any] = {pyoxigraph.Variable(absent): _NOTHING}
    try:
        store.query(text, base_iri=base, prefixes=dict(prefixes), substitutions=nothing)
    except SyntaxError as error:
        return str(error)
    except (RuntimeError, ValueError):
        pass
    return ""
