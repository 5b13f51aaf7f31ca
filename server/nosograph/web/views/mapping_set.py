"""What the page of a mapping set shows: what the set says of itself, and its first mappings."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import yaml

from nosograph.release.names import MAPPING_SETS_FOLDER, SSSOM_EXTENSION, mapping_set_file
from nosograph.release.opening import Release
from nosograph.web.views.addresses import Addresses
from nosograph.web.views.licenses import License, name_license

SHOWN: Final = 500
"""Mappings that a page shows; the others are in the files."""


@dataclass(frozen=True)
class End:
    """A resource or code of a mapping: its CURIE, its label, and where it leads to."""

    curie: str
    label: str
    href: str


@dataclass(frozen=True)
class MappingRow:
    """A mapping as the page lists it."""

    subject: End
    relation: str
    object: End
    justification: str
    author: str
    date: str


@dataclass(frozen=True)
class MappingSetView:
    """A mapping set as its page shows it.

    Attributes:
        name: its local name.
        title: its title, or its name.
        description: what it holds.
        version: its version.
        license: its licence.
        creators: who made it.
        number: how many mappings it has.
        rows: the first of them.
    """

    name: str
    title: str
    description: str
    version: str
    license: License | None
    creators: tuple[str, ...]
    number: int
    rows: tuple[MappingRow, ...]


def mapping_sets(release: Release) -> tuple[str, ...]:
    """Return the names of the mapping sets of a release."""
    start, end = f"{MAPPING_SETS_FOLDER}/", f".{SSSOM_EXTENSION}"
    return tuple(
        name.removeprefix(start).removesuffix(end)
        for name in release.manifest.files
        if name.startswith(start) and name.endswith(end)
    )


def mapping_set_view(release: Release, addresses: Addresses, name: str) -> MappingSetView:
    """Return a mapping set of a release, read from its table.

    Raises:
        ReleaseError: the table is damaged.
    """
    lines = release.read(mapping_set_file(name, SSSOM_EXTENSION)).decode().split("\n")
    header = [line[1:] for line in lines if line.startswith("#")]
    said: dict[str, Any] = yaml.safe_load("\n".join(header))
    rows = csv.DictReader(lines[len(header) :], delimiter="\t")
    prefixes = said.get("curie_map", {})
    shown = tuple(_row(row, prefixes, addresses) for row in islice(rows, SHOWN))
    license = str(said.get("license", ""))
    return MappingSetView(
        name=name,
        title=str(said.get("mapping_set_title", name)),
        description=str(said.get("mapping_set_description", "")),
        version=str(said.get("mapping_set_version", "")),
        license=name_license(license) if license else None,
        creators=tuple(map(str, said.get("creator_label", ()))),
        number=len(shown) + sum(1 for _ in rows),
        rows=shown,
    )


def _row(row: dict[str, str], prefixes: dict[str, str], addresses: Addresses) -> MappingRow:
    return MappingRow(
        subject=_end(row, "subject", prefixes, addresses),
        relation=row["predicate_id"],
        object=_end(row, "object", prefixes, addresses),
        justification=row["mapping_justification"],
        author=row.get("author_label", "").replace("|", ", "),
        date=row.get("mapping_date", ""),
    )


def _end(row: dict[str, str], side: str, prefixes: dict[str, str], addresses: Addresses) -> End:
    curie = row[f"{side}_id"]
    prefix, _, local = curie.partition(":")
    iri = prefixes[prefix] + local if prefix in prefixes else curie
    return End(curie, row.get(f"{side}_label", ""), addresses.page(iri) or "")
