"""The front of the real server: it answers as the application does, computes once, and lets nobody hold it."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from live import PATIENCE, Server, Shelf

from nosograph.settings import Settings
from nosograph.web.application import create_application

DIRECT = {"Content-Type": "application/sparql-query"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SELECT = "SELECT ?s { ?s a ?c } ORDER BY ?s LIMIT 50"
GRAPH = "CONSTRUCT { ?s a ?c } { ?s a ?c . FILTER(isIRI(?s)) } ORDER BY ?s LIMIT 5"
LARGE = "SELECT * { ?s ?p ?o } LIMIT 17000"
TIMES = {"date", "x-request-id", "server-timing", "connection", "server"}


def asking(query: str, **parameters: str) -> str:
    """Return the address that asks a query by GET."""
    return "/sparql?" + urlencode({"query": query, **parameters})


REQUESTS: list[tuple[str, str, dict[str, str], bytes]] = [
    ("GET", asking(SELECT), {}, b""),
    ("HEAD", asking(SELECT), {}, b""),
    ("GET", asking(SELECT), {"Accept": "text/csv"}, b""),
    ("GET", asking(SELECT), {"Accept": "application/sparql-results+xml;q=0.5, text/csv;q=0.4"}, b""),
    ("GET", asking(SELECT), {"Accept-Encoding": "gzip"}, b""),
    ("GET", asking(SELECT), {"Accept-Encoding": "zstd, gzip;q=0.5"}, b""),
    ("GET", asking(SELECT), {"Accept-Encoding": "identity;q=0"}, b""),
    ("GET", asking(SELECT), {"If-None-Match": "*"}, b""),
    ("GET", asking(SELECT), {"If-Match": '"other"'}, b""),
    ("GET", asking(SELECT, format="xml"), {}, b""),
    ("GET", asking(SELECT, format="nothing"), {}, b""),
    ("GET", asking(SELECT, format="ttl"), {}, b""),
    ("GET", asking(SELECT, timeout="20"), {}, b""),
    ("GET", asking(SELECT, timeout="soon"), {}, b""),
    ("GET", asking(SELECT), {"Accept": "image/png"}, b""),
    ("GET", asking(SELECT), {"Accept": "image"}, b""),
    ("GET", asking("SELECT * {"), {}, b""),
    ("GET", asking("SELECT * {"), {"Accept": "image/png"}, b""),
    ("GET", asking("SELECT * {"), {"Accept": "text/plain"}, b""),
    ("GET", asking("SELECT * {"), {"Accept": "text/html"}, b""),
    ("GET", asking("INSERT DATA { }"), {}, b""),
    ("GET", asking("ASK { SERVICE <http://127.0.0.1/> {} }"), {}, b""),
    ("GET", asking("ASK {}") + "&query=ASK", {}, b""),
    ("GET", asking("ASK {}") + "&update=x", {}, b""),
    ("GET", "/sparql?query=%zz", {}, b""),
    ("GET", "/sparql?query=%ff", {}, b""),
    ("GET", asking("ASK {}", unknown="x"), {}, b""),
    ("GET", asking("SELECT (<#a> AS ?x) {}"), {}, b""),
    ("GET", asking(GRAPH), {}, b""),
    ("GET", asking(GRAPH), {"Accept": "application/json"}, b""),
    ("GET", asking("ASK {}", **{"default-graph-uri": "not an IRI"}), {}, b""),
    ("GET", asking(LARGE), {}, b""),
    ("GET", asking(LARGE, format="csv"), {"Accept-Encoding": "gzip"}, b""),
    ("POST", "/sparql", DIRECT, SELECT.encode()),
    ("POST", "/sparql", DIRECT | {"Accept": "text/csv"}, b"\xef\xbb\xbfASK {}"),
    ("POST", "/sparql", DIRECT, b"ASK { \xff }"),
    ("POST", "/sparql", DIRECT, b"# " + b"x" * 20_000 + b"\nASK {}"),
    ("POST", "/sparql", DIRECT | {"Content-Encoding": "gzip"}, b"ASK {}"),
    ("POST", "/sparql", {"Content-Type": "application/sparql-query;charset=latin1"}, b"ASK {}"),
    ("POST", "/sparql", FORM, urlencode({"query": SELECT}).encode()),
    ("POST", "/sparql", FORM, b""),
    ("POST", "/sparql", {"Content-Type": "text/plain"}, b"ASK {}"),
    ("POST", "/sparql", {"Content-Type": "application/sparql-update"}, b"CLEAR ALL"),
    ("POST", "/sparql", {}, b"ASK {}"),
    ("DELETE", "/sparql", {}, b""),
    ("GET", "/sparql", {"Accept": "text/turtle"}, b""),
    ("GET", "/healthz", {}, b""),
    ("HEAD", "/healthz", {}, b""),
    ("POST", "/healthz", {}, b""),
    ("GET", "/readyz", {}, b""),
    ("GET", "/condition/scleroderma", {"Accept": "text/turtle"}, b""),
    ("GET", "/condition/scleroderma.ttl", {"Accept-Encoding": "gzip"}, b""),
    ("GET", "/nothing", {"Accept": "text/html"}, b""),
    ("GET", "/dumps/latest/nosograph.nt", {"Range": "bytes=5-9,20-29"}, b""),
    ("GET", "/dumps/latest/nosograph.nt", {"Range": "bytes=-100"}, b""),
]


@pytest.fixture(scope="module")
def application(shelf: Shelf) -> Iterator[Any]:
    """Return a client of the application as any WSGI server runs it."""
    settings = Settings(site_url="https://noso.example/", releases=shelf.folder)
    app = create_application(shelf.main, settings, report=lambda fields: None)
    yield app.test_client()
    app.extensions["nosograph"].store.close()


def comparable(status: int, headers: list[tuple[str, str]], body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return an answer without what differs from one moment to the next."""
    fields = sorted((name.lower(), value) for name, value in headers if name.lower() not in TIMES)
    body = re.sub(rb'[0-9a-f]{32}|"query_processes": [0-9]+', b"-", body)
    boundary = re.search(r"boundary=([0-9a-f]+)", dict(fields).get("content-type", ""))
    return status, [(name, re.sub(boundary[1], "-", value) if boundary else value) for name, value in fields], body


