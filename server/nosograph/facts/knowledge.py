"""The knowledge graph as a value: what curated files say, with IRIs, status and direct triples derived."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from rdflib import Graph, URIRef

from nosograph.errors import Location
from nosograph.rdf.names import Base


@dataclass(frozen=True)
class Question:
    """A published question.

    Attributes:
        name: stem of its file, such as ``01-all-subtypes``.
        title: the question in plain words.
        description: what the answer holds and how to change the question.
        query: the SPARQL query with its comments, as it is published.
    """

    name: str
    title: str
    description: str
    query: str


@dataclass(frozen=True)
class KnowledgeGraph:
    """Everything that a release is made from, without a blank node.

    Attributes:
        base: the base of all data IRIs.
        graphs: the named graphs by local name (``namespaces.GRAPHS`` without ``metadata``).
        places: where each subject was written; evidence and passages stand where their fact's block names them.
        modified: the date of the data.
        questions: the published questions, in the order of their names.
        dataset: what is said of the data as a whole (title, description, creator, licence), about the base IRI.
        names: the registry's name of every thing, fact, mapping and term (``facts.registry.compact_identifier``).
        inputs: SHA-256 (hex) of every input file by its path below the assets folder.
    """

    base: Base
    graphs: Mapping[str, Graph]
    locations: Mapping[URIRef, Location]
    modified: datetime.date
    questions: tuple[Question, ...]
    inputs: Mapping[str, str]
    dataset: Graph = field(default_factory=Graph)
    names: frozenset[str] = frozenset()

    def union(self) -> Graph:
        """Return the triples of all named graphs as one graph, with the prefixes bound."""
        union = Graph(bind_namespaces="none")
        for prefix, iri in self.base.prefixes().items():
            union.bind(prefix, iri)
        for graph in self.graphs.values():
            for triple in graph:
                union.add(triple)
        return union
