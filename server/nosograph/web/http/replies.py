"""A response as a value, before any server sends it: status, header fields, content in memory or in a file."""

from __future__ import annotations

import contextlib
import os
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from http import HTTPStatus
from typing import IO, Final

from werkzeug.datastructures import Headers

Fields = Headers | dict[str, str]
"""Header fields: as a dictionary where all names are written alike and none comes twice, which is much quicker."""

IN_MEMORY: Final = 256 * 1024
"""Bytes of a response that wait in memory for a client; what is larger waits in a file, or counts as held."""

_BLOCK: Final = 64 * 1024


class FileContent:
    """The body of a response, which lies in files: reading it never waits for more than a disk.

    Args:
        blocks: reads the content in blocks.
        length: bytes in all.
        close: lets go of the files; called at most once.
    """

    def __init__(self, blocks: Iterable[bytes], length: int, close: Callable[[], None] = lambda: None) -> None:
        self._blocks = blocks
        self._close: Callable[[], None] | None = close
        self.length = length

    def __iter__(self) -> Iterator[bytes]:
        """Return the content in blocks; once."""
        return iter(self._blocks)

    def close(self) -> None:
        """Let go of the files; may be called twice."""
        close, self._close = self._close, None
        if close is not None:
            close()


class SharedContent:
    """Content that several responses send, each from its beginning; its file ends with the last of them.

    Args:
        content: what is copied to the file, and closed.
    """

    def __init__(self, content: FileContent) -> None:
        file = tempfile.TemporaryFile()  # noqa: SIM115
        weakref.finalize(self, file.close)
        self._file = file
        self._length = content.length
        with contextlib.closing(content):
            for block in content:
                file.write(block)
        file.flush()

    def open(self) -> FileContent:
        """Return the content for one response."""
        return FileContent(self._blocks(), self._length)

    def _blocks(self) -> Iterator[bytes]:
        position = 0
        while block := os.pread(self._file.fileno(), _BLOCK, position):
            position += len(block)
            yield block


def spooled(content: bytes) -> FileContent:
    """Return content in a temporary file."""
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    file.write(content)
    return from_spool(file)


def from_spool(file: IO[bytes]) -> FileContent:
    """Return what has been written to a temporary file, which ends with it."""
    length = file.tell()
    file.seek(0)
    return FileContent(iter(lambda: file.read(_BLOCK), b""), length, file.close)


@dataclass
class Reply:
    """A response that is complete.

    Attributes:
        status: the status code.
        headers: the header fields.
        content: the body.
    """

    status: int
    headers: Fields = field(default_factory=dict)
    content: bytes | FileContent = b""

    @property
    def length(self) -> int:
        """Bytes of the body."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.length

    def close(self) -> None:
        """Let go of what the body lies in."""
        if isinstance(self.content, FileContent):
            self.content.close()


@lru_cache(maxsize=128)
def status_line(status: int) -> str:
    """Return a status as WSGI and HTTP write it: the code and its phrase."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"


def add_vary(headers: Fields, name: str) -> None:
    """Add a header field of the request to those on which the response depends (RFC 9110 §12.5.5)."""
    headers["Vary"] = _with_name(headers.get("Vary", ""), name)


@lru_cache(maxsize=128)
def _with_name(named: str, name: str) -> str:
    if name.lower() in (part.strip().lower() for part in named.split(",")):
        return named
    return f"{named}, {name}" if named else name


def encode_head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """Return the status line and header fields as HTTP/1.1 sends them, without the empty line at the end."""
    fields = "".join([f"{name}: {value}\r\n" for name, value in headers])
    return f"HTTP/1.1 {status_line(status)}\r\n{fields}".encode("latin-1")
