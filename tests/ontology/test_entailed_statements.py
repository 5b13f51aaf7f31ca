"""A release speaks the terms of other vocabularies, as ``ontology/`` lays down."""

from __future__ import annotations

import pyoxigraph

from nosograph.release.opening import Release


def test_a_release_answers_in_the_terms_of_others(release: Release) -> None:
    """A client without reasoning finds phenotypes by RO and codes, the hierarchy by SKOS, names by RDFS."""
    store = pyoxigraph.Store.read_only(str(release.store_folder))
    graph = f"<{release.base.graph('entailed')}>"
    obo = "PREFIX obo: <http://purl.obolibrary.org/obo/> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "

    for pattern in (
        "obo:MONDO_0005100 obo:RO_0002200 obo:HP_0002829",
        "?narrow skos:broader ?broad",
        "?condition <http://www.w3.org/2000/01/rdf-schema#label> 'scleroderma'@en",
    ):
        assert store.query(f"{obo} ASK {{ GRAPH {graph} {{ {pattern} }} }}"), pattern


def test_nothing_is_said_twice(release: Release) -> None:
    """The graph shares no triple with another one, so it changes no count of what others say."""
    assert not [pair for pair in release.manifest.counts.overlaps if "entailed" in pair]
