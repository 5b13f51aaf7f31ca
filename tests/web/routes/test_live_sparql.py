"""Lines 10 to 16 of the HTTP contract over a real socket: protocol, formats, errors, bounds, self-description."""

import csv
import gzip
import http.client
import io
import json
import socket
import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from live import Reply, Server, Shelf
from pyoxigraph import NamedNode, RdfFormat, parse

from nosograph.web.http.sparql_protocol import largest_body

DIRECT = {"Content-Type": "application/sparql-query"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SELECT = "SELECT ?s WHERE { ?s a <https://w3id.org/nosograph/ontology#Condition> } ORDER BY ?s LIMIT 3"
CONSTRUCT = "CONSTRUCT { ?s a ?o } WHERE { ?s a ?o } LIMIT 5"
GRAPH = "https://w3id.org/nosograph/graph/"
# A product of every statement with every other one three times over ends for no engine.
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def ask(server: Server, query: str, **headers: str) -> Reply:
    """Send a query by direct POST."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.request("POST", "/sparql", DIRECT | named, query.encode())


def get(server: Server, _accept: str | None = None, **parameters: str) -> Reply:
    """Send a query by GET."""
    headers = {"Accept": _accept} if _accept else {}
    return server.request("GET", "/sparql?" + urlencode(parameters), headers)


def test_10_three_ways_of_asking_have_one_answer(server: Server) -> None:
    """GET, form POST and direct POST answer alike (SPARQL 1.1 Protocol §2.1)."""
    answers = [
        get(server, query=SELECT),
        server.request("POST", "/sparql", FORM, urlencode({"query": SELECT}).encode()),
        ask(server, SELECT),
    ]

    assert [answer.status for answer in answers] == [200, 200, 200]
    assert len({answer.body for answer in answers}) == 1
    assert len(answers[0].json["results"]["bindings"]) == 3


@pytest.mark.parametrize(
    "content_type", ["application/sparql-query;charset=utf-8", 'application/sparql-query; charset="UTF-8"; x=y']
)
def test_10_parameters_of_the_content_type_are_accepted(server: Server, content_type: str) -> None:
    """A charset beside the media type is no other media type."""
    reply = server.request("POST", "/sparql", {"Content-Type": content_type}, 'SELECT ("é" AS ?x) {}'.encode())

    assert reply.json["results"]["bindings"][0]["x"]["value"] == "é"


def test_10_the_query_is_decoded_once(server: Server) -> None:
    """What looks like an escape in the query itself stays as it is."""
    query = 'SELECT ("%41+b" AS ?x) {}'

    values = [
        reply.json["results"]["bindings"][0]["x"]["value"]
        for reply in (
            get(server, query=query),
            ask(server, query),
            server.request("POST", "/sparql", FORM, f"query={quote(query)}".encode()),
        )
    ]

    assert values == ["%41+b"] * 3


COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def number(reply: Reply) -> int:
    """Return the one number of an answer."""
    return int(reply.json["results"]["bindings"][0]["n"]["value"])


def test_10_the_dataset_may_be_named_in_every_way(server: Server, shelf: Shelf) -> None:
    """Graphs of the protocol count in GET, form, and the address of both POSTs (§2.1.4)."""
    facts, sources = f"{GRAPH}facts", f"{GRAPH}sources"
    one = urlencode({"default-graph-uri": facts})
    both = urlencode([("default-graph-uri", facts), ("default-graph-uri", sources)])
    counts = shelf.main.manifest.counts.graphs

    for address, reply in (
        ("get", server.get(f"/sparql?{urlencode({'query': COUNT})}&{one}")),
        ("form", server.request("POST", "/sparql", FORM, f"{urlencode({'query': COUNT})}&{one}".encode())),
        ("form, address", server.request("POST", f"/sparql?{one}", FORM, urlencode({"query": COUNT}).encode())),
        ("direct, address", server.request("POST", f"/sparql?{one}", DIRECT, COUNT.encode())),
    ):
        assert number(reply) == counts["facts"], address
    repeated = number(server.request("POST", f"/sparql?{both}", DIRECT, COUNT.encode()))
    assert counts["facts"] < repeated <= counts["facts"] + counts["sources"]


def test_10_the_protocol_overrides_from(server: Server, shelf: Shelf) -> None:
    """A dataset in the request replaces the one in the query (§2.1.4)."""
    query = COUNT.replace("{", f"FROM <{GRAPH}sources> {{", 1)
    counts = shelf.main.manifest.counts.graphs

    assert number(ask(server, query)) == counts["sources"]
    overridden = server.request("POST", f"/sparql?default-graph-uri={quote(GRAPH)}facts", DIRECT, query.encode())
    assert number(overridden) == counts["facts"]


def test_10_named_graphs_of_the_protocol(server: Server) -> None:
    """GRAPH sees the named graphs that the request names, and no others."""
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
    reply = server.request("POST", f"/sparql?named-graph-uri={quote(GRAPH)}facts", DIRECT, query.encode())

    assert [row["g"]["value"] for row in reply.json["results"]["bindings"]] == [f"{GRAPH}facts"]


def test_10_without_a_dataset_queries_see_the_union(server: Server, shelf: Shelf) -> None:
    """A query that names no graph sees every statement once."""
    assert number(ask(server, COUNT)) == shelf.main.manifest.counts.triples


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/sparql-results+json"),
        ("*/*", "application/sparql-results+json"),
        ("application/json", "application/json"),
        ("application/sparql-results+json", "application/sparql-results+json"),
        ("application/sparql-results+xml", "application/sparql-results+xml"),
        ("application/xml", "application/xml"),
        ("text/csv", "text/csv;charset=utf-8"),
        ("text/tab-separated-values", "text/tab-separated-values;charset=utf-8"),
        ("text/turtle, text/csv;q=0.1", "text/csv;charset=utf-8"),
    ],
)
@pytest.mark.parametrize("query", [SELECT, "ASK { ?s ?p ?o }"])
def test_11_results_in_all_formats(server: Server, query: str, accept: str | None, expected: str) -> None:
    """SELECT and ASK answer as SPARQL JSON, XML, CSV and TSV, under the name that the client knows."""
    reply = get(server, accept, query=query)

    assert reply.status == 200
    assert reply["Content-Type"] == expected
    assert "Accept" in reply["Vary"]


def test_11_result_formats_say_the_same(server: Server) -> None:
    """The rows are the same in each format."""
    expected = [row["s"]["value"] for row in get(server, query=SELECT).json["results"]["bindings"]]

    tree = ElementTree.fromstring(get(server, query=SELECT, format="xml").text)
    space = {"s": "http://www.w3.org/2005/sparql-results#"}
    assert [uri.text for uri in tree.iterfind(".//s:uri", space)] == expected
    rows = list(csv.reader(io.StringIO(get(server, query=SELECT, format="csv").text)))
    assert rows == [["s"], *[[iri] for iri in expected]]
    lines = get(server, query=SELECT, format="tsv").text.splitlines()
    assert lines == ["?s", *[f"<{iri}>" for iri in expected]]


@pytest.mark.parametrize(
    ("accept", "expected", "engine_format"),
    [
        (None, "text/turtle;charset=utf-8", RdfFormat.TURTLE),
        ("text/turtle", "text/turtle;charset=utf-8", RdfFormat.TURTLE),
        ("application/n-triples", "application/n-triples", RdfFormat.N_TRIPLES),
        ("text/plain", "text/plain;charset=utf-8", RdfFormat.N_TRIPLES),
        ("application/ld+json", "application/ld+json", RdfFormat.JSON_LD),
        ("application/json", "application/json", RdfFormat.JSON_LD),
        ("application/rdf+xml", "application/rdf+xml", RdfFormat.RDF_XML),
        ("application/n-quads", "application/n-quads", RdfFormat.N_QUADS),
        ("application/trig", "application/trig;charset=utf-8", RdfFormat.TRIG),
    ],
)
@pytest.mark.parametrize("query", [CONSTRUCT, "DESCRIBE <https://w3id.org/nosograph/condition/scleroderma>"])
def test_11_graphs_in_all_formats(
    server: Server, query: str, accept: str | None, expected: str, engine_format: RdfFormat
) -> None:
    """CONSTRUCT and DESCRIBE answer in every RDF format, with the same triples."""
    reply = get(server, accept, query=query)
    reference = {
        quad.triple for quad in parse(get(server, "application/n-triples", query=query).body, RdfFormat.N_TRIPLES)
    }

    assert reply["Content-Type"] == expected
    assert {quad.triple for quad in parse(reply.body, engine_format)} == reference
    assert reference


@pytest.mark.parametrize("parameter", ["format", "output", "results"])
@pytest.mark.parametrize(
    ("name", "media_type"), [("csv", "text/csv"), ("xml", "application/sparql-results+xml"), ("text/csv", "text/csv")]
)
def test_11_a_parameter_overrides_accept(server: Server, parameter: str, name: str, media_type: str) -> None:
    """A link can say the format, for those who cannot set a header."""
    reply = get(server, "application/sparql-results+json", query=SELECT, **{parameter: name})

    assert reply.media_type == media_type


def test_11_a_name_for_two_formats_is_settled_by_the_query(server: Server) -> None:
    """The name json is JSON-LD for a graph and SPARQL JSON for rows; xml likewise."""
    assert get(server, query=CONSTRUCT, format="json").media_type == "application/ld+json"
    assert get(server, query=SELECT, format="json").media_type == "application/sparql-results+json"
    assert get(server, query=CONSTRUCT, format="xml").media_type == "application/rdf+xml"


def test_11_parsing_comes_before_negotiation(server: Server) -> None:
    """A query that does not parse is told so even where no format would fit its answer."""
    assert get(server, "image/png", query="SELECT * { ?s ?p ").status == 400
    assert get(server, "image/png", query=SELECT).status == 406


def test_11_what_a_format_cannot_hold_is_not_acceptable(server: Server) -> None:
    """A control character cannot be written as XML: 406, which says that another format can hold it."""
    reply = get(server, query="SELECT ('\\u0001' AS ?x) {}", format="xml")

    assert (reply.status, reply.json["code"]) == (406, "not-expressible")
    assert "another format" in reply.json["hint"]


def test_12_no_query_is_the_service_description(server: Server) -> None:
    """The endpoint describes itself in RDF: features, formats, graphs with partitions, examples, prefixes."""
    description = {quad.triple for quad in parse(server.get("/sparql").body, RdfFormat.TURTLE)}
    predicates = {triple.predicate.value for triple in description}

    for iri in (
        "http://www.w3.org/ns/sparql-service-description#endpoint",
        "http://www.w3.org/ns/sparql-service-description#resultFormat",
        "http://www.w3.org/ns/sparql-service-description#namedGraph",
        "http://rdfs.org/ns/void#classPartition",
        "http://rdfs.org/ns/void#propertyPartition",
        "http://www.w3.org/ns/shacl#select",
        "http://www.w3.org/ns/shacl#declare",
    ):
        assert iri in predicates, iri


@pytest.mark.parametrize(
    ("accept", "engine_format"),
    [
        ("application/ld+json", RdfFormat.JSON_LD),
        ("application/rdf+xml", RdfFormat.RDF_XML),
        ("application/n-triples", RdfFormat.N_TRIPLES),
        ("application/trig", RdfFormat.TRIG),
    ],
)
def test_12_the_service_description_is_negotiated(server: Server, accept: str, engine_format: RdfFormat) -> None:
    """Every RDF format holds the same description."""
    expected = {quad.triple for quad in parse(server.get("/sparql").body, RdfFormat.TURTLE)}

    reply = server.get("/sparql", Accept=accept)

    assert reply.media_type == accept
    assert {quad.triple for quad in parse(reply.body, engine_format)} == expected


def test_12_a_browser_gets_the_editor(server: Server) -> None:
    """A person who opens the endpoint's address can write a query there."""
    reply = server.get("/sparql", Accept=BROWSER)

    assert reply.media_type == "text/html"
    assert "<form" in reply.text
    assert "Accept" in reply["Vary"]


def test_12_a_post_without_a_query_is_400(server: Server) -> None:
    """Only GET asks for the description; a form without a query is a mistake."""
    reply = server.request("POST", "/sparql", FORM, b"format=json")

    assert (reply.status, reply.json["code"]) == (400, "no-query")


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * WHERE { ?s ?p }", 1, 24),
        ("SELECT *\nWHERE {\n  ?s ?p ?o ;;; ] }", 3, 16),
        ("SELEKT * {}", 1, 1),
        ("", 1, 1),
    ],
)
def test_13_a_malformed_query_is_400_with_its_location(server: Server, query: str, line: int, column: int) -> None:
    """The answer says where in the query the error is and what was expected there."""
    reply = get(server, query=query)

    assert (reply.status, reply.json["code"]) == (400, "query-syntax")
    assert (reply.json["line"], reply.json["column"]) == (line, column)
    assert reply.json["detail"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/sparql?query=ASK%7B%7D&query=ASK%7B%7D", {}, b"", 400),
        ("POST", "/sparql?query=ASK%7B%7D", DIRECT, b"ASK {}", 400),
        ("POST", "/sparql", {"Content-Type": "text/plain"}, b"ASK {}", 415),
        ("POST", "/sparql", {}, b"ASK {}", 415),
        ("POST", "/sparql", {"Content-Type": "application/sparql-query;charset=utf-16"}, b"ASK {}", 415),
        ("POST", "/sparql", DIRECT | {"Content-Encoding": "gzip"}, b"ASK {}", 415),
        ("GET", "/sparql?query=ASK%7B%7D&format=pdf", {}, b"", 400),
        ("GET", "/sparql?query=ASK%7B%7D&format=ttl", {}, b"", 406),
        ("GET", "/sparql?query=ASK%7B%7D", {"Accept": "text/turtle"}, b"", 406),
        ("GET", "/sparql?query=ASK%7B%7D&default-graph-uri=relative", {}, b"", 400),
        ("GET", "/sparql?query=%FF", {}, b"", 400),
        ("PUT", "/sparql", DIRECT, b"ASK {}", 405),
        ("DELETE", "/sparql", {}, b"", 405),
        ("GET", "/sparql?update=CLEAR%20ALL", {}, b"", 403),
        ("POST", "/sparql", FORM, b"update=CLEAR+ALL", 403),
        ("POST", "/sparql", {"Content-Type": "application/sparql-update"}, b"CLEAR ALL", 403),
        ("POST", "/sparql", DIRECT, b"INSERT DATA { <a:b> <a:b> <a:b> }", 400),
        ("POST", "/sparql", DIRECT, b"LOAD <http://127.0.0.1:9/>", 400),
        ("POST", "/sparql", DIRECT, b"SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403),
        ("POST", "/sparql", DIRECT, b"SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }", 403),
    ],
)
def test_13_each_mistake_has_its_status(
    server: Server, method: str, path: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """Two queries, a wrong type, a format that does not fit, an update and a SERVICE are told apart."""
    reply = server.request(method, path, headers, body)

    assert reply.status == status
    assert reply.json["detail"]
    assert reply["Cache-Control"] == "no-store"


def test_13_the_word_service_elsewhere_is_no_call(server: Server) -> None:
    """A string, a comment or a name that holds the word is not refused."""
    query = 'SELECT ?service { BIND("SERVICE <http://x/> {" AS ?service) } # SERVICE <http://x/>'

    assert ask(server, query).status == 200


@pytest.fixture(scope="module")
def listener() -> Iterator[socket.socket]:
    """Return a socket that hears whether anybody connects to it."""
    with socket.create_server(("127.0.0.1", 0)) as heard:
        heard.settimeout(0.2)
        yield heard


@pytest.mark.parametrize(
    "template",
    [
        "SELECT * FROM <{url}> {{ ?s ?p ?o }}",
        "SELECT * FROM NAMED <{url}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}",
        "LOAD <{url}>",
    ],
)
def test_13_no_query_causes_a_network_request(server: Server, listener: socket.socket, template: str) -> None:
    """FROM of an unknown graph is an empty graph, and SERVICE and LOAD are refused: nobody is connected to."""
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/data"

    reply = ask(server, template.format(url=url))

    assert reply.status == (200 if "FROM" in template else 400 if "LOAD" in template else 403)
    if reply.status == 200:
        assert reply.json["results"]["bindings"] == []
    with pytest.raises(TimeoutError):
        listener.accept()


def test_14_a_shorter_deadline_ends_a_runaway_query(server: Server) -> None:
    """A client that asks for a second gets 503 with limit and elapsed time, and others are answered."""
    results: dict[str, Reply] = {}

    def run() -> None:
        results["runaway"] = server.request("POST", "/sparql?timeout=1", DIRECT, RUNAWAY.encode())

    runaway = threading.Thread(target=run)
    runaway.start()
    others = [ask(server, f"{SELECT} # {number}") for number in range(10)]
    runaway.join()

    assert [other.status for other in others] == [200] * 10
    reply = results["runaway"]
    assert (reply.status, reply.json["code"]) == (503, "query-timeout")
    assert reply.json["limit_seconds"] == 1
    assert reply.json["elapsed_seconds"] >= 1
    assert int(reply["Retry-After"]) > 0


def test_14_an_error_never_comes_with_status_200(server: Server) -> None:
    """Nothing of a failed query's answer is sent, so no client takes a part for the whole."""
    reply = server.request("POST", "/sparql?timeout=0.2", DIRECT, b"SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")

    assert reply.status in (422, 503)
    assert reply.media_type == "application/problem+json"


def test_14_a_query_that_would_crash_the_engine_is_an_error(server: Server) -> None:
    """Nesting that overflows a stack is answered with an error, and the next query is answered as ever."""
    reply = ask(server, "SELECT * { FILTER(" + "STR(" * 100_000 + "1" + ")" * 100_000 + ") }")

    assert reply.status in (400, 403, 503)
    assert reply.json["detail"]
    assert ask(server, "ASK {}").status == 200


def test_14_a_body_beyond_the_bound_is_413(server: Server) -> None:
    """A query of megabytes is not read."""
    bound = largest_body(1024)
    reply = ask(server, "ASK {} #" + "x" * bound)

    assert (reply.status, reply.json["limit_bytes"]) == (413, bound)


def test_14_a_chunked_body_beyond_the_bound_is_413(server: Server) -> None:
    """A body that does not say its length is bounded as well."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    chunks = iter([b"ASK {} #", *[b"x" * 65536] * 60])
    connection.request("POST", "/sparql", chunks, DIRECT, encode_chunked=True)
    status = connection.getresponse().status
    connection.close()

    assert status == 413


def test_14_a_chunked_body_is_a_body(server: Server) -> None:
    """A client that streams its query is answered."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    connection.request("POST", "/sparql", iter([b"ASK", b" {}"]), DIRECT, encode_chunked=True)
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()

    assert answer["boolean"] is True


def test_14_a_client_that_goes_away_frees_its_worker(server: Server) -> None:
    """A query whose client has closed its connection does not run on until its deadline."""
    server.wait_for_metric("nosograph_queries_running", 0)
    with server.unread("/sparql", RUNAWAY.encode(), X_Request_Id="gone-client-1"):
        server.wait_for_metric("nosograph_queries_running", 1)

    assert server.wait_for_log(id="gone-client-1")["problem"] == "client-gone"
    server.wait_for_metric("nosograph_queries_running", 0)


def test_14_a_timeout_that_is_no_number_is_400(server: Server) -> None:
    """A deadline that cannot be understood is not ignored."""
    assert get(server, query="ASK {}", timeout="soon").status == 400


def test_15_server_timing_has_the_four_phases_and_the_engine(server: Server) -> None:
    """An answer says where its time went, in milliseconds, and who gave it (W3C Server Timing)."""
    *phases, engine = ask(server, f"{CONSTRUCT} # timing")["Server-Timing"].split(", ")
    metrics = dict(entry.split(";dur=") for entry in phases)

    assert set(metrics) == {"parse", "queue", "evaluate", "serialise"}
    assert all(float(value) >= 0 for value in metrics.values())
    assert engine == 'engine;desc="store"'


def test_15_a_request_chooses_its_engine(server: Server) -> None:
    """Both engines give the same rows, each under its own key in the cache; an unknown engine is 400 with the names."""
    query = "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n) ?p"
    replies = {engine: get(server, query=query, engine=engine) for engine in ("store", "analysis", "")}

    assert {engine: reply["Server-Timing"].rpartition(", ")[2] for engine, reply in replies.items()} == {
        "store": 'engine;desc="store"',
        "analysis": 'engine;desc="analysis"',
        "": 'engine;desc="analysis"',
    }
    assert len({reply.body for reply in replies.values()}) == 1
    assert get(server, query=query, engine="store")["Server-Timing"] == "cache;desc=hit"
    refused = get(server, query=query, engine="fastest")
    assert (refused.status, refused.json["available"]) == (400, ["automatic", "store", "analysis"])


def test_15_the_release_is_on_every_answer(server: Server, shelf: Shelf) -> None:
    """Answers and errors of the endpoint name the release that was asked."""
    assert ask(server, SELECT)["X-Release"] == ask(server, "x")["X-Release"] == shelf.main.version


def test_16_prefixes_and_examples_are_in_the_data(server: Server) -> None:
    """A public editor configures itself by asking for sh:declare and sh:SPARQLExecutable."""
    prefixes = ask(
        server,
        "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?prefix ?namespace "
        "{ ?x sh:declare [ sh:prefix ?prefix ; sh:namespace ?namespace ] }",
    ).json["results"]["bindings"]
    examples = ask(
        server,
        "PREFIX sh: <http://www.w3.org/ns/shacl#> SELECT ?query { ?x a sh:SPARQLExecutable ; sh:select ?query }",
    ).json["results"]["bindings"]

    found = {row["prefix"]["value"]: row["namespace"]["value"] for row in prefixes}
    assert found["noso"] == "https://w3id.org/nosograph/ontology#"
    assert len(examples) >= 10
    assert all(get(server, query=row["query"]["value"]).status == 200 for row in examples)


def test_a_second_answer_comes_from_memory(server: Server) -> None:
    """The same question is answered without asking the store, with the same bytes and entity tag."""
    first, second = (get(server, query=f"{SELECT} # twice") for _ in range(2))

    assert first.body == second.body
    assert first["ETag"] == second["ETag"]
    assert second["Server-Timing"] == "cache;desc=hit"
    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_kept_answers_keep_their_formats_apart(server: Server) -> None:
    """Whatever was kept for one client, another gets the format that it asked for."""
    query = f"{SELECT} # formats"
    for _ in range(2):
        assert get(server, "text/csv", query=query).media_type == "text/csv"
        assert get(server, "application/sparql-results+xml", query=query).text.startswith("<?xml")
        assert get(server, query=query).json["head"]["vars"] == ["s"]
        assert get(server, "image/png", query=query).status == 406


def test_answers_that_change_are_not_kept(server: Server) -> None:
    """A query that asks for the time or a random number gets a new answer each time."""
    query = "SELECT (STRUUID() AS ?id) {}"
    replies = [get(server, query=query) for _ in range(3)]

    assert len({reply.body for reply in replies}) == 3
    assert all(reply["Cache-Control"] == "no-store" for reply in replies)


def test_a_large_answer_is_streamed_with_its_length(server: Server, shelf: Shelf) -> None:
    """An answer beyond what is kept in memory comes whole, with its length, and packed where the client likes."""
    query = (
        "CONSTRUCT { ?a ?p ?b } { VALUES (?n) { (1) (2) (3) (4) } { ?s ?p ?o } BIND(STR(?s) AS ?t) "
        "BIND(IRI(CONCAT(?t, '/', STR(?n))) AS ?a) BIND(?o AS ?b) }"
    )
    plain = ask(server, query, Accept="application/n-triples")

    assert plain.status == 200
    assert int(plain["Content-Length"]) == len(plain.body) > 4 * 1024 * 1024
    assert len(plain.text.splitlines()) == 4 * shelf.main.manifest.counts.triples
    packed = ask(server, query, Accept="application/n-triples", Accept_Encoding="gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 4
    assert sorted(gzip.decompress(packed.body).splitlines()) == sorted(plain.body.splitlines())


def test_describe_holds_the_resource(server: Server) -> None:
    """DESCRIBE gives statements about the resource that is named."""
    iri = "https://w3id.org/nosograph/condition/scleroderma"
    quads = parse(ask(server, f"DESCRIBE <{iri}>").body, RdfFormat.TURTLE)

    assert NamedNode(iri) in {quad.subject for quad in quads}
