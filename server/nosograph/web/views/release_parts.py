"""What a release says of itself and of its parts: read from its own description, which is small."""

from __future__ import annotations

from typing import Final

from pyoxigraph import NamedNode, Quad

from nosograph.rdf.names import STANDARD_PREFIXES
from nosograph.rdf.writer import read_graph
from nosograph.release.opening import Release
from nosograph.sparql.names import names

_SD_NAME: Final = NamedNode(STANDARD_PREFIXES["sd"] + "name")
_SD_GRAPH: Final = NamedNode(STANDARD_PREFIXES["sd"] + "graph")
_METADATA: Final = "metadata"


def holds_graph(release: Release, name: str) -> bool:
    """Return whether a release has a named graph of this local name, such as ``facts`` or ``import/hpo``."""
    return name == _METADATA or name in release.manifest.counts.graphs


def graphs_not_held(release: Release, query: str) -> tuple[str, ...]:
    """Return the local names of the named graphs of the project that a query names and a release does not have."""
    start = str(release.base.graph(""))
    named = (name.iri for name in names(query) if name.iri is not None and name.iri.startswith(start))
    graphs = dict.fromkeys(iri.removeprefix(start) for iri in named)
    return tuple(graph for graph in graphs if not holds_graph(release, graph))


def read_described(release: Release, name: str) -> list[Quad]:
    """Return what a Turtle file of a release says, as quads of its metadata graph.

    Raises:
        ReleaseError: the file is not as it was published.
    """
    return read_graph(release.read(name), str(release.base.graph(_METADATA)))


def describe_graph(release: Release, iri: str) -> list[Quad]:
    """Return the release's description of one of its named graphs: its entry, and what the entry points to."""
    quads = _description(release)
    graph = NamedNode(iri)
    entries = {quad.subject for quad in quads if quad.predicate == _SD_NAME and quad.object == graph}
    described = entries | {quad.object for quad in quads if quad.subject in entries and quad.predicate == _SD_GRAPH}
    return [quad for quad in quads if quad.subject in described or quad.subject == graph]


def describe_parts(release: Release, iri: str) -> list[Quad]:
    """Return the release's description of its parts, whose IRIs are fragments of its own."""
    return [quad for quad in _description(release) if str(quad.subject).startswith(f"<{iri}#")]


def _description(release: Release) -> list[Quad]:
    return read_described(release, "service.ttl")
