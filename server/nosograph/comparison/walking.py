"""Finds what differs between two files of sorted N-Quads, a resource at a time.

Both files are sorted, so what is equal is long stretches of equal bytes at changing distances, which are compared
whole. Only where they differ are lines read. So the time depends on the size of the files at the speed of memory and
on the number of the differences, and memory holds the lines of one resource.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nosograph.errors import Location, ReleaseError
from nosograph.rdf.names import Base
from nosograph.vocabulary.terms import FACT_KIND

_FIRST_STRETCH: Final = 1 << 8
_LONGEST_STRETCH: Final = 1 << 20

Data = mmap.mmap | bytes


@dataclass(frozen=True)
class ChangedResource:
    """A resource about which two releases do not say the same; a fact comes with its evidence.

    Attributes:
        key: what its lines begin with, by which resources are in order.
        before: its lines in the older release, sorted; none where that does not have it.
        after: its lines in the newer release.
    """

    key: bytes
    before: tuple[bytes, ...]
    after: tuple[bytes, ...]

    @property
    def removed(self) -> list[bytes]:
        """The lines that only the older release has."""
        known = frozenset(self.after)
        return [line for line in self.before if line not in known]

    @property
    def added(self) -> list[bytes]:
        """The lines that only the newer release has."""
        known = frozenset(self.before)
        return [line for line in self.after if line not in known]


def resource_keys(base: Base) -> Callable[[bytes], bytes]:
    """Return what gives the key of a line: its subject, and for evidence and its fact the same beginning."""
    of_fact = re.compile(re.escape(f"<{base.iri}{FACT_KIND}/".encode()) + rb"[0-9a-f]{16}(?=[/>])")

    def key(line: bytes) -> bytes:
        subject = line[: line.index(b" ")]
        fact = of_fact.match(subject)
        return fact[0] if fact else subject

    return key


def changed_resources(old: Path, new: Path, base: Base) -> Iterator[ChangedResource]:
    """Return the resources of which two files of sorted N-Quads do not say the same, in order.

    Raises:
        ReleaseError: a file cannot be read.
    """
    with ExitStack() as files:
        older, newer = (_File(_mapped(path, files), resource_keys(base)) for path in (old, new))
        while not (older.ended and newer.ended):
            _pass_over_equal(older, newer)
            before, after = older.key, newer.key
            if before is None and after is None:
                return
            lines_before = older.take() if before is not None and (after is None or before <= after) else ()
            lines_after = newer.take() if after is not None and (before is None or after <= before) else ()
            if lines_before != lines_after:
                key = before if lines_before else after
                assert key is not None
                yield ChangedResource(key, lines_before, lines_after)


class _File:
    """A file and a position in it, which is the beginning of a line."""

    def __init__(self, data: Data, key_of: Callable[[bytes], bytes]) -> None:
        self.data = data
        self.position = 0
        self._key_of = key_of

    @property
    def ended(self) -> bool:
        return self.position >= len(self.data)

    @property
    def key(self) -> bytes | None:
        """The key of the line at the position; None at the end."""
        return None if self.ended else self._key_of(self._line(self.position))

    def key_before(self, start: int) -> tuple[bytes, int] | None:
        """Return key and position of the line before the position, if it is not before ``start``."""
        if self.position <= start:
            return None
        begin = max(self.data.rfind(b"\n", start, self.position - 1) + 1, start)
        return self._key_of(self._line(begin)), begin

    def take(self) -> tuple[bytes, ...]:
        """Return the lines of the resource at the position, and go on to the next one."""
        lines = []
        key = self.key
        while key is not None and self.key == key:
            line = self._line(self.position)
            lines.append(line)
            self.position += len(line)
        return tuple(lines)

    def _line(self, position: int) -> bytes:
        end = self.data.find(b"\n", position) + 1
        return self.data[position : end or len(self.data)]


def _pass_over_equal(older: _File, newer: _File) -> None:
    """Go on in both files to the first resource of which they do not say the same; both stand before a resource."""
    start, distance = older.position, newer.position - older.position
    equal = _equal_bytes(older.data, older.position, newer.data, newer.position)
    last = older.data.rfind(b"\n", start, start + equal) + 1
    older.position = max(last, start)
    newer.position = older.position + distance
    differing = {older.key, newer.key}
    while (line := older.key_before(start)) is not None and line[0] in differing:
        older.position = line[1]
        newer.position = older.position + distance


def _equal_bytes(first: Data, at: int, second: Data, there: int) -> int:
    """Return how many bytes are equal from a position in one file and one in another on."""
    length = min(len(first) - at, len(second) - there)
    equal, stretch = 0, _FIRST_STRETCH
    while equal < length:
        size = min(stretch, length - equal)
        one = first[at + equal : at + equal + size]
        other = second[there + equal : there + equal + size]
        if one != other:
            return equal + _first_difference(one, other)
        equal += size
        stretch = min(stretch * 2, _LONGEST_STRETCH)
    return equal


def _first_difference(one: bytes, other: bytes) -> int:
    low, high = 0, len(one)  # the first `low` bytes are equal, the first `high` are not
    while high - low > 1:
        middle = (low + high) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle
    return low


def _mapped(path: Path, files: ExitStack) -> Data:
    try:
        if not path.stat().st_size:  # an empty file cannot be mapped
            return b""
        stream = files.enter_context(path.open("rb"))
        return files.enter_context(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        raise ReleaseError(f"The dump cannot be read: {error.strerror}.", location=Location(str(path))) from error
