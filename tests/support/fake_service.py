"""A SPARQL service in the test's process, over the engine in memory, that can be made to misbehave."""

from __future__ import annotations

import contextlib
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyoxigraph
from pyoxigraph import DefaultGraph, NamedNode

from nosograph.rdf.lines import read_lines
from nosograph.release.opening import Release
from nosograph.release.service_copy import ServiceCopy

JSON = "application/sparql-results+json"


class FakeService(http.server.ThreadingHTTPServer):
    """A service with the query protocol at ``/query`` and the graph store protocol at ``/graphs``.

    Attributes:
        store: what it holds.
        asked: the parameters of each query.
        authorizations: the credentials of each request.
        connections: how many connections were opened.
        answer: answers a query in the place of the engine where it returns something: status, header and body.
        before_change: called with the method and the graph before a graph is changed.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.store = pyoxigraph.Store()
        self.asked: list[dict[str, list[str]]] = []
        self.authorizations: list[str] = []
        self.connections = 0
        self.answer: Callable[[dict[str, list[str]]], tuple[int, dict[str, str], bytes] | None] = lambda asked: None
        self.before_change: Callable[[str, str], None] = lambda method, graph: None
        self.lock = threading.Lock()

    @property
    def query(self) -> str:
        """Where it takes queries."""
        return f"http://127.0.0.1:{self.server_port}/query"

    @property
    def graphs(self) -> str:
        """Where it takes graphs."""
        return f"http://127.0.0.1:{self.server_port}/graphs"

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count a connection, and serve it."""
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave."""


class Refused(Exception):
    """A change is refused with a status."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FakeService
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer a query, or add to a graph."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.authorizations.append(self.headers.get("Authorization", ""))
        if urlsplit(self.path).path == "/graphs":
            self._change("POST", body)
            return
        asked = parse_qs(body.decode())
        self.server.asked.append(asked)
        found = self.server.answer(asked)
        self._reply(*(found or self._evaluate(asked)))

    def do_PUT(self) -> None:
        """Replace a graph."""
        self._change("PUT", self.rfile.read(int(self.headers["Content-Length"])))

    def do_DELETE(self) -> None:
        """Remove a graph."""
        self._change("DELETE", b"")

    def _evaluate(self, asked: dict[str, list[str]]) -> tuple[int, dict[str, str], bytes]:
        options: dict[str, Any] = {}
        if "default-graph-uri" in asked:
            options["default_graph"] = [NamedNode(iri) for iri in asked["default-graph-uri"]]
            options["named_graphs"] = [NamedNode(iri) for iri in asked["named-graph-uri"]]
        try:
            with self.server.lock:
                result: Any = self.server.store.query(asked["query"][0], **options)
                if isinstance(result, pyoxigraph.QueryTriples):
                    content = result.serialize(format=pyoxigraph.RdfFormat.N_TRIPLES) or b""
                    return 200, {"Content-Type": "application/n-triples"}, content
                return 200, {"Content-Type": JSON}, result.serialize(format=pyoxigraph.QueryResultsFormat.JSON)
        except (SyntaxError, ValueError) as error:
            return 400, {"Content-Type": "text/plain"}, str(error).encode()

    def _change(self, method: str, body: bytes) -> None:
        graph = parse_qs(urlsplit(self.path).query)["graph"][0]
        try:
            self.server.before_change(method, graph)
        except Refused as error:
            self._reply(int(str(error)), {}, b"no")
            return
        with self.server.lock:
            node = NamedNode(graph)
            if method == "DELETE" and not self.server.store.contains_named_graph(node):
                self._reply(404, {}, b"")
                return
            if method != "POST":
                self.server.store.remove_graph(node)
            self.server.store.load(body, format=pyoxigraph.RdfFormat.N_TRIPLES, to_graph=node)
        self._reply(204, {}, b"")

    def _reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write no log line."""


@contextlib.contextmanager
def running_service() -> Iterator[FakeService]:
    """Return a service on a free port of this machine, which ends with the block."""
    server = FakeService()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fill(fake: FakeService, copy: ServiceCopy, release: Release) -> None:
    """Let a service hold a release, with something else beside it."""
    fake.store.clear()
    content = b"".join(copy.quad_lines(read_lines(release.dump("nq"))))
    fake.store.bulk_load(content, format=pyoxigraph.RdfFormat.N_QUADS)
    other = pyoxigraph.NamedNode("http://example.org/other")
    fake.store.add(pyoxigraph.Quad(other, other, other, other))
    fake.store.add(pyoxigraph.Quad(other, other, other))


def count(service: FakeService, graph: str | None = None) -> int:
    """Return the triples of a graph of a service, or those of its default graph."""
    with service.lock:
        node = DefaultGraph() if graph is None else NamedNode(graph)
        return sum(1 for _ in service.store.quads_for_pattern(None, None, None, node))


def wait_until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)
