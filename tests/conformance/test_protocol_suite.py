"""What the W3C's protocol suite asks of an endpoint that only reads, as requests of our own over our own data.

The names are those of the suite's tests, so that both can be laid side by side; the suite itself is run by
``test_w3c_protocol.py`` where a checkout of it is at hand. What any endpoint should do, and a client elsewhere can see,
the doctor checks (``test_doctor.py``). SPARQL 1.1 Protocol §2.1 and §3 unless another is named.
"""

from urllib.parse import quote, urlencode

import pytest
from live import Reply, Server
from pyoxigraph import NamedNode, RdfFormat, parse

DIRECT = "application/sparql-query"
FORM = "application/x-www-form-urlencoded"
GRAPH = "https://w3id.org/nosograph/graph/"
CONDITION = "https://w3id.org/nosograph/ontology#Condition"
FACT = "https://w3id.org/nosograph/ontology#Fact"
IN_BOTH = f"ASK {{ ?c a <{CONDITION}> . ?f a <{FACT}> }}"
IN_NAMED = f"ASK {{ GRAPH ?g {{ ?c a <{CONDITION}> }} GRAPH ?h {{ ?f a <{FACT}> }} }}"
DEFAULTS = [("default-graph-uri", f"{GRAPH}conditions"), ("default-graph-uri", f"{GRAPH}facts")]
NAMED = [("named-graph-uri", f"{GRAPH}conditions"), ("named-graph-uri", f"{GRAPH}facts")]
UNKNOWN = [("default-graph-uri", "http://unknown.example/data.rdf")]


def post(server: Server, content_type: str, body: str | bytes, address: list[tuple[str, str]] | None = None) -> Reply:
    """Send a POST with a Content-Type, or without one where it is empty."""
    headers = {"Content-Type": content_type} if content_type else {}
    content = body.encode() if isinstance(body, str) else body
    return server.request("POST", f"/sparql?{urlencode(address or [])}", headers, content)


def get(server: Server, query: str, dataset: list[tuple[str, str]] | None = None) -> Reply:
    """Send a query by GET."""
    return server.get(f"/sparql?{urlencode([('query', query), *(dataset or [])])}")


def is_true(reply: Reply) -> bool:
    """Return whether an ASK was answered with true."""
    assert reply.status == 200, reply.text
    return bool(reply.json["boolean"])


def test_query_get(server: Server) -> None:
    """A query by GET is answered, also with a graph that is not here, which is an empty one (§2.1.1)."""
    assert is_true(get(server, "ASK {}", UNKNOWN))
    assert not is_true(get(server, "ASK { ?s ?p ?o }", UNKNOWN))


def test_query_post_form(server: Server) -> None:
    """A query in a form is answered, with the dataset in the address (§2.1.2)."""
    assert is_true(post(server, FORM, urlencode({"query": "ASK {}"}), UNKNOWN))


def test_query_post_direct(server: Server) -> None:
    """A query that is the body is answered (§2.1.3)."""
    assert is_true(post(server, DIRECT, "ASK {}", UNKNOWN))


def test_query_dataset_default_graphs_get(server: Server) -> None:
    """Several default graphs of a GET are merged (§2.1.4)."""
    assert is_true(get(server, IN_BOTH, DEFAULTS))
    assert not is_true(get(server, IN_BOTH, DEFAULTS[:1]))
    assert not is_true(get(server, IN_BOTH, DEFAULTS[1:]))


def test_query_dataset_default_graphs_post(server: Server) -> None:
    """Several default graphs in the address of a POST are merged (§2.1.4)."""
    assert is_true(post(server, DIRECT, IN_BOTH, DEFAULTS))
    assert not is_true(post(server, DIRECT, IN_BOTH, DEFAULTS[:1]))


def test_query_dataset_named_graphs_get(server: Server) -> None:
    """Named graphs of a GET are those that GRAPH sees, and the default graph is empty (§2.1.4)."""
    assert is_true(get(server, IN_NAMED, NAMED))
    assert not is_true(get(server, IN_NAMED, NAMED[:1]))
    assert not is_true(get(server, IN_BOTH, NAMED))


