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
from nosograph.comparison.difference_file import BLOCK_RESOURCES, DifferenceFile
from nosograph.comparison.differences import Comparison
from nosograph.comparison.walking import ChangedResource
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
        if steps is None:
            return None
        known = steps[0].file.summary if len(steps) == 1 and steps[0].forward else None
        return Comparison(old, new, base, lambda: composed(steps), change_describer(base), known)


def most_resources(steps: tuple[Step, ...]) -> int:
    """Return how many resources can differ at the end of a way, at most."""
    return sum(step.file.blocks for step in steps) * BLOCK_RESOURCES


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
