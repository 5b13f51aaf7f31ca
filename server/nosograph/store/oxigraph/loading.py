"""Loads a store with every quad in its named graph and each triple once more in the default graph; reads it back.

The engine does not remove duplicates where it makes the union of the named graphs itself (upstream issue 1919), so a
triple of two graphs would count twice. A default graph that holds the union answers right, and faster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, Store

from nosograph.rdf.line_comparison import compare_lines, fingerprint, sorted_lines
from nosograph.rdf.lines import counted_lines, line_stream, read_lines, with_union_lines

LOAD_LINES: Final = 500_000
"""Lines that the engine is given at once: it takes about a gigabyte of memory for each million."""

_HINT: Final = "Write the literal as the store keeps it: canonical numbers and dates, lower-case language tags."


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


def check_store(quads: Path, folder: Path, work: Path, report: Callable[[int], None]) -> None:
    """Check that a store holds exactly some quads, and their union in its default graph: what is dumped is queried.

    Args:
        quads: their sorted N-Quads.
        folder: the store.
        work: a folder that takes what is only needed meanwhile.
        report: called now and then with the number of quads that are done.

    Raises:
        ReleaseError: it does not; the error shows the first quad that differs.
    """
    stored = work / "stored.nq"
    Store.read_only(str(folder)).dump(str(stored), RdfFormat.N_QUADS)
    if fingerprint(read_lines(stored)) != fingerprint(with_union_lines(counted_lines(read_lines(quads), report))):
        compare_lines(sorted_lines(read_lines(stored), work), with_union_lines(read_lines(quads)), folder, _HINT)
    stored.unlink()
