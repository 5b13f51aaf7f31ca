"""One connection of HTTP/1.1: takes requests whole, answers them in their order, and holds nobody who is slow.

Every wait for the client has an end: for the first byte, for a header, for a body, for an answer to be taken. While a
request is answered, the connection is read a little further, so that a client that leaves is noticed.
"""

from __future__ import annotations

import asyncio
import enum
import math
from collections.abc import Callable
from functools import partial
from typing import Final, cast

from nosograph.web.http import malformed
from nosograph.web.http.problems import Problem
from nosograph.web.http.replies import IN_MEMORY, FileContent, spooled
from nosograph.web.server.admission import network_of
from nosograph.web.server.keeper import ConnectionKeeper
from nosograph.web.server.request_parser import ParsedRequest, RequestParser
from nosograph.web.server.waits import (
    BODY_SECONDS,
    GONE_SECONDS,
    HEAD_SECONDS,
    IDLE_SECONDS,
    LAST_SECONDS,
    LINGER_SECONDS,
    SLOWEST_READER,
    WRITE_SECONDS,
)

_PIECE: Final = 8 * 1024
"""Bytes that are parsed at once: no more requests are ever parsed ahead than such a piece holds."""

_READ_AHEAD: Final = 64 * 1024


class _Phase(enum.Enum):
    """What a connection waits for."""

    IDLE = enum.auto()
    RECEIVING = enum.auto()
    ANSWERING = enum.auto()
    SENDING = enum.auto()
    LINGERING = enum.auto()
    CLOSED = enum.auto()


