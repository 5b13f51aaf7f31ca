"""Reading requests by the SPARQL 1.1 Protocol §2.1, without a server."""

from urllib.parse import urlencode

import pytest

from nosograph.rdf.formats import JSON_LD, RDF_XML, SPARQL_JSON, SPARQL_XML, TURTLE
from nosograph.sparql.engine_choice import Engine
from nosograph.web.http.problems import ProblemError
from nosograph.web.http.sparql_protocol import DIRECT, FORM, ProtocolRequest, formats_named, read_request

ASK = "ASK {}"


def refused(method: str, query_string: str = "", content_type: str = "", body: bytes = b"") -> ProblemError:
    """Return the error that reading a request raises."""
    with pytest.raises(ProblemError) as raised:
        read_request(method, query_string, content_type, body)
    return raised.value


def test_the_three_ways_of_asking_mean_the_same() -> None:
    """GET, POST of a form and direct POST carry the same request (§2.1.1, §2.1.2, §2.1.3)."""
    form = urlencode({"query": ASK})

    asked = {
        read_request("GET", form, "", b""),
        read_request("POST", "", FORM, form.encode()),
        read_request("POST", "", DIRECT, ASK.encode()),
    }

    assert asked == {ProtocolRequest(ASK)}


def test_graphs_may_stand_in_the_address_of_a_post() -> None:
    """The dataset of a POST may be named in its address, and in a form as well (§2.1.3, §2.1.4)."""
    graphs = urlencode([("default-graph-uri", "http://a/"), ("named-graph-uri", "http://b/")])

    direct = read_request("POST", graphs, DIRECT, ASK.encode())
    form = read_request("POST", graphs, FORM, urlencode([("query", ASK), ("default-graph-uri", "http://c/")]).encode())

    assert direct == ProtocolRequest(ASK, ("http://a/",), ("http://b/",))
    assert form.default_graphs == ("http://a/", "http://c/")


def test_values_are_decoded_once() -> None:
    """A percent sign that was encoded is a percent sign, not the beginning of another escape."""
    asked = read_request("GET", urlencode({"query": 'SELECT ("%41+%2B" AS ?x) {}'}), "", b"")

    assert asked.query == 'SELECT ("%41+%2B" AS ?x) {}'


def test_a_plus_sign_in_a_direct_query_stays() -> None:
    """The body of a direct POST is the query itself, with nothing to decode (§2.1.3)."""
    query = "SELECT (1+2 AS ?x) {} # %20"

    assert read_request("POST", "", DIRECT, query.encode()).query == query


@pytest.mark.parametrize(
    "content_type",
    [
        "application/sparql-query",
        "application/sparql-query;charset=utf-8",
        'application/sparql-query; charset="UTF-8"',
        "APPLICATION/SPARQL-QUERY; Charset=utf8",
        "application/sparql-query;version=1",
    ],
)
def test_parameters_of_the_content_type_are_accepted(content_type: str) -> None:
    """A charset may be named, in any case and quoted; other parameters do no harm (RFC 9110 §8.3.1)."""
    assert read_request("POST", "", content_type, "ASK { ?ä ?b ?c }".encode()).query == "ASK { ?ä ?b ?c }"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/json", "multipart/form-data; boundary=x", "x"])
def test_another_type_of_body_is_refused(content_type: str) -> None:
    """A body of another type, or without one, is 415 and names the two that are taken."""
    problem = refused("POST", "", content_type, ASK.encode()).problem

    assert problem.status == 415
    assert DIRECT in problem.hint
    assert FORM in problem.hint
    assert DIRECT in problem.headers["Accept-Post"]


@pytest.mark.parametrize("content_type", [f"{DIRECT};charset=utf-16", f"{FORM}; charset=iso-8859-1"])
def test_another_charset_is_refused(content_type: str) -> None:
    """Queries are UTF-8; another charset is 415, naming it (§2.1)."""
    assert refused("POST", "", content_type, ASK.encode("utf-16")).problem.status == 415


@pytest.mark.parametrize(
    ("query_string", "content_type", "body"),
    [
        ("query=ASK{}&query=ASK{}", "", b""),
        ("query=ASK{}", FORM, b"query=ASK{}"),
        ("query=ASK{}", DIRECT, b"ASK{}"),
        ("", FORM, b"query=ASK{}&query=ASK{}"),
    ],
)
def test_two_queries_are_refused(query_string: str, content_type: str, body: bytes) -> None:
    """A request holds exactly one query (§2.1.4)."""
    problem = refused("POST" if content_type else "GET", query_string, content_type, body).problem

    assert (problem.status, problem.code) == (400, "several-queries")


@pytest.mark.parametrize(
    ("query_string", "content_type", "body"),
    [
        ("update=CLEAR+ALL", "", b""),
        ("", FORM, b"update=CLEAR+ALL"),
        ("", "application/sparql-update", b"CLEAR ALL"),
        ("query=ASK{}&using-graph-uri=http://a/", "", b""),
    ],
)
def test_updates_are_refused(query_string: str, content_type: str, body: bytes) -> None:
    """The endpoint only reads, so every form of an update is 403."""
    assert refused("POST" if content_type else "GET", query_string, content_type, body).problem.status == 403


