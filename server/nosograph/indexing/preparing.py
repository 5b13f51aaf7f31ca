"""Opens a release to be asked: its derived files are there, fit it, and hold as much as it says."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from nosograph.errors import Location, ReleaseError
from nosograph.indexing.apart import run_apart
from nosograph.progress import Progress
from nosograph.release.derived import derived_problem
from nosograph.release.opening import Release, open_release


def prepare_release(folder: Path, *, cache: Path | None = None, progress: Progress) -> Release:
    """Return the release in a folder, ready to be asked; derived files that do not fit are made anew first.

    They are made by a process of its own: the engine that writes a store leaves threads behind, and a process with
    threads must not fork, as a server does.

    Args:
        folder: the release directory.
        cache: folder for derived files, where those of the release itself do not fit.
        progress: called with a step's name, how much of it is done, and how much there is.

    Raises:
        ReleaseError: the release is not whole, or its derived files cannot be made.
    """
    release = open_release(folder)
    problem = derived_problem(release)
    if problem and cache is not None:
        release = dataclasses.replace(release, cache=cache)
        problem = derived_problem(release)
    if problem:
        progress(f"make store and search index of release {release.version}: {problem}", 0, 0)
        _make_apart(release, progress)
        if problem := derived_problem(release):
            raise ReleaseError(
                f"The store and the search index of the release cannot be used: {problem}.",
                location=Location(str(release.derived_folder)),
                hint="Run `nosograph index` with this release.",
            )
    return release


def _make_apart(release: Release, progress: Progress) -> None:
    def died(status: int) -> ReleaseError:
        return ReleaseError(
            f"The process that makes the store and the search index ended with status {status}.",
            location=Location(str(release.derived_folder)),
            hint="Give it more memory, or run `nosograph index` with this release to see more.",
        )

    folder, cache = str(release.folder), str(release.cache or "")
    run_apart("nosograph.indexing.process", folder, cache, report=progress, died=died)
