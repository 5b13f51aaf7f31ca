"""Line 14 of the HTTP contract over a real socket, with small bounds: crowds, large answers, a proxy in front."""

import contextlib
import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from live import Reply, Server, Shelf

DIRECT = {"Content-Type": "application/sparql-query"}
RUNAWAY = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SMALL = {
    "NOSOGRAPH_ANALYSIS_WORKERS": "0",  # the bounds are those of the store
    "NOSOGRAPH_QUERY_WORKERS": "1",
    "NOSOGRAPH_QUERY_RESULT": "1",
    "NOSOGRAPH_QUERY_TEXT": "2048",
    "NOSOGRAPH_QUERY_TIMEOUT": "600",
    "NOSOGRAPH_TRUSTED_PROXIES": "1",
    "NOSOGRAPH_ANSWER_CACHE": "0",
}


@pytest.fixture(scope="module")
def small_server(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with one place for long queries, small answers and one proxy in front of it."""
    log = tmp_path_factory.mktemp("small") / "log.jsonl"
    running = Server("--releases", str(shelf.folder), environment=SMALL, log=log)
    yield running
    assert running.stop() == 0


def test_14_too_many_long_queries_of_one_client_are_429(small_server: Server) -> None:
    """A client whose long query runs is told when to come back with another that would wait beyond its deadline."""
    with contextlib.ExitStack() as held:
        hold(small_server, held, "192.0.2.1")

        refused = ask_long(small_server, "192.0.2.1", timeout=0.5)

    assert (refused.status, refused.json["code"]) == (429, "too-many-queries")
    assert int(refused["Retry-After"]) > 0
    small_server.wait_for_metric("nosograph_queries_running", 0)


def test_14_too_many_long_queries_altogether_are_503(small_server: Server) -> None:
    """That no place is free is the server's state and not the client's doing; its quick query is still answered."""
    with contextlib.ExitStack() as held:
        hold(small_server, held, "192.0.2.10")

        busy = ask_long(small_server, "192.0.2.11", timeout=0.5)
        quick = small_server.request("POST", "/sparql", DIRECT | {"X-Forwarded-For": "192.0.2.11"}, b"ASK {}")

    assert (busy.status, busy.json["code"]) == (503, "busy")
    assert int(busy["Retry-After"]) > 0
    assert quick.status == 200
    small_server.wait_for_metric("nosograph_queries_running", 0)


def hold(server: Server, held: contextlib.ExitStack, client: str) -> None:
    """Send a client's runaway query, and wait until it runs."""
    held.enter_context(server.unread("/sparql", RUNAWAY, X_Forwarded_For=client))
    server.wait_for_metric("nosograph_queries_running", 1)


def ask_long(server: Server, client: str, timeout: float) -> Reply:
    """Send a client's runaway query with a deadline of its own, and return the response."""
    return server.request("POST", f"/sparql?timeout={timeout}", DIRECT | {"X-Forwarded-For": client}, RUNAWAY)


def test_14_waiting_counts_into_the_deadline(small_server: Server) -> None:
    """A long query that finds no place before its deadline is refused."""
    with contextlib.ExitStack() as held:
        hold(small_server, held, "192.0.2.30")

        reply = ask_long(small_server, "192.0.2.31", timeout=3)

    assert (reply.status, reply.json["code"]) == (503, "busy")


def test_14_an_answer_beyond_the_bound_is_422_with_the_bound(small_server: Server) -> None:
    """An answer that is too large is an error that names the bound, and never a part of the answer."""
    reply = small_server.request("POST", "/sparql", DIRECT, b"SELECT * { ?s ?p ?o }")

    assert (reply.status, reply.json["code"]) == (422, "result-too-large")
    assert reply.json["limit_bytes"] == 1024 * 1024
    assert "LIMIT" in reply.json["hint"]


def test_13_a_longer_query_can_be_allowed(small_server: Server) -> None:
    """A query beyond the default bound of its text is answered where the setting allows it, by either kind of POST."""
    query = f"ASK {{ FILTER('{'é' * 700_000}' != '') }}"
    form = urlencode({"query": query}).encode()

    direct = small_server.request("POST", "/sparql", DIRECT, query.encode())
    encoded = small_server.request("POST", "/sparql", {"Content-Type": "application/x-www-form-urlencoded"}, form)

    assert (direct.status, direct.json["boolean"]) == (200, True)
    assert (encoded.status, encoded.json["boolean"]) == (200, True)


def test_14_the_servers_own_deadline_holds_for_all(shelf: Shelf, tmp_path: Path) -> None:
    """A client may ask for less time than the server gives, not for more."""
    environment = SMALL | {"NOSOGRAPH_QUERY_TIMEOUT": "1"}
    running = Server("--releases", str(shelf.folder), environment=environment, log=tmp_path / "log.jsonl")
    try:
        reply = running.request("POST", "/sparql?timeout=600", DIRECT, RUNAWAY)
    finally:
        running.stop()

    assert (reply.status, reply.json["code"], reply.json["limit_seconds"]) == (503, "query-timeout", 1)
    assert reply.json["elapsed_seconds"] >= 1


def test_the_client_behind_a_trusted_proxy_is_logged(small_server: Server) -> None:
    """As many addresses of X-Forwarded-For are believed as there are proxies, counted from the end."""
    reply = small_server.get("/healthz", X_Forwarded_For="203.0.113.9, 198.51.100.7")

    assert small_server.wait_for_log(id=reply["X-Request-Id"])["client"] == "198.51.100.7"


def test_without_a_proxy_nobody_is_believed(server: Server) -> None:
    """By default a client cannot choose its own address, and so not escape its share."""
    reply = server.get("/healthz", X_Forwarded_For="203.0.113.9")

    assert server.wait_for_log(id=reply["X-Request-Id"])["client"] == "127.0.0.1"


def test_a_cache_of_size_zero_is_no_cache(small_server: Server) -> None:
    """The setting turns the cache off, and answers stay right."""
    replies = [small_server.get("/condition/scleroderma.ttl") for _ in range(2)]

    assert replies[0].body == replies[1].body
    assert all("cache" not in reply["Server-Timing"] for reply in replies)


def test_keep_alive_serves_many_requests_on_one_connection(server: Server) -> None:
    """A connection stays open after answers, redirects and errors, also after an unread body."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    for _ in range(3):
        assert server.request("GET", "/condition/scleroderma", connection=connection).status == 303
        assert server.request("GET", "/nothing", connection=connection).status == 404
        assert server.request("HEAD", "/about", connection=connection).status == 200
        assert server.request("DELETE", "/about", {}, b"unread", connection=connection).status == 405
        assert server.request("POST", "/sparql", DIRECT, b"ASK {}", connection=connection).status == 200
    connection.close()
