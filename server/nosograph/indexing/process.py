"""The process that makes derived files for another: it prints its progress, or what went wrong, as lines of JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from nosograph.errors import ReleaseError
from nosograph.indexing.making import make_derived
from nosograph.release.opening import open_release


def main(folder: str, cache: str) -> int:
    """Make the derived files of a release where they do not fit, and return the exit code.

    Args:
        folder: the release directory.
        cache: folder that holds derived files instead of the release; empty for none.
    """

    def report(step: str, done: int, total: int) -> None:
        _say(step=step, done=done, total=total)

    try:
        make_derived(open_release(Path(folder), cache=Path(cache) if cache else None), report)
    except ReleaseError as error:
        _say(what=error.what, hint=error.hint, file=error.location.file if error.location else folder)
        return 1
    return 0


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
