"""A file that comes in parts is continued, and one that never comes is given up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from nosograph.distribution.fetching import ATTEMPTS, Fetcher
from nosograph.distribution.sources import SourceFailed
from nosograph.release.manifest import ReleaseFile

CONTENT = bytes(range(256)) * 16_384  # 4 MiB


@dataclass
class Part:
    """What comes of a file: it begins somewhere, and breaks off."""

    start: int
    left: bytes
    tag: str = "x"

    def read(self, size: int) -> bytes:
        """Return the next bytes, and nothing after the last."""
        found, self.left = self.left[:size], self.left[size:]
        return found


@dataclass
class BreakingSource:
    """A publisher who breaks off.

    Attributes:
        lengths: how many bytes each answer has, again and again.
        resumes: whether it goes on where it was asked to.
        asked: how often it was asked.
    """

    lengths: tuple[int, ...]
    resumes: bool
    address: str = "https://example.org/"
    asked: int = field(default=0)

    @contextmanager
    def open(self, name: str, *, start: int, tag: str, size: int) -> Iterator[Any]:
        """Answer with some bytes."""
        begin = start if self.resumes else 0
        length = self.lengths[self.asked % len(self.lengths)]
        self.asked += 1
        assert self.asked < 100, "this never ends"
        yield Part(begin, CONTENT[begin : begin + length])


def fetch(source: BreakingSource, folder: Path) -> bytes:
    """Fetch the file, and return what came."""
    file = ReleaseFile("a.nq", len(CONTENT), hashlib.sha256(CONTENT).hexdigest(), "application/n-quads", None)
    Fetcher(source, folder, lambda seconds: None, lambda count: None).fetch("a.nq", file, folder / "a.nq")  # type: ignore[arg-type]
    return (folder / "a.nq").read_bytes()


def test_who_brings_some_each_time_is_asked_on(tmp_path: Path) -> None:
    """More attempts than are made in vain, each of which brought a megabyte."""
    source = BreakingSource((1_100_000, 0), resumes=True)

    assert fetch(source, tmp_path) == CONTENT
    assert source.asked > ATTEMPTS


@pytest.mark.parametrize("lengths", [(1_100_000, 0), (1_100_000,), (0,)])
def test_who_begins_anew_each_time_is_left(tmp_path: Path, lengths: tuple[int, ...]) -> None:
    """Bytes that came before count once, so an endless beginning ends."""
    source = BreakingSource(lengths, resumes=False)

    with pytest.raises(SourceFailed, match="broke off"):
        fetch(source, tmp_path)

    assert source.asked <= 2 * ATTEMPTS
