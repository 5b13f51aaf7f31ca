"""Line 14 of the HTTP contract over a real socket, with small bounds: crowds, large answers, a proxy in front."""

import http.client
import threading
import time
from collections.abc import Iterator

import pytest
from live import Reply, Server, Shelf

DIRECT = {"Content-Type": "application/sparql-query"}
RUNAWAY = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
SMALL = {
    "NOSOGRAPH_QUERY_WORKERS": "1",
    "NOSOGRAPH_QUERY_QUEUE": "2",
    "NOSOGRAPH_QUERY_QUEUE_CLIENT": "1",
    "NOSOGRAPH_QUERY_RESULT": "1",
    "NOSOGRAPH_QUERY_TIMEOUT": "3",
    "NOSOGRAPH_TRUSTED_PROXIES": "1",
    "NOSOGRAPH_ANSWER_CACHE": "0",
}


@pytest.fixture(scope="module")
def small_server(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server with one query worker, a short queue, small answers and one proxy in front of it."""
    log = tmp_path_factory.mktemp("small") / "log.jsonl"
    running = Server("--releases", str(shelf.folder), environment=SMALL, log=log)
    yield running
    assert running.stop() == 0


def crowd(server: Server, clients: list[str]) -> list[Reply]:
    """Send a runaway query for each client at nearly the same time, and give the answers in the clients' order."""
    replies: dict[int, Reply] = {}

    def run(number: int, client: str) -> None:
        headers = DIRECT | {"X-Forwarded-For": client}
        replies[number] = server.request("POST", "/sparql?timeout=2", headers, RUNAWAY)

    threads = [threading.Thread(target=run, args=(number, client)) for number, client in enumerate(clients)]
    for thread in threads:
        thread.start()
        time.sleep(0.15)
    for thread in threads:
        thread.join()
    return [replies[number] for number in range(len(clients))]


def test_14_too_many_queries_of_one_client_are_429(small_server: Server) -> None:
    """A client that has its share waiting already is told to come back, and when."""
    replies = crowd(small_server, ["192.0.2.1"] * 4)

    refused = [reply for reply in replies if reply.status == 429]
    assert len(refused) >= 1
    for reply in refused:
        assert reply.json["code"] == "too-many-queries"
        assert int(reply["Retry-After"]) > 0
    assert {reply.status for reply in replies} <= {429, 503}


def test_14_too_many_queries_altogether_are_503(small_server: Server) -> None:
    """A full queue is the server's state and not the client's doing."""
    replies = crowd(small_server, [f"192.0.2.{number}" for number in range(10, 16)])

    busy = [reply for reply in replies if reply.status == 503 and reply.json["code"] == "busy"]
    assert len(busy) >= 1
    assert all(int(reply["Retry-After"]) > 0 for reply in busy)
    assert all(reply.status == 503 for reply in replies)


def test_14_waiting_counts_into_the_deadline(small_server: Server) -> None:
    """Nobody waits longer than the deadline and a second, whatever goes on before."""
    began = time.monotonic()
    replies = crowd(small_server, ["192.0.2.30", "192.0.2.31"])

    assert time.monotonic() - began < 2 + 1 + 0.5
    assert all(reply.status == 503 for reply in replies)


def test_14_an_answer_beyond_the_bound_is_422_with_the_bound(small_server: Server) -> None:
    """An answer that is too large is an error that names the bound, and never a part of the answer."""
    reply = small_server.request("POST", "/sparql", DIRECT, b"SELECT * { ?s ?p ?o }")

    assert (reply.status, reply.json["code"]) == (422, "result-too-large")
    assert reply.json["limit_bytes"] == 1024 * 1024
    assert "LIMIT" in reply.json["hint"]


def test_14_the_servers_own_deadline_holds_for_all(small_server: Server) -> None:
    """A client may ask for less time than the server gives, not for more."""
    began = time.monotonic()
    reply = small_server.request("POST", "/sparql?timeout=600", DIRECT, RUNAWAY)

    assert (reply.status, reply.json["limit_seconds"]) == (503, 3)
    assert time.monotonic() - began < 4.5


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
