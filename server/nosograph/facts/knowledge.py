"""The knowledge graph as a value: what curated files say, with IRIs, status and direct triples derived."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rdflib import Graph, URIRef

from nosograph.errors import Location
from nosograph.facts.ontology import vocabulary_of
from nosograph.rdf.names import Base
from nosograph.sparql.questions import Question
from nosograph.vocabulary.terms import Vocabulary


def new_graph() -> Graph:
    """Return an empty graph without prefixes, in rdflib's default store: pySHACL asks for one that knows contexts."""
    return Graph(bind_namespaces="none")


def bind_prefixes(graph: Graph, base: Base) -> None:
    """Bind the prefixes of a base in a graph."""
    for prefix, iri in base.prefixes().items():
        graph.bind(prefix, iri)


@dataclass(frozen=True)
class KnowledgeGraph:
    """Everything that a release is made from, without a blank node.

    Attributes:
        base: the base of all data IRIs, with the kinds and prefixes of the vocabulary.
        graphs: the named graphs by local name (``rdf.names.GRAPHS`` without ``metadata``).
        locations: where each subject was written; evidence and passages are where their fact's block describes them.
        modified: the date of the data.
        questions: the published questions, in the order of their names.
        dataset: what is said of the data as a whole (title, description, creator, licence), about the base IRI.
        names: the registry's name of every resource, fact, mapping and term (``facts.registry.compact_identifier``).
        inputs: SHA-256 (hex) of every input file by its path below the assets folder.
    """

    base: Base
    graphs: Mapping[str, Graph]
    locations: Mapping[URIRef, Location]
    modified: datetime.date
    questions: tuple[Question, ...]
    inputs: Mapping[str, str]
    dataset: Graph = field(default_factory=new_graph)
    names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Set the kinds and prefixes of the vocabulary."""
        object.__setattr__(self, "base", self.vocabulary.base(self.base.iri))

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What the ontology says, as values."""
        return vocabulary_of(self.graphs["ontology"])

    def union(self) -> Graph:
        """Return the triples of all named graphs as one graph, with the prefixes bound."""
        union = new_graph()
        bind_prefixes(union, self.base)
        for graph in self.graphs.values():
            for triple in graph:
                union.add(triple)
        return union
