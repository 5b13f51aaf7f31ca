"""Compares everything in a release directory with its manifest: digests, checksums, counts, derived files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from nosograph.errors import Location, ReleaseError
from nosograph.progress import Progress, quiet
from nosograph.rdf.formats import N_TRIPLES
from nosograph.rdf.lines import count_quads, read_lines
from nosograph.release.derived import derived_problem
from nosograph.release.digests import check_checksums, check_file
from nosograph.release.manifest import Manifest, read_manifest
from nosograph.release.names import CANONICAL_DUMP, REBUILD, dump_name
from nosograph.release.opening import Release
from nosograph.release.tombstone import read_dropped

_INDEX: Final = "Run `nosograph index` with this release; its N-Quads are what they are made from."


@dataclass(frozen=True)
class DamagedFile:
    """What is wrong with a file or folder of a release.

    Attributes:
        file: path below the release, or of the derived files.
        what: what is wrong.
        hint: how to correct it.
    """

    file: str
    what: str
    hint: str


@dataclass(frozen=True)
class Verification:
    """What verifying a release found.

    Attributes:
        version: version of the release.
        files: number of files whose digests were compared.
        size: their bytes.
        dropped: names of the files that pruning took away.
        derived: ``whole``, ``absent``, or what is wrong with the derived files.
        damaged: what is not as it should be.
    """

    version: str
    files: int
    size: int
    dropped: tuple[str, ...]
    derived: str
    damaged: tuple[DamagedFile, ...]

    @property
    def whole(self) -> bool:
        """Whether everything is as published."""
        return not self.damaged

    def to_json(self) -> dict[str, Any]:
        """Return the finding as values of JSON."""
        return {"whole": self.whole} | asdict(self)

    def to_text(self) -> str:
        """Return the finding as lines of text, a damaged file each."""
        lines = [f"{found.file}: {found.what} {found.hint}" for found in self.damaged]
        verdict = "whole" if self.whole else f"damaged in {len(self.damaged)} of its parts"
        gone = f", {len(self.dropped)} were dropped by pruning" if self.dropped else ""
        about = f"{self.files} files, {self.size} bytes compared{gone}; derived files: {self.derived}"
        return "\n".join([*lines, f"Release {self.version} is {verdict}: {about}."])


def verify_release(folder: Path, *, cache: Path | None = None, progress: Progress = quiet) -> Verification:
    """Return what is damaged in a release; everything is read.

    Args:
        folder: the release directory.
        cache: folder that holds derived files beside those in the release.
        progress: called with a step's name, how much of it is done, and how much there is.

    Raises:
        ReleaseError: it is not a release, or its manifest cannot be used.
    """
    manifest = read_manifest(folder)
    dropped = read_dropped(folder, manifest.files)
    damaged: list[DamagedFile] = []
    kept = [file for file in manifest.files.values() if file.name not in dropped]
    for number, file in enumerate(kept, 1):
        progress("compare digests", number, len(kept))
        damaged += _caught(folder, lambda file=file: check_file(folder, file, deep=True))  # type: ignore[misc]
    damaged += _caught(folder, lambda: check_checksums(folder, manifest.files.values()))
    unsound = {found.file for found in damaged}
    progress("count", 0, 0)
    for name in (CANONICAL_DUMP, dump_name(N_TRIPLES.name)):
        if name in manifest.files and name not in dropped | unsound:
            damaged += _check_counts(folder, name, manifest)
    derived = "absent"
    for where in dict.fromkeys((None, cache)):
        release = Release(folder, manifest, dropped, where)
        if release.derived_folder.is_dir():
            problem = derived_problem(release, deep=True)
            derived = problem or "whole"
            if problem:
                what = f"The derived files do not fit: {problem}."
                damaged.append(DamagedFile(str(release.derived_folder), what, _INDEX))
    size = sum(file.size for file in kept)
    return Verification(manifest.version, len(kept), size, tuple(sorted(dropped)), derived, tuple(damaged))


def _caught(folder: Path, check: Callable[[], None]) -> Iterator[DamagedFile]:
    try:
        check()
    except ReleaseError as error:
        location = error.location or Location(str(folder))
        yield DamagedFile(Path(location.file).relative_to(folder).as_posix(), error.what, error.hint)


def _check_counts(folder: Path, name: str, manifest: Manifest) -> Iterator[DamagedFile]:
    """Compare what a dump holds with the counts of the manifest, which has a digest only in SHA256SUMS."""
    counts = manifest.counts
    if name == CANONICAL_DUMP:
        counted = count_quads(read_lines(folder / name))
        start = f"{manifest.base_iri}graph/"
        found: Any = (
            counted.quads,
            counted.triples,
            {iri.removeprefix(start): number for iri, number in counted.graphs.items()},
        )
        wanted: Any = (counts.quads, counts.triples, dict(counts.graphs))
    else:
        found, wanted = sum(1 for _ in read_lines(folder / name)), counts.triples
    if found != wanted:
        yield DamagedFile(name, f"It holds {found} where the manifest counts {wanted}.", REBUILD)
