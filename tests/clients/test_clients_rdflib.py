"""rdflib: as the store behind a graph, as one that calls us by SERVICE, and as a reader of documents and dumps."""

from __future__ import annotations

from collections.abc import Iterator

import pyoxigraph
import pytest
from client_queries import BROKEN, IS_A_CONDITION, SUBTYPE_GRAPH, SUBTYPES
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.compare import to_isomorphic
from rdflib.namespace import FOAF, RDF, SKOS
from rdflib.plugins.stores.sparqlstore import SPARQLStore

# Between rdflib's own parts: its parsers still use what it deprecates.
pytestmark = [
    pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated:DeprecationWarning"),
]

NOSO = "https://w3id.org/nosograph/ontology#"
SCLERODERMA = URIRef("https://w3id.org/nosograph/condition/scleroderma")


@pytest.fixture(params=["GET", "POST", "POST_FORM"])
def store(endpoint: str, request: pytest.FixtureRequest) -> Iterator[SPARQLStore]:
    """Return rdflib's store, sending in each way that it knows."""
    opened = SPARQLStore(endpoint, method=request.param)
    yield opened
    opened.close()


class TestStore:
    """``SPARQLStore`` makes the endpoint a graph like any other."""

    def test_select(self, store: SPARQLStore, subtypes: dict[str, str]) -> None:
        """A query that the graph is asked is the endpoint's to answer."""
        found = {str(row.subtype): str(row.label) for row in Graph(store).query(SUBTYPES)}

        assert found == subtypes

    @pytest.mark.parametrize("format", ["xml", "json", "csv", "tsv"])
    def test_every_format_of_results(self, endpoint: str, subtypes: dict[str, str], format: str) -> None:
        """Every result format that rdflib can be told to ask for is understood."""
        graph = Graph(SPARQLStore(endpoint, returnFormat=format))

        assert {str(row.subtype): str(row.label) for row in graph.query(SUBTYPES)} == subtypes

    def test_ask(self, store: SPARQLStore) -> None:
        """ASK is true or false."""
        assert Graph(store).query(IS_A_CONDITION).askAnswer is True

    def test_construct(self, store: SPARQLStore, subtypes: dict[str, str]) -> None:
        """CONSTRUCT is a graph."""
        found = Graph(store).query(SUBTYPE_GRAPH).graph

        assert found is not None
        assert {str(subject): str(label) for subject, label in found.subject_objects(SKOS.prefLabel)} == subtypes

    def test_patterns(self, store: SPARQLStore, subtypes: dict[str, str]) -> None:
        """Triples by pattern, values and membership work without a query being written."""
        graph = Graph(store)

        assert {str(found) for found in graph.objects(SCLERODERMA, URIRef(f"{NOSO}hasSubtype"))} == set(subtypes)
        assert graph.value(SCLERODERMA, SKOS.prefLabel) == Literal("scleroderma", lang="en")
        assert (SCLERODERMA, RDF.type, URIRef(f"{NOSO}Condition")) in graph

    def test_named_graphs(self, endpoint: str, published: pyoxigraph.Store) -> None:
        """A named graph is a graph of its own, as long as the dump says."""
        name = "https://w3id.org/nosograph/graph/mappings"
        graph = Graph(SPARQLStore(endpoint, context_aware=True), identifier=URIRef(name))

        expected = len(list(published.quads_for_pattern(None, None, None, pyoxigraph.NamedNode(name))))
        assert expected > 100
        assert len(graph) == expected

    def test_a_broken_query(self, endpoint: str) -> None:
        """A 400 reaches the program as rdflib tells it: as an exception by GET, as a tuple with the status by POST."""
        with pytest.raises(ValueError, match="SPARQL query"):
            Graph(SPARQLStore(endpoint, method="GET")).query(BROKEN)
        handed_back = Graph(SPARQLStore(endpoint, method="POST")).query(BROKEN)

        assert handed_back[:2] == (400, "HTTP Error 400: Bad Request")


def test_service(endpoint: str, subtypes: dict[str, str]) -> None:
    """A query that rdflib evaluates joins its own triples with ours by SERVICE."""
    local = Graph()
    for iri in subtypes:
        local.add((URIRef("https://e.org/list"), URIRef("https://e.org/has"), URIRef(iri)))
    local.add((URIRef("https://e.org/list"), URIRef("https://e.org/has"), URIRef("https://e.org/unknown")))

    found = local.query(
        f"""
        PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?resource ?label WHERE {{
          <https://e.org/list> <https://e.org/has> ?resource .
          SERVICE <{endpoint}> {{ ?resource skos:prefLabel ?label }}
        }}
        """
    )

    assert {str(row.resource): str(row.label) for row in found} == subtypes


DOCUMENT_FORMATS = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/ld+json": "json-ld",
    "application/rdf+xml": "xml",
}


class TestDocuments:
    """Documents and dumps, read by what rdflib itself sends and understands."""

    def test_a_resource_by_its_address(self, site: str) -> None:
        """``Graph().parse(address)`` follows the 303 and gets RDF, with rdflib's own Accept header."""
        graph = Graph().parse(f"{site}condition/systemic-scleroderma")

        assert (URIRef("https://w3id.org/nosograph/condition/systemic-scleroderma"), SKOS.prefLabel, None) in graph

    def test_every_format_says_the_same(self, site: str) -> None:
        """The document of a resource is one graph in every format that rdflib can ask for."""
        address = f"{site}condition/systemic-scleroderma"
        graphs = [Graph().parse(address, format=format) for format in DOCUMENT_FORMATS.values()]
        for graph in graphs:
            (document,) = graph.subjects(FOAF.primaryTopic)
            graph.remove((document, None, None))

        assert len(graphs[0]) > 100
        assert len({to_isomorphic(graph).graph_digest() for graph in graphs}) == 1

    @pytest.mark.parametrize("extension", ["nq", "trig", "jsonld"])
    def test_datasets(self, site: str, extension: str) -> None:
        """Formats that keep named graphs hold the same triples as Turtle."""
        address = f"{site}condition/systemic-scleroderma"
        dataset = Dataset(default_union=True).parse(f"{address}.{extension}")

        turtle = Graph().parse(f"{address}.ttl")
        itself = {str(document) for document in dataset.subjects(FOAF.primaryTopic)}
        assert len(itself) == 1
        found = {(s, p, o) for s, p, o, _ in dataset.quads() if str(s) not in itself}
        assert found == {(s, p, o) for s, p, o in turtle if (s, FOAF.primaryTopic, None) not in turtle}

    @pytest.mark.parametrize(
        "path",
        ["finding/raynaud-phenomenon", "source/gard-scleroderma", "ontology", "shapes", ".well-known/void", "sparql"],
    )
    def test_whatever_else_is_described(self, site: str, path: str) -> None:
        """Resources of other kinds, vocabulary, shapes and descriptions are found and read the same way."""
        assert len(Graph().parse(f"{site}{path}")) > 10

    def test_links_between_documents_lead_on(self, site: str) -> None:
        """Who follows the IRIs of a document on this server finds a document behind each."""
        base = "https://w3id.org/nosograph/"
        graph = Graph().parse(f"{site}condition/systemic-scleroderma")
        named = {
            str(term).removeprefix(base)
            for triple in graph
            for term in triple
            if isinstance(term, URIRef) and str(term).startswith(f"{base}condition/")
        }

        assert len(named) >= 3
        for path in named:
            assert (URIRef(base + path), None, None) in Graph().parse(f"{site}{path}")
