"""Reads a folder of releases on this machine or in a bucket."""

from __future__ import annotations

from types import TracebackType
from typing import IO, Any, Self

from fsspec import AbstractFileSystem

from nosograph.distribution.sources import Content, SourceFailed, SourceMissing
from nosograph.errors import Location


class FileSystemSource:
    """A folder of a file system.

    Args:
        system: the file system.
        root: path of the folder there.
        address: its address, as people write it.
    """

    def __init__(self, system: AbstractFileSystem, root: str, address: str) -> None:
        self._system = system
        self._root = root
        self._address = address if address.endswith("/") else f"{address}/"

    @property
    def address(self) -> str:
        """The address of the folder, with a slash at its end."""
        return self._address

    def open(self, name: str, *, start: int = 0, tag: str = "", size: int = 0) -> Content:
        """Return a file from some byte on; see ``ReleaseSource.open``."""
        path, location = f"{self._root}/{name}", Location(self._address + name)
        try:
            about = self._system.info(path)
            if about["type"] != "file":
                raise SourceMissing("This is not a file.", location=location)
            found = str(about.get("ETag") or f"{about['size']}-{about.get('mtime', '')}")
            first = start if found == tag else 0
            stream = self._system.open(path, "rb")
            stream.seek(first)
        except FileNotFoundError as error:
            raise SourceMissing("There is no such file.", location=location) from error
        except Exception as error:  # each kind of bucket has errors of its own
            raise _failed(error, location) from error
        return _FileContent(stream, first, found, location)


class _FileContent:
    """A file that is open."""

    def __init__(self, stream: IO[bytes], start: int, tag: str, location: Location) -> None:
        self._stream = stream
        self._location = location
        self.start = start
        self.tag = tag

    def read(self, size: int) -> bytes:
        """Return the next bytes."""
        try:
            content: Any = self._stream.read(size)
        except Exception as error:  # as above
            raise _failed(error, self._location) from error
        return bytes(content)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.close()


def _failed(error: Exception, location: Location) -> Exception:
    if isinstance(error, SourceMissing):
        return error
    return SourceFailed(
        f"The file cannot be read: {error}.",
        location=location,
        hint="Check the address, the network, and that you may read there.",
    )
