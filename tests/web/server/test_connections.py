"""Connections over real sockets, with a clock of the test's own: bounds, waits and their ends, order, leaving."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from functools import partial
from typing import Any

import pytest
import uvloop

from nosograph.web.http.replies import FileContent
from nosograph.web.server import waits
from nosograph.web.server.connection import Connection
from nosograph.web.server.connections import ConnectionBounds, Connections
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.request_parser import ParsedRequest

GET = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: a\r\n"
PATIENCE = 20.0
DISK_BLOCK = 16 * 1024 * 1024
"""More than the system takes at once, so that the connection waits for its client."""


class Desk:
    """A server whose answers a test gives: the path says how."""

    def __init__(self, bounds: ConnectionBounds) -> None:
        self.now = 0.0
        self.port = 0
        self.waiting: list[tuple[Connection, ParsedRequest]] = []
        self.arrived = asyncio.Event()
        self.left = asyncio.Event()
        self.closed = asyncio.Event()
        self.ended: list[tuple[int, bool]] = []
        self.reported: list[dict[str, Any]] = []
        self.blocks = 0
        self.disk = threading.Event()
        self.clients: list[Client] = []
        self.connections = Connections(
            self.handle,
            bounds,
            Metrics(),
            lambda: "v1",
            self.reported.append,
            ("127.0.0.1", 80),
            clock=lambda: self.now,
        )

    def handle(self, connection: Connection, request: ParsedRequest) -> None:
        """Answer a request, or leave it waiting."""
        path = request.environ["PATH_INFO"]
        if path == "/wait":
            connection.cancel = self.left.set
            self.waiting.append((connection, request))
            self.arrived.set()
        elif path == "/file":
            blocks = self.many_blocks()
            self.respond(connection, request, FileContent(blocks, 400 * 65536, partial(self.close_file, blocks)))
        elif path == "/disk":
            self.respond(connection, request, FileContent(self.waiting_blocks(), 2 * DISK_BLOCK))
        elif path == "/large":
            self.respond(connection, request, bytes(20_000_000))
        else:
            self.respond(connection, request, request.body or path.encode())

    def many_blocks(self) -> Generator[bytes, None, None]:
        """Return 400 blocks, and count those that are taken."""
        for _ in range(400):
            self.blocks += 1
            yield bytes(65536)

    def waiting_blocks(self) -> Generator[bytes, None, None]:
        """Return two blocks, the second when the disk gives it."""
        yield bytes(DISK_BLOCK)
        assert self.disk.wait(PATIENCE)
        yield bytes(DISK_BLOCK)

    def close_file(self, blocks: Generator[bytes, None, None]) -> None:
        """Let go of the blocks, which nobody may be reading then."""
        blocks.close()
        self.closed.set()

    def respond(self, connection: Connection, request: ParsedRequest, content: bytes | FileContent) -> None:
        """Answer a request with content."""
        size = len(content) if isinstance(content, bytes) else content.length
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n".encode()
        connection.respond(request, head, content, lambda sent, whole: self.ended.append((sent, whole)))

    async def connect(self) -> Client:
        """Return a client with a connection of its own."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.clients.append(client)
        return client


class Client:
    """A client that sends exactly what a test says."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, *content: bytes) -> None:
        """Send bytes."""
        for part in content:
            self.writer.write(part)

    async def answer(self) -> tuple[int, bytes]:
        """Return status and body of the next answer."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
        return int(head[9:12]), await self.reader.readexactly(int(fields.get(b"Content-Length", b"0")))

    async def rest(self) -> bytes:
        """Return everything up to the end of the connection."""
        return await self.reader.read()

    async def close(self) -> None:
        """Close the connection."""
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(bounds: ConnectionBounds) -> AsyncIterator[Desk]:
    """Return a desk whose port is open."""
    desk = Desk(bounds)
    server = await asyncio.get_running_loop().create_server(desk.connections.create, "127.0.0.1", 0)
    desk.port = server.sockets[0].getsockname()[1]
    try:
        yield desk
    finally:
        server.close()
        for client in desk.clients:
            await client.close()
        await desk.connections.stop(0.0)


