"""Compact IRIs of the project (CURIE Syntax 1.0): one converter for each base, made from the one table of prefixes."""

from __future__ import annotations

from functools import cache
from typing import Final

from curies import Converter, ReferenceTuple

from nosograph.rdf.names import Base

DEFAULT: Final = Base()
"""The default base without the kinds and prefixes of any vocabulary: for terms and codes, which no base moves."""


def parse_iri(iri: str, base: Base = DEFAULT) -> ReferenceTuple | None:
    """Return the prefix and the local identifier of an IRI, by the longest prefix that fits it.

    None where no prefix fits, and for an IRI that is only what a prefix stands for.
    """
    found = _converter(base).parse_uri(iri)
    return found if found is not None and found.identifier else None


def compact(iri: str, base: Base = DEFAULT) -> str:
    """Return an IRI as a CURIE where a prefix fits it, else as it is."""
    found = parse_iri(iri, base)
    return iri if found is None else found.curie


def expand(curie: str, base: Base = DEFAULT) -> str | None:
    """Return the IRI that a CURIE stands for, or None where its prefix is not known or it has none."""
    return _converter(base).expand(curie) if ":" in curie else None


@cache
def _converter(base: Base) -> Converter:
    return Converter.from_prefix_map(base.prefixes())
