"""A network between a client and a server that delays, cuts off and drops, as seeded chance decides."""

from __future__ import annotations

import contextlib
import random
import select
import socket
import struct
import threading
import time
from collections import Counter

_PIECE = 4096
_IDLE_SECONDS = 20.0
_RESET = struct.pack("ii", 1, 0)


class FlakyNetwork:
    """Passes connections on to a server, and does to each what chance decides.

    Args:
        port: the port of the server on the loopback interface.
        chance: decides.
        calm: share of the connections to which nothing is done.

    Attributes:
        port: where clients connect.
        done: what was done to how many connections.
    """

    def __init__(self, port: int, chance: random.Random, calm: float = 0.3) -> None:
        self._target, self._chance, self._calm = port, chance, calm
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> FlakyNetwork:
        """Begin to pass connections on."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Accept no more connections; those that are open end by themselves."""
        self._ended.set()
        self._thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._ended.is_set():
            if select.select([self._listener], [], [], 0.1)[0]:
                client, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with self._lock:
            fault = (
                "" if self._chance.random() < self._calm else self._chance.choice(["cut", "reset", "slow", "refuse"])
            )
            limit = int(10 ** self._chance.uniform(1, 5.5))
            self.done[fault or "nothing"] += 1
        with client:
            if fault == "refuse":
                return
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._target)) as server:
                self._exchange(client, server, fault, limit)

    def _exchange(self, client: socket.socket, server: socket.socket, fault: str, limit: int) -> None:
        passed = 0
        until = time.monotonic() + _IDLE_SECONDS
        while time.monotonic() < until and not self._ended.is_set():
            for source in select.select([client, server], [], [], 0.1)[0]:
                piece = source.recv(_PIECE)
                if not piece:
                    return
                if fault == "slow":
                    time.sleep(0.005)
                passed += len(piece)
                if fault in ("cut", "reset") and passed > limit:
                    (client if source is server else server).sendall(piece[: max(0, len(piece) - (passed - limit))])
                    if fault == "reset":
                        for end in (client, server):
                            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    return
                (client if source is server else server).sendall(piece)
                until = time.monotonic() + _IDLE_SECONDS
