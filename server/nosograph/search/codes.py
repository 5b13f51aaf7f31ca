"""Foreign codes in every usual spelling: one normal form, by which the index is written and asked.

``MONDO:0005100``, ``mondo_0005100`` and ``MONDO 0005100`` are one code; so are ``ORPHA90291`` and ``Orphanet:90291``.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from nosograph.rdf.curies import parse_iri
from nosograph.rdf.names import CODE_SYSTEMS

# Code systems whose local identifiers are known without their prefix, because they begin with a letter.
_BARE: Final = frozenset({"MESH", "UMLS", "NCIT", "ICD10CM", "ICD10WHO"})
_OTHER_SPELLINGS: Final = {
    "Orphanet": ("ORPHA",),
    "OMIM": ("MIM",),
    "ICD10CM": ("ICD10",),
    "ICD10WHO": ("ICD10",),
    "HP": ("HPO",),
}
_JOINTS: Final = re.compile(r"[\s:_-]+")


def normalise(text: str) -> str:
    """Return the normal form of a code or IRI: what two spellings of one code have in common.

    Case, white space, angle brackets, and colons, underscores and hyphens between the parts of a code do not count;
    in an IRI only case and angle brackets do not.
    """
    plain = unicodedata.normalize("NFKC", text).strip().strip("<>").strip().casefold()
    return plain if "://" in plain else _JOINTS.sub("", plain)


def notations(iri: str) -> tuple[str, ...]:
    """Return how people write the code that an IRI stands for, its CURIE first and the IRI itself last.

    The IRI is the only notation when the code system is not known.
    """
    known = parse_iri(iri)
    if known is None or known.prefix not in CODE_SYSTEMS:
        return (iri,)
    system, local = known
    names = (system, *_OTHER_SPELLINGS.get(system, ()))
    found = [f"{name}{joint}{local}" for name in names for joint in (":", "", "_")]
    return (*found, *((local,) if system in _BARE else ()), iri)


def keys(iri: str) -> frozenset[str]:
    """Return the normal forms by which the index finds the code that an IRI stands for."""
    return frozenset(map(normalise, notations(iri)))
