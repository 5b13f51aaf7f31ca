"""Writes what a release records of itself for machines: ``manifest.json`` and ``SHA256SUMS``."""

from __future__ import annotations

import platform
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from importlib.metadata import version as installed_version
from pathlib import Path

import zstandard

from nosograph import __version__
from nosograph.build.descriptions.described import DescribedRelease
from nosograph.build.dumps.writing import SortedQuads, write_text
from nosograph.rdf.formats import PLAIN_TEXT
from nosograph.rdf.lines import count_quads, read_lines
from nosograph.release.manifest import Counts, Manifest, ReleaseFile
from nosograph.release.names import CHECKSUMS_NAME, MANIFEST_NAME


def write_manifest(
    quads: SortedQuads, about: DescribedRelease, files: Iterable[ReleaseFile], inputs: Mapping[str, str], folder: Path
) -> Manifest:
    """Write the manifest and the checksums of the files (as ``sha256sum -c`` reads them), and give the manifest."""
    named = {file.name: file for file in sorted(files, key=lambda file: file.name)}
    manifest = Manifest(
        version=about.version,
        base_iri=about.base.iri,
        date=about.date,
        content_hash=about.content_hash,
        counts=_count(quads, about),
        inputs=dict(sorted(inputs.items())),
        tools=tool_versions(),
        files=named,
    )
    written = write_text(manifest.to_json(), folder, MANIFEST_NAME, "application/json")
    listed = sorted([*named.values(), written], key=lambda file: file.name)
    checksums = "".join(f"{file.sha256}  {file.name}\n" for file in listed)
    write_text(checksums, folder, CHECKSUMS_NAME, PLAIN_TEXT.media_type)
    return manifest


def tool_versions() -> dict[str, str]:
    """Return the version of each tool whose work is in the bytes of a release."""
    packages = ("pyoxigraph", "pyshacl", "rdflib", "zstandard")
    return {
        "nosograph": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "zstd": ".".join(map(str, zstandard.ZSTD_VERSION)),
        **{name: installed_version(name) for name in packages},
    }


def _count(quads: SortedQuads, about: DescribedRelease) -> Counts:
    start = str(about.base.graph(""))
    counted = count_quads(read_lines(quads.whole))
    return Counts(
        quads=counted.quads,
        triples=counted.triples,
        facts=about.statistics.of_class("Fact"),
        evidence=about.statistics.of_class("Evidence"),
        statuses=about.statistics.statuses,
        graphs={iri.removeprefix(start): number for iri, number in counted.graphs.items()},
        kinds=about.statistics.kinds(about.vocabulary),
        overlaps=tuple((a.removeprefix(start), b.removeprefix(start)) for a, b in counted.overlaps),
    )
