"""What the parser takes for a request, and what it refuses (RFC 9112)."""

from __future__ import annotations

import pytest

from nosograph.web.server.request_parser import ParsedRequest, RequestParser

GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def parse(content: bytes, *, room: bool = True) -> RequestParser:
    """Return a parser that was fed some bytes."""
    parser = RequestParser({"SCRIPT_NAME": ""}, 1000, lambda size: room)
    parser.feed(content)
    return parser


def one(content: bytes) -> ParsedRequest:
    """Return the one request that some bytes are."""
    parser = parse(content)
    assert parser.problem is None
    (request,) = parser.ready
    return request


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /#part HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET /?q=\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: a\n\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        (b"GET / HTTP/9.9\r\nHost: a\r\n\r\n", 505),
        (b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        (b"METHOD1 / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        (b"get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (GET + b"Host: a\r\n\r\n", 400),
        (GET + b"X: y\r\n z\r\n\r\n", 400),
        (GET + b"X : y\r\n\r\n", 400),
        (GET + b" X: y\r\n\r\n", 400),
        (GET + b"X: y\n\r\n", 400),
        (GET + b"X: y\rz\r\n\r\n", 400),
        (GET + b"X: y\x00z\r\n\r\n", 400),
        (GET + b"no colon\r\n\r\n", 400),
        (GET + b": y\r\n\r\n", 400),
        (GET + b"Content-Type: a/b\r\nContent-Type: c/d\r\n\r\n", 400),
        (GET + b"Expect: something\r\n\r\n", 417),
        (GET + b"X: y\r\n" * 200 + b"\r\n", 431),
        (GET + b"X: " + b"y" * 9000 + b"\r\n\r\n", 431),
        (GET + b"X: y\r\nLong: " + b"y" * 70_000, 431),
        (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n", 414),
        (b"GET /" + b"a" * 9000, 414),
        (POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
        (POST + b"Content-Length: 1, 1\r\n\r\na", 400),
        (POST + b"Content-Length: +1\r\n\r\na", 400),
        (POST + b"Content-Length: -1\r\n\r\na", 400),
        (POST + b"Content-Length: a\r\n\r\na", 400),
        (POST + b"Content-Length: 99999999999999999999999\r\n\r\na", 400),
        (POST + b"Content-Length: 1001\r\n\r\n", 413),
        (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\na", 400),
        (POST + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na", 400),
        (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: wrong\r\n\r\n", 501),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        (CHUNKED + b"zz\r\n", 400),
        (CHUNKED + b"-5\r\n", 400),
        (CHUNKED + b"0x3\r\nabc\r\n", 400),
        (CHUNKED + b"3 \r\nabc\r\n", 400),
        (CHUNKED + b"3\nabc\n", 400),
        (CHUNKED + b"3\r\nabcd\r\n", 400),
        (CHUNKED + b"fffffffffffffffff\r\n", 400),
        (CHUNKED + b"3e9\r\n" + b"a" * 1001, 413),
    ],
)
def test_what_is_refused(content: bytes, status: int) -> None:
    """What two servers could read in two ways, and what is beyond the bounds, is no request."""
    parser = parse(content)

    assert parser.problem is not None
    assert parser.problem.status == status
    assert not parser.ready


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_bytes_may_be_cut_anywhere(size: int) -> None:
    """The same requests are found however the bytes come."""
    content = GET + b"\r\n" + CHUNKED + b"3\r\nabc\r\n0\r\n\r\n" + POST + b"Content-Length: 2\r\n\r\nde"
    parser = RequestParser({}, 1000, lambda size: True)
    for start in range(0, len(content), size):
        parser.feed(content[start : start + size])

    assert parser.problem is None
    assert [request.body for request in parser.ready] == [b"", b"abc", b"de"]
    assert parser.ready[1].environ["CONTENT_LENGTH"] == "3"
    assert "HTTP_TRANSFER_ENCODING" not in parser.ready[1].environ


def test_the_environment_is_that_of_wsgi() -> None:
    """Path and query, names of fields, and fields that came twice stand where PEP 3333 says."""
    environ = one(
        b"GET /a%20b%C3%A9?x=%20&y HTTP/1.1\r\nHost: a:1\r\naccept: text/turtle\r\nACCEPT: */*\r\n"
        b"Content-Type: a/b\r\nX_Y: hidden\r\n\r\n"
    ).environ

    assert environ == {
        "SCRIPT_NAME": "",
        "REQUEST_METHOD": "GET",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "PATH_INFO": "/a bÃ©",
        "QUERY_STRING": "x=%20&y",
        "HTTP_HOST": "a:1",
        "HTTP_ACCEPT": "text/turtle,*/*",
        "CONTENT_TYPE": "a/b",
    }


@pytest.mark.parametrize(
    ("target", "path", "host"),
    [
        (b"http://b:8/c?d", "/c", "b:8"),
        (b"HTTPS://b", "/", "b"),
        (b"http://b?d", "/", "b"),
        (b"//b/c", "//b/c", "a"),
        (b"/http://b/", "/http://b/", "a"),
    ],
)
def test_the_target_may_be_a_whole_address(target: bytes, path: str, host: str) -> None:
    """A target in absolute form counts, and its host before the Host header (RFC 9112 §3.2.2)."""
    environ = one(b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % target).environ

    assert (environ["PATH_INFO"], environ["HTTP_HOST"]) == (path, host)


def test_options_may_ask_about_the_whole_server() -> None:
    """An asterisk is the target of OPTIONS alone (RFC 9112 §3.2.4)."""
    assert one(b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").environ["PATH_INFO"] == "*"


def test_another_protocol_is_not_spoken() -> None:
    """A request to change the protocol is answered as any other, and so is the one after it."""
    upgrade = GET + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"

    assert len(parse(upgrade + upgrade).ready) == 2


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_body_is_read_though_another_protocol_is_offered(framing: bytes, size: int) -> None:
    """Java's client, and so Jena, offers HTTP/2 with every POST; its body is one all the same (RFC 9110 §7.8)."""
    post = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" + framing
    content = post + post + post.replace(b"Upgrade, ", b"close, Upgrade, ")
    parser = RequestParser({}, 1000, lambda size: True)
    for start in range(0, len(content), size):
        parser.feed(content[start : start + size])

    assert parser.problem is None
    assert [(request.body, request.keep_alive) for request in parser.ready] == [
        (b"abc", True),
        (b"abc", True),
        (b"abc", False),
    ]
    assert parser.ready[0].environ == parser.ready[1].environ
    assert parser.ready[0].environ["HTTP_UPGRADE"] == "h2c"


def test_a_body_that_another_protocol_was_offered_with_has_bounds() -> None:
    """It may be no longer than any other, and may not end early."""
    head = b"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n"
    long, short = RequestParser({}, 1000, lambda size: True), RequestParser({}, 1000, lambda size: True)

    long.feed(head + b"7d0\r\n" + b"x" * 2000)
    short.feed(head + b"3\r\na")
    short.end()

    assert long.problem is not None and long.problem.status == 413
    assert short.problem is not None and short.problem.status == 400


def test_nothing_is_read_after_the_last_request() -> None:
    """What follows a request that closes the connection is no request, nor an error."""
    parser = parse(GET + b"Connection: close\r\n\r\n" + GET + b"\r\n")

    assert len(parser.ready) == 1
    assert parser.problem is None
    assert not parser.ready[0].keep_alive


def test_a_body_for_which_there_is_no_room_is_503() -> None:
    """The memory that bodies take together is bounded by whoever gives room."""
    parser = parse(POST + b"Content-Length: 3\r\n\r\nabc", room=False)

    assert parser.problem is not None
    assert (parser.problem.status, parser.problem.code) == (503, "busy")


def test_the_end_within_a_request_is_told_from_the_end_between_two() -> None:
    """A connection may end between requests; within one it is an error of the client."""
    whole, head, body = parse(GET + b"\r\n"), parse(GET), parse(POST + b"Content-Length: 3\r\n\r\n")
    for parser in (whole, head, body):
        parser.end()

    assert whole.problem is None
    assert head.problem is not None
    assert head.problem.code == "malformed-request"
    assert body.problem is not None
    assert body.problem.code == "malformed-body"
