"""The answer cache around a small WSGI application that counts how often it is asked."""

import io
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import Client, EnvironBuilder, TestResponse
from werkzeug.wrappers import Request, Response

from nosograph.web.http.sparql_protocol import ASKED, ProtocolRequest
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.response_cache import SHARE_OF_ONE, CachedResponses, KeptResponse, ResponseCache, request_key

CAPACITY = 1024 * 1024


class Counted:
    """Answers with the Accept header and the number of the call; the path says how."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer, and count."""
        self.calls += 1
        request = Request(environ)
        form = request.form.get("query", "")
        body = f"{request.headers.get('Accept')} {request.args.get('query', form)} {self.calls}"
        response = Response(body, headers={"Cache-Control": "public, max-age=300", "ETag": '"e"'})
        match request.path.rpartition("/")[2]:
            case "private":
                response.headers["Cache-Control"] = "no-store"
            case "wrong":
                response.status_code = 404
            case "moved":
                response.status_code = 303
            case "large":
                response.set_data(b"x" * (CAPACITY // SHARE_OF_ONE + 1))
            case "short":
                response.headers["Content-Length"] = "1000"
                response.automatically_set_content_length = False
        return response(environ, start_response)


@pytest.fixture
def counted() -> Counted:
    """Return the application within."""
    return Counted()


@pytest.fixture
def client(counted: Counted) -> Client:
    """Return a client of the cache around it."""
    return Client(CachedResponses(counted, ResponseCache(CAPACITY, Metrics()), "v1"))


def test_the_same_request_is_answered_from_memory(client: Client, counted: Counted) -> None:
    """The second client gets the bytes of the first answer without the application."""
    first, second = client.get("/a"), client.get("/a")

    assert first.data == second.data
    assert counted.calls == 1
    assert second.headers["Server-Timing"] == "cache;desc=hit"


def test_a_format_is_never_given_to_another_client(client: Client, counted: Counted) -> None:
    """The Accept header is part of the key, also where one has none."""
    answers = {
        client.get("/a", headers=headers).data
        for headers in ({}, {"Accept": ""}, {"Accept": "text/turtle"}, {"Accept": "text/html"})
    }

    assert len(answers) == counted.calls == 4


def test_a_content_coding_is_never_given_to_another_client(client: Client, counted: Counted) -> None:
    """A client that has not named a coding does not get what another one can decode."""
    for headers in ({}, {"Accept-Encoding": "gzip"}, {"Accept-Encoding": "zstd"}, {"Accept-Encoding": "gzip;q=1"}):
        client.get("/a", headers=headers)

    assert counted.calls == 3


@pytest.mark.parametrize("path", ["/wrong", "/private", "/large", "/short"])
def test_what_must_not_be_kept_is_not(client: Client, counted: Counted, path: str) -> None:
    """An error, a private answer, one beyond the bound and one that was cut short are never kept."""
    client.get(path, buffered=False).close()
    client.get(path, buffered=False).close()

    assert counted.calls == 2


def test_a_redirect_is_kept(client: Client, counted: Counted) -> None:
    """The 303 from a resource to a document is as lasting as the document."""
    assert client.get("/moved").status_code == client.get("/moved").status_code == 303
    assert counted.calls == 1


def test_the_order_of_different_parameters_does_not_matter(client: Client, counted: Counted) -> None:
    """Parameters are compared by name; the order of values of one name is kept."""
    client.get("/a?x=1&y=2&x=3")
    client.get("/a?y=2&x=1&x=3")
    client.get("/a?y=2&x=3&x=1")

    assert counted.calls == 2


def test_a_query_has_one_answer_however_it_is_asked(client: Client, counted: Counted) -> None:
    """GET, both POST forms, other deadlines and surrounding blanks lead to the same kept answer."""
    query = "ASK { ?s ?p ?o }"

    answers: list[TestResponse] = [
        client.get("/sparql", query_string={"query": query}),
        client.get("/sparql", query_string={"query": f" {query}\n", "timeout": "5"}),
        client.post("/sparql", data={"query": query}),
        client.post("/sparql", data=query, content_type="application/sparql-query"),
    ]

    assert counted.calls == 1
    assert len({answer.data for answer in answers}) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {"query": "ASK {}", "default-graph-uri": "http://a/"},
        {"query": "ASK {}", "named-graph-uri": "http://a/"},
        {"query": "ASK {}", "format": "xml"},
        {"query": "ASK { }"},
        {"query": "\u00a0ASK {}"},
    ],
)
def test_queries_that_differ_have_answers_that_differ(
    client: Client, counted: Counted, parameters: dict[str, str]
) -> None:
    """Text, dataset and format belong to the question."""
    client.get("/sparql", query_string={"query": "ASK {}"})
    client.get("/sparql", query_string=parameters)

    assert counted.calls == 2


