"""The client sends few requests, one at a time, where it may, and reads little, whatever a server does."""

import gzip
import itertools
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest
from fake_server import Asked, answer, only_here, serving

from nosograph.doctor.areas import AREAS
from nosograph.doctor.budget import Budget
from nosograph.doctor.client import USER_AGENT, PoliteClient
from nosograph.doctor.connecting import is_public, origin_of
from nosograph.doctor.examination import Examination
from nosograph.doctor.examining import ExaminationReport, examine
from nosograph.doctor.exchange import HttpCall
from nosograph.doctor.outcomes import CheckOutcome, NotAnswered
from nosograph.doctor.probes import PROBES, most_requests

QUICK = Budget(requests=60, pause=0.0, seconds=0.25, total=5.0, body=65536, wait=0.05)
ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}]}}'
JSON = "application/sparql-results+json"


def client_of(address: str, budget: Budget = QUICK, **more: object) -> PoliteClient:
    """Return a client that may ask an address of this machine."""
    return PoliteClient(frozenset({origin_of(urlsplit(address))}), budget, resolve=only_here, **more)  # type: ignore[arg-type]


def endpoint(asked: Asked) -> Iterable[bytes]:
    """Answer every query with 1, and nothing else."""
    return answer(200, JSON, ROWS) if "query" in asked.target or asked.body else answer(404)


def result(report: ExaminationReport, name: str) -> CheckOutcome:
    """Return the outcome of a check."""
    return next(found.decision.outcome for found in report.results if found.check.name == name)


def test_never_more_requests_than_the_budget_says() -> None:
    """A server that always leads on gets as many requests as were announced, and no more."""
    numbers = itertools.count()
    with serving(lambda asked: answer(302, Location=f"/sparql/{next(numbers)}?query=x")) as server:
        address = f"{server.address}/sparql"
        report = examine(address, endpoint=address, budget=Budget(requests=17, pause=0.0), resolve=only_here)

    assert report.requests == len(server.asked) == 17
    assert server.most_at_once == 1


def test_requests_of_an_examination_fit_into_the_plan() -> None:
    """What may be sent is counted by the table of probes, and the default budget is no larger than need be."""
    with serving(endpoint) as server:
        report = examine(f"{server.address}/sparql", budget=Budget(pause=0.0), resolve=only_here)

    assert report.requests == len(server.asked) <= most_requests(is_heavy=False)
    assert result(report, "query-get") is CheckOutcome.PASSED
    assert all("POST GET HEAD OPTIONS".find(asked.method) >= 0 for asked in server.asked)
    assert {asked.header("User-Agent") for asked in server.asked} == {USER_AGENT}


def test_heavy_query_is_sent_on_demand_alone() -> None:
    """A query that costs a server much is sent only where the user asked for it."""
    for is_heavy in (False, True):
        with serving(endpoint) as server:
            examine(f"{server.address}/sparql", budget=QUICK, resolve=only_here, is_heavy=is_heavy)

        assert any("%3Fg+%3Fh+%3Fi" in asked.target for asked in server.asked) is is_heavy


def test_pause_is_kept_between_requests() -> None:
    """The client waits between an answer and the next request, as long as a Crawl-delay wants."""
    now, waits = [0.0], []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        now[0] += seconds

    rules = b"User-agent: *\nCrawl-delay: 3\n"
    with serving(lambda asked: answer(200, "text/plain", rules)) as server:
        client = client_of(server.address, Budget(pause=0.5), clock=lambda: now[0], sleep=sleep)
        for _ in range(3):
            client.send(HttpCall("GET", f"{server.address}/a"))

    assert [round(wait, 3) for wait in waits] == [3.0, 3.0, 3.0]


