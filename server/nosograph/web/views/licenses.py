"""The licences of what a page or document shows: those that the release gives to the graphs which say it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nosograph.rdf.names import IMPORT_PREFIX
from nosograph.release.licenses import spdx_identifier
from nosograph.release.manifest import Manifest
from nosograph.release.opening import Release


@dataclass(frozen=True)
class License:
    """A licence as pages show it.

    Attributes:
        iri: its address.
        label: what people call it; its address where that is not known.
    """

    iri: str
    label: str


@dataclass(frozen=True)
class ImportedSet:
    """An imported data set as pages name it; what nobody said is empty.

    Attributes:
        name: local name of its graph.
        title: its title.
        publisher: who publishes it.
        version: its version.
        date: the day of that version, where the version does not tell it.
        licenses: its licence.
    """

    name: str
    title: str
    publisher: str
    version: str
    date: str
    licenses: tuple[License, ...]


def name_license(iri: str) -> License:
    """Return a licence with the name that its address tells: ``CC BY 4.0``, or its identifier in the list of SPDX."""
    identifier = spdx_identifier(iri)
    name, _, version = identifier.rpartition("-")
    if name == "CC0" or name.startswith("CC-"):
        return License(iri, f"{name.replace('-', ' ', 1)} {version}")
    return License(iri, identifier or iri)


def license_names(licenses: Iterable[str]) -> tuple[License, ...]:
    """Return licences with their names."""
    return tuple(map(name_license, licenses))


def imported_sets(manifest: Manifest, graphs: Iterable[str] | None = None) -> tuple[ImportedSet, ...]:
    """Return the imported data sets among some named graphs of a release, or all of them, in the order of their names.

    Args:
        manifest: the manifest of the release.
        graphs: names such as ``facts`` or ``import/hpo``; None for every one.
    """
    names = set(manifest.terms if graphs is None else graphs)
    return tuple(
        ImportedSet(
            name=name,
            title=terms.title or name.removeprefix(IMPORT_PREFIX),
            publisher=terms.publisher,
            version=terms.version,
            date="" if terms.date in terms.version else terms.date,
            licenses=license_names(filter(None, [terms.license])),
        )
        for name, terms in sorted(manifest.terms.items())
        if name.startswith(IMPORT_PREFIX) and name in names
    )


def licenses_of(release: Release, graphs: Iterable[str]) -> tuple[str, ...]:
    """Return the licences that a release gives to some of its named graphs, by their IRIs."""
    return release.manifest.licenses(graph_names(release, graphs))


def graph_names(release: Release, graphs: Iterable[str]) -> list[str]:
    """Return the local names of named graphs of a release, by their IRIs."""
    start = str(release.base.graph(""))
    return sorted(graph.removeprefix(start) for graph in graphs)
