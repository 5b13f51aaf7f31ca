"""A server of a test: it answers with the bytes that the test says, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

SECONDS = 20.0


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    target: str
    head: str
    body: bytes

    def header(self, name: str) -> str:
        """Return the value of a header field, or nothing."""
        for line in self.head.split("\r\n"):
            known, _, value = line.partition(":")
            if known.lower() == name.lower():
                return value.strip()
        return ""


Answer = Callable[[Asked], Iterable[bytes]]


def answer(status: int, content_type: str = "", body: bytes = b"", **headers: str) -> list[bytes]:
    """Return a whole answer; an underscore in a keyword stands for a hyphen in the name of a header field."""
    fields = {"Content-Type": content_type} if content_type else {}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    fields.setdefault("Content-Length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return [f"HTTP/1.1 {status} Said\r\n{lines}\r\n".encode("latin-1") + body]


class FakeServer:
    """A server on a free port of this machine.

    Attributes:
        asked: the requests, in order.
        most_at_once: how many requests were there at the same time.
    """

    def __init__(self, respond: Answer) -> None:
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._respond = respond
        self._open = 0
        self._lock = threading.Lock()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take no more requests."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(SECONDS)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(SECONDS)
        with connection, contextlib.suppress(OSError):
            asked = _read(connection)
            if asked is None:
                return
            with self._lock:
                self.asked.append(asked)
                self._open += 1
                self.most_at_once = max(self.most_at_once, self._open)
            with contextlib.ExitStack() as ending:
                ending.callback(self._close_one)
                parts = self._respond(asked)
                if isinstance(parts, list):
                    # The client may ask again as soon as it has the last byte, before this thread goes on.
                    ending.close()
                for part in parts:
                    connection.sendall(part)

    def _close_one(self) -> None:
        with self._lock:
            self._open -= 1


def _read(connection: socket.socket) -> Asked | None:
    received = b""
    while b"\r\n\r\n" not in received:
        part = connection.recv(65536)
        if not part:
            return None
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    first, _, rest = head.decode("latin-1").partition("\r\n")
    method, target, _ = first.split(" ", 2)
    asked = Asked(method, target, rest, body)
    while len(body) < int(asked.header("Content-Length") or 0):
        body += connection.recv(65536)
    return Asked(method, target, rest, body)


@contextlib.contextmanager
def serving(respond: Answer) -> Iterator[FakeServer]:
    """Return a server that answers so, and close it at the end of the block."""
    server = FakeServer(respond)
    try:
        yield server
    finally:
        server.close()


def only_here(host: str, port: int) -> list[str]:
    """Return the address of this machine, and of no other host: tests ask nobody else."""
    if host != "127.0.0.1":
        raise OSError("tests ask this machine alone")
    return ["127.0.0.1"]
