"""SPARQLWrapper, which most Python programs that ask an endpoint use, in every way in which it can send and receive.

It warns when it gets another format than it asked for, and warnings fail tests here.
"""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.error import HTTPError

import pytest
from client_queries import BROKEN, IS_A_CONDITION, SUBTYPE_GRAPH, SUBTYPES
from rdflib import Graph
from SPARQLWrapper import (
    CSV,
    GET,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

# SPARQLWrapper 2.0 parses RDF into a class that rdflib 7 deprecates; that is between the two.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

SENDING = [
    pytest.param(GET, URLENCODED, id="get"),
    pytest.param(POST, URLENCODED, id="form-post"),
    pytest.param(POST, POSTDIRECTLY, id="direct-post"),
]
GRAPH_FORMATS = [TURTLE, N3, RDFXML, XML, JSONLD]


def ask(endpoint: str, query: str, format: str, method: str = GET, request: str = URLENCODED) -> Any:
    """Return what the library makes of the answer."""
    client = SPARQLWrapper(endpoint, returnFormat=format)
    client.setMethod(method)
    client.setRequestMethod(request)
    client.setQuery(query)
    result = client.query()
    with result.response:
        return result.convert()


def rows(content: bytes, delimiter: str) -> list[list[str]]:
    """Return the rows of a table, without its header."""
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter))[1:]


@pytest.mark.parametrize(("method", "request_method"), SENDING)
class TestEveryWayOfSending:
    """GET, form POST and direct POST get the same answers in all formats."""

    def test_json(self, endpoint: str, subtypes: dict[str, str], method: str, request_method: str) -> None:
        """SPARQL JSON becomes bindings."""
        bindings = ask(endpoint, SUBTYPES, JSON, method, request_method)["results"]["bindings"]

        assert {row["subtype"]["value"]: row["label"]["value"] for row in bindings} == subtypes

    def test_xml(self, endpoint: str, subtypes: dict[str, str], method: str, request_method: str) -> None:
        """SPARQL XML becomes a document object model."""
        document = ask(endpoint, SUBTYPES, XML, method, request_method)

        found = {
            result.getElementsByTagName("uri")[0].firstChild.data: result.getElementsByTagName("literal")[
                0
            ].firstChild.data
            for result in document.getElementsByTagName("result")
        }
        document.unlink()
        assert found == subtypes

    def test_csv(self, endpoint: str, subtypes: dict[str, str], method: str, request_method: str) -> None:
        """CSV holds bare values."""
        content = ask(endpoint, SUBTYPES, CSV, method, request_method)

        assert dict(rows(content, ",")) == subtypes

    def test_tsv(self, endpoint: str, subtypes: dict[str, str], method: str, request_method: str) -> None:
        """TSV holds terms as Turtle spells them."""
        content = ask(endpoint, SUBTYPES, TSV, method, request_method)

        written = {f"<{iri}>": f'"{label}"@en' for iri, label in subtypes.items()}
        assert dict(line.split("\t") for line in content.decode().splitlines()[1:]) == written

    def test_ask(self, endpoint: str, method: str, request_method: str) -> None:
        """ASK becomes a boolean, in JSON and in XML."""
        said = ask(endpoint, IS_A_CONDITION, JSON, method, request_method)
        document = ask(endpoint, IS_A_CONDITION, XML, method, request_method)

        assert said["boolean"] is True
        assert document.getElementsByTagName("boolean")[0].firstChild.data == "true"

    @pytest.mark.parametrize("format", GRAPH_FORMATS)
    def test_graph(
        self, endpoint: str, subtypes: dict[str, str], method: str, request_method: str, format: str
    ) -> None:
        """CONSTRUCT becomes a graph, in every RDF format that the library knows."""
        content = ask(endpoint, SUBTYPE_GRAPH, format, method, request_method)

        graph = content if isinstance(content, Graph) else Graph().parse(data=content, format="turtle")
        assert {str(subject): str(value) for subject, _, value in graph} == subtypes

    def test_description(self, endpoint: str, method: str, request_method: str) -> None:
        """DESCRIBE becomes a graph about the resource."""
        query = "DESCRIBE <https://w3id.org/nosograph/condition/scleroderma>"

        graph = ask(endpoint, query, RDFXML, method, request_method)

        assert "https://w3id.org/nosograph/condition/scleroderma" in {str(subject) for subject in graph.subjects()}
        assert len(graph) > 10


def test_dataset_parameters(endpoint: str) -> None:
    """A graph added as a parameter is all that is asked."""
    client = SPARQLWrapper(endpoint, returnFormat=JSON)
    client.addDefaultGraph("https://w3id.org/nosograph/graph/ontology")
    client.setQuery("PREFIX noso: <https://w3id.org/nosograph/ontology#> ASK { ?f a noso:Fact }")

    assert client.queryAndConvert()["boolean"] is False


def test_the_release_is_named(endpoint: str, release: Any) -> None:
    """A program can say which release its figures come from."""
    client = SPARQLWrapper(endpoint, returnFormat=JSON)
    client.setQuery(SUBTYPES)
    result = client.query()
    result.convert()

    assert result.info()["x-release"] == release.version


def test_a_broken_query_is_explained(endpoint: str) -> None:
    """The exception is the library's own for malformed queries, and holds the endpoint's words, line and column."""
    with pytest.raises(QueryBadFormed) as raised:
        ask(endpoint, BROKEN, JSON)

    said = str(raised.value)
    assert "Expected" in said
    assert '"line": 4' in said
    assert '"column": 1' in said


def test_a_shorter_deadline_is_kept(endpoint: str) -> None:
    """A query that cannot end in the time that the program allows is an error, never part of an answer."""
    client = SPARQLWrapper(endpoint, returnFormat=JSON)
    client.addParameter("timeout", "0.3")
    client.setQuery("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . FILTER(?a != ?d && ?d != ?g) }")

    with pytest.raises(HTTPError) as raised:
        client.query()

    with raised.value as answer:
        assert answer.code == 503
        assert int(answer.headers["Retry-After"]) >= 1
        assert b"0.3 seconds" in answer.read()


def test_an_update_is_refused(endpoint: str) -> None:
    """The library sends an update as a form; the endpoint says that it only reads."""
    client = SPARQLWrapper(endpoint)
    client.setMethod(POST)
    client.setQuery("INSERT DATA { <https://e.org/s> <https://e.org/p> 1 }")

    with pytest.raises(HTTPError) as raised:
        client.query()

    with raised.value as answer:
        assert answer.code == 403
        assert b"only reads" in answer.read()
