"""Pulls releases of a publisher into a folder of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from os import PathLike
from pathlib import Path

from nosograph.comparison.keeping import keep_differences
from nosograph.distribution.addresses import open_source
from nosograph.distribution.pruning import prune_releases
from nosograph.distribution.pulling import GIB, Mirror, PullChoice, PullReport
from nosograph.distribution.signatures import read_key
from nosograph.indexing.preparing import prepare_release
from nosograph.progress import Progress, quiet


def pull(
    address: str,
    releases: str | PathLike[str] = "releases",
    *,
    everything: bool = False,
    keep: int = 0,
    trust: Sequence[str | PathLike[str]] = (),
    accept_unsigned: bool = False,
    allow_http: bool = False,
    most_gib: int = 64,
    cache: str | PathLike[str] | None = None,
    progress: Progress = quiet,
) -> PullReport:
    """Bring new releases of a publisher into a folder, and return what was done.

    Each is there whole and compared with its digests, or not at all. Its derived files are made here. ``latest`` leads
    to what the publisher published last; what differs between the releases is found here as after a build.

    Args:
        address: a site of this software, or a folder of releases: ``https://…``, ``s3://…``, ``file:///…`` or a path.
        releases: the folder; made if it is not there.
        everything: every release that the publisher has, not the latest one alone.
        keep: how many of the newest releases have all their dumps here; 0 for all.
        trust: files with public keys of minisign, of which one must have signed each release; without any, those that
            were named when the folder was pulled into before.
        accept_unsigned: take a release without a signature, though earlier ones had one.
        allow_http: take an ``http://`` address of another machine.
        most_gib: GiB that a release may have.
        cache: folder for derived files, where the releases cannot hold them.
        progress: called with a step's name, how much of it is done, and how much there is (0 and 0: not known).

    Raises:
        SettingsError: the address or a key cannot be used.
        ReleaseError: the latest release cannot be had as it was published; the folder's releases are as they were.
    """
    folder = Path(releases).absolute()
    choice = PullChoice(
        everything, keep, tuple(read_key(Path(path)) for path in trust), accept_unsigned, most_gib * GIB
    )
    derived = None if cache is None else Path(cache)
    mirror = Mirror(
        source=open_source(address, allow_http=allow_http),
        releases=folder,
        choice=choice,
        clock=partial(datetime.now, UTC),
        prepare=lambda release: _prepare(release, derived, progress),
        progress=progress,
    )
    report = mirror.pull()
    keep_differences(folder, datetime.now(UTC), progress)
    if keep:
        prune_releases(folder, keep=keep, cache=derived)
    return report


def _prepare(release: Path, cache: Path | None, progress: Progress) -> None:
    prepare_release(release, cache=cache, progress=progress)
