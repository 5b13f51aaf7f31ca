"""Compares lines of N-Quads that were read back with those that were meant, without holding either in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import zip_longest
from pathlib import Path

from nosograph.errors import Location, ReleaseError
from nosograph.rdf.sorting import LineSorter


def fingerprint(lines: Iterable[bytes]) -> tuple[int, int]:
    """Return what two runs of the same lines have in common whatever their order, and two others hardly ever.

    It is their number, and the sum of their hashes of 64 bits, which Python draws anew for each process (SipHash).
    """
    number = total = 0
    for number, value in enumerate(map(hash, lines), 1):  # noqa: B007
        total += value
    return number, total


def sorted_lines(lines: Iterable[bytes], work: Path) -> Iterator[bytes]:
    """Return distinct lines in byte order; the folder ``work`` takes what memory does not."""
    sorter = LineSorter(work)
    sorter.add_all(lines)
    return iter(sorter)


def compare_lines(found: Iterable[bytes], expected: Iterable[bytes], location: Path, hint: str) -> None:
    """Check that lines are those that were meant, in the same order.

    Raises:
        ReleaseError: they are not; the error shows the first that differs.
    """
    for got, wanted in zip_longest(found, expected):
        if got != wanted:
            raise ReleaseError(
                f"What was written does not read back as what was meant: found {_shown(got)}, "
                f"expected {_shown(wanted)}.",
                location=Location(str(location)),
                hint=hint,
            )


def _shown(line: bytes | None) -> str:
    return "nothing more" if line is None else line.decode().strip()[:400]
