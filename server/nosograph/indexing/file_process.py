"""The process that writes one derived file for another."""

from __future__ import annotations

import sys
from pathlib import Path

from nosograph.errors import Location, ReleaseError
from nosograph.indexing.apart import tell
from nosograph.indexing.making import write_file
from nosograph.progress import Progress
from nosograph.release.opening import open_release


def main(name: str, folder: str, of: str, cache: str, checked: str) -> int:
    """Write a derived file of a release into a folder, and return the exit code.

    Args:
        name: the file.
        folder: the folder.
        of: the release directory.
        cache: folder that holds derived files instead of the release; empty for none.
        checked: whether a store is read back as well; empty if not.
    """

    def write(report: Progress) -> dict[str, int]:
        release = open_release(Path(of), cache=Path(cache) if cache else None)
        try:
            return {"entries": write_file(name, release, Path(folder), report, checked=bool(checked))}
        except OSError as error:
            raise ReleaseError(
                f"{name} cannot be written: {error.strerror or error}.",
                location=Location(folder),
                hint="Make room or give write permission there.",
            ) from error

    return tell(write, folder)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
