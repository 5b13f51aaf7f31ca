"""Loads and validates curated data."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

from nosograph.assets import find_assets
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.facts.loading import load_knowledge
from nosograph.rdf.names import DEFAULT_BASE, Base
from nosograph.validation.report import Report
from nosograph.validation.validate import validate as validate_graph


def load(folder: str | PathLike[str] | None = None, *, base_iri: str = DEFAULT_BASE) -> KnowledgeGraph:
    """Return the curated graph of a folder, with identifiers, status and bare triples derived.

    Args:
        folder: holds ``ontology/``, ``shapes/`` and ``data/``; without it, the data that come with the software.
        base_iri: base of every IRI of the data.

    Raises:
        InputError, InputErrors: a file cannot be used as it is; each error has file, line and hint.
        AssetError: the folder lacks one of the three.
    """
    return load_knowledge(find_assets(Path(folder) if folder is not None else None), Base(base_iri))


def validate(knowledge: KnowledgeGraph) -> Report:
    """Return what the shapes find in a graph; ``conforms`` says whether it may be published.

    Raises:
        InputError: the shapes themselves cannot be used.
    """
    return validate_graph(knowledge)
