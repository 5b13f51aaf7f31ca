"""The project's vocabulary, and bases with its kinds and prefixes, for tests that need no release."""

from __future__ import annotations

from typing import Final

from nosograph.assets import find_assets
from nosograph.rdf.names import DEFAULT_BASE, Base
from nosograph.vocabulary.reading import read_vocabulary_folder

VOCABULARY: Final = read_vocabulary_folder(find_assets().ontology)


def base(iri: str = DEFAULT_BASE) -> Base:
    """Return a base with the kinds and prefixes of the project's vocabulary."""
    return VOCABULARY.base(iri)