class Connection(asyncio.Protocol):
    """A connection.

    Args:
        keeper: the server.
        loop: the event loop of the server.
    """

    def __init__(self, keeper: ConnectionKeeper, loop: asyncio.AbstractEventLoop) -> None:
        self._keeper = keeper
        self._loop = loop
        self._transport: asyncio.Transport
        self._parser: RequestParser
        self._unread = bytearray()
        self._phase = _Phase.IDLE
        self._advancing = False
        self._reading = True
        self._half_closed = False
        self._keep_alive = True
        self._entered = False
        self._held = 0
        self._drained: asyncio.Future[None] | None = None
        self._paused = False
        self._done: Callable[[int, bool], None] | None = None
        self._sent = 0
        self._sender: asyncio.Task[None] | None = None
        self.cancel: Callable[[], object] | None = None
        self.deadline = math.inf
        self.address = ""
        self.network = ""

    # What the transport calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection in, or refuse it."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is none by class
        self._transport.set_write_buffer_limits(high=0)  # so that the end of an answer is known
        peer = transport.get_extra_info("peername")
        self.address = str(peer[0]) if peer else ""
        self.network = network_of(self.address)
        keeper = self._keeper
        base = {
            "SCRIPT_NAME": "",
            "SERVER_NAME": keeper.server_name,
            "SERVER_PORT": keeper.server_port,
            "REMOTE_ADDR": self.address,
        }
        self._parser = RequestParser(base, keeper.largest_body, self._hold)
        problem = keeper.opened(self)
        if problem is not None:
            self._phase = _Phase.LINGERING
            self._transport.write(keeper.refusal(self, problem))
            self._transport.close()  # at once: those who are too many must not hold the room for others
            return
        self._entered = True
        self._wait_for_request()

    def data_received(self, data: bytes) -> None:
        """Take bytes of requests."""
        if self._phase in (_Phase.LINGERING, _Phase.CLOSED):
            return
        may_be_known = self._phase is _Phase.IDLE and self._parser.at_start
        if may_be_known and (known := self._keeper.known.find(data, self.address)) is not None:
            self._begin(known)
            return
        self._unread += data
        if self._phase in (_Phase.IDLE, _Phase.RECEIVING):
            self._advance()
        elif len(self._unread) > _READ_AHEAD and self._reading:
            self._reading = False
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Record that the client sends nothing more; it may wait for what it has asked."""
        self._half_closed = True
        if self._phase in (_Phase.ANSWERING, _Phase.SENDING):
            self._loop.call_later(GONE_SECONDS, self._leave_behind, self.cancel)
            return True
        if self._phase is _Phase.RECEIVING:
            self._parser.end()
            self._advance()
            return True
        return False

    def connection_lost(self, error: Exception | None) -> None:
        """End what is done for a client that has gone."""
        if self._phase is _Phase.CLOSED:
            return
        self._phase = _Phase.CLOSED
        self._keeper.idle(self, False)
        self._let_go()
        if self._sender is not None:
            self._sender.cancel()
        if self._drained is not None and not self._drained.done():
            self._drained.cancel()
        if self.cancel is not None:
            self.cancel()
        self._report(whole=False)
        self._keeper.closed(self, self._entered)

    def pause_writing(self) -> None:
        """Record that the client has not taken all that was written."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on: everything that was written has been taken."""
        self._paused = False
        if self._drained is not None:
            if not self._drained.done():
                self._drained.set_result(None)
        elif self._phase is _Phase.SENDING and self._sender is None:  # else more blocks are to come
            self._finish()

    # What the server calls

    @property
    def is_gone(self) -> bool:
        """Whether the client has left."""
        return self._phase is _Phase.CLOSED

    def respond(
        self, request: ParsedRequest, head: bytes, content: bytes | FileContent, done: Callable[[int, bool], None]
    ) -> None:
        """Send the response to the request that is being answered.

        Args:
            request: the request.
            head: status line and header fields, without the empty line at the end.
            content: the body; not sent to HEAD.
            done: called once, with the bytes of the body that were handed on and whether these are all.
        """
        self.cancel = None
        self._done = done
        if self._phase is not _Phase.ANSWERING:
            if isinstance(content, FileContent):
                content.close()
            self._report(whole=False)
            return
        self._phase = _Phase.SENDING
        self._keep_alive = request.keep_alive and not self._keeper.stopping and not self._is_last()
        if not self._keep_alive:
            head += self._keeper.date_line + b"Connection: close\r\n\r\n"
        elif request.is_old:
            head += self._keeper.date_line + b"Connection: keep-alive\r\n\r\n"
        else:
            head += self._keeper.date_line + b"\r\n"
        size = len(content) if isinstance(content, bytes) else content.length
        self.deadline = self._keeper.clock() + WRITE_SECONDS + size / SLOWEST_READER
        if isinstance(content, FileContent) or (size > IN_MEMORY and not self._hold(size)):
            self._sender = self._loop.create_task(self._send_blocks(head, content))
            return
        self._sent = size
        if size:
            self._transport.writelines([head, content])
        else:
            self._transport.write(head)
        if not self._paused:
            self._finish()

    def expire(self, now: float) -> None:
        """End a wait that is over."""
        if self.deadline > now:
            return
        self.deadline = math.inf
        match self._phase:
            case _Phase.IDLE:
                self._transport.close()
            case _Phase.RECEIVING:
                seconds = BODY_SECONDS if self._parser.in_body else HEAD_SECONDS
                self.refuse(malformed.too_slow(seconds))
            case _Phase.SENDING | _Phase.LINGERING:
                self._transport.abort()
            case _:
                pass

    def hurry(self) -> None:
        """Wait less for the next request, because the server stops."""
        if self._phase is _Phase.IDLE:
            self.deadline = min(self.deadline, self._keeper.clock() + LAST_SECONDS)

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()

    def abort(self) -> None:
        """Cut the connection off."""
        self._transport.abort()

    # Receiving

    def _advance(self) -> None:
        """Parse and answer until something has to be waited for."""
        if self._advancing:
            return
        self._advancing = True
        try:
            while self._phase in (_Phase.IDLE, _Phase.RECEIVING):
                if self._parser.ready:
                    self._begin(self._parser.ready.popleft())
                elif self._parser.problem is not None:
                    self.refuse(self._parser.problem)
                elif self._unread:
                    self._parse()
                else:
                    break
        finally:
            self._advancing = False
        if self._phase is not _Phase.CLOSED and not self._reading and len(self._unread) <= _READ_AHEAD:
            self._reading = True
            self._transport.resume_reading()

    def _parse(self) -> None:
        piece = bytes(self._unread[:_PIECE])
        del self._unread[:_PIECE]
        parser = self._parser
        had_begun, had_head, at_start = parser.in_request, parser.in_body, parser.at_start
        parser.feed(piece)
        if at_start and parser.at_start and len(parser.ready) == 1:
            self._keeper.known.keep(piece, parser.ready[0])
        if not parser.in_request or parser.ready:
            return
        if not had_begun:
            self._phase = _Phase.RECEIVING
            self._keeper.idle(self, False)
        if parser.in_body and not had_head:
            self.deadline = self._keeper.clock() + BODY_SECONDS
        elif not had_begun:
            self.deadline = self._keeper.clock() + HEAD_SECONDS
        if parser.awaits_continue and parser.in_body and not self._unread and parser.problem is None:
            parser.awaits_continue = False
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _begin(self, request: ParsedRequest) -> None:
        self._phase = _Phase.ANSWERING
        self.deadline = math.inf
        self._keeper.idle(self, False)
        self._keeper.handle(self, request)
        if self._half_closed and self.cancel is not None:
            self._loop.call_later(GONE_SECONDS, self._leave_behind, self.cancel)

    def _is_last(self) -> bool:
        """Return whether the client has closed its side and everything that it asked is answered."""
        return self._half_closed and not self._unread and not self._parser.ready

    def _hold(self, size: int) -> bool:
        if not self._keeper.admission.hold(self.network, size):
            return False
        self._held += size
        return True

    def _let_go(self) -> None:
        if self._held:
            self._keeper.admission.let_go(self.network, self._held)
            self._held = 0

    def _wait_for_request(self) -> None:
        self._phase = _Phase.IDLE
        if self._half_closed and not self._unread:
            self._parser.end()
        if self._parser.in_request:
            self._phase = _Phase.RECEIVING
            self.deadline = self._keeper.clock() + (BODY_SECONDS if self._parser.in_body else HEAD_SECONDS)
            return
        if self._is_last() and self._parser.problem is None:
            self._transport.close()
            return
        self.deadline = self._keeper.clock() + (LAST_SECONDS if self._keeper.stopping else IDLE_SECONDS)
        self._keeper.idle(self, True)

    # Sending

    async def _send_blocks(self, head: bytes, content: bytes | FileContent) -> None:
        """Send a response from a file, a block as soon as the client has taken the one before."""
        reading: asyncio.Future[bytes] | None = None
        try:
            if isinstance(content, bytes):  # there is no room to wait in memory
                content = await self._keeper.at_disk(partial(spooled, content))
            blocks = iter(content)
            self._transport.write(head)
            while self._sent < content.length:
                reading = self._keeper.at_disk(partial(next, blocks, b""))
                block = await asyncio.shield(reading)
                if not block:
                    raise OSError("the content became shorter while it was sent")
                if self._paused:
                    self._drained = self._loop.create_future()
                    await self._drained
                    self._drained = None
                self._transport.write(block)
                self._sent += len(block)
        except OSError:
            self._transport.abort()
            return
        finally:
            self._sender = None
            if isinstance(content, FileContent):
                if reading is None or reading.done():
                    content.close()
                else:  # a thread reads it still
                    reading.add_done_callback(partial(_close, content))
        if not self._paused:
            self._finish()

    def _finish(self) -> None:
        """Go on to the next request after a response has been taken."""
        self._let_go()
        self._report(whole=True)
        if not self._keep_alive:
            self._phase = _Phase.LINGERING
            self._part()
            return
        self._wait_for_request()
        self._advance()

    def _report(self, *, whole: bool) -> None:
        done, self._done = self._done, None
        sent, self._sent = self._sent, 0
        if done is not None:
            done(sent, whole)

    def refuse(self, problem: Problem) -> None:
        """Send the problem of what the client sent, and read nothing more."""
        self._keeper.idle(self, False)
        self._phase = _Phase.LINGERING
        self._transport.write(self._keeper.refusal(self, problem))
        self._part()

    def _part(self) -> None:
        """End what is sent, and leave the client a moment to take it (RFC 9112 §9.6)."""
        self._unread.clear()
        self._let_go()
        if self._half_closed or not self._transport.can_write_eof():
            self._transport.close()
            return
        self.deadline = self._keeper.clock() + LINGER_SECONDS
        self._transport.write_eof()
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()

    def _leave_behind(self, cancel: Callable[[], object] | None) -> None:
        """Stop what is done for a client that closed its side, if it is still the same and not yet being sent."""
        if self._phase is _Phase.ANSWERING and self.cancel is cancel:
            self._transport.abort()


def _close(content: FileContent, reading: asyncio.Future[bytes]) -> None:
    """Close content after the last of it was read, however that ended."""
    if not reading.cancelled():
        reading.exception()
    content.close()
