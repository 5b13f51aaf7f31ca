"""A remote service is asked over HTTP, and what it says about an error is passed on in its own words."""

from __future__ import annotations

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs

import pytest

import nosograph
from nosograph.errors import ClientGone, QuerySyntaxError, QueryTimeout, RemoteStoreError
from nosograph.rdf.formats import SPARQL_CSV, SPARQL_JSON, TURTLE
from nosograph.sparql.form import QueryForm
from nosograph.store.interface import Query
from nosograph.store.remote import RemoteStore

FORMATS = {QueryForm.SELECT: SPARQL_CSV, QueryForm.ASK: SPARQL_JSON, QueryForm.CONSTRUCT: TURTLE}
PROBLEM = {"title": "Malformed", "detail": "Expected a dot.", "hint": "Add it.", "line": 2, "column": 5}


class Service(http.server.ThreadingHTTPServer):
    """A service that gives one prepared answer to everything and keeps what it was asked."""

    daemon_threads = True
    status = 200
    media_type = "text/csv"
    body = b"x\r\n1\r\n"
    length: int | None = None
    delay = 0.0
    retry_after = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked: list[tuple[dict[str, list[str]], str]] = []
        self.agents: list[str] = []

    @property
    def address(self) -> str:
        """The address of the endpoint."""
        return f"http://127.0.0.1:{self.server_port}/sparql"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        """Return the prepared answer."""
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((parse_qs(content), self.headers["Accept"]))
        self.server.agents.append(self.headers["User-Agent"])
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        self.send_header("Content-Type", self.server.media_type)
        if self.server.retry_after:
            self.send_header(
                "Retry-After", self.server.retry_after.replace("DATE", self.date_time_string(time.time() + 60))
            )
        self.send_header("Content-Length", str(self.server.length or len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Write no log line."""


@pytest.fixture
def service() -> Iterator[Service]:
    """A service on a free port of this machine."""
    server = Service()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_answer_comes_in_the_format_that_was_asked_for(service: Service) -> None:
    """Text and graph parameters are sent as the protocol says, and the answer is whole."""
    query = Query(
        "SELECT ?x { ?x ?y 'é' }", FORMATS, default_graphs=("http://a/", "http://b/"), named_graphs=("http://c/",)
    )

    with RemoteStore(service.address).answer(query) as answer:
        assert (answer.form, answer.format, answer.read()) == (QueryForm.SELECT, SPARQL_CSV, b"x\r\n1\r\n")

    asked, accept = service.asked[0]
    assert asked == {
        "query": [query.text],
        "default-graph-uri": ["http://a/", "http://b/"],
        "named-graph-uri": ["http://c/"],
    }
    assert accept.startswith("text/csv")


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500, 503])
def test_an_error_is_told_in_the_service_s_words(service: Service, status: int) -> None:
    """Problem details are read for their text and position; any other body is passed on as it is."""
    store = RemoteStore(service.address)
    service.status = status
    service.body, service.media_type = json.dumps(PROBLEM).encode(), "application/problem+json"
    with pytest.raises(RemoteStoreError) as detailed:
        store.answer(Query("ASK {}", FORMATS))
    service.body, service.media_type = b'Parse error: it\'s "wrong" \xff', "text/plain"
    with pytest.raises(RemoteStoreError) as plain:
        store.answer(Query("ASK {}", FORMATS))

    assert detailed.value.status == plain.value.status == status
    assert "Expected a dot. (line 2, column 5) Add it." in detailed.value.what
    assert 'Parse error: it\'s "wrong"' in plain.value.what


def test_an_answer_in_another_format_is_an_error(service: Service) -> None:
    """A page where results were wanted is not taken for results."""
    service.media_type = "text/html"

    with pytest.raises(RemoteStoreError, match="text/html"):
        RemoteStore(service.address).answer(Query("ASK {}", FORMATS))


def test_an_incomplete_answer_is_an_error(service: Service) -> None:
    """An answer that ends before its announced length is not taken for whole."""
    service.length = 1000

    with pytest.raises(RemoteStoreError):
        RemoteStore(service.address, timeout=5).answer(Query("SELECT * {}", FORMATS))


def test_a_silent_service_is_a_timeout(service: Service) -> None:
    """The limit is named."""
    service.delay = 3.0

    with pytest.raises(QueryTimeout) as caught:
        RemoteStore(service.address).answer(Query("SELECT * {}", FORMATS, timeout=1))

    assert caught.value.limit == 1


def test_a_client_that_goes_away_ends_the_reading(service: Service) -> None:
    """Nothing more is read for a client that is not there."""
    with pytest.raises(ClientGone):
        RemoteStore(service.address).answer(Query("SELECT * {}", FORMATS), gone=lambda: True)


def test_an_address_where_nobody_listens_is_an_error() -> None:
    """The address is named."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]

    with pytest.raises(RemoteStoreError, match=str(port)):
        RemoteStore(f"http://127.0.0.1:{port}/sparql").answer(Query("ASK {}", FORMATS))


@pytest.mark.parametrize(("text", "error"), [("SELEKT", QuerySyntaxError), ("DROP ALL", QuerySyntaxError)])
def test_what_is_no_query_is_not_sent(service: Service, text: str, error: type[Exception]) -> None:
    """Updates and texts that begin like no query are refused here."""
    store = RemoteStore(service.address)
    attempts: list[Callable[[Query], object]] = [store.answer, store.check]
    for attempt in attempts:
        with pytest.raises(error):
            attempt(Query(text, FORMATS))

    assert service.asked == []
    assert store.statistics().outcomes["failed"] == 1


@pytest.mark.parametrize(
    ("said", "least", "most"), [("7", 7, 7), ("DATE", 58, 60), ("soon", None, None), ("", None, None)]
)
@pytest.mark.parametrize("status", [503, 429, 500])
def test_when_to_ask_again_is_part_of_the_error(
    service: Service, status: int, said: str, least: float | None, most: float | None
) -> None:
    """A service says it in seconds or as a date (RFC 9110, section 10.2.3); what is neither says nothing."""
    service.status, service.retry_after = status, said

    with pytest.raises(RemoteStoreError) as caught:
        RemoteStore(service.address).answer(Query("ASK {}", FORMATS))

    after = caught.value.retry_after
    assert (after is None) if least is None or most is None else after is not None and least <= after <= most


def test_a_service_is_told_who_asks(service: Service) -> None:
    """Operators of public endpoints want to know the program that asks them, with its version."""
    RemoteStore(service.address).answer(Query("SELECT * {}", FORMATS)).close()

    assert service.agents == [f"nosograph/{nosograph.__version__}"]
