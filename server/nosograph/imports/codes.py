"""Codes of other systems: their IRIs, and the names of the resources that imports make of them.

A resource that comes from a code is named after the code and nothing else (``condition/ORPHA_90291``), so every data
set that speaks of the code speaks of the same resource, and no name follows from a label that may change.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from typing import Final, NamedTuple

from curies import Converter

from nosograph.rdf.names import CODE_SYSTEMS

_SYSTEMS: Final = CODE_SYSTEMS | {
    "DOI": "https://doi.org/",
    "ISBN-10": "urn:isbn:",
    "ISBN-13": "urn:isbn:",
    "ORCID": "https://orcid.org/",
}
_SYNONYMS: Final = {
    "ORPHA": "Orphanet",
    "ORDO": "Orphanet",
    "MIM": "OMIM",
    "ENTREZ": "NCBIGene",
    "NCBI_GENE": "NCBIGene",
}
_NAMES: Final = {"Orphanet": "ORPHA"}
"""Prefixes that names of resources have in place of those in the table, as most data sets write them."""

_CODE: Final = re.compile(r"([A-Za-z][A-Za-z0-9._-]*):([A-Za-z0-9][A-Za-z0-9._-]*)\Z")
_ADDRESS: Final = re.compile(r'https?://[^\s<>"{}|\\^`]+\Z')


class ForeignCode(NamedTuple):
    """A code of another system.

    Attributes:
        text: the code as its source writes it, or the address.
        name: local name of the resource that stands for it.
        iri: its IRI; None where its system has none.
    """

    text: str
    name: str
    iri: str | None


@cache
def parse_code(text: str) -> ForeignCode | None:
    """Return what a code or a web address stands for, or None where the text is neither."""
    if _ADDRESS.match(text):
        return ForeignCode(text, f"URL_{hashlib.sha256(text.encode()).hexdigest()[:16]}", text)
    match = _CODE.match(text)
    if match is None:
        return None
    prefix, local = _SYNONYMS.get(match[1].upper(), match[1]), match[2]
    system = _SYSTEMS.get(prefix)
    name = f"{_NAMES.get(prefix, prefix)}_{local}".replace(
        ".", "-"
    )  # what follows a dot in an address is the format of a document
    return ForeignCode(text, name, None if system is None else system + local)


@cache
def shorten(iri: str) -> str | None:
    """Return the code of an IRI as a CURIE, or None where no known code system has it."""
    found: str | None = _converter().compress(iri)
    return found


@cache
def _converter() -> Converter:
    return Converter.from_prefix_map(CODE_SYSTEMS)
