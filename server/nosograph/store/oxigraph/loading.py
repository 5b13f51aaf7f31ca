"""Loads the store of a release: every quad in its named graph, and each triple once more in the default graph.

The engine does not remove duplicates where it makes the union of the named graphs itself (upstream issue 1919), so a
triple of two graphs would count twice. A default graph that holds the union answers right, and faster.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, Store

from nosograph.rdf.lines import line_stream, with_union_lines

LOAD_LINES: Final = 500_000
"""Lines that the engine is given at once: it takes about a gigabyte of memory for each million."""


def write_store(lines: Iterable[bytes], folder: Path) -> int:
    """Write the store of sorted N-Quads lines into a folder that is not there, and return how many quads it holds.

    That number is the quads of the named graphs and the distinct triples of their union together.

    Raises:
        OSError: the store cannot be written.
        SyntaxError: a line is not N-Quads.
    """
    store = Store(str(folder))
    stored = with_union_lines(lines)
    while first := next(stored, None):
        store.bulk_load(line_stream(chain((first,), islice(stored, LOAD_LINES - 1))), RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    return len(store)
