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
        content = json.loads(path.read_bytes())
        dropped = frozenset(content["dropped"])
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ReleaseError(
            f"The record of what pruning dropped cannot be read: {error}.",
            location=Location(str(path)),
            hint="Remove it, and prune again or build the release again.",
        ) from error
    if unknown := sorted(dropped - files.keys()):
        raise ReleaseError(
            f"The record of what pruning dropped names {unknown[0]!r}, which the release never had.",
            location=Location(str(path)),
            hint="Remove it, and prune again or build the release again.",
        )
    return dropped


def write_dropped(folder: Path, version: str, files: Iterable[ReleaseFile]) -> None:
    """Record the files that are about to be dropped; a crash after it leaves some of them, which nobody counts on.

    Raises:
        OSError: it cannot be written.
    """
    dropped = {file.name: {"size": file.size, "sha256": file.sha256} for file in files}
    content = {"format": TOMBSTONE_FORMAT, "version": version, "dropped": dict(sorted(dropped.items()))}
    write_durably(folder / TOMBSTONE_NAME, json.dumps(content, indent=2, sort_keys=True) + "\n")
