"""The process that makes derived files for another."""

from __future__ import annotations

import sys
from pathlib import Path

from nosograph.indexing.apart import tell
from nosograph.indexing.making import make_derived
from nosograph.progress import Progress
from nosograph.release.opening import open_release


def main(folder: str, cache: str) -> int:
    """Make the derived files of a release where they do not fit, and return the exit code.

    Args:
        folder: the release directory.
        cache: folder that holds derived files instead of the release; empty for none.
    """

    def make(report: Progress) -> dict[str, str]:
        make_derived(open_release(Path(folder), cache=Path(cache) if cache else None), report)
        return {}

    return tell(make, folder)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
