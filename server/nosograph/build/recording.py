"""Writes what a release records of itself for machines: ``manifest.json``, ``SHA256SUMS``, and what built it.

Versions of Python and of libraries differ between machines where the content does not, so they are in a record of
their own that no digest covers.
"""

from __future__ import annotations

import json
import platform
import zlib
from collections.abc import Iterable, Mapping
from importlib.metadata import version as installed_version
from pathlib import Path

import zstandard

from nosograph import __version__
from nosograph.build.descriptions.described import DescribedRelease
from nosograph.build.dumps.writing import write_text
from nosograph.build.quads import SortedQuads
from nosograph.rdf.formats import JSON, PLAIN_TEXT
from nosograph.rdf.lines import count_quads, read_lines
from nosograph.release.digests import checksum_lines
from nosograph.release.manifest import Counts, Manifest, ReleaseFile
from nosograph.release.names import BUILD_RECORD_NAME, CHECKSUMS_NAME, MANIFEST_NAME


def write_manifest(
    quads: SortedQuads,
    about: DescribedRelease,
    files: Iterable[ReleaseFile],
    inputs: Mapping[str, str],
    folder: Path,
    made_from: str = "",
) -> Manifest:
    """Write the manifest and the checksums of the files (as ``sha256sum -c`` reads them), and return the manifest.

    Args:
        quads: the quads of the release.
        about: the release.
        files: its files.
        inputs: path of each input file → its SHA-256.
        folder: the folder of the release.
        made_from: digest of all that was given to the build, for the record of what built it.
    """
    named = {file.name: file for file in sorted(files, key=lambda file: file.name)}
    manifest = Manifest(
        version=about.version,
        base_iri=about.base.iri,
        date=about.date,
        content_hash=about.content_hash,
        counts=_count(quads, about),
        inputs=dict(sorted(inputs.items())),
        files=named,
        profile=about.profile,
        terms=about.terms,
    )
    written = write_text(manifest.to_json(), folder, MANIFEST_NAME, JSON.media_type)
    checksums = checksum_lines((file.name, file.sha256) for file in (*named.values(), written))
    write_text(checksums, folder, CHECKSUMS_NAME, PLAIN_TEXT.media_type)
    built = json.dumps({"made_from": made_from, "tools": tool_versions()}, indent=2, sort_keys=True) + "\n"
    write_text(built, folder, BUILD_RECORD_NAME, JSON.media_type)
    return manifest


def tool_versions() -> dict[str, str]:
    """Return the version of each tool that took part in a build."""
    packages = ("duckdb", "pyoxigraph", "pyshacl", "rdflib", "shacl", "zstandard")
    return {
        "nosograph": __version__,
        "python": platform.python_version(),
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