def serve(test: Callable[[Desk], Awaitable[None]], *, connections: int = 100, per_client: int = 100) -> None:
    """Run a test with a desk."""

    async def run() -> None:
        async with asyncio.timeout(PATIENCE), serving(ConnectionBounds(connections, per_client, 100_000)) as desk:
            await test(desk)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


def test_requests_on_one_connection_are_answered_in_their_order() -> None:
    """What a client sends ahead waits until what it sent before is answered (RFC 9112 §9.3.2)."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(GET % b"/wait", POST, b"Content-Length: 5\r\n\r\nhello", GET % b"/third")
        await desk.arrived.wait()
        desk.respond(*desk.waiting[0], b"first")

        assert [await client.answer() for _ in range(3)] == [(200, b"first"), (200, b"hello"), (200, b"/third")]

    serve(check)


def test_a_thousand_requests_sent_at_once_are_all_answered() -> None:
    """Many small requests in one piece neither stop the connection nor overflow anything."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(b"".join(GET % b"/%d" % number for number in range(1000)))

        for number in range(1000):
            assert await client.answer() == (200, b"/%d" % number)

    serve(check)


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_a_body_in_chunks_is_put_together(pieces: int) -> None:
    """However the bytes are cut, the application gets the body whole; extensions and trailers are left out."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        chunks = b"3;x=y\r\nabc\r\na\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
        whole = POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + GET % b"/next"
        for start in range(0, len(whole), pieces):
            client.send(whole[start : start + pieces])
            await client.writer.drain()
            await asyncio.sleep(0)

        assert await client.answer() == (200, b"abc0123456789")
        assert await client.answer() == (200, b"/next")

    serve(check)


def test_a_client_that_waits_to_be_told_to_go_on_is_told() -> None:
    """Expect: 100-continue is answered before the body comes, and not when the body would be refused."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(POST, b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"hello")
        assert await client.answer() == (200, b"hello")

        client.send(POST, b"Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n")
        assert (await client.answer())[0] == 413

    serve(check)


@pytest.mark.parametrize(
    ("begin", "drip", "seconds"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"a", waits.HEAD_SECONDS),
        (POST + b"Content-Length: 1000\r\n\r\n", b"a", waits.BODY_SECONDS),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", waits.BODY_SECONDS),
    ],
)
def test_a_request_that_drips_is_ended(begin: bytes, drip: bytes, seconds: float) -> None:
    """Header and body have absolute ends: bytes that keep coming do not put them off. The client is told 408."""

    async def check(desk: Desk) -> None:
        slow, other = await desk.connect(), await desk.connect()
        slow.send(begin)
        for _ in range(3):
            slow.send(drip)
            other.send(GET % b"/quick")
            assert await other.answer() == (200, b"/quick")
            desk.now += seconds / 2

        assert (await slow.answer())[0] == 408
        assert await slow.rest() == b""

    serve(check)


def test_a_connection_that_says_nothing_is_closed() -> None:
    """An idle connection ends without a word, whether it has asked before or not."""

    async def check(desk: Desk) -> None:
        fresh, used = await desk.connect(), await desk.connect()
        used.send(GET % b"/a")
        assert await used.answer() == (200, b"/a")
        desk.now += waits.IDLE_SECONDS

        assert await fresh.rest() == await used.rest() == b""

    serve(check)


@pytest.mark.parametrize("path", [b"/file", b"/large"])
def test_an_answer_that_nobody_reads_holds_nobody(path: bytes) -> None:
    """Others are answered; of a file only as much is read as was taken; in the end the connection is cut off."""

    async def check(desk: Desk) -> None:
        with socket.socket() as unread:
            unread.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            unread.setblocking(False)
            await asyncio.get_running_loop().sock_connect(unread, ("127.0.0.1", desk.port))
            await asyncio.get_running_loop().sock_sendall(unread, GET % path)
            for _ in range(20):
                client = await desk.connect()
                client.send(GET % b"/quick")
                assert await client.answer() == (200, b"/quick")
                await client.close()
            assert desk.blocks < 200
            desk.now += waits.WRITE_SECONDS + 400 * 65536 / waits.SLOWEST_READER
            while (400 * 65536, False) not in desk.ended and not any(not whole for _, whole in desk.ended):
                await asyncio.sleep(0.01)

    serve(check)


