"""No query can hurt the others: each hostile one ends in a clear error in time, while others are answered."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nosograph.errors import (
    QueryCrashed,
    QueryMemoryExceeded,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    RemoteStoreError,
    ResultTooLarge,
    StoreBusy,
    StoreError,
)
from nosograph.settings import Settings
from nosograph.sparql.engine_choice import Engine
from nosograph.store.embedded import EmbeddedStore
from nosograph.store.interface import Query

LIMIT = 2.0
LONG = "SELECT (COUNT(*) AS ?n) { ?a e:linked ?b . ?b e:linked ?c . FILTER(CONTAINS(STR(?a), 'd')) }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
ENDS = (QueryTimeout, QueryMemoryExceeded, QueryCrashed, ResultTooLarge)

Ask = Callable[..., Query]


def doubled(times: int) -> str:
    """Return a query that doubles a string so many times."""
    binds = " ".join(f"BIND(CONCAT(?a{number}, ?a{number}) AS ?a{number + 1})" for number in range(times))
    return f"SELECT (STRLEN(?a{times}) AS ?n) {{ BIND('{'x' * 64}' AS ?a0) {binds} }}"


HOSTILE = {
    "nested functions": f"SELECT ({'ABS(' * 200_000}1{')' * 200_000} AS ?x) {{}}",
    "nested groups": f"SELECT * {'{' * 400_000}{'}' * 400_000}",
    "nested parentheses": f"SELECT ({'(' * 400_000}1{')' * 400_000} AS ?x) {{}}",
    "flat chain of or": f"SELECT (1{' || 1' * 150_000} AS ?x) {{}}",
    "flat chain of plus": f"SELECT (1{' + 1' * 150_000} AS ?x) {{}}",
    "flat chain of union": f"SELECT * {{ {{}} {'UNION { ?s ?p ?o }' * 40_000} }}",
    "flat chain of optional": f"SELECT * {{ {'OPTIONAL { ?s ?p ?o } ' * 9_000} }}",
    "flat chain of bind": "SELECT * { " + " ".join(f"BIND({n} AS ?v{n})" for n in range(40_000)) + " }",
    "disjoint patterns": "SELECT * { " + " ".join(f"?s{n} ?p{n} ?o{n} ." for n in range(300)) + " }",
    "huge values": f"SELECT * {{ VALUES ?v {{ {'1 ' * 200_000}}} VALUES ?w {{ {'2 ' * 200_000}}} }}",
    "string doubling": doubled(40),
    "replace bomb": "SELECT (STRLEN(?d) AS ?n) { BIND('" + "a" * 1000 + "' AS ?a) "
    "BIND(REPLACE(?a, 'a', ?a) AS ?b) BIND(REPLACE(?b, 'a', ?a) AS ?c) BIND(REPLACE(?c, 'a', ?a) AS ?d) }",
    "group concatenation": "SELECT (STRLEN(GROUP_CONCAT(?c)) AS ?n) { ?a ?b ?c . ?d ?e ?f }",
    "cartesian count": RUNAWAY,
    "cartesian rows": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "path explosion": "SELECT (COUNT(*) AS ?n) { ?a (e:linked*/e:next*)* ?b . ?b (!e:nothing)* ?c . ?c (!e:x)+ ?d }",
    "ordering everything": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f ?c",
    "distinct of everything": "SELECT (COUNT(DISTINCT *) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "constructing everything": "CONSTRUCT { ?a ?e ?i } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "regular expressions": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i "
    "FILTER REGEX(STR(?i), '(a|a)*b') }",
    "nested subqueries": "SELECT * " + "{ SELECT * " * 60_000 + "{}" + "}" * 60_000,
    "nested triple terms": f"ASK {{ {'<<( e:s e:p ' * 60_000}e:o{' )>>' * 60_000} e:p e:o }}",
    "nested lists": f"ASK {{ {'(' * 200_000}{')' * 200_000} ?p ?o }}",
    "nested blank nodes": f"ASK {{ {'[ e:p ' * 100_000}1{']' * 100_000} }}",
    "nested exists": f"ASK {{ {'FILTER EXISTS { ' * 50_000}?s ?p ?o{' }' * 50_000} }}",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_query_ends_and_others_go_on(store: EmbeddedStore, ask: Ask, text: str) -> None:
    """Deadline, memory, crash or size: a clear error, and quick queries pass it."""
    ended: list[BaseException | None] = []

    def attack() -> None:
        try:
            store.answer(ask(text, client="attacker", timeout=LIMIT)).close()
            ended.append(None)
        except Exception as error:
            ended.append(error)

    attacker = threading.Thread(target=attack)
    attacker.start()
    is_attacked = True
    while is_attacked:
        with store.answer(ask("SELECT ?l { e:n3 e:label ?l }", client="visitor")) as answer:
            assert b"node 3" in answer.read()
        attacker.join(0.02)
        is_attacked = attacker.is_alive()

    # The engine can do some of these; what it cannot do must be told.
    error = ended[0]
    # A query that was set back for others may find no place again before its deadline.
    assert error is None or isinstance(error, (*ENDS, QuerySyntaxError, StoreBusy))
    assert error is None or len(str(error)) < 500


IN_ANALYSIS = (
    "cartesian count",
    "cartesian rows",
    "ordering everything",
    "distinct of everything",
    "constructing everything",
    "path explosion",
    "regular expressions",
    "disjoint patterns",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", IN_ANALYSIS)
def test_a_hostile_query_in_analysis_ends_and_others_go_on(both: EmbeddedStore, ask: Ask, name: str) -> None:
    """Where the analysis engine evaluates it: the same clear ends, and look-ups and analysis of others pass it."""
    errors: list[BaseException] = []

    def attack() -> None:
        try:
            both.answer(ask(HOSTILE[name], client="attacker", timeout=2 * LIMIT, engine=Engine.ANALYSIS)).close()
        except Exception as error:
            errors.append(error)

    attacker = threading.Thread(target=attack)
    attacker.start()
    is_attacked = True
    while is_attacked:
        with both.answer(ask("SELECT ?l { e:n3 e:label ?l }", client="visitor")) as answer:
            assert b"node 3" in answer.read()
        with both.answer(ask("SELECT (COUNT(*) AS ?n) { ?s e:label ?l }", client="analyst")) as answer:
            assert b'"2000"' in answer.read()
        attacker.join(0.02)
        is_attacked = attacker.is_alive()

    assert all(isinstance(error, (*ENDS, StoreBusy)) for error in errors)
    assert all(len(str(error)) < 500 for error in errors)


@pytest.fixture(scope="module")
def both(analysed: Any, limits: Settings) -> Iterator[EmbeddedStore]:
    """A store with both engines; the analysis workers are there."""
    opened = EmbeddedStore(analysed, dataclasses.replace(limits, query_engine=Engine.AUTOMATIC, analysis_memory=128))
    opened.start()
    opened.answer(Query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")).close()
    yield opened
    opened.close()


def test_each_kind_of_end_is_told_apart(store: EmbeddedStore, ask: Ask) -> None:
    """Too long, too much memory, too deep and too large are different errors with their limits."""
    expected = {
        "cartesian count": QueryTimeout,
        "ordering everything": QueryMemoryExceeded,
        "string doubling": QueryMemoryExceeded,
        "nested functions": QueryCrashed,
        "cartesian rows": ResultTooLarge,
    }
    found = {}
    for name in expected:
        with pytest.raises(StoreError) as caught:
            store.answer(ask(HOSTILE[name], timeout=LIMIT if name == "cartesian count" else None))
        found[name] = caught.type
        assert caught.value.hint

    assert found == expected


def test_nesting_that_people_write_is_answered(store: EmbeddedStore, ask: Ask) -> None:
    """Queries nested ten times deeper than an ordinary stack allows do not crash: a worker has a large stack."""
    text = f"SELECT ({'ABS(' * 9000}1{')' * 9000} AS ?x) {{}}"

    with store.answer(ask(text)) as answer:
        assert b'"1"' in answer.read()


def test_a_killed_worker_is_replaced(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """After as many kills as there are workers, as many stand ready again."""
    store = make_store(query_workers=1)
    store.start()
    before = store.statistics().started["store"]

    for _ in range(3):
        with pytest.raises(QueryTimeout):
            store.answer(ask(RUNAWAY, timeout=0.2))
        store.start()

    after = store.statistics()
    assert (after.killed["timeout"], after.workers, after.started["store"] - before) == (3, 3, 3)


class Listener:
    """A listening socket that counts who connects."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.address = f"http://127.0.0.1:{self.socket.getsockname()[1]}/sparql"

    def connected(self) -> bool:
        """Return whether anybody has connected."""
        try:
            self.socket.accept()[0].close()
        except TimeoutError:
            return False
        return True


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Return a socket that nobody should connect to."""
    opened = Listener()
    yield opened
    opened.socket.close()


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * {{ SERVICE <{0}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ SERVICE SILENT <{0}> {{ ?s ?p ?o }} }}",
        "SELECT * {{ VALUES ?x {{ <{0}> }} SERVICE ?x {{ ?s ?p ?o }} }}",
        "SELECT*{{SERVICESILENT<{0}>{{?s ?p ?o}}}}",
    ],
)
def test_no_query_makes_a_connection(store: EmbeddedStore, ask: Ask, listener: Listener, text: str) -> None:
    """SERVICE, SILENT or not, is refused, and nobody hears of it."""
    with pytest.raises(QueryRefused):
        store.answer(ask(text.format(listener.address)))

    assert not listener.connected()


def test_loading_makes_no_connection(store: EmbeddedStore, ask: Ask, listener: Listener) -> None:
    """LOAD begins an update, which is no query."""
    with pytest.raises(QuerySyntaxError):
        store.answer(ask(f"LOAD <{listener.address}>"))

    assert not listener.connected()


@pytest.mark.parametrize("clause", ["FROM <{0}>", "FROM NAMED <{0}>"])
def test_a_graph_on_the_network_is_empty(store: EmbeddedStore, ask: Ask, listener: Listener, clause: str) -> None:
    """FROM of an address fetches nothing: a graph that the release lacks has no triples."""
    text = f"ASK {clause.format(listener.address)} {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }}"

    assert json.loads(store.answer(ask(text)).read())["boolean"] is False
    assert not json.loads(store.answer(ask("ASK { ?s ?p ?o }", default_graphs=(listener.address,))).read())["boolean"]
    assert not listener.connected()


def test_the_engine_itself_cannot_connect(
    store: EmbeddedStore, ask: Ask, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a call that the lexer overlooked fails in the worker, which has no sockets to make."""
    monkeypatch.setattr("nosograph.store.request.refuse_services", lambda text, allowed: False)

    with pytest.raises(StoreError):
        store.answer(ask(f"SELECT * {{ SERVICE <{listener.address}> {{ ?s ?p ?o }} }}"))
    store.answer(ask(f"SELECT * {{ SERVICE SILENT <{listener.address}> {{ ?s ?p ?o }} }}")).close()

    assert not listener.connected()


