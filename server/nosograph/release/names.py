"""The names of what a release folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nosograph.rdf.formats import N_QUADS, RDF_FORMATS

MANIFEST_NAME: Final = "manifest.json"
CHECKSUMS_NAME: Final = "SHA256SUMS"
LATEST_NAME: Final = "latest"
BUILD_RECORD_NAME: Final = "build.json"
"""What built a release: versions, which differ between machines where the content does not, so no digest covers it."""
TOMBSTONE_NAME: Final = "tombstone.json"
LEDGER_NAME: Final = "ledger.json"
RELEASES_LOCK_NAME: Final = ".lock"
DERIVED_NAME: Final = "derived"
"""Folder of the files that are made anew from the N-Quads: the store, the search index, the record of both."""
STORE_NAME: Final = "store"
SEARCH_NAME: Final = "search.sqlite"
RECORD_NAME: Final = "derived.json"
DUMP_STEM: Final = "nosograph"

DUMP_FORMATS: Final = RDF_FORMATS
COMPRESSIONS: Final[Mapping[str, str]] = MappingProxyType({"gz": "application/gzip", "zst": "application/zstd"})
"""File extension of a compressed dump → its registered media type (RFC 6713, RFC 8878)."""

CANONICAL_DUMP: Final = f"{DUMP_STEM}.{N_QUADS.name}"
"""The dump from which everything derived is made, and which pruning leaves."""

REBUILD: Final = "Build the release again with `nosograph build`, copy it again, or name another one."
"""What to do about a release that cannot be used."""


def dump_name(extension: str, compression: str | None = None) -> str:
    """Return the file name of a dump from its format's extension and its compression's."""
    return f"{DUMP_STEM}.{extension}" + (f".{compression}" if compression else "")
