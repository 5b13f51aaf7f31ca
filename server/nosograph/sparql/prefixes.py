"""Declares known prefixes for a query that uses them without declaring them."""

from __future__ import annotations

from collections.abc import Mapping

from nosograph.sparql.names import names


def declarations(text: str, known: Mapping[str, str]) -> str:
    """Return PREFIX declarations, on one line, for the known prefixes that a query uses without declaring them."""
    lacking = {name.prefix for name in names(text) if name.prefix is not None and name.iri is None}
    return "".join(f"PREFIX {prefix}: <{known[prefix]}> " for prefix in sorted(lacking & known.keys()))