class _Remote(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Answer every query with one row."""
        self.rfile.read(int(self.headers["Content-Length"]))
        term = {"type": "uri", "value": "http://example.org/far"}
        body = json.dumps({"head": {"vars": ["far"]}, "results": {"bindings": [{"far": term}]}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/sparql-results+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log line."""


@pytest.fixture
def remote() -> Iterator[str]:
    """Return the address of a SPARQL service on this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Remote)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sparql"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_allowed_service_is_called(
    make_store: Callable[..., EmbeddedStore], ask: Ask, remote: str, listener: Listener
) -> None:
    """The allow-list lets a query join a remote row with ours, and no other address is reached."""
    store = make_store(query_service_allow=(remote,))
    text = "SELECT ?far ?l {{ SERVICE <{0}> {{ ?far e:p ?o }} e:n3 e:label ?l }}"

    rows = json.loads(store.answer(ask(text.format(remote))).read())["results"]["bindings"]
    with pytest.raises(QueryRefused, match="does not allow"):
        store.answer(ask(text.format(listener.address)))

    assert [(row["far"]["value"], row["l"]["value"]) for row in rows] == [("http://example.org/far", "node 3 é")]
    assert not listener.connected()


def test_a_service_that_fails_is_told_from_the_engine(
    make_store: Callable[..., EmbeddedStore], ask: Ask, listener: Listener
) -> None:
    """A service that cannot be reached is the one that failed; with SILENT there is an answer, which is not kept."""
    listener.socket.close()
    store = make_store(query_service_allow=(listener.address,))

    with pytest.raises(RemoteStoreError, match="service that the query calls"):
        store.answer(ask(f"SELECT * {{ SERVICE <{listener.address}> {{ ?s ?p ?o }} }}"))
    with store.answer(ask(f"SELECT * {{ SERVICE SILENT <{listener.address}> {{ ?s ?p ?o }} }}")) as answer:
        assert answer.is_volatile
    with pytest.raises(QueryRefused, match="not supported"):
        store.answer(
            ask(f"SELECT (<http://e.org/f>(1) AS ?x) {{ SERVICE SILENT <{listener.address}> {{ ?s ?p ?o }} }}")
        )


class Occupation:
    """Runaway queries, each in a thread of its own, until their clients leave at the end of the block."""

    def __init__(self, store: EmbeddedStore) -> None:
        self._store = store
        self._left = threading.Event()
        self._threads: list[threading.Thread] = []

    def ask(self, query: Query, times: int) -> None:
        """Ask a query several times at once."""
        found = [threading.Thread(target=self._run, args=(query,)) for _ in range(times)]
        for thread in found:
            thread.start()
        self._threads += found

    def _run(self, query: Query) -> None:
        with contextlib.suppress(StoreError):
            self._store.answer(query, gone=self._left.is_set).close()

    def __enter__(self) -> Occupation:
        """Return the occupation itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let the clients leave."""
        self._left.set()
        for thread in self._threads:
            thread.join()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until something holds; the test fails when it does not in a minute."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)


def settled(store: EmbeddedStore, running: int, waiting: int, set_back: int) -> Callable[[], bool]:
    """Return the question whether so many queries run and wait, after so many at least have been set back.

    On a machine that stands still for a moment a look-up becomes a long query as well, and one more is set back.
    """

    def holds() -> bool:
        now = store.statistics()
        return (now.running, now.queued) == (running, waiting) and now.killed["set_back"] >= set_back

    return holds


def test_one_client_cannot_take_every_worker(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """While a client's runaway queries run and wait, another client is answered before any of them ends."""
    store = make_store(query_workers=2, query_timeout=600.0)
    store.start()
    with Occupation(store) as greedy:
        greedy.ask(ask(RUNAWAY, client="greedy"), 6)
        wait_until(settled(store, running=2, waiting=4, set_back=4))

        store.answer(ask("ASK {}", client="modest")).close()

        wait_until(settled(store, running=2, waiting=4, set_back=4))


def test_slow_queries_of_two_clients_do_not_delay_a_third(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """Look-ups and syntax errors are answered while long queries of others hold every place for long ones."""
    store = make_store(query_workers=2, query_timeout=600.0)
    store.start()
    with Occupation(store) as busy:
        busy.ask(ask(RUNAWAY, client="a"), 2)
        busy.ask(ask(RUNAWAY, client="b"), 2)
        wait_until(settled(store, running=2, waiting=2, set_back=2))

        for _ in range(20):
            assert count_rows(store, ask("SELECT ?l { e:n3 e:label ?l }", client="c")) == 1
            with pytest.raises(QuerySyntaxError):
                store.answer(ask("SELECT * { ?s ?p }", client="c"))

        wait_until(settled(store, running=2, waiting=2, set_back=2))


def test_a_client_that_holds_every_place_gives_one_to_another(
    make_store: Callable[..., EmbeddedStore], ask: Ask
) -> None:
    """A long query of a second client runs to its end, while those of the first are under way."""
    store = make_store(query_workers=2, query_timeout=600.0)
    store.start()
    with Occupation(store) as greedy:
        greedy.ask(ask(RUNAWAY, client="greedy"), 3)
        wait_until(settled(store, running=2, waiting=1, set_back=1))

        assert count_rows(store, ask(LONG, client="modest")) == 1
        assert store.statistics().killed["set_back"] >= 2


def count_rows(store: EmbeddedStore, query: Query) -> int:
    """Return how many rows a query has."""
    return len(json.loads(store.answer(query).read())["results"]["bindings"])


def test_a_burst_of_one_client_is_answered(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """However many quick queries come at once, they take their turns, since each can be expected to be soon."""
    store = make_store()
    store.start()
    refused: list[StoreError] = []

    def look_up(number: int) -> None:
        try:
            assert count_rows(store, ask(f"SELECT ?l {{ e:n{number} e:label ?l }}", client="burst")) == 1
        except StoreError as error:
            refused.append(error)

    threads = [threading.Thread(target=look_up, args=(number,)) for number in range(500)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == []
    assert store.statistics().outcomes["answered"] == 500


def test_what_cannot_be_expected_in_time_is_refused_at_once(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """A long query that would have to wait beyond its deadline is refused; whose long queries run is told apart."""
    store = make_store(query_workers=1, query_timeout=600.0)
    store.start()
    with Occupation(store) as busy:
        busy.ask(ask(RUNAWAY, client="a"), 1)
        wait_until(settled(store, running=1, waiting=0, set_back=0))

        with pytest.raises(StoreBusy, match="long queries") as own:
            store.answer(ask(RUNAWAY, client="a", timeout=0.5))
        with pytest.raises(StoreBusy, match="long queries") as others:
            store.answer(ask(RUNAWAY, client="b", timeout=0.5))

    assert (own.value.per_client, others.value.per_client) == (True, False)
    assert own.value.retry_after >= 1
    assert store.statistics().outcomes["busy_client"] == 1


def test_a_deadline_covers_waiting(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """A long query whose deadline passes while it waits for a place is told so."""
    store = make_store(query_workers=1, query_timeout=600.0)
    store.start()
    with Occupation(store) as busy:
        busy.ask(ask(RUNAWAY, client="a"), 1)
        wait_until(settled(store, running=1, waiting=0, set_back=0))

        with pytest.raises(StoreBusy, match="deadline"):
            store.answer(ask(RUNAWAY, client="b", timeout=2.0))

        wait_until(settled(store, running=1, waiting=0, set_back=1))


PARENT = """
import sys, time
from pathlib import Path
from dataclasses import dataclass
from nosograph.rdf.names import Base
from nosograph.settings import Settings
from nosograph.store.embedded import EmbeddedStore
@dataclass
class Stored:
    store_folder: Path
    version: str = "v"
    base: Base = Base()
    overlapping_graphs: None = None
store = EmbeddedStore(Stored(Path(sys.argv[1])), Settings(query_workers=1))
store.start()
print(*((task / "children").read_text().strip() for task in Path("/proc/self/task").iterdir()), flush=True)
time.sleep(60)
"""


def test_workers_die_with_their_parent(stored: object) -> None:
    """A server that is killed leaves no worker behind."""
    folder = str(stored.store_folder)  # type: ignore[attr-defined]
    parent = subprocess.Popen([sys.executable, "-c", PARENT, folder], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        workers = [int(number) for number in parent.stdout.readline().split()]
        assert len(workers) == 3
        parent.kill()
        parent.wait()

    def gone(worker: int) -> bool:
        try:
            return Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        except OSError:
            return True

    wait_until(lambda: all(gone(worker) for worker in workers))


def test_workers_of_a_forked_parent_are_its_own(make_store: Callable[..., EmbeddedStore], ask: Ask) -> None:
    """A process that was forked from one with a started store starts workers of its own."""
    store = make_store(query_workers=1)
    store.start()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            store.answer(ask("ASK {}")).close()
            own = [(task / "children").read_text() for task in Path("/proc/self/task").iterdir()]
            os.write(write, b"own" if any(own) else b"shared")
        finally:
            os._exit(0)
    os.close(write)
    told = os.read(read, 16)
    os.close(read)
    os.waitpid(child, 0)

    assert told == b"own"
    assert store.answer(ask("ASK {}")).size > 0
