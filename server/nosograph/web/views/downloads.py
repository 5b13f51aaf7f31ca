"""What the downloads page lists: every release with its files, and how to load them elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nosograph.errors import ReleaseError
from nosograph.release.manifest import ReleaseFile
from nosograph.release.names import DUMP_STEM, DUMPS
from nosograph.release.opening import Release, open_release

_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{12}\Z")
_PACKED: Final = {"gz": ", packed with gzip", "zst": ", packed with Zstandard"}
_ABOUT: Final = {
    "void": "VoID description: counts, partitions, links",
    "dcat": "DCAT 3 description: releases, files, service",
    "hcls": "HCLS description: summary, version, files",
    "service": "Description of the query service",
    "ontology": "The vocabulary",
    "shapes": "The shapes",
    "context": "JSON-LD context",
    "report": "Validation report of exactly this release",
    "search": "Search database (SQLite)",
}


@dataclass(frozen=True)
class File:
    """A file as the page lists it."""

    name: str
    about: str
    size: str
    sha256: str
    media_type: str


@dataclass(frozen=True)
class FileGroup:
    """Files that belong together."""

    heading: str
    files: tuple[File, ...]


@dataclass(frozen=True)
class ReleaseEntry:
    """A release as the page lists it."""

    version: str
    date: str
    served: bool
    facts: int
    evidence: int
    triples: int
    groups: tuple[FileGroup, ...]


@dataclass(frozen=True)
class Recipe:
    """How to load the graph into a tool."""

    tool: str
    code: str


def release_entries(served: Release) -> tuple[ReleaseEntry, ...]:
    """Return the release that is served and every other whole release beside it, the newest first."""
    releases = {served.version: served}
    folder = served.folder.parent
    beside = folder.iterdir() if folder.is_dir() else ()
    for path in beside:
        if _VERSION.match(path.name) and path.name not in releases and not path.is_symlink():
            try:
                releases[path.name] = open_release(path)
            except ReleaseError:
                continue
    newest_first = sorted(releases.values(), key=lambda release: (release.manifest.date, release.version), reverse=True)
    return tuple(_entry(release, release.version == served.version) for release in newest_first)


def _entry(release: Release, served: bool) -> ReleaseEntry:
    files = list(release.manifest.files.values())
    dumps = [file for file in files if file.name.startswith(f"{DUMP_STEM}.")]
    questions = [file for file in files if file.name.startswith("questions/")]
    others = [file for file in files if file not in dumps and file not in questions]
    groups = [("The whole graph", dumps), ("Descriptions, vocabulary, report", others), ("Questions", questions)]
    counts = release.manifest.counts
    return ReleaseEntry(
        version=release.version,
        date=release.manifest.date.isoformat(),
        served=served,
        facts=counts.facts,
        evidence=counts.evidence,
        triples=counts.triples,
        groups=tuple(
            FileGroup(heading, tuple(_file(file) for file in sorted(members, key=_order)))
            for heading, members in groups
            if members
        ),
    )


def _order(file: ReleaseFile) -> tuple[int, str, str]:
    names = [dump.extension for dump in DUMPS]
    stem, _, rest = file.name.partition(".")
    extension = rest.removesuffix(f".{file.compression}")
    return (names.index(extension) if extension in names else len(names), stem, file.name)


def _file(file: ReleaseFile) -> File:
    stem, _, rest = file.name.partition(".")
    extension = rest.removesuffix(f".{file.compression}")
    format = next((dump.label for dump in DUMPS if dump.extension == extension), "")
    about = format if stem == DUMP_STEM else _ABOUT.get(stem, "Published question" if "/" in stem else "")
    if stem in _ABOUT and format:
        about = f"{about} as {format}"
    return File(
        name=file.name,
        about=(about or file.media_type) + _PACKED.get(file.compression or "", ""),
        size=readable_size(file.size),
        sha256=file.sha256,
        media_type=file.media_type,
    )


def readable_size(size: int) -> str:
    """Return a size in bytes in the unit that leaves a short number (IEC 80000-13: 1 KiB is 1024 bytes)."""
    if size < 1024:
        return f"{size} bytes"
    number = float(size)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        number /= 1024
        if number < 1024 or unit == "TiB":
            break
    return f"{number:.1f} {unit}"


def recipes(address: str, base_iri: str) -> tuple[Recipe, ...]:
    """Return how to load the graph into common tools.

    Args:
        address: absolute address of the folder of the release's files, ending with a slash.
        base_iri: the base of the data, which also names the graph where a tool needs one.
    """
    return (
        Recipe(
            "rdflib",
            f"from rdflib import Dataset\n\ngraph = Dataset(default_union=True)\n"
            f'graph.parse("{address}nosograph.nq", format="nquads")',
        ),
        Recipe("Apache Jena", f"curl -O {address}nosograph.nq.gz\ntdb2.tdbloader --loc nosograph-tdb nosograph.nq.gz"),
        Recipe(
            "Virtuoso",
            f"curl -O {address}nosograph.nq.gz\nisql 1111 dba dba exec=\"ld_dir('.', 'nosograph.nq.gz', '{base_iri}'); "
            'rdf_loader_run(); checkpoint;"',
        ),
        Recipe(
            "Oxigraph",
            f"curl -O {address}nosograph.nq.gz\ngunzip nosograph.nq.gz\n"
            "oxigraph load --location nosograph-db --file nosograph.nq",
        ),
    )
