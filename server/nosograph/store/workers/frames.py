"""Frames between the serving process and its workers: a JSON header, a body, and sometimes an open file.

A frame is two lengths (four bytes each, network order), a byte that tells whether a file comes with it, the header
and the body. The file is a descriptor that the first byte of its frame carries (SCM_RIGHTS, unix(7)).
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

_LENGTHS: Final = struct.Struct("!II?")
_READ_SIZE: Final = 64 * 1024
_encode: Final = json.JSONEncoder(separators=(",", ":")).encode  # ``json.dumps`` makes an encoder each time
_decode: Final = json.JSONDecoder().raw_decode  # ``decode`` looks for white space around it
_ONE_DESCRIPTOR: Final = socket.CMSG_SPACE(struct.calcsize("i"))


class ConnectionEnded(Exception):
    """The other process closed the connection or died, between frames or in the middle of one."""


class Message(NamedTuple):
    """One message: a header of JSON values, a body of bytes, and the descriptor of an open file or None.

    No dataclass, because a worker would take a quarter longer to start with what that imports.
    """

    header: dict[str, Any]
    body: bytes = b""
    file: int | None = None

    def close(self) -> None:
        """Close the file that came with it, where nobody takes it."""
        if self.file is not None:
            os.close(self.file)


def encode_frame(frame: Message) -> bytes:
    """Return a frame as it travels, without the file that may come with it."""
    return join_frame(encode_header(frame.header), frame.body, has_file=frame.file is not None)


def encode_header(header: Mapping[str, Any]) -> bytes:
    """Return the header of a frame as it travels."""
    return _encode(header).encode()


def join_frame(header: bytes, body: bytes, *, has_file: bool = False) -> bytes:
    """Return a frame as it travels, from its encoded header and its body."""
    return b"".join((_LENGTHS.pack(len(header), len(body), has_file), header, body))


def send_frame(connection: socket.socket, frame: Message) -> None:
    """Send a frame whole; the descriptor in it stays open here and is the sender's to close.

    Raises:
        ConnectionEnded: the other process is gone.
    """
    content = encode_frame(frame)
    try:
        if frame.file is not None:
            sent = socket.send_fds(connection, [content], [frame.file])
            content = content[sent:]
        connection.sendall(content)
    except OSError as error:
        raise ConnectionEnded from error


def _decode_header(content: bytes) -> dict[str, Any]:
    header, _ = _decode(content.decode())
    assert isinstance(header, dict)
    return header


class FrameReader:
    """Puts frames together from a connection as bytes arrive.

    Args:
        connection: the connection.
        repeats: whether the same headers come again and again, so that what they mean is worth remembering; they must
            not be changed then.
    """

    def __init__(self, connection: socket.socket, *, repeats: bool = False) -> None:
        self._connection = connection
        self._read_header = lru_cache(maxsize=16)(_decode_header) if repeats else _decode_header
        self._received = bytearray()
        self._file: int | None = None

    def read(self) -> Message | None:
        """Read once, unless a frame was read before; return the frame when it is complete, None when more has to come.

        Raises:
            ConnectionEnded: the other process is gone.
        """
        if (frame := self._complete()) is not None:
            return frame
        try:
            content, carried, _, _ = self._connection.recvmsg(_READ_SIZE, _ONE_DESCRIPTOR)
        except BlockingIOError:
            return None
        except OSError as error:
            raise ConnectionEnded from error
        if carried:
            (self._file,) = struct.unpack("i", carried[0][2])
        if not content:
            self.discard()
            raise ConnectionEnded
        self._received += content
        return self._complete()

    def wait(self) -> Message:
        """Read until a frame is complete and give it.

        Raises:
            ConnectionEnded: the other process is gone.
        """
        while (frame := self.read()) is None:
            pass
        return frame

    def discard(self) -> None:
        """Close the descriptor of a frame that will not be complete."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None

    def _complete(self) -> Message | None:
        received = self._received
        if len(received) < _LENGTHS.size:
            return None
        header_length, body_length, has_file = _LENGTHS.unpack_from(received)
        begin = _LENGTHS.size + header_length
        end = begin + body_length
        if len(received) < end:
            return None
        header = self._read_header(bytes(received[_LENGTHS.size : begin]))
        body = bytes(received[begin:end])
        del received[:end]
        file = self._file if has_file else None
        if has_file:
            self._file = None
        return Message(header, body, file)
