"""The serving process's end of the connection to a worker, read and written on an event loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from nosograph.store.workers.frames import ConnectionEnded, FrameReader, Message


class Channel:
    """Sends frames to a worker and passes on those that it sends; every method is called on the loop.

    Args:
        connection: the connection, which does not block; it stays its owner's to close, after ``detach``.
        loop: the event loop.
        received: called with each frame that the worker has sent.
        ended: called once, when the worker has closed the connection or has died.
    """

    def __init__(
        self,
        connection: socket.socket,
        loop: asyncio.AbstractEventLoop,
        received: Callable[[Message], None],
        ended: Callable[[], None],
    ) -> None:
        self._connection = connection
        self._loop = loop
        self._received = received
        self._ended = ended
        self._reader = FrameReader(connection)
        self._unsent = memoryview(b"")
        self._attached = True
        loop.add_reader(connection, self._read)

    def send(self, content: bytes) -> None:
        """Send an encoded frame; what the connection does not take now is sent when it does.

        Raises:
            ConnectionEnded: the worker is gone.
        """
        self._unsent = memoryview(content)
        self._send_more()
        if self._unsent:
            self._loop.add_writer(self._connection, self._write)

    def detach(self) -> None:
        """Take the connection from the loop and let go of what has arrived of a frame; may be called twice."""
        if self._attached:
            self._attached = False
            self._loop.remove_reader(self._connection)
            self._loop.remove_writer(self._connection)
            self._reader.discard()

    def _read(self) -> None:
        try:
            frame = self._reader.read()
        except ConnectionEnded:
            self._end()
            return
        if frame is not None:
            self._received(frame)

    def _write(self) -> None:
        try:
            self._send_more()
        except ConnectionEnded:
            self._end()
            return
        if not self._unsent:
            self._loop.remove_writer(self._connection)

    def _send_more(self) -> None:
        try:
            self._unsent = self._unsent[self._connection.send(self._unsent) :]
        except BlockingIOError:
            pass
        except OSError as error:
            raise ConnectionEnded from error

    def _end(self) -> None:
        self.detach()
        self._ended()
