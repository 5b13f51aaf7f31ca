"""The names of what a release folder holds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from nosograph.rdf.formats import RDF_FORMATS

MANIFEST_NAME: Final = "manifest.json"
CHECKSUMS_NAME: Final = "SHA256SUMS"
LATEST_NAME: Final = "latest"
STORE_NAME: Final = "store"
SEARCH_NAME: Final = "search.sqlite"
ONTOLOGY_NAME: Final = "ontology.ttl"
DUMP_STEM: Final = "nosograph"

DUMP_FORMATS: Final = RDF_FORMATS
COMPRESSIONS: Final[Mapping[str, str]] = MappingProxyType({"gz": "application/gzip", "zst": "application/zstd"})
"""File extension of a compressed dump → its registered media type (RFC 6713, RFC 8878)."""

REBUILD: Final = "Build the release again with `nosograph build`, or name another one."
"""What to do about a release that cannot be used."""


def dump_name(extension: str, compression: str | None = None) -> str:
    """Return the file name of a dump from its format's extension and its compression's."""
    return f"{DUMP_STEM}.{extension}" + (f".{compression}" if compression else "")
