"""Small releases that differ from each other by a note."""

from __future__ import annotations

from pathlib import Path

from rdflib import Graph, Literal, URIRef
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.release.opening import Release


def build(releases: Path, note: str) -> Release:
    """Publish a release that differs from others by a note."""
    facts = Graph()
    facts.add((URIRef("https://e.org/s"), URIRef("https://e.org/p"), Literal(note)))
    return build_release(small_knowledge(facts=facts), CONFORMING, releases, assets=ASSETS)