def test_a_file_is_sent_whole_to_who_reads_it() -> None:
    """A reader that takes everything gets everything, and the next answer on the same connection."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(GET % b"/file", GET % b"/next")

        status, body = await client.answer()
        assert (status, len(body)) == (200, 400 * 65536)
        assert await client.answer() == (200, b"/next")
        assert desk.ended[0] == (400 * 65536, True)

    serve(check)


def test_a_file_is_not_at_its_end_when_a_block_is_taken_before_the_next_is_read() -> None:
    """A reader that is quicker than the disk gets the rest, and only then the next answer."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(GET % b"/disk", GET % b"/next")
        await client.reader.readuntil(b"\r\n\r\n")
        await client.reader.readexactly(DISK_BLOCK)
        for _ in range(20):
            await asyncio.sleep(0)
        ended = list(desk.ended)
        desk.disk.set()
        await client.reader.readexactly(DISK_BLOCK)

        assert not ended
        assert await client.answer() == (200, b"/next")
        assert desk.ended[0] == (2 * DISK_BLOCK, True)

    serve(check)


def test_the_connections_of_one_address_are_bounded() -> None:
    """One too many is told 429 and closed; the others go on, and one that closes makes room."""

    async def check(desk: Desk) -> None:
        clients = [await desk.connect() for _ in range(5)]
        for client in clients:
            client.send(GET % b"/a")
            assert await client.answer() == (200, b"/a")
        late = await desk.connect()
        assert (await late.answer())[0] == 429
        await clients[0].close()
        while desk.connections.admission.total == 5:
            await asyncio.sleep(0.01)

        again = await desk.connect()
        again.send(GET % b"/b")
        assert await again.answer() == (200, b"/b")

    serve(check, per_client=5)


def test_a_full_server_lets_the_one_go_that_is_idle_for_longest() -> None:
    """Connections that only wait do not keep new clients out; those that are being answered stay."""

    async def check(desk: Desk) -> None:
        busy, idle = await desk.connect(), await desk.connect()
        busy.send(GET % b"/wait")
        await desk.arrived.wait()
        idle.send(GET % b"/a")
        assert await idle.answer() == (200, b"/a")

        new = await desk.connect()
        new.send(GET % b"/new")
        assert await new.answer() == (200, b"/new")
        with contextlib.suppress(ConnectionError):
            assert await idle.rest() == b""
        desk.respond(*desk.waiting[0], b"done")
        assert await busy.answer() == (200, b"done")

    serve(check, connections=2)


def test_a_full_server_refuses_when_nobody_is_idle() -> None:
    """Where all are being answered, a new client is told 503 and when to come back."""

    async def check(desk: Desk) -> None:
        busy = await desk.connect()
        busy.send(GET % b"/wait")
        await desk.arrived.wait()

        late = await desk.connect()
        head = await late.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1" in head

    serve(check, connections=1)


def test_a_client_that_closes_its_side_gets_its_answers() -> None:
    """The end of what a client sends is not the end of what it wants, as long as the answers come soon."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(GET % b"/one", GET % b"/two")
        client.writer.write_eof()

        assert await client.answer() == (200, b"/one")
        assert await client.answer() == (200, b"/two")
        assert await client.rest() == b""

    serve(check)


def test_a_client_that_leaves_ends_what_is_done_for_it() -> None:
    """A connection that is closed while its answer is made is noticed without writing to it."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(GET % b"/wait")
        await desk.arrived.wait()
        await client.close()

        await desk.left.wait()
        desk.respond(*desk.waiting[0], b"too late")
        assert desk.ended == [(0, False)]

    serve(check)


