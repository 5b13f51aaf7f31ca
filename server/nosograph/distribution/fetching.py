"""Fetches one file of a release: what is there already is continued, and what came is compared with its digest."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nosograph.distribution.sources import ReleaseSource, SourceFailed, SourceMissing
from nosograph.errors import Location, ReleaseError
from nosograph.release.digests import digest_file
from nosograph.release.manifest import ReleaseFile

ATTEMPTS: Final = 4
"""How often a file is asked for when the publisher breaks off; each goes on where the last one ended."""

_BLOCK: Final = 256 * 1024
_WORTHWHILE: Final = 1024 * 1024
"""Bytes that an attempt must bring not to count as one in vain."""


@dataclass(frozen=True)
class Partial:
    """A file that is not there whole yet, named by the digest that it will have.

    Attributes:
        path: the bytes so far.
    """

    path: Path

    @property
    def size(self) -> int:
        """How many bytes are there."""
        return self.path.stat().st_size if self.path.is_file() else 0

    @property
    def tag(self) -> str:
        """The publisher's tag of the file whose bytes are there."""
        return self._tag_file.read_text(encoding="utf-8") if self._tag_file.is_file() else ""

    def begin(self, start: int, tag: str) -> None:
        """Keep the bytes before a start alone, and the tag of the file that they are of."""
        with self.path.open("ab") as stream:
            stream.truncate(start)
        self._tag_file.write_text(tag, encoding="utf-8")

    def remove(self) -> None:
        """Remove what is there."""
        self.path.unlink(missing_ok=True)
        self._tag_file.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Rename the file to its target."""
        self.path.replace(target)
        self._tag_file.unlink(missing_ok=True)

    @property
    def _tag_file(self) -> Path:
        return self.path.with_suffix(".tag")


@dataclass(frozen=True)
class Fetcher:
    """Fetches files of releases.

    Attributes:
        source: the publisher's folder.
        folder: where the bytes of unfinished files are kept.
        sleep: waits some seconds.
        received: called with the number of bytes whenever some came.
    """

    source: ReleaseSource
    folder: Path
    sleep: Callable[[float], None]
    received: Callable[[int], None]

    def fetch(self, name: str, file: ReleaseFile, target: Path) -> None:
        """Write a published file as the manifest describes it.

        Args:
            name: path of the file below the publisher's folder.
            file: its size and digest.
            target: where it goes.

        Raises:
            SourceMissing: the publisher has no such file.
            ReleaseError: it could not be fetched whole, or is not what the manifest says.
            OSError: it cannot be written; what came is kept.
        """
        partial = Partial(self.folder / f"{file.sha256}.part")
        resumed = self._receive(name, file, partial)
        is_right = digest_file(partial.path) == file.sha256
        if not is_right and resumed:  # its beginning may be of another state of the file
            partial.remove()
            self._receive(name, file, partial)
            is_right = digest_file(partial.path) == file.sha256
        if not is_right:
            partial.remove()
            raise ReleaseError(
                "The SHA-256 of what the publisher sent is not the one in the manifest.",
                location=Location(self.source.address + name),
                hint="Nothing of it is used. Tell the publisher, or name another mirror.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.finish(target)

    def _receive(self, name: str, file: ReleaseFile, partial: Partial) -> bool:
        """Bring a file to its size, and return whether its beginning was there before."""
        if partial.size > file.size:
            partial.remove()
        resumed = partial.size > 0
        if file.size == 0:
            partial.begin(0, "")
        attempt, most = 0, partial.size
        while partial.size < file.size:
            try:
                self._continue(name, file, partial)
            except SourceMissing:
                raise
            except SourceFailed:
                # Counted from the most that was ever there: a publisher who begins again each time gets nowhere.
                attempt = 1 if partial.size - most >= _WORTHWHILE else attempt + 1
                most = max(most, partial.size)
                if attempt == ATTEMPTS:
                    raise
                self.sleep(2.0**attempt)
        return resumed

    def _continue(self, name: str, file: ReleaseFile, partial: Partial) -> None:
        start = partial.size
        with self.source.open(name, start=start, tag=partial.tag, size=file.size - start) as content:
            partial.begin(content.start, content.tag)
            left = file.size - content.start
            with partial.path.open("ab") as stream:
                while left and (block := content.read(min(_BLOCK, left))):
                    stream.write(block)
                    left -= len(block)
                    self.received(len(block))
            if not left and content.read(1):
                partial.remove()
                raise ReleaseError(
                    f"The publisher sends more than the {file.size} bytes that the manifest says.",
                    location=Location(self.source.address + name),
                    hint="Nothing of it is used. Tell the publisher, or name another mirror.",
                )
        if left:
            raise SourceFailed("The publisher broke off.", location=Location(self.source.address + name))


def copy_known(known: Path, file: ReleaseFile, target: Path) -> bool:
    """Copy a file that another release here has with the same bytes; return whether they are the same indeed.

    Raises:
        OSError: it cannot be written.
    """
    if not known.is_file() or known.stat().st_size != file.size:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(known, target)
    if digest_file(target) == file.sha256:
        return True
    target.unlink()
    return False
