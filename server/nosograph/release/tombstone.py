"""What pruning leaves instead of files that it dropped: their names, sizes and digests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from nosograph.errors import Location, ReleaseError
from nosograph.release.durability import write_durably
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import TOMBSTONE_NAME

TOMBSTONE_FORMAT: Final = 1
_ANEW: Final = "Remove it, and prune again or build the release again."


def read_dropped(folder: Path, files: Mapping[str, ReleaseFile]) -> frozenset[str]:
    """Return the names of the files that were dropped from a release; none where there is no tombstone.

    Args:
        folder: the release.
        files: its files, as its manifest names them.

    Raises:
        ReleaseError: the tombstone cannot be read, or names a file that the release never had.
    """
    path = folder / TOMBSTONE_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise _unreadable(error.strerror or str(error), str(path)) from error
    return parse_dropped(content, files, str(path))


def parse_dropped(content: bytes, files: Mapping[str, ReleaseFile], source: str) -> frozenset[str]:
    """Return the names of the files that a tombstone says were dropped.

    Args:
        content: the tombstone.
        files: the files of its release, as the manifest names them.
        source: the file or address that it is from.

    Raises:
        ReleaseError: it cannot be read, or names a file that the release never had.
    """
    try:
        names = list(json.loads(content)["dropped"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _unreadable(str(error), source) from error
    if unknown := [name for name in names if not isinstance(name, str) or name not in files]:
        raise ReleaseError(
            f"The record of what pruning dropped names {unknown[0]!r}, which the release never had.",
            location=Location(source),
            hint=_ANEW,
        )
    return frozenset(names)


def _unreadable(why: str, source: str) -> ReleaseError:
    return ReleaseError(
        f"The record of what pruning dropped cannot be read: {why}.", location=Location(source), hint=_ANEW
    )


def write_dropped(folder: Path, version: str, files: Iterable[ReleaseFile]) -> None:
    """Record the files that are about to be dropped; a crash after it leaves some of them, which nobody counts on.

    Raises:
        OSError: it cannot be written.
    """
    dropped = {file.name: {"size": file.size, "sha256": file.sha256} for file in files}
    content = {"format": TOMBSTONE_FORMAT, "version": version, "dropped": dict(sorted(dropped.items()))}
    write_durably(folder / TOMBSTONE_NAME, json.dumps(content, indent=2, sort_keys=True) + "\n")