@pytest.mark.parametrize(("agent", "queries"), [("*", True), ("nosograph-doctor", False)])
def test_robots_txt_is_obeyed(agent: str, queries: bool) -> None:
    """What robots.txt closes to all is not visited; the query interface is closed where the doctor is named."""
    rules = f"User-agent: {agent}\nDisallow: /\n".encode()

    def respond(asked: Asked) -> Iterable[bytes]:
        return answer(200, "text/plain", rules) if asked.target == "/robots.txt" else endpoint(asked)

    with serving(respond) as server:
        report = examine(f"{server.address}/sparql", budget=QUICK, resolve=only_here)

    targets = [asked.target for asked in server.asked]
    assert not [target for target in targets if target.startswith("/.well-known/")]
    assert any(target.startswith("/sparql") for target in targets) is queries
    assert result(report, "query-get") is (CheckOutcome.PASSED if queries else CheckOutcome.INAPPLICABLE)


def test_short_wait_is_waited_for_and_a_long_one_ends_the_examination() -> None:
    """429 with a short Retry-After is asked once more; with a long one the server is left in peace."""
    for seconds, sent in (("0", 3), ("3600", 2)):
        with serving(
            lambda asked, seconds=seconds: (
                answer(404) if asked.target == "/robots.txt" else answer(429, Retry_After=seconds)
            )
        ) as server:
            client = client_of(server.address)
            for _ in range(3):
                with pytest.raises(NotAnswered, match="left in peace") as error:
                    client.send(HttpCall("GET", f"{server.address}/a"))
                assert error.value.outcome is CheckOutcome.UNTESTED

        assert len(server.asked) == sent


def test_redirect_to_a_private_address_is_not_followed() -> None:
    """A server cannot make the doctor ask another port or host of the user's own network."""
    with serving(endpoint) as inner:
        with serving(
            lambda asked: (
                answer(404) if asked.target == "/robots.txt" else answer(302, Location=f"{inner.address}/secret")
            )
        ) as outer:
            client = client_of(outer.address)
            with pytest.raises(NotAnswered, match="not on the public internet"):
                client.send(HttpCall("GET", f"{outer.address}/a"), redirects=3)

        assert inner.asked == []


def test_name_that_leads_to_a_private_address_is_not_asked() -> None:
    """The address of a host counts, not its name; an address in disguise is seen through."""
    client = PoliteClient(frozenset(), QUICK, resolve=lambda host, port: ["203.0.114.9", "10.0.0.1"])

    with pytest.raises(NotAnswered, match="not on the public internet"):
        client.send(HttpCall("GET", "http://rebound.example/"))

    assert client.sent == []
    assert [is_public(text) for text in ("8.8.8.8", "2606:4700::1111")] == [True, True]
    for text in (
        "127.0.0.1",
        "::1",
        "fec0::1",
        "::ffff:10.0.0.1",
        "169.254.169.254",
        "fe80::1%eth0",
        "224.0.0.1",
        "2002:7f00:1::",
        "x",
    ):
        assert not is_public(text), text


def drip(parts: Iterable[bytes]) -> Iterable[bytes]:
    """Send a little at a time, more slowly than any answer has a right to be."""
    for part in parts:
        yield part
        time.sleep(0.05)


