"""Requests that are not HTTP are the client's mistake, and nothing a client sends changes where it is."""

from __future__ import annotations

import socket

import pytest
from live import Server


def exchange(server: Server, request: bytes) -> bytes:
    """Return all that a server sends for some bytes."""
    with socket.create_connection((server.host, server.port), timeout=30) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    "chunk", [b"zz\r\nASK {}\r\n0\r\n\r\n", b"-5\r\nASK {}\r\n0\r\n\r\n", b"6\r\nASK {}XX0\r\n\r\n"]
)
def test_a_malformed_chunk_is_400(server: Server, chunk: bytes) -> None:
    """A size that is no hexadecimal number, or a chunk without its end, is told as such (RFC 9112 §7.1)."""
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Type: application/sparql-query\r\n"
        b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )

    answer = exchange(server, head + chunk)

    assert answer.startswith(b"HTTP/1.1 400 ")


def test_a_request_without_host_is_400(server: Server) -> None:
    """HTTP/1.1 asks for a Host header in every request (RFC 9112 §3.2)."""
    answer = exchange(server, b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"no-host" in answer


def test_an_old_client_needs_no_host(server: Server) -> None:
    """HTTP/1.0 has no such rule."""
    assert b" 200 OK" in exchange(server, b"GET /healthz HTTP/1.0\r\n\r\n").splitlines()[0]


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "Path-Info"])
def test_no_header_moves_the_application(server: Server, name: str) -> None:
    """A client cannot set by a header under which path the application believes to be, from loopback neither."""
    reply = server.get("/healthz", **{name: "/healthz"})

    assert (reply.status, reply.body) == (200, b"alive\n")
