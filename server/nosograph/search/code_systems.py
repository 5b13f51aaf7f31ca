"""Code systems of the world, as the Bioregistry lists them: their names, their addresses, what their codes look like.

``code_systems.tsv`` is made from one version of the Bioregistry by ``scripts/code-systems``; its first line says which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from curies import Converter, Record

_TABLE: Final = "code_systems.tsv"
_RESOLVER: Final = re.compile(r"(?:bio2rdf\.org|bioregistry\.io|identifiers\.org|n2t\.net)/")
"""Beginnings of the addresses of general resolvers, after which stands a CURIE, or its parts with a slash between."""

_JOINT: Final = re.compile(r"[\s:_#-]+")
_SCHEME: Final = re.compile(r"https?:/+(?:www\.)?")
_LONGEST_NAME: Final = 60
"""Characters of the name of a system."""

_LONGEST: Final = 100
"""Characters of a local identifier that is put to a pattern; none of the patterns takes longer than their square."""


@dataclass(frozen=True)
class SystemCode:
    """A text as a code of a system.

    Attributes:
        system: name of the system in the table, in lower case.
        local: the local identifier, in lower case.
        is_valid: whether the codes of the system look like that.
        pattern: what they look like, as a regular expression; empty where that is not known.
    """

    system: str
    local: str
    is_valid: bool
    pattern: str

    def addresses(self) -> tuple[str, ...]:
        """Return how its address may be written, in lower case."""
        record = _records()[self.system]
        return tuple(
            f"{scheme}{start}{self.local}"
            for start in (record.uri_prefix, *record.uri_prefix_synonyms)
            for scheme in ("http://", "https://", "http://www.", "https://www.")
        )


def find_code(text: str) -> SystemCode | None:
    """Return what a text is as a code of a system, or None where no system that is known has codes so written.

    It is an address, or the name of the system and a local identifier with anything between that joins words.

    Args:
        text: the text, in lower case.
    """
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _named(text)
    address = text[scheme.end() :]
    resolver = _RESOLVER.match(address)
    if resolver is not None:
        return _named(address[resolver.end() :].replace("/", ":", 1))
    found = _converter().parse_uri(address)
    return _code(found.prefix, found.identifier) if found and found.identifier else None


def _named(text: str) -> SystemCode | None:
    """Return the first reading in which the codes of the system look so; else the first in which it has a name."""
    found = list(_readings(text))
    return next((code for code in found if code.is_valid), found[0] if found else None)


def _readings(text: str) -> Iterator[SystemCode]:
    """Return the readings of a text as name and identifier, the longest name first."""
    converter = _converter()
    for joint in reversed(list(_JOINT.finditer(text, 0, _LONGEST_NAME))):
        name, local = text[: joint.start()], text[joint.end() :]
        system = converter.standardize_prefix(name)
        if system is not None and local:
            yield _code(system, local)


def _code(system: str, local: str) -> SystemCode:
    pattern = _records()[system].pattern or ""
    is_valid = len(local) <= _LONGEST and (not pattern or _compiled(pattern).fullmatch(local) is not None)
    return SystemCode(system, local, is_valid, pattern)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


@cache
def _converter() -> Converter:
    """Return the converter; the table was made without duplicates, which would take seconds to look for."""
    return Converter(list(_records().values()), strict=False)


@cache
def _records() -> dict[str, Record]:
    """Return the rows of the table by name; a system without an address has one that no address begins as."""
    lines = files(__package__).joinpath(_TABLE).read_text(encoding="utf-8").splitlines()
    records = {}
    for names, pattern, beginnings in (line.split("\t") for line in lines[2:]):
        name, *synonyms = names.split("|")
        start, *others = beginnings.split("|")
        records[name] = Record(
            prefix=name,
            prefix_synonyms=synonyms,
            uri_prefix=start or f"{name}:",
            uri_prefix_synonyms=others,
            pattern=pattern or None,
        )
    return records