def test_several_graphs_are_not_one_graph_with_a_line_break(client: Client, counted: Counted) -> None:
    """A parameter that holds a line break is another dataset than two parameters."""
    for graphs in (["http://a/", "http://b/"], ["http://a/\nhttp://b/"]):
        client.get("/sparql", query_string={"query": "ASK {}", "default-graph-uri": graphs})

    assert counted.calls == 2


@pytest.mark.parametrize("query", ["SELECT (NOW() AS ?t) {}", "SELECT (RAND() AS ?t) {}"])
def test_an_answer_that_changes_is_not_kept(client: Client, counted: Counted, query: str) -> None:
    """A query that calls NOW or RAND is evaluated each time."""
    client.get("/sparql", query_string={"query": query})
    client.get("/sparql", query_string={"query": query})

    assert counted.calls == 2


def test_the_body_of_a_post_reaches_the_application(client: Client) -> None:
    """Reading the body for the key leaves it there for the application."""
    assert b"ASK {}" in client.post("/sparql", data={"query": "ASK {}"}).data


def test_head_is_answered_from_what_get_left(client: Client, counted: Counted) -> None:
    """HEAD has the header of the kept answer and no body; it leaves nothing itself."""
    client.head("/a")
    get = client.get("/a")
    head = client.head("/a")

    assert counted.calls == 2
    assert (head.data, head.headers["Content-Length"]) == (b"", str(len(get.data)))


def test_a_condition_is_judged_from_memory(client: Client, counted: Counted) -> None:
    """A client that has the kept answer already gets 304, with its entity tag and without a body."""
    client.get("/a")
    answer = client.get("/a", headers={"If-None-Match": '"e"'})

    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (304, b"", '"e"')
    assert counted.calls == 1


@pytest.mark.parametrize("header", ["Range", "If-Match", "If-Unmodified-Since"])
def test_rare_conditions_go_past_the_cache(client: Client, counted: Counted, header: str) -> None:
    """Parts and write conditions are left to the application."""
    client.get("/a")
    client.get("/a", headers={header: "bytes=0-1"})

    assert counted.calls == 2


def test_other_methods_go_past_the_cache(client: Client, counted: Counted) -> None:
    """Only GET and HEAD, and POST of a query, are looked up."""
    client.get("/a")
    client.options("/a")
    client.post("/a")

    assert counted.calls == 3


def test_every_key_holds_the_release() -> None:
    """The same request to another release is another key."""
    environ = EnvironBuilder("/a").get_environ()

    assert request_key(environ, "v1") != request_key(environ, "v2")


def test_a_cache_of_size_zero_keeps_nothing(counted: Counted) -> None:
    """The setting 0 turns the cache off."""
    client = Client(CachedResponses(counted, ResponseCache(0, Metrics()), "v1"))

    client.get("/a")
    client.get("/a")

    assert counted.calls == 2


