"""One quotation, found by itself: the passage that a fact written by hand may cite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rdflib import URIRef

from nosograph.curation.curating import known_resources
from nosograph.curation.passage_cells import PassageReader
from nosograph.curation.terms import read_terms
from nosograph.curation.texts import digest_of, read_sources, read_texts
from nosograph.curation.values import Values
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.rdf.names import NOSO


def cite(folder: Path, knowledge: KnowledgeGraph, source: str, quotation: str) -> Iterator[str]:
    """Return the Turtle of a passage for each position of a quotation in a source's text, with the words there.

    Args:
        folder: the source texts.
        knowledge: the graph that describes the source, with the default base.
        source: name or label of the source, such as ``gard-scleroderma``.
        quotation: its words; an ellipsis (…) stands for any words.

    Raises:
        AssetError: the folder cannot be read.
        InputError: the source is not described, its text is not in the folder, or the quotation is not in it.
    """
    terms = read_terms(knowledge)
    values = Values(terms)
    for resource in known_resources(knowledge, terms):
        values.add(resource)
    recorded = {URIRef(entry.iri): entry for entry in read_sources(knowledge.graphs["sources"])}
    iri = values.resource(source, frozenset({NOSO.Source}))
    for passage in PassageReader(read_texts(folder), recorded, terms.names).find(iri, quotation):
        digest = digest_of(passage.words)
        yield (
            f"# {' '.join(passage.words.split())}\n"
            f'[ oa:start {passage.start} ; oa:end {passage.end} ;\n    noso:passageDigest "{digest}" ]'
        )