@pytest.mark.parametrize(
    ("query_string", "content_type", "body"),
    [
        ("query=%FF", "", b""),
        ("query=ASK%", "", b""),
        ("query=%zz", "", b""),
        ("", FORM, b"query=%FF"),
        ("", FORM, b"query=\xff"),
        ("", DIRECT, b"ASK {} # \xff"),
        ("&".join(["default-graph-uri=http://a/"] * 201), "", b""),
        ("timeout=soon", "", b""),
        ("timeout=-1", "", b""),
        ("timeout=0", "", b""),
        ("timeout=nan", "", b""),
        ("timeout=inf", "", b""),
        ("timeout=1&timeout=2", "", b""),
        ("engine=fastest", "", b""),
        ("engine=store&engine=analysis", "", b""),
        ("format=json&output=xml", "", b""),
    ],
)
def test_malformed_parameters_are_refused(query_string: str, content_type: str, body: bytes) -> None:
    """What cannot be read is 400 and says what is wrong with it."""
    problem = refused("POST" if content_type else "GET", query_string, content_type, body).problem

    assert problem.status == 400
    assert problem.hint


@pytest.mark.parametrize("name", ["ac", "_", "limit", "apikey", "infer"])
def test_parameters_of_editors_are_ignored(name: str) -> None:
    """Editors and gateways add parameters of their own to every query, which mean nothing here."""
    assert read_request("GET", f"query=ASK{{}}&{name}=1", "", b"") == ProtocolRequest("ASK{}")


def test_a_query_that_calls_a_service_is_volatile() -> None:
    """What another service answers, or fails to answer, is not kept as the answer of this one."""
    assert read_request("GET", "query=ASK{SERVICE SILENT <http://a/>{}}", "", b"").is_volatile


def test_parameters_that_clients_send_without_need_are_taken() -> None:
    """What RDF4J and clients made for Virtuoso add to every query has no meaning here and does no harm."""
    asked = read_request("GET", "query=ASK{}&infer=true&queryLn=SPARQL&debug=on&should-sponge=", "", b"")

    assert asked == ProtocolRequest("ASK{}")


def test_one_format_under_three_names() -> None:
    """SPARQLWrapper sends the same format as format, output and results."""
    assert read_request("GET", "query=ASK{}&format=json&output=json&results=JSON", "", b"").format is not None


@pytest.mark.parametrize(
    ("parameters", "engine"),
    [
        ("", None),
        ("&engine=", None),
        ("&engine=store", Engine.STORE),
        ("&engine=Analysis&engine=analysis", Engine.ANALYSIS),
        ("&engine=automatic", Engine.AUTOMATIC),
    ],
)
def test_an_engine_is_chosen_by_its_name(parameters: str, engine: Engine | None) -> None:
    """A request may choose who answers; an empty value chooses nothing."""
    assert read_request("GET", f"query=ASK{{}}{parameters}", "", b"").engine is engine


def test_two_engines_are_refused_as_two_values() -> None:
    """A parameter with one value that is given two is told so, and not that a name is unknown."""
    problem = refused("GET", "query=ASK{}&engine=store&engine=analysis").problem

    assert "given 2 values" in problem.detail
    assert problem.hint == "Give it once."


def test_a_timeout_is_in_seconds() -> None:
    """Clients may ask for a deadline with fractions of a second."""
    assert read_request("GET", "query=ASK{}&timeout=0.5", "", b"").timeout == 0.5


def test_no_query_is_none_and_an_empty_one_is_empty() -> None:
    """A request without a query asks for the service description; an empty query is a query that does not parse."""
    assert read_request("GET", "", "", b"").query is None
    assert read_request("GET", "query=", "", b"").query == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("json", (SPARQL_JSON, JSON_LD)),
        ("XML", (SPARQL_XML, RDF_XML)),
        ("turtle", (TURTLE,)),
        ("text/turtle", (TURTLE,)),
        ("rdf+xml", (RDF_XML,)),
        ("rdf xml", (RDF_XML,)),
        ("application/sparql-results+json", (SPARQL_JSON,)),
        ("application/sparql-results json", (SPARQL_JSON,)),
        ("application/json", (SPARQL_JSON, JSON_LD)),
        ("spreadsheet", None),
    ],
)
def test_names_of_formats(name: str, expected: tuple[object, ...] | None) -> None:
    """Short names and media types are understood, also where an unescaped plus sign became a space."""
    assert formats_named(name) == expected


@pytest.mark.parametrize(
    ("query", "volatile"),
    [
        ("SELECT (NOW() AS ?t) {}", True),
        ("select (rand () as ?r) {}", True),
        ("SELECT (STRUUID() AS ?r) {}", True),
        ("SELECT ?now_ WHERE { ?now_ ?p ?o }", False),
        ("SELECT ?s WHERE { ?s ?p ?o }", False),
    ],
)
def test_queries_whose_answer_changes(query: str, volatile: bool) -> None:
    """A query that calls NOW, RAND or UUID has no answer that could be kept."""
    assert ProtocolRequest(query).is_volatile is volatile
