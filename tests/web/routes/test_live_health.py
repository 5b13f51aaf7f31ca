"""Line 20 of the HTTP contract over a real socket: health, metrics, swapping releases, stopping, bad requests."""

import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from live import PATIENCE, Server, Shelf
from process_tree import family, lives

DIRECT = {"Content-Type": "application/sparql-query"}
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def test_20_alive_and_ready(server: Server, shelf: Shelf) -> None:
    """The server says that it is alive, and which release it answers from; neither is ever stored."""
    alive, ready = server.get("/healthz"), server.get("/readyz")

    assert (alive.status, alive.text) == (200, "alive\n")
    assert ready.json["release"] == shelf.main.version
    assert ready.json["query_workers"] > 0
    assert alive["Cache-Control"] == ready["Cache-Control"] == "no-store"


def test_20_metrics_are_prometheus_text(server: Server) -> None:
    """Requests, queries by outcome, latency, queue, workers and cache are counted under their names."""
    before = server.metric("nosograph_queries_total")
    hits = server.metric("nosograph_answer_cache_total")
    server.request("POST", "/sparql", DIRECT, b"SELECT * { } # metrics")
    server.request("POST", "/sparql", DIRECT, b"SELECT * { ")
    reply = server.get("/metrics")

    assert reply["Content-Type"].startswith("text/plain; version=0.0.4")
    assert server.metric("nosograph_queries_total") == before + 2
    assert server.metric("nosograph_answer_cache_total") > hits
    for name in (
        'nosograph_queries_total{outcome="answered"}',
        'nosograph_queries_total{outcome="syntax"}',
        "nosograph_query_seconds_bucket",
        "nosograph_queries_waiting",
        "nosograph_query_workers ",
        "nosograph_query_workers_started_total",
        "nosograph_requests_total{",
        "nosograph_request_seconds_bucket",
        'nosograph_answer_cache_total{outcome="miss"}',
        "nosograph_release_info{",
    ):
        assert name in reply.text, name


def test_20_a_killed_worker_is_counted(server: Server) -> None:
    """A query that runs into its deadline costs a worker of the store, and the metrics say so."""
    before = server.metric("nosograph_query_workers_killed_total")

    slower = SLOW.replace("}", " . ?x ?y ?z }").encode()
    reply = server.request("POST", "/sparql?timeout=0.3&engine=store", DIRECT, slower)

    assert reply.status == 503
    assert server.metric("nosograph_query_workers_killed_total") == before + 1


def test_20_metrics_tell_what_the_processes_use(server: Server) -> None:
    """The serving process has the usual names of memory, time and files; of workers an engine's are added up."""
    server.request("POST", "/sparql?engine=analysis", DIRECT, b"SELECT (COUNT(*) AS ?processes) { ?s ?p ?o }")
    text = server.get("/metrics").text

    assert server.metric("process_resident_memory_bytes") > 10 * 2**20
    assert server.metric("process_cpu_seconds_total") > 0.1
    assert 0 < server.metric("process_open_fds") < server.metric("process_max_fds")
    for engine in ("store", "analysis"):
        for name, least in (("resident_memory_bytes", 5 * 2**20), ("cpu_seconds_total", 0.01), ("started_total", 1)):
            found = re.search(rf'nosograph_query_workers_{name}{{engine="{engine}"}} (\S+)', text)
            assert found and float(found[1]) >= least, (engine, name)


def test_20_metrics_do_not_grow_with_addresses(server: Server) -> None:
    """Requests are counted by route, so that nobody can fill the memory with addresses."""
    for number in range(20):
        server.get(f"/condition/no-such-{number}")
        server.request(f"METHOD{number}", "/")

    text = server.get("/metrics").text
    assert "no-such" not in text
    assert "METHOD1" not in text


@pytest.fixture
def own_shelf(shelf: Shelf, tmp_path: Path) -> Shelf:
    """Return a folder with both releases that a test may change; ``latest`` points to the other one."""
    for release in (shelf.main, shelf.other):
        shutil.copytree(release.folder, tmp_path / "releases" / release.version)
    own = Shelf(tmp_path / "releases", shelf.main, shelf.other)
    own.point_to(shelf.other)
    return own


@pytest.fixture
def own_server(own_shelf: Shelf, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Server]:
    """Return a server of a test's own; parameters are further arguments."""
    running = Server("--releases", str(own_shelf.folder), *getattr(request, "param", ()), log=tmp_path / "log.jsonl")
    yield running
    running.stop()


def wait_for_release(server: Server, version: str) -> None:
    """Wait until a server answers from a release."""
    end = time.monotonic() + PATIENCE
    while server.get("/healthz")["X-Release"] != version:
        assert time.monotonic() < end, "the release was not swapped in"
        time.sleep(0.05)