def test_the_oldest_answers_make_room() -> None:
    """The cache stays within its bytes and forgets what was asked for longest ago."""
    cache = ResponseCache(CAPACITY, Metrics())
    answer = KeptResponse("200 OK", (("Cache-Control", "public, max-age=300"),), b"x" * (CAPACITY // SHARE_OF_ONE), "r")

    for number in range(15):
        cache.keep(("v1", str(number)), answer)
    cache.find(("v1", "0"))
    cache.keep(("v1", "15"), answer)

    assert cache.find(("v1", "0")) is not None
    assert cache.find(("v1", "1")) is None
    assert cache.find(("v1", "15")) is not None


def test_an_answer_is_kept_as_long_as_it_says() -> None:
    """What depends on more than the release, as the list of releases does, is asked for again when its time is over."""
    now = [0.0]
    cache = ResponseCache(CAPACITY, Metrics(), clock=lambda: now[0])
    cache.keep(("v1", "a"), KeptResponse("200 OK", (("Cache-Control", "public, max-age=300"),), b"x", "r"))

    now[0] = 299.0
    young = cache.find(("v1", "a"))
    now[0] = 300.0

    assert young is not None
    assert cache.find(("v1", "a")) is None


def test_a_body_without_a_length_is_not_read_for_a_key() -> None:
    """A chunked POST is left to the application, because its end is not known."""
    builder = EnvironBuilder("/sparql", method="POST", content_type="application/sparql-query")
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH", None)
    environ["wsgi.input"] = io.BytesIO(b"ASK {}")

    assert request_key(environ, "v1") is None
    assert environ["wsgi.input"].read() == b"ASK {}"


def test_a_query_in_an_address_and_in_a_form_share_a_key() -> None:
    """The key of a form POST is the key of the GET with the same parameters."""
    parameters = urlencode({"query": "ASK {}", "format": "json"})
    get = EnvironBuilder(f"/sparql?{parameters}").get_environ()
    post = EnvironBuilder(
        "/sparql", method="POST", data=parameters.encode(), content_type="application/x-www-form-urlencoded"
    ).get_environ()

    assert request_key(get, "v1") == request_key(post, "v1")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_that_was_read_for_its_key_is_handed_on(method: str) -> None:
    """The route finds what the request asks in the environment, and need not read it again."""
    fields = {"query": "ASK {}", "timeout": "2", "default-graph-uri": "urn:g"}
    if method == "GET":
        environ = EnvironBuilder("/sparql", query_string=urlencode(fields)).get_environ()
    else:
        environ = EnvironBuilder("/sparql", method="POST", data=fields).get_environ()

    request_key(environ, "v1")

    assert environ[ASKED] == ProtocolRequest("ASK {}", default_graphs=("urn:g",), timeout=2.0)


def long_post(body: bytes, query_string: str = "") -> dict[str, Any]:
    """Return the environment of a POST whose body is longer than what is read for a key."""
    padded = body + b" " * (70 * 1024)
    address = f"/sparql?{query_string}"
    return EnvironBuilder(address, method="POST", data=padded, content_type="application/sparql-query").get_environ()


def test_a_long_query_has_a_key() -> None:
    """A federated query with a thousand rows of data has more than 64 KiB; the same bytes have the same answer."""
    environ = long_post(b"ASK { }")

    key = request_key(environ, "v1")

    assert key is not None
    assert key == request_key(long_post(b"ASK { }"), "v1")
    assert key != request_key(long_post(b"ASK {}"), "v1")
    assert key != request_key(long_post(b"ASK { }", "default-graph-uri=urn:g"), "v1")
    assert environ["wsgi.input"].read().startswith(b"ASK { } ")


def test_a_long_query_in_haste_has_no_key() -> None:
    """Its deadline is not that of others who ask the same."""
    assert request_key(long_post(b"ASK { }", "timeout=1"), "v1") is None


def test_what_is_too_long_to_digest_has_no_key() -> None:
    """The digest is taken while others wait."""
    assert request_key(long_post(b"ASK { }" + b" " * (1024 * 1024)), "v1") is None
