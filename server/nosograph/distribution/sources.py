"""What a mirror reads from: a folder of releases, wherever it is, by the names of its files.

A publisher's site has the same files below ``/dumps/`` as the folder has, so one layout serves all.
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from nosograph.errors import Location, ReleaseError


class SourceMissing(ReleaseError):
    """The publisher has no such file, or no longer."""


class SourceFailed(ReleaseError):
    """The publisher could not be asked, or broke off; asking again may help."""


class Content(Protocol):
    """A file of a publisher while it is read, from some byte to its end.

    Attributes:
        start: the first byte that ``read`` returns; 0 where the publisher does not send parts of this file.
        tag: what the publisher calls this state of the file, or nothing.
    """

    start: int
    tag: str

    def read(self, size: int) -> bytes:
        """Return the next bytes, at most that many; none at the end.

        Raises:
            SourceFailed: the publisher broke off.
        """

    def __enter__(self) -> Self:
        """Return the content."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""


class ReleaseSource(Protocol):
    """A folder of releases."""

    @property
    def address(self) -> str:
        """The address of the folder, with a slash at its end."""

    def open(self, name: str, *, start: int = 0, tag: str = "", size: int = 0) -> Content:
        """Return a file from some byte on, or from the beginning where it is no longer the one that the tag names.

        Args:
            name: path below the folder, with forward slashes.
            start: the first byte that is wanted.
            tag: the tag of the file whose first bytes are there already.
            size: bytes that are expected, by which the time is bounded.

        Raises:
            SourceMissing: there is no such file.
            SourceFailed: it cannot be asked for now.
            ReleaseError: the answer cannot be used.
        """


def read_small(source: ReleaseSource, name: str, most: int) -> bytes:
    """Return a whole small file.

    Raises:
        ReleaseError: as ``ReleaseSource.open``; or the file has more bytes than it may.
    """
    parts: list[bytes] = []
    left = most + 1
    with source.open(name, size=most) as content:
        while left and (part := content.read(left)):
            parts.append(part)
            left -= len(part)
    if not left:
        raise ReleaseError(
            f"The file has more than {most} bytes.",
            location=Location(source.address + name),
            hint="Tell its publisher; files of this kind are small.",
        )
    return b"".join(parts)


def read_optional(source: ReleaseSource, name: str, most: int) -> bytes | None:
    """Return a whole small file, or None where the publisher has none; raises what else ``read_small`` does."""
    try:
        return read_small(source, name, most)
    except SourceMissing:
        return None
