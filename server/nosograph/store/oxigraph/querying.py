"""Asks the engine, with known prefixes declared where a query uses one that it does not declare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pyoxigraph

UNDECLARED: Final = "Prefix not found"
"""What the engine says of a prefix that is not declared."""


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