def test_query_dataset_named_graphs_post(server: Server) -> None:
    """Named graphs in the address of a POST are those that GRAPH sees (§2.1.4)."""
    assert is_true(post(server, DIRECT, IN_NAMED, NAMED))
    assert not is_true(post(server, DIRECT, IN_NAMED, NAMED[1:]))


def test_query_dataset_full(server: Server) -> None:
    """Default and named graphs may be named together (§2.1.4)."""
    query = f"ASK {{ ?c a <{CONDITION}> GRAPH <{GRAPH}facts> {{ ?f a <{FACT}> }} }}"

    assert is_true(post(server, DIRECT, query, [DEFAULTS[0], NAMED[1]]))
    assert not is_true(post(server, DIRECT, query, [DEFAULTS[1], NAMED[1]]))


def test_query_multiple_dataset(server: Server) -> None:
    """A dataset of the request replaces the whole dataset of the query (§2.1.4)."""
    query = f"ASK FROM <{GRAPH}facts> {{ ?f a <{FACT}> }}"

    assert is_true(post(server, DIRECT, query))
    assert not is_true(post(server, DIRECT, query, DEFAULTS[:1]))
    assert not is_true(post(server, DIRECT, query, NAMED))


@pytest.mark.parametrize("query", ["SELECT (1 AS ?value) {}", "ASK {}"])
def test_query_content_type_select_and_ask(server: Server, query: str) -> None:
    """Without an Accept header rows and booleans come in a format for them (§2.1.6)."""
    assert post(server, DIRECT, query).media_type == "application/sparql-results+json"


@pytest.mark.parametrize(
    "query", ["DESCRIBE <http://unknown.example/>", "CONSTRUCT { <s> <p> 1 } WHERE {}", "CONSTRUCT { } WHERE {}"]
)
def test_query_content_type_describe_and_construct(server: Server, query: str) -> None:
    """Without an Accept header graphs come in an RDF format, empty ones too (§2.1.6)."""
    assert post(server, DIRECT, query).media_type == "text/turtle"


def test_relative_iris_are_below_the_endpoint(server: Server) -> None:
    """A relative IRI is resolved against the endpoint's own IRI, whatever host was asked (RFC 3986 §5.1.3)."""
    reply = server.request(
        "POST",
        "/sparql",
        [("Content-Type", DIRECT), ("Accept", "application/n-triples")],
        b"CONSTRUCT { <a> <#b> <../c> } WHERE {}",
    )

    assert reply.text == (
        "<https://w3id.org/nosograph/a> <https://w3id.org/nosograph/sparql#b> <https://w3id.org/c> .\n"
    )


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_bad_query_method(server: Server, method: str) -> None:
    """A method other than GET and POST is not for queries (§2.1)."""
    reply = server.request(method, "/sparql?query=ASK%20%7B%7D")

    assert reply.status == 405
    assert {"GET", "POST"} <= set(reply["Allow"].split(", "))


def test_bad_multiple_queries(server: Server) -> None:
    """A request holds one query (§2.1.4)."""
    two = urlencode([("query", "ASK {}"), ("query", "SELECT * {}")])

    assert server.get(f"/sparql?{two}").status == 400
    assert post(server, FORM, two).status == 400
    assert post(server, DIRECT, "ASK {}", [("query", "ASK {}")]).status == 400


def test_bad_query_wrong_media_type(server: Server) -> None:
    """A body of another type is refused as that (RFC 9110 §15.5.16)."""
    assert post(server, "text/plain", "ASK {}").status == 415


def test_bad_query_missing_form_type(server: Server) -> None:
    """A form has to say that it is one."""
    assert post(server, "", "query=ASK%20%7B%7D").status == 415


def test_bad_query_missing_direct_type(server: Server) -> None:
    """A query as the body has to say that it is one."""
    assert post(server, "", "ASK {}").status == 415