class Load:
    """Clients that ask without a pause and remember every answer, over connections that stay open."""

    def __init__(self, server: Server, clients: int = 4) -> None:
        self.server = server
        self.answers: list[tuple[int, str]] = []
        self.failures: list[BaseException] = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(clients)]

    def _run(self, client: int) -> None:
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=PATIENCE)
        number = 0
        try:
            while not self._stop.is_set():
                number += 1
                query = f"SELECT ?s {{ ?s ?p ?o }} LIMIT 2 # {client} {number}".encode()
                path, headers, body = (
                    ("/sparql", DIRECT, query)
                    if number % 3
                    else (f"/condition/scleroderma.{'ttl' if number % 2 else 'html'}", {}, b"")
                )
                reply = self.server.request("POST" if body else "GET", path, headers, body, connection=connection)
                self.answers.append((reply.status, reply["X-Release"]))
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            connection.close()

    def wait_for_answers(self, version: str) -> None:
        """Wait until answers from a release have come."""
        end = time.monotonic() + PATIENCE
        while not self.failures and version not in {found for _, found in self.answers}:
            assert time.monotonic() < end, f"no answer came from {version}"
            time.sleep(0.02)

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def test_20_a_signal_swaps_the_release_without_a_failed_request(own_server: Server, own_shelf: Shelf) -> None:
    """SIGHUP loads the newest release beside the old one; every request meanwhile is answered by one or the other."""
    assert own_server.version == own_shelf.other.version

    with Load(own_server) as load:
        load.wait_for_answers(own_shelf.other.version)
        own_shelf.point_to(own_shelf.main)
        own_server.process.send_signal(signal.SIGHUP)
        load.wait_for_answers(own_shelf.main.version)

    assert load.failures == []
    assert {status for status, _ in load.answers} == {200}
    assert {version for _, version in load.answers} == {own_shelf.other.version, own_shelf.main.version}
    assert own_server.get("/condition/withdrawn-for-tests").status == 410
    own_server.wait_for_metric('nosograph_release_swaps_total{outcome="swapped"}', 1)


@pytest.mark.parametrize("own_server", [("--watch",)], indirect=True)
def test_20_a_watching_server_swaps_by_itself(own_server: Server, own_shelf: Shelf) -> None:
    """With --watch a new release is served as soon as ``latest`` points to it, and the cache forgets the old one."""
    path = "/condition/withdrawn-for-tests"
    assert own_server.get(path).status == 404
    tag = own_server.get("/condition/scleroderma.ttl")["ETag"]

    with Load(own_server, clients=2) as load:
        own_shelf.point_to(own_shelf.main)
        wait_for_release(own_server, own_shelf.main.version)

    assert load.failures == []
    assert {status for status, _ in load.answers} == {200}
    assert own_server.get(path).status == 410
    assert own_server.get("/condition/scleroderma.ttl", If_None_Match=tag).status == 200


def test_20_a_broken_release_is_not_swapped_in(own_server: Server, own_shelf: Shelf) -> None:
    """A release that cannot be loaded is named in the log, and the old one goes on."""
    (own_shelf.folder / own_shelf.main.version / "nosograph.ttl").write_bytes(b"")
    own_shelf.point_to(own_shelf.main)

    own_server.process.send_signal(signal.SIGHUP)

    line = own_server.wait_for_log(level="error")
    assert "damaged" in line["message"]
    assert own_server.get("/readyz").json["release"] == own_shelf.other.version
    assert own_server.request("POST", "/sparql", DIRECT, b"ASK {}").status == 200


def test_20_stopping_drains_what_is_in_flight(own_server: Server) -> None:
    """A query that runs when SIGTERM comes is answered; new connections are not taken; the exit status is 0."""
    results: list[int] = []

    def run() -> None:
        body = b"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(STRLEN(STR(?c)) + STRLEN(STR(?f)) > 3) }"
        results.append(own_server.request("POST", "/sparql?timeout=5", DIRECT, body).status)

    client = threading.Thread(target=run)
    client.start()
    own_server.wait_for_metric("nosograph_queries_running", 1)
    own_server.process.send_signal(signal.SIGTERM)
    wait_until_refused(own_server)
    client.join()

    assert results[0] in (200, 503)
    assert own_server.stop() == 0