def test_a_client_that_leaves_a_file_lets_it_be_closed() -> None:
    """The file is let go as soon as no thread reads it, whenever the client leaves."""

    async def check(desk: Desk) -> None:
        for taken in (0, 1, 70_000, 300_000):
            client = await desk.connect()
            client.send(GET % b"/file")
            await client.reader.readexactly(taken)
            client.writer.transport.abort()

            await desk.closed.wait()
            desk.closed.clear()

    serve(check)


def test_a_client_that_closes_its_side_late_is_let_go() -> None:
    """A connection whose client closes its side while it takes an answer ends with that answer."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(GET % b"/file")
        await client.reader.readexactly(100_000)
        client.writer.write_eof()
        await client.rest()

        while desk.connections.admission.total:
            await asyncio.sleep(0.01)

    serve(check)


def test_a_request_that_ends_too_early_is_400() -> None:
    """A client that promises more than it sends is told so."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(POST, b"Content-Length: 99\r\n\r\nabc")
        client.writer.write_eof()

        assert (await client.answer())[0] == 400
        assert await client.rest() == b""

    serve(check)


def test_what_is_wrong_is_told_after_the_answers_that_are_due() -> None:
    """Requests before the malformed one are answered first; then the connection ends, whatever else was sent."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(GET % b"/wait", b"nonsense\r\n\r\n", GET % b"/never")
        await desk.arrived.wait()
        desk.respond(*desk.waiting[0], b"first")

        assert await client.answer() == (200, b"first")
        assert (await client.answer())[0] == 400
        assert await client.rest() == b""
        assert desk.reported[0]["problem"] == "malformed-request"

    serve(check)


def test_a_client_that_goes_on_sending_after_a_refusal_can_read_it() -> None:
    """A body that is too large is refused before it has come, and the rest of it is thrown away for a while."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(POST, b"Content-Length: 5000000\r\n\r\n", bytes(5_000_000))

        assert (await client.answer())[0] == 413
        desk.now += waits.LINGER_SECONDS
        with contextlib.suppress(ConnectionError):
            assert await client.rest() == b""

    serve(check)


def test_chunks_of_almost_nothing_have_a_bound() -> None:
    """A body may not take far more bytes on the wire than it has."""

    async def check(desk: Desk) -> None:
        client = await desk.connect()
        client.send(POST, b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 300_000)

        assert (await client.answer())[0] == 413

    serve(check)


def test_clients_of_http_1_0() -> None:
    """An old client needs no Host; its connection is closed unless it asks for it to be kept, and it is told."""

    async def check(desk: Desk) -> None:
        keeping, plain = await desk.connect(), await desk.connect()
        keeping.send(b"GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert b"Connection: keep-alive" in await keeping.reader.readuntil(b"\r\n\r\n")
        assert await keeping.reader.readexactly(2) == b"/a"
        keeping.send(b"GET /b HTTP/1.0\r\n\r\n")
        plain.send(b"GET /b HTTP/1.0\r\n\r\n")

        assert await keeping.answer() == await plain.answer() == (200, b"/b")
        assert await keeping.rest() == await plain.rest() == b""

    serve(check)


def test_stopping_ends_what_is_in_flight_and_what_is_idle() -> None:
    """A stopping server answers what it was asked and says that the connection ends; who is silent is dropped soon."""

    async def check(desk: Desk) -> None:
        busy, idle = await desk.connect(), await desk.connect()
        busy.send(GET % b"/wait")
        await desk.arrived.wait()
        idle.send(GET % b"/a")
        assert await idle.answer() == (200, b"/a")

        stopping = asyncio.create_task(desk.connections.stop(PATIENCE))
        await asyncio.sleep(0)
        idle.send(GET % b"/last")
        assert b"Connection: close" in await idle.reader.readuntil(b"\r\n\r\n")
        desk.respond(*desk.waiting[0], b"done")
        assert await busy.answer() == (200, b"done")
        assert await busy.rest() == b""
        desk.now += waits.LINGER_SECONDS
        await stopping

    serve(check)