@pytest.mark.parametrize(("method", "path", "headers", "body"), REQUESTS)
def test_the_front_answers_as_the_application_does(
    server: Server, application: Any, method: str, path: str, headers: dict[str, str], body: bytes
) -> None:
    """Status, header and bytes are the same, errors included, whether the loop, a thread or the cache answers."""
    first = server.request(method, path, headers, body)
    again = server.request(method, path, headers, body)
    with application.open(path, method=method, headers=headers, data=body or None) as response:
        expected = comparable(response.status_code, list(response.headers), response.data)

    assert comparable(first.status, first.headers.items(), first.body) == expected
    assert comparable(again.status, again.headers.items(), again.body) == expected


def test_the_same_question_is_computed_once(server: Server) -> None:
    """Clients that ask the same at the same moment share one evaluation, and the bytes of its answer."""
    before = server.metric("nosograph_queries_total")
    path = asking("SELECT (COUNT(*) AS ?same) { ?a a ?b . ?c a ?d }")
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: server.get(path), range(8)))

    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert server.metric("nosograph_queries_total") == before + 1


def test_a_post_without_a_query_does_not_get_the_description(server: Server) -> None:
    """What a GET of the same address was answered with is none of its answers."""
    assert server.get("/sparql").status == 200
    assert server.request("POST", "/sparql", FORM, b"").status == 400


def test_a_page_is_made_once(server: Server) -> None:
    """The application is asked once too, and each client gets a request id of its own."""
    with ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: server.get("/condition/scleroderma.html?once"), range(8)))

    caches = [server.wait_for_log(id=answer["X-Request-Id"]).get("cache") for answer in answers]
    assert len({answer.body for answer in answers}) == 1
    assert len({answer["X-Request-Id"] for answer in answers}) == 8
    assert caches.count("miss") == 1


@pytest.mark.parametrize("query", ["SELECT (NOW() AS ?t) {}", "SELECT (UUID() AS ?t) {}"])
def test_what_changes_is_never_shared(server: Server, query: str) -> None:
    """A query whose answer changes is evaluated for each client."""
    with ThreadPoolExecutor(4) as clients:
        answers = list(clients.map(lambda _: server.get(asking(query)), range(4)))

    assert len({answer.body for answer in answers}) == 4