def endless(head: bytes, part: bytes) -> Iterable[bytes]:
    """Send the head and then the part again and again."""
    yield head
    while True:
        yield part


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
XML = "application/sparql-results+xml"
HOSTILE = {
    "closes at once": lambda: [],
    "no status line": lambda: [b"hello\r\n\r\n"],
    "endless body": lambda: endless(OK + b"\r\n", b" " * 65536),
    "endless interim answers": lambda: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "slow header": lambda: drip(itertools.chain([b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: y\r\n", 80))),
    "slow body": lambda: drip(itertools.chain([OK + b"Content-Length: 1000\r\n\r\n"], itertools.repeat(b" ", 400))),
    "long header line": lambda: [b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n"],
    "many header lines": lambda: [b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000 + b"\r\n"],
    "shorter than it says": lambda: [OK + b"Content-Length: 900\r\n\r\n{}"],
    "negative length": lambda: [OK + b"Content-Length: -5\r\n\r\n" + ROWS[:20]],
    "bad chunks": lambda: [OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"],
    "gzip bomb": lambda: answer(200, JSON, gzip.compress(b" " * 40_000_000), Content_Encoding="gzip"),
    "no gzip": lambda: answer(200, JSON, ROWS, Content_Encoding="gzip"),
    "unknown coding": lambda: answer(200, JSON, ROWS, Content_Encoding="x-nothing"),
    "wrong charset": lambda: answer(200, JSON + "; charset=utf-16", ROWS),
    "not UTF-8": lambda: answer(
        200, JSON, b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"\xe4"}}]}}'
    ),
    "JSON of another shape": lambda: answer(200, JSON, b'[1, {"boolean": "yes"}]'),
    "no JSON": lambda: answer(200, JSON, b"<html>"),
    "deep JSON": lambda: answer(200, JSON, b"[" * 60_000),
    "a page": lambda: answer(200, "text/html", b"<!doctype html><p>No"),
    "entities": lambda: answer(
        200,
        XML,
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "' + b"&b;" * 1000 + b'">]><a>' + b"&c;" * 1000 + b"</a>",
    ),
    "a circle": lambda: answer(302, Location="/sparql"),
    "a redirect to nowhere": lambda: answer(302, Location="http://[::1"),
    "a redirect to a file": lambda: answer(302, Location="file:///etc/passwd"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_server_is_a_finding(name: str) -> None:
    """Whatever a server sends, the examination ends with a report in which nothing that needs an answer has passed."""
    with serving(lambda asked: HOSTILE[name]()) as server:
        report = examine(
            f"{server.address}/sparql", endpoint=f"{server.address}/sparql", budget=QUICK, resolve=only_here
        )

    assert report.requests == len(server.asked) <= QUICK.requests
    assert len(report.results) == sum(len(area.checks) for area in AREAS)
    assert CheckOutcome.PASSED not in (
        result(report, "query-get"),
        result(report, "select-csv"),
        result(report, "licence"),
    )


@pytest.mark.parametrize("body", [b"@prefix x: <", b"<a> <b> <c> .\x00", b"<!doctype html>", b"\xff\xfe<a>"])
def test_damaged_rdf_is_a_finding(body: bytes) -> None:
    """RDF that cannot be read is no description, and no error of the doctor."""
    with serving(lambda asked: answer(200, "text/turtle", body)) as server:
        report = examine(f"{server.address}/", resource=f"{server.address}/a", budget=QUICK, resolve=only_here)

    assert result(report, "void-well-known") is result(report, "resource-rdf") is CheckOutcome.FAILED


def test_tls_failure_is_a_finding() -> None:
    """A server that does not speak TLS under an https address is reported as that."""
    with serving(lambda asked: answer(200)) as server:
        address = server.address.replace("http:", "https:") + "/sparql"
        report = examine(address, endpoint=address, budget=QUICK, resolve=only_here)

    found = next(entry.decision for entry in report.results if entry.check.name == "query-get")
    assert found.outcome is CheckOutcome.FAILED
    assert "TLS" in found.detail


def test_server_without_answers_is_left_in_peace() -> None:
    """Three requests without an answer are enough."""
    with serving(lambda asked: []) as server:
        report = examine(f"{server.address}/sparql", budget=QUICK, resolve=only_here)

    assert len(server.asked) == report.requests == 3


def test_each_probe_is_sent_once() -> None:
    """Checks that look at the same answer share it."""
    with serving(endpoint) as server:
        client = client_of(server.address)
        seen = Examination(server.address, client, datetime.now(UTC), endpoint=f"{server.address}/sparql")
        first, second = seen.exchange("query-get"), seen.exchange("query-get")

    assert first is second
    assert [asked.target.partition("?")[0] for asked in server.asked] == ["/robots.txt", "/sparql"]
    assert set(PROBES) > {"query-get"}


@pytest.mark.parametrize(
    "rules",
    [
        "User-agent: *\nDisallow: //[",
        "User-agent: *\nCrawl-delay: \u00b2",
        f"User-agent: *\nCrawl-delay: {'9' * 400}",
        "\n" * 400_000,
    ],
    ids=["address", "digit", "delay", "lines"],
)
def test_rules_that_are_none_close_nothing_and_end_nothing(rules: str) -> None:
    """Whatever stands in robots.txt, the examination goes on, and quickly."""

    def respond(asked: Asked) -> Iterable[bytes]:
        return answer(200, "text/plain", rules.encode()) if asked.target == "/robots.txt" else endpoint(asked)

    budget = Budget(requests=12, pause=0.0, wait=0.01)
    with serving(respond) as server:
        report = examine(f"{server.address}/sparql", budget=budget, resolve=only_here)

    assert result(report, "query-get") is CheckOutcome.PASSED


@pytest.mark.parametrize("value", ["http://[x", "http://a\u2100b.example/", "http://a b/", "http://a\u0000/"])
def test_addresses_that_are_none_are_passed_over(value: str) -> None:
    """A description may name anything as an endpoint, a dump or an example."""
    void = "http://rdfs.org/ns/void#"
    escaped = value.encode("unicode_escape").decode().replace("\\x00", "\\u0000")
    lines = "".join(
        f'<http://a.example/d> <{void}{name}> "{escaped}" .\n'
        for name in ("sparqlEndpoint", "dataDump", "exampleResource", "uriSpace")
    )
    lines += f"<http://a.example/d> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <{void}Dataset> .\n"

    def respond(asked: Asked) -> Iterable[bytes]:
        if asked.target == "/.well-known/void":
            return answer(200, "application/n-triples", lines.encode(), Link=f"<{'http://[x'}>; rel=describedby")
        return endpoint(asked)

    with serving(respond) as server:
        report = examine(f"{server.address}/", budget=Budget(pause=0.0), resolve=only_here)

    assert not any("check itself" in found.decision.detail for found in report.results)
    assert report.endpoint.startswith(server.address)


def test_a_redirect_to_half_a_host_is_not_followed() -> None:
    """The system's resolver ends a name at a null, and would find another host."""
    with serving(lambda asked: answer(302, Location="http://127.0.0.1\x00.example/")) as server:
        address = f"{server.address}/sparql"
        report = examine(address, endpoint=address, budget=Budget(requests=8, pause=0.0), resolve=only_here)

    assert not any("check itself" in found.decision.detail for found in report.results)
    assert result(report, "query-get") is CheckOutcome.FAILED


@pytest.mark.parametrize(("direct", "outcome"), [(415, CheckOutcome.CANNOT_TELL), (204, CheckOutcome.FAILED)])
def test_what_a_server_does_in_its_own_way_is_not_judged(direct: int, outcome: CheckOutcome) -> None:
    """A form in place of an update's refusal, no CSV, and a limit longer than this client waits tell nothing."""

    def respond(asked: Asked) -> Iterable[bytes]:
        if b"update=" in asked.body:
            return answer(200, "text/html", b"<html>Ask me something</html>")
        if "sparql-update" in asked.header("Content-Type"):
            return answer(direct)
        if "text/csv" in asked.header("Accept"):
            return answer(406)
        if "%3Fg+%3Fh+%3Fi" in asked.target:
            over.wait(30)
        return endpoint(asked)

    over = threading.Event()
    budget = Budget(pause=0.0, seconds=3.0)
    with serving(respond) as server:
        report = examine(f"{server.address}/sparql", budget=budget, resolve=only_here, is_heavy=True)
        over.set()

    assert result(report, "update-refused") is outcome
    for name in ("whole-tables", "time-limit"):
        assert result(report, name) is CheckOutcome.CANNOT_TELL, name
    assert result(report, "time-limit-retry") is CheckOutcome.INAPPLICABLE
    assert result(report, "time-limit-alive") is CheckOutcome.PASSED