def wait_until_refused(server: Server) -> None:
    """Wait until a server takes no new connection."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection((server.host, server.port)).close()
        except ConnectionRefusedError:
            return
        assert time.monotonic() < end, "connections are still taken"
        time.sleep(0.02)


def test_20_stopping_leaves_no_process_behind(own_server: Server) -> None:
    """The workers that evaluate queries end with the server."""
    own_server.request("POST", "/sparql", DIRECT, b"ASK {}")
    processes = family(own_server.process.pid)
    assert len(processes) > 2

    assert own_server.stop() == 0

    end = time.monotonic() + PATIENCE
    while any(lives(process) for process in processes):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_20_stopping_does_not_wait_for_threads_of_the_engine(shelf: Shelf, tmp_path: Path) -> None:
    """A server whose process has written a store stops as any other, and does not wait for ever."""
    write = f"import pyoxigraph\nstore = pyoxigraph.Store({str(tmp_path / 'store')!r})\nstore.flush()\nstore.optimize()"
    running = Server("--releases", str(shelf.folder), log=tmp_path / "log.jsonl", prelude=write)
    assert running.request("POST", "/sparql", DIRECT, b"ASK {}").status == 200

    assert running.stop() == 0


def test_20_a_server_builds_its_first_release_in_another_process(shelf: Shelf, tmp_path: Path) -> None:
    """Where there is no release, one is built first; a build that fails tells and exits as a build does."""
    (tmp_path / "assets" / "data").mkdir(parents=True)
    (tmp_path / "assets" / "ontology").mkdir()
    (tmp_path / "assets" / "shapes").mkdir()
    (tmp_path / "assets" / "data" / "broken.ttl").write_text("this is no Turtle")
    environment = {**os.environ, "NOSOGRAPH_ASSETS": str(tmp_path / "assets")}

    ended = subprocess.run(
        [sys.executable, "-c", "from nosograph.cli import main; main()", "serve", "--port", "0"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=PATIENCE,
        check=False,
    )

    assert ended.returncode == 1
    assert "broken.ttl" in ended.stderr
    assert "Traceback" not in ended.stderr


def start(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the server until it ends by itself."""
    command = [sys.executable, "-c", "from nosograph.cli import main; main()", "serve", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOSOGRAPH_")}
    return subprocess.run(
        command, capture_output=True, text=True, cwd=folder, env=environment, timeout=PATIENCE, check=False
    )


def test_a_port_that_is_taken_is_told_at_once(server: Server, shelf: Shelf, tmp_path: Path) -> None:
    """The message names the port and how to choose another, without a traceback."""
    ended = start("--releases", str(shelf.folder), "--port", str(server.port), folder=tmp_path)

    assert ended.returncode != 0
    assert f"port {server.port}" in ended.stderr
    assert "--port" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("broken", ["no-such-folder", "empty", "damaged"])
def test_a_release_that_cannot_be_served_is_told(shelf: Shelf, tmp_path: Path, broken: str) -> None:
    """A folder that is no release, or one that is not whole, ends in a message that names it."""
    folder = tmp_path / broken
    if broken == "empty":
        folder.mkdir()
    elif broken != "no-such-folder":
        shutil.copytree(shelf.main.folder, folder)
    if broken == "damaged":
        (folder / "nosograph.nq").unlink()

    ended = start("--release", str(folder), "--port", "0", folder=tmp_path)

    assert ended.returncode != 0
    assert broken in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_address_of_another_machine_is_told(shelf: Shelf, tmp_path: Path) -> None:
    """An address that is not this machine's cannot be listened on."""
    ended = start("--releases", str(shelf.folder), "--host", "192.0.2.1", "--port", "0", folder=tmp_path)

    assert ended.returncode != 0
    assert "192.0.2.1" in ended.stderr
    assert "--" in ended.stderr


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", 505),
        (b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: wrong\r\n\r\n", 501),
    ],
)
def test_what_is_no_request_is_refused_in_form(server: Server, request_bytes: bytes, status: int) -> None:
    """Even an error before routing is problem details, with CORS, an id and the release."""
    answer = server.raw(request_bytes)
    head, _, body = answer.partition(b"\r\n\r\n")

    assert head.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"Access-Control-Allow-Origin: *" in head
    assert b"X-Release: " in head
    assert b'"status": %d' % status in body
    assert b"Cache-Control: no-store" in head


def test_a_body_that_ends_too_early_does_not_hold_the_server(server: Server) -> None:
    """A client that promises more than it sends is answered or dropped, and the others are answered."""
    with socket.create_connection((server.host, server.port)) as connection:
        connection.sendall(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
            b"Content-Length: 99\r\n\r\nASK"
        )
        connection.shutdown(socket.SHUT_WR)
        assert server.get("/healthz").status == 200


def test_many_idle_connections_do_not_hold_the_server(server: Server) -> None:
    """Connections that say nothing cost no thread: others are answered while they are open."""
    idle = [socket.create_connection((server.host, server.port)) for _ in range(64)]
    try:
        assert server.get("/healthz").status == 200
        for connection in idle:
            connection.setblocking(False)
            with pytest.raises(BlockingIOError):
                connection.recv(1)
    finally:
        for connection in idle:
            connection.close()


def test_the_log_is_lines_of_json(server: Server) -> None:
    """Every line of standard error is an object; a request's has who, what, how it ended and how long it took."""
    reply = server.get("/condition/scleroderma.ttl", User_Agent="log test")
    line = server.wait_for_log(id=reply["X-Request-Id"])

    assert line["event"] == "request"
    assert line["client"] == "127.0.0.1"
    assert (line["method"], line["status"], line["bytes"]) == ("GET", 200, len(reply.body))
    assert line["milliseconds"] >= 0
    assert line["type"] == "text/turtle"
    assert all(isinstance(entry, dict) for entry in server.log_lines())
