"""Requests that are remembered by their bytes mean what the parser says, from whoever they come, within bounds."""

from __future__ import annotations

import pytest

from nosograph.web.server.known_requests import LONGEST, KnownRequests
from nosograph.web.server.request_parser import ParsedRequest, RequestParser

REQUEST = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"


def new_parser(address: str = "192.0.2.1") -> RequestParser:
    """Return the parser of a connection."""
    return RequestParser({"SCRIPT_NAME": "", "REMOTE_ADDR": address}, 100_000, lambda size: True)


def parse(content: bytes, address: str = "192.0.2.1") -> ParsedRequest:
    """Return what the parser of a connection makes of the bytes of a request."""
    parser = new_parser(address)
    parser.feed(content)
    return parser.ready.popleft()


def test_known_bytes_mean_what_the_parser_says() -> None:
    """They are the same request, but for the address, which is that of the connection that they come from."""
    known = KnownRequests()
    known.keep(REQUEST, parse(REQUEST, "192.0.2.1"))

    assert known.find(REQUEST, "192.0.2.2") == parse(REQUEST, "192.0.2.2")
    assert known.find(REQUEST.replace(b"*/*", b"a/b"), "192.0.2.2") is None


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1\r\n",
        b"HEAD /condition/systemic-scleroderma.ttl HTTP/1.1\r\n",
        b"GET /sparql? HTTP/1.1\r\n",
        b"GET /sparql?query=ASK%7B%7D%0A%231-2_3.4~5&timeout=1+2?/:@!$'()*,; HTTP/1.1\r\n",
        b"GET //a HTTP/1.1\r\n",
    ],
)
def test_another_first_line_before_known_fields_means_what_the_parser_says(line: bytes) -> None:
    """A client sends the same fields with each request, so only the first line is read each time."""
    known = KnownRequests()
    known.keep(REQUEST, parse(REQUEST))
    content = line + REQUEST.partition(b"\r\n")[2]

    assert known.find(content, "192.0.2.2") == parse(content, "192.0.2.2")


@pytest.mark.parametrize(
    "line",
    [
        b"POST /sparql HTTP/1.1\r\n",
        b"OPTIONS * HTTP/1.1\r\n",
        b"GET /a%2Fb HTTP/1.1\r\n",
        b"GET http://b/ HTTP/1.1\r\n",
        b"GET /a#b HTTP/1.1\r\n",
        b"GET /a?<b> HTTP/1.1\r\n",
        b"GET /\xc3\xa9 HTTP/1.1\r\n",
        b"GET  / HTTP/1.1\r\n",
        b"GET / HTTP/1.0\r\n",
        b"GET / HTTP/1.1\n",
        b"get / HTTP/1.1\r\n",
        b"GET /" + b"a" * 8190 + b" HTTP/1.1\r\n",
    ],
)
def test_a_first_line_that_is_not_plain_is_left_to_the_parser(line: bytes) -> None:
    """Whatever has a rule of its own, or is wrong, is looked at by the one who knows the rules."""
    known = KnownRequests()
    known.keep(REQUEST, parse(REQUEST))

    assert known.find(line + REQUEST.partition(b"\r\n")[2], "192.0.2.2") is None


def test_what_is_done_with_one_request_does_not_reach_the_next() -> None:
    """What answers a request writes into its environment, and the next has one of its own."""
    known, first = KnownRequests(), parse(REQUEST)
    known.keep(REQUEST, first)
    first.environ["REMOTE_ADDR"] = "198.51.100.1"
    second = known.find(REQUEST, "192.0.2.2")
    assert second is not None
    second.environ["nosograph.request_id"] = "mine"

    assert known.find(REQUEST, "192.0.2.3") == parse(REQUEST, "192.0.2.3")


def test_a_request_with_a_body_or_a_long_header_is_not_kept() -> None:
    """A body is counted as held when it is received, and long requests would drive the short ones out."""
    known = KnownRequests()
    post = b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx"
    long = REQUEST.replace(b"a\r\n", b"a\r\nX: %s\r\n" % (b"x" * LONGEST), 1)
    for content in (post, long):
        known.keep(content, parse(content))

        assert known.find(content, "192.0.2.1") is None


def test_a_flood_of_requests_that_come_once_takes_no_more_than_the_bound() -> None:
    """What is asked again meanwhile stays, the others are forgotten."""
    capacity = 64 * 5000
    known = KnownRequests(capacity)
    known.keep(REQUEST, parse(REQUEST))
    others = [REQUEST.replace(b"*/*", b"a/b;c=%d" % number) for number in range(500)]
    for other in others:
        known.keep(other, parse(other))

        assert known.find(REQUEST, "192.0.2.1") is not None
    kept = [other for other in others if known.find(other, "192.0.2.1") is not None]
    assert 0 < len(kept) * LONGEST < capacity


@pytest.mark.parametrize(
    ("content", "at_start"),
    [
        (REQUEST, True),
        (REQUEST + b"\r\n", True),
        (REQUEST + b"\r", False),
        (REQUEST[:-2], False),
        (REQUEST + REQUEST[:9], False),
        (REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), False),
    ],
)
def test_bytes_are_looked_up_where_a_request_is_sure_to_begin(content: bytes, at_start: bool) -> None:
    """Within a request, within a line end and after the last request the next bytes may mean something else."""
    parser = new_parser()
    assert parser.at_start
    parser.feed(content)

    assert parser.at_start is at_start