def test_bad_query_non_utf8(server: Server) -> None:
    """A query is UTF-8, whatever charset the request names and whatever bytes it holds."""
    assert post(server, f"{DIRECT}; charset=UTF-16", "ASK {}".encode("utf-16")).status == 415
    assert post(server, DIRECT, "ASK { # ä }".encode("latin-1")).status == 400
    assert server.get(f"/sparql?query={quote('ASK {} # ä'.encode('latin-1'))}").status == 400


@pytest.mark.parametrize(
    ("content_type", "body", "address"),
    [
        ("application/sparql-update", "CLEAR ALL", None),
        ("application/sparql-update", "CLEAR XYZ", None),
        (FORM, "update=CLEAR%20ALL", None),
        (FORM, "update=CLEAR%20ALL&update=CLEAR%20ALL", None),
        ("text/plain", "CLEAR NAMED", None),
        ("", "CLEAR NAMED", None),
        ("application/sparql-update;charset=utf-16", "CLEAR NAMED", None),
        ("application/sparql-update", "CLEAR ALL", [("using-graph-uri", "http://unknown.example/")]),
    ],
)
def test_updates(server: Server, content_type: str, body: str, address: list[tuple[str, str]] | None) -> None:
    """No update is ever done, however well or badly it is sent (§2.2.5)."""
    before = get(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body

    reply = post(server, content_type, body, address)

    assert reply.status in (403, 415)
    assert get(server, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body == before


def test_bad_update_get(server: Server) -> None:
    """An update is never done by GET (§2.2)."""
    assert server.get("/sparql?update=CLEAR%20ALL").status == 403


def test_service_description_is_returned(server: Server) -> None:
    """The endpoint's address without a query gives RDF about the service (Service Description §2)."""
    space = "http://www.w3.org/ns/sparql-service-description#"
    triples = [quad.triple for quad in parse(server.get("/sparql").body, RdfFormat.TURTLE)]
    a_type = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
    services = [t.subject for t in triples if t.predicate == a_type and t.object == NamedNode(f"{space}Service")]

    assert len(services) == 1
    endpoints = [t.object for t in triples if t.subject == services[0] and t.predicate == NamedNode(f"{space}endpoint")]
    assert endpoints == [NamedNode("https://w3id.org/nosograph/sparql")]
    features = {t.object for t in triples if t.predicate == NamedNode(f"{space}feature")}
    assert NamedNode(f"{space}UnionDefaultGraph") in features


def test_the_described_result_formats_are_those_that_are_answered(server: Server) -> None:
    """Every format of the description can be had, and what can be had is described (Service Description §3.2.11)."""
    names = {
        "SPARQL_Results_JSON": ("ASK {}", "application/sparql-results+json"),
        "SPARQL_Results_XML": ("ASK {}", "application/sparql-results+xml"),
        "SPARQL_Results_CSV": ("SELECT * {}", "text/csv"),
        "SPARQL_Results_TSV": ("SELECT * {}", "text/tab-separated-values"),
        "Turtle": ("CONSTRUCT {} {}", "text/turtle"),
        "N-Triples": ("CONSTRUCT {} {}", "application/n-triples"),
        "JSON-LD": ("CONSTRUCT {} {}", "application/ld+json"),
        "RDF_XML": ("CONSTRUCT {} {}", "application/rdf+xml"),
        "N-Quads": ("CONSTRUCT {} {}", "application/n-quads"),
        "TriG": ("CONSTRUCT {} {}", "application/trig"),
    }
    predicate = NamedNode("http://www.w3.org/ns/sparql-service-description#resultFormat")
    described = {
        quad.object.value.rpartition("/")[2]
        for quad in parse(server.get("/sparql").body, RdfFormat.TURTLE)
        if quad.predicate == predicate
    }

    assert described == set(names)
    for query, media_type in names.values():
        reply = server.request("POST", "/sparql", {"Content-Type": DIRECT, "Accept": media_type}, query.encode())
        assert (reply.status, reply.media_type) == (200, media_type)