def test_a_client_that_has_less_time_does_not_wait_for_another(server: Server) -> None:
    """A deadline of one client's own holds, although somebody with more time asks the same."""
    runaway = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?x ?y ?z }"
    with server.unread("/sparql?engine=store", runaway.encode()):
        server.wait_for_metric("nosograph_queries_running", 1)

        reply = server.request("POST", "/sparql?engine=store&timeout=0.5", DIRECT, runaway.encode())

    assert (reply.status, reply.json["limit_seconds"]) == (503, 0.5)
    server.wait_for_metric("nosograph_queries_running", 0)


def test_the_query_goes_on_when_the_first_of_many_leaves(server: Server) -> None:
    """Who asked first and leaves does not take the answer from those who asked after."""
    path = asking("SELECT (COUNT(*) AS ?left) { ?a a ?b . ?c a ?d }")
    first = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
    first.request("GET", path)
    with ThreadPoolExecutor(3) as clients:
        others = [clients.submit(server.get, path) for _ in range(3)]
        first.close()

        assert {other.result().status for other in others} == {200}


@pytest.fixture(scope="module")
def bounded(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server that takes 300 connections of one client, and has few threads."""
    settings = {"NOSOGRAPH_CONNECTIONS_CLIENT": "300", "NOSOGRAPH_THREADS": "2"}
    log = tmp_path_factory.mktemp("bounded") / "log.jsonl"
    running = Server("--releases", str(shelf.folder), environment=settings, log=log)
    yield running
    assert running.stop() == 0


def connected(server: Server, held: contextlib.ExitStack, first: bytes = b"") -> socket.socket:
    """Return a connection that has sent some bytes; it is closed with the others."""
    connection = held.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(PATIENCE)
    connection.connect((server.host, server.port))
    connection.sendall(first)
    return connection


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\nabc",
        b"GET /dumps/latest/nosograph.nq HTTP/1.1\r\nHost: a\r\n\r\n",
        f"GET {asking(LARGE)} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        b"GET /condition/scleroderma.html HTTP/1.1\r\nHost: a\r\n\r\n" * 50,
    ],
    ids=["silent", "header", "body", "file", "answer", "page"],
)
def test_slow_clients_hold_nobody(bounded: Server, first: bytes) -> None:
    """290 connections that say nothing, drip or do not read leave health, a query and a page to the others."""
    end = time.monotonic() + PATIENCE
    while bounded.get("/healthz").status != 200 and time.monotonic() < end:
        time.sleep(0.02)  # connections of the case before are still being closed
    bounded.wait_for_metric("nosograph_connections", 1)
    with contextlib.ExitStack() as held:
        for _ in range(290):
            connected(bounded, held, first)

        assert bounded.get("/healthz").status == 200
        assert bounded.get(asking("ASK {} # slow")).json["boolean"] is True
        assert bounded.get("/about").status == 200


def test_one_client_has_a_bounded_number_of_connections(bounded: Server) -> None:
    """One connection too many is told so in the form that all errors have; another address is answered."""
    bounded.wait_for_metric("nosograph_connections", 1)
    with contextlib.ExitStack() as held:
        for _ in range(300):
            connected(bounded, held)
        late = connected(bounded, held)
        head, _, body = late.recv(65536).partition(b"\r\n\r\n")
        other = http.client.HTTPConnection(
            bounded.host, bounded.port, timeout=PATIENCE, source_address=("127.0.0.2", 0)
        )
        other.request("GET", "/metrics")
        metrics = other.getresponse().read().decode()
        other.close()

    assert head.startswith(b"HTTP/1.1 429 ")
    assert json.loads(body)["code"] == "too-many-connections"
    assert re.search(r'nosograph_refused_total\{reason="too-many-connections"\} [1-9]', metrics)
    assert re.search(r"nosograph_connections 30[1-9]", metrics)


def test_health_does_not_wait_for_threads(bounded: Server) -> None:
    """With every thread taken and a line in front of them, health and queries are answered."""
    slow = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?x ?y ?z }"
    page = "/questions?" + urlencode({"query": slow})
    with contextlib.ExitStack() as held:
        for _ in range(20):
            connected(bounded, held, f"GET {page} HTTP/1.1\r\nHost: a\r\n\r\n".encode())

        assert bounded.get("/healthz").status == 200
        assert bounded.get(asking("ASK {} # beside")).status == 200
