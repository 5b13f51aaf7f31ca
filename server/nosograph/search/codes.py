"""Foreign codes in every usual spelling: one normal form, by which the index is written and asked.

``MONDO:0005100``, ``mondo_0005100`` and ``MONDO 0005100`` are one code; so are ``ORPHA90291`` and ``Orphanet:90291``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from nosograph.rdf.curies import parse_iri
from nosograph.rdf.names import CODE_SYSTEMS
from nosograph.search.code_systems import find_code

# Code systems whose local identifiers are known without their prefix, because they begin with a letter.
_BARE: Final = frozenset({"MESH", "UMLS", "NCIT", "ICD10CM", "ICD10WHO"})
_OTHER_SPELLINGS: Final = {
    "Orphanet": ("ORPHA", "ORDO"),
    "OMIM": ("MIM",),
    "ICD10CM": ("ICD10",),
    "ICD10WHO": ("ICD10",),
    "icd11.foundation": ("ICD11",),
    "HP": ("HPO",),
    "MESH": ("MSH",),
    "NCIT": ("NCI", "NCI Thesaurus"),
    "UMLS": ("CUI",),
}
_ZEROS_MAY_LACK: Final = frozenset({"GARD"})
"""Code systems whose own pages leave the zeros at the beginning of a code out."""

_JOINTS: Final = re.compile(r"[\s:_#-]+")
_FILLER: Final = re.compile(r"(?<=[a-z\d])(?:code|identifier|number|uid|id|no\.?)(?=[a-z]?\d)")
_LAST_PART: Final = re.compile(r".*[/=#](?=.*\d)")


def normalise(text: str) -> str:
    """Return the normal form of a code or IRI: what two spellings of one code have in common.

    Case, white space, angle brackets, and colons, underscores, hyphens and number signs between the parts of a code do
    not count; in an IRI only case and angle brackets do not.
    """
    plain = fold_code(text)
    return plain if "://" in plain else _JOINTS.sub("", plain)


def fold_code(text: str) -> str:
    """Return a code or IRI without case, white space and angle brackets around it."""
    return unicodedata.normalize("NFKC", text).strip().strip("<>").strip().casefold()


def notations(iri: str) -> tuple[str, ...]:
    """Return how people write the code that an IRI stands for, its CURIE first and the IRI itself last.

    The IRI is the only notation when the code system is not known.
    """
    known = parse_iri(iri)
    if known is None or known.prefix not in CODE_SYSTEMS:
        return (iri,)
    system, local = known
    names = (system, *_OTHER_SPELLINGS.get(system, ()))
    locals_ = (local, local.lstrip("0")) if system in _ZEROS_MAY_LACK and local[:1] == "0" else (local,)
    found = [f"{name}{joint}{number}" for number in locals_ for name in names for joint in (":", "", "_")]
    return (*found, *((local,) if system in _BARE else ()), iri)


def keys(iri: str) -> frozenset[str]:
    """Return the normal forms by which the index finds the code that an IRI stands for."""
    return frozenset(map(normalise, notations(iri)))


def readings(text: str) -> tuple[str, ...]:
    """Return the normal forms that a query may have been meant as, the literal one first.

    ``ORPHAcode 90291`` and ``OMIM number 181750`` hold a word that is no part of the code; of a web address, as of a
    resolver of CURIEs or of the code system's own site, the last part may be the code. What the Bioregistry knows by
    another name or address comes last.
    """
    literal = normalise(text)
    local = normalise(_LAST_PART.sub("", literal)) if "://" in literal else _FILLER.sub("", literal)
    return tuple(key for key in dict.fromkeys((literal, local, *_registered_keys(text))) if key)


def _registered_keys(text: str) -> tuple[str, ...]:
    """Return the normal forms of a text that the Bioregistry knows as a code: by the name here, else by address."""
    code = find_code(fold_code(text))
    if code is None:
        return ()
    names = _names_here().get(code.system)
    return tuple(normalise(f"{name}:{code.local}") for name in names) if names else code.addresses()


@cache
def _names_here() -> Mapping[str, tuple[str, ...]]:
    """Return the prefixes that codes have here by the names that the Bioregistry gives their systems."""
    found: dict[str, tuple[str, ...]] = {}
    for name, start in CODE_SYSTEMS.items():
        for text in (f"{name}:1", f"{start}1"):
            code = find_code(text.casefold())
            if code is not None and name not in found.get(code.system, ()):
                found[code.system] = (*found.get(code.system, ()), name)
    return found


def broader_code(key: str) -> str:
    """Return the normal form of the code that a code with a point is a subdivision of; empty for other codes."""
    whole, point, part = key.rpartition(".")
    return whole if point and part.isalnum() and len(part) <= 4 and "://" not in key else ""


def names_a_code(text: str) -> bool:
    """Return whether a text is spelled as a code of a known system: the name of the system, then a local identifier."""
    return _CODE.match(normalise(text)) is not None


_SYSTEM_NAMES: Final = {name for system in CODE_SYSTEMS for name in (system, *_OTHER_SPELLINGS.get(system, ()))}
_CODE: Final = re.compile(
    rf"(?:{'|'.join(re.escape(normalise(name)) for name in sorted(_SYSTEM_NAMES))})[a-z]?\d+[a-z]?\d*(?:\.[\da-z]+)?\Z"
)
