"""What the page of any resource shows about the resource itself."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode, Quad, Store

from nosograph.rdf import iris
from nosograph.rdf.names import DEFAULT_BASE
from nosograph.store.reader import GraphReader
from nosograph.web.views.facts import Reader
from nosograph.web.views.resource import codes, resource_view
from nosograph.web.views.site import Site

NAILS = DEFAULT_BASE + "finding/amber-nails"
NAME = NamedNode("http://schema.org/name")


def names_in_the_graph(site: Site, graph: str) -> list[str]:
    """Return the predicates that the page lists for a finding, once a named graph has given it another name."""
    store = Store()
    store.bulk_extend(site.source.quads_for_pattern(None, None, None, None))
    store.add(Quad(NamedNode(NAILS), NAME, Literal("amber nails", language="en"), NamedNode(DEFAULT_BASE + graph)))
    reader = Reader(GraphReader(store), site.addresses, site.release.vocabulary)
    return [name.text for name, _ in resource_view(reader, "finding", "amber-nails", NAILS).properties]


def test_a_statement_is_not_shown_again_in_the_terms_of_others(small_site: Site) -> None:
    """What only the graph of entailed statements says is left out: the page has what it follows from."""
    assert names_in_the_graph(small_site, "graph/entailed") == names_in_the_graph(small_site, "graph/ontology")[:-1]
    assert names_in_the_graph(small_site, "graph/conditions")[-1] == "schema:name"


def test_codes_that_people_know_by_the_name_of_their_system_stand_first(small_site: Site) -> None:
    """Among equally close codes, one with the name of its system stands before those that are CURIEs."""
    store = Store()
    for target in ("MONDO_0005100", "DOID_418", "NCIT_C72070"):
        code = NamedNode("http://purl.obolibrary.org/obo/" + target)
        store.add(
            Quad(NamedNode(NAILS), NamedNode(iris.MAPPING_PREDICATES[0]), code, NamedNode(DEFAULT_BASE + "graph/x"))
        )
    reader = Reader(GraphReader(store), small_site.addresses, small_site.release.vocabulary)

    assert [code.spelled for code in codes(reader, NAILS)] == ["NCI Thesaurus C72070", "DOID:418", "MONDO:0005100"]
