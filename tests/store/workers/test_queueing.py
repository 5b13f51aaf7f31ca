"""Waiting queries are served client by client, and what travels between processes arrives whole."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from nosograph.store.workers.frames import ConnectionEnded, FrameReader, Message, send_frame
from nosograph.store.workers.queueing import FairQueue


def filled(*entries: str) -> FairQueue[str]:
    """Return a queue with entries such as ``a1``, whose first letter is the client."""
    queue: FairQueue[str] = FairQueue()
    for entry in entries:
        queue.push(entry[0], entry)
    return queue


def drained(queue: FairQueue[str], may_go: str = "abc") -> list[str]:
    """Take what may go, in the order in which it goes."""
    taken = []
    while (item := queue.pop(lambda client: client in may_go)) is not None:
        taken.append(item)
    return taken


def test_clients_take_turns() -> None:
    """A client with many queries does not delay one with few."""
    assert drained(filled("a1", "a2", "a3", "b1", "c1", "c2")) == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_clients_that_may_not_go_are_passed_over() -> None:
    """Those behind go first, and nobody loses a place."""
    queue = filled("a1", "b1", "a2", "b2")

    assert drained(queue, "b") == ["b1", "b2"]
    assert (len(queue), queue.waiting("a"), queue.waiting("b")) == (2, 2, 0)
    assert drained(queue) == ["a1", "a2"]


def test_an_entry_can_leave() -> None:
    """Who gives up waiting is taken out, once."""
    queue = filled("a1", "a2", "b1")

    for _ in range(2):
        queue.remove("a", "a1")
    queue.remove("z", "z1")

    assert len(queue) == 2
    assert drained(queue) == ["a2", "b1"]


def test_frames_arrive_whole_with_their_files() -> None:
    """Frames larger than any buffer and open files come through a socket pair unchanged and in order."""
    ours, theirs = socket.socketpair()
    read, write = os.pipe()
    frames = [Message({"n": 1}), Message({"é": [1, None]}, os.urandom(3_000_000)), Message({"n": 3}, b"x", read)]
    sending = threading.Thread(target=lambda: [send_frame(ours, frame) for frame in frames])
    sending.start()
    reader = FrameReader(theirs)

    received = [reader.wait() for _ in frames]
    sending.join()

    assert [(frame.header, frame.body) for frame in received] == [(frame.header, frame.body) for frame in frames]
    file = received[2].file
    assert file is not None
    os.write(write, b"through")
    assert os.read(file, 7) == b"through"
    for descriptor in (read, write, file):
        os.close(descriptor)
    ours.close()
    theirs.close()


def test_an_ended_connection_is_told() -> None:
    """Reading from and writing to a process that is gone raises, in the middle of a frame too."""
    ours, theirs = socket.socketpair()
    ours.send(b"\0\0\0\x09")
    ours.close()

    with pytest.raises(ConnectionEnded):
        FrameReader(theirs).wait()
    with pytest.raises(ConnectionEnded):
        send_frame(theirs, Message({}, bytes(10_000_000)))
    theirs.close()
