"""Our own server is examined by the doctor, and each check is shown to see the fault that it is about."""

import http.client
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fake_server import Asked, answer, only_here, serving
from live import Server, Shelf

from nosograph.doctor.areas import AREAS
from nosograph.doctor.budget import Budget
from nosograph.doctor.client import PoliteClient
from nosograph.doctor.connecting import origin_of
from nosograph.doctor.examination import Examination
from nosograph.doctor.examining import ExaminationReport, examine
from nosograph.doctor.outcomes import Check, CheckOutcome, Decision, NotAnswered

CHECKS = {check.name: check for area in AREAS for check in area.checks}
KNOWN = {
    "security-contact": "the release of the tests names no contact",
}
"""Check that fails → why."""

FREE = Budget(pause=0.0)
Change = Callable[[int, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


@pytest.fixture(scope="module")
def site(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a server whose links are relative, so that all of them lead to this machine."""
    running = Server("--releases", str(shelf.folder), log=tmp_path_factory.mktemp("doctor") / "log.jsonl")
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def examined(site: Server) -> ExaminationReport:
    """Return what the doctor finds in our server."""
    return examine(f"{site.address}/", budget=FREE, resolve=only_here)


@pytest.mark.parametrize("name", CHECKS)
def test_our_server_passes(examined: ExaminationReport, name: str) -> None:
    """Each rule that the doctor knows holds of our own server."""
    found = next(result.decision for result in examined.results if result.check.name == name)

    assert (found.outcome is CheckOutcome.FAILED) is (name in KNOWN), found.detail


def test_endpoint_and_resource_are_found(examined: ExaminationReport, site: Server) -> None:
    """From the address of a site the doctor finds endpoint, descriptions, and a resource."""
    assert examined.endpoint == f"{site.address}/sparql"
    assert examined.is_publisher
    assert examined.resource.startswith("https://w3id.org/nosograph/")
    assert sum(1 for result in examined.results if result.decision.outcome is CheckOutcome.PASSED) > 50


def without(*names: str) -> Change:
    """Return a change that takes header fields away."""
    return lambda status, headers, body: (status, {k: v for k, v in headers.items() if k.lower() not in names}, body)


def with_body(change: Callable[[bytes], bytes]) -> Change:
    """Return a change of the content."""
    return lambda status, headers, body: (status, headers, change(body))


def with_status(status: int) -> Change:
    """Return a change of the status."""
    return lambda _, headers, body: (status, headers, body)


def with_type(media_type: str) -> Change:
    """Return a change of the media type."""
    return lambda status, headers, body: (status, headers | {"Content-Type": media_type}, body)


def errors_as(status: int) -> Change:
    """Return a change of the status of errors."""
    return lambda known, headers, body: (status if known >= 400 else known, headers, body)


TRUNCATED = with_body(lambda body: body[: len(body) // 2])
ONE_ROW = with_body(lambda body: b"x\r\n1\r\n" if body.startswith(b"x") else body)
FAULTS: dict[str, list[Change]] = {
    "query-get": [
        with_status(500),
        with_type("text/html"),
        TRUNCATED,
        with_body(lambda body: body.replace(b'"1"', b'"2"')),
    ],
    "query-form": [with_status(405)],
    "query-direct": [with_status(415)],
    "ask-json": [with_body(lambda body: body.replace(b"true", b"false")), TRUNCATED],
    "ask-xml": [with_type("application/sparql-results+json"), TRUNCATED],
    "select-json": [with_body(lambda body: body.replace("é".encode(), b"\xe9")), TRUNCATED],
    "select-xml": [TRUNCATED, with_type("text/html")],
    "select-csv": [with_type("text/csv; charset=latin-1"), with_body(lambda body: body.replace("✓".encode(), b"?"))],
    "select-tsv": [with_type("text/csv")],
    "select-default": [with_type("text/html")],
    "construct-turtle": [with_body(lambda body: body.replace(b" .", b"")), with_type("text/plain")],
    "construct-ntriples": [with_body(lambda body: b"")],
    "construct-xml": [TRUNCATED],
    "construct-default": [with_type("text/html")],
    "describe": [with_status(404)],
    "malformed-status": [errors_as(500), errors_as(200)],
    "malformed-reason": [with_body(lambda body: b"Bad Request"), with_type("text/html")],
    "two-queries": [errors_as(200)],
    "wrong-type": [errors_as(200)],
    "not-utf-8": [errors_as(200)],
    "update-refused": [errors_as(204)],
    "unknown-graph": [
        with_body(lambda body: body.replace(b'"bindings":[]', b'"bindings":[{"p":{"type":"uri","value":"http://a/"}}]'))
    ],
    "whole-tables": [ONE_ROW],
    "long-queries": [with_status(414)],
    "cors": [without("access-control-allow-origin")],
    "cors-errors": [without("access-control-allow-origin")],
    "cors-preflight": [without("access-control-allow-headers"), with_status(404)],
    "service-description": [with_type("text/html"), with_body(lambda body: body.replace(b"sd:Service", b"sd:Other"))],
    "service-endpoint": [
        with_body(lambda body: re.sub(rb"sd:endpoint <[^>]+>", b"sd:endpoint <http://b.example/q>", body))
    ],
    "service-language": [with_body(lambda body: body.replace(b"SPARQL11Query", b"Nothing"))],
    "service-formats": [with_body(lambda body: re.sub(rb"sd:resultFormat [^;]+;", b"", body))],
    "endpoint-vary": [without("vary")],
    "void-well-known": [with_status(404), lambda *_: (200, {"Content-Type": "text/html"}, b"<html>")],
    "resource-rdf": [with_type("text/html"), TRUNCATED],
    "resource-page": [with_type("text/turtle")],
    "resource-distinct": [with_status(302), with_status(200)],
    "resource-vary": [without("vary")],
    "resource-406": [errors_as(200)],
    "resource-alternates": [without("link")],
    "resource-304": [
        without("etag", "last-modified"),
        lambda status, headers, body: (200 if status == 304 else status, headers, body),
    ],
    "resource-cache": [without("cache-control")],
    "resource-404": [errors_as(200)],
    "dump-there": [without("content-length")],
    "dump-range": [with_status(200)],
    "dump-digest": [with_body(lambda body: body[:-1] + bytes([body[-1] ^ 1]) if body else body)],
    "dump-triples": [with_body(lambda body: body[:2000])],
    "version-answers": [with_status(404)],
    "licence": [with_body(lambda body: body.replace(b"dcterms:license", b"dcterms:other"))],
    "query-caching": [without("cache-control", "etag")],
    "error-caching": [lambda status, headers, body: (status, headers | {"Cache-Control": "max-age=60"}, body)],
}


QUICK = {
    check.name
    for area in AREAS
    if area.name in ("protocol", "limits", "cross-origin", "service description", "housekeeping")
    for check in area.checks
} - {"service-endpoint"}
"""Checks that need a few answers of the endpoint; the others read all descriptions first, which takes seconds."""


def decided(check: Check, address: str) -> Decision:
    """Return what one check finds at an address."""
    client = PoliteClient(frozenset({origin_of(urlsplit(address))}), FREE, resolve=only_here)
    seen = Examination(f"{address}/", client, datetime.now(UTC), endpoint=f"{address}/sparql", dump_bound=FREE.dump)
    try:
        return check.decide(seen)
    except NotAnswered as error:
        return Decision(error.outcome, error.what)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param(name, change, id=f"{name}-{number}", marks=() if name in QUICK else pytest.mark.slow)
        for name, changes in FAULTS.items()
        for number, change in enumerate(changes)
    ],
)
def test_fault_is_seen(site: Server, name: str, change: Change) -> None:
    """A check that passes with our server fails where the answers it is about have the fault."""

    def respond(asked: Asked) -> Iterable[bytes]:
        status, headers, body = change(*forward(site, asked)) if is_about(name, asked) else forward(site, asked)
        fields = {key.replace("-", "_"): value for key, value in headers.items() if key.lower() != "content-type"}
        media_type = next((value for key, value in headers.items() if key.lower() == "content-type"), "")
        return answer(status, media_type, b"" if asked.method == "HEAD" else body, **fields)

    with serving(respond) as proxy:
        assert decided(CHECKS[name], proxy.address).outcome is CheckOutcome.FAILED


@pytest.mark.slow
def test_a_compressed_file_may_be_sent_with_its_compression_as_coding(site: Server) -> None:
    """As servers do that know the ending of its name: the digest is that of the file, which is unpacked once."""

    def respond(asked: Asked) -> Iterable[bytes]:
        status, headers, body = forward(site, asked)
        coding = {".gz": "x-gzip", ".zst": "zstd"}.get(Path(asked.target).suffix)
        if coding:
            headers |= {"Content-Encoding": coding}
        fields = {key.replace("-", "_"): value for key, value in headers.items() if key.lower() != "content-type"}
        media_type = next((value for key, value in headers.items() if key.lower() == "content-type"), "")
        return answer(status, media_type, b"" if asked.method == "HEAD" else body, **fields)

    with serving(respond) as proxy:
        found = {name: decided(CHECKS[name], proxy.address) for name in ("dump-digest", "dump-triples")}

    assert {decision.outcome for decision in found.values()} == {CheckOutcome.PASSED}, found
    assert any(asked.target.endswith((".gz", ".zst")) for asked in proxy.asked)


def is_about(name: str, asked: Asked) -> bool:
    """Return whether the answer to a request is changed: all but robots.txt, and what leads to what is examined."""
    if name == "void-well-known":
        return asked.target == "/.well-known/void"
    if name.startswith(("resource-", "dump-", "version-")):
        area = {"resource": "/condition/", "dump": "/nosograph.", "version": "/release/"}[name.partition("-")[0]]
        return area in asked.target
    return asked.target != "/robots.txt"


def forward(server: Server, asked: Asked) -> tuple[int, dict[str, str], bytes]:
    """Return what our server answers to a request, with relative redirects."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    dropped = ("host", "connection", "content-length", "")
    sent = [line.partition(":") for line in asked.head.split("\r\n")]
    headers = {key: value.strip() for key, _, value in sent if key.lower() not in dropped}
    try:
        connection.request(asked.method, asked.target, asked.body or None, headers)
        response = connection.getresponse()
        body = response.read()
        kept = {
            key: value for key, value in response.getheaders() if key.lower() not in ("connection", "transfer-encoding")
        }
        if asked.method != "HEAD":
            kept = {key: value for key, value in kept.items() if key.lower() != "content-length"}
        return response.status, kept, body
    finally:
        connection.close()
