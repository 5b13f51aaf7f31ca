"""The differences that are kept beside the releases of a folder, and what follows from several of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Final

from nosograph.comparison.describing import change_describer
from nosograph.comparison.difference_file import DifferenceFile
from nosograph.comparison.differences import Comparison
from nosograph.comparison.walking import ChangedResource
from nosograph.errors import Location, ReleaseError
from nosograph.rdf.names import Base
from nosograph.release.names import CHANGES_NAME

_VERSION: Final = r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}"
_NAME: Final = re.compile(rf"({_VERSION})\.\.({_VERSION})\.sqlite\Z")


def difference_path(releases: Path, old: str, new: str) -> Path:
    """Return where the difference of two releases of a folder is kept."""
    return releases / CHANGES_NAME / f"{old}..{new}.sqlite"


@dataclass(frozen=True)
class Step:
    """A kept difference on the way from one release to another; backward where it is kept the other way round."""

    file: DifferenceFile
    forward: bool

    def resources(self) -> Iterator[ChangedResource]:
        """Return the resources that differ, as the way goes."""
        if self.forward:
            return self.file.resources()
        return (ChangedResource(found.key, found.after, found.before) for found in self.file.resources())


@dataclass(frozen=True)
class KeptDifferences:
    """The differences that are kept beside the releases of a folder.

    Attributes:
        releases: the folder of the releases.
    """

    releases: Path

    def find(self, old: str, new: str) -> DifferenceFile | None:
        """Return the kept difference of two releases, or None where none is kept."""
        path = difference_path(self.releases, old, new)
        return DifferenceFile(path) if path.is_file() else None

    def way(self, old: str, new: str) -> tuple[Step, ...] | None:
        """Return the shortest way over kept differences from one release to another; None where there is none."""
        folder = self.releases / CHANGES_NAME
        neighbours: dict[str, list[tuple[str, Step]]] = {}
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if (name := _NAME.match(path.name)) is not None:
                file = DifferenceFile(path)
                neighbours.setdefault(name[1], []).append((name[2], Step(file, forward=True)))
                neighbours.setdefault(name[2], []).append((name[1], Step(file, forward=False)))
        ways: dict[str, tuple[Step, ...]] = {old: ()}
        waiting = [old]
        for version in waiting:  # grows while it is read
            for other, step in neighbours.get(version, ()):
                if other not in ways:
                    ways[other] = (*ways[version], step)
                    waiting.append(other)
        return ways.get(new)

    def compare(self, old: str, new: str, base: Base) -> Comparison | None:
        """Return what differs between two releases, by what is kept; None where too little is.

        Raises:
            ReleaseError: a kept difference is damaged.
        """
        steps = self.way(old, new)
        return None if steps is None else comparison_over(steps, old, new, base)


def comparison_over(steps: tuple[Step, ...], old: str, new: str, base: Base) -> Comparison:
    """Return what differs between the two ends of a way over kept differences.

    Raises:
        ReleaseError: a kept difference is damaged, or is of releases with another base.
    """
    for step in steps:
        if step.file.base_iri != base.iri:
            raise ReleaseError(
                f"The kept difference is of releases with the base {step.file.base_iri}, not {base.iri}.",
                location=Location(str(step.file.path)),
            )
    describe = change_describer(base)
    if len(steps) == 1 and steps[0].forward:
        file = steps[0].file
        return Comparison(old, new, base, file.resources, describe, file.summary, file.changes)
    return Comparison(old, new, base, lambda: composed(steps), describe)


def most_changes(steps: tuple[Step, ...]) -> int:
    """Return how many changes there can be at the end of a way, at most; 0 where they are known."""
    if len(steps) == 1 and steps[0].forward:
        return 0
    return sum(step.file.summary.changes for step in steps)


def composed(steps: tuple[Step, ...]) -> Iterator[ChangedResource]:
    """Return the resources that differ between the two ends of a way, in order."""
    streams = (_numbered(number, step) for number, step in enumerate(steps))
    for key, group in groupby(merge(*streams), key=lambda entry: entry[0]):
        found = [resource for _, _, resource in group]
        before, after = found[0].before, found[-1].after
        if before != after:
            yield ChangedResource(key, before, after)


def _numbered(number: int, step: Step) -> Iterator[tuple[bytes, int, ChangedResource]]:
    return ((resource.key, number, resource) for resource in step.resources())
