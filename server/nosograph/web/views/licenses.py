"""The licences of what a page or document shows: those that the release gives to the graphs which say it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from nosograph.release.opening import Release

_CREATIVE_COMMONS: Final = re.compile(r"https?://creativecommons\.org/licenses/([a-z-]+)/(\d\.\d)(?:/|\Z)")
_ZERO: Final = re.compile(r"https?://creativecommons\.org/publicdomain/zero/(\d\.\d)(?:/|\Z)")
_SPDX: Final = re.compile(r"https?://spdx\.org/licenses/([A-Za-z0-9.+-]+?)(?:\.html)?\Z")


@dataclass(frozen=True)
class License:
    """A licence as pages show it.

    Attributes:
        iri: its address.
        label: what people call it; its address where that is not known.
    """

    iri: str
    label: str


def name_license(iri: str) -> License:
    """Return a licence with the name that its address holds."""
    if found := _CREATIVE_COMMONS.match(iri):
        return License(iri, f"CC {found[1].upper()} {found[2]}")
    if found := _ZERO.match(iri):
        return License(iri, f"CC0 {found[1]}")
    if found := _SPDX.match(iri):
        return License(iri, found[1])
    return License(iri, iri)


def license_names(licenses: Iterable[str]) -> tuple[License, ...]:
    """Return licences with their names."""
    return tuple(map(name_license, licenses))


def licenses_of(release: Release, graphs: Iterable[str]) -> tuple[str, ...]:
    """Return the licences that a release gives to some of its named graphs, by their IRIs."""
    start = str(release.base.graph(""))
    return release.manifest.licenses(sorted(graph.removeprefix(start) for graph in graphs))
