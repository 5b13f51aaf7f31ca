"""Writes the triples that a query constructs: a small answer in order, a large one as it comes."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Final

from pyoxigraph import Triple

from nosograph.rdf.formats import Format
from nosograph.rdf.writer import Target, used_prefixes, write_statements

SORTED: Final = 5000
"""Triples up to which an answer is put in order."""


def write_graph_answer(triples: Iterator[Triple], format: Format, target: Target, prefixes: Mapping[str, str]) -> None:
    """Write the triples of an answer.

    Args:
        triples: the triples.
        format: the format.
        target: what takes the document.
        prefixes: prefixes that may be declared; a small answer declares those that it uses.

    Raises:
        InexpressibleError: the format cannot hold them.
    """
    first = list(itertools.islice(triples, SORTED))
    ordered: Iterator[Triple] = itertools.chain(first, triples)
    if len(first) < SORTED:
        # Neighbouring triples of one subject are written as one block, so a small result is put in order.
        first.sort(key=str)
        prefixes, ordered = used_prefixes(first, prefixes), iter(first)
    write_statements(ordered, format, target, prefixes, named=False)
