"""Whatever befalls builders, servers, disks, clocks and networks, nothing is lost or wrong, all comes back."""

from __future__ import annotations

import contextlib
import json
import random
import socket
import threading
from collections.abc import Iterator

import pytest
from faulty_world import FaultyWorld
from flaky_network import FlakyNetwork
from seeded_faults import FAULTS, do_fault

NUMBER = 30


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyWorld]:
    """Return a folder of releases that two servers watch and a client asks for all the time."""
    found = FaultyWorld(tmp_path_factory.mktemp("faults"))
    yield found
    found.close()


@pytest.mark.parametrize("number", range(NUMBER))
def test_nothing_is_lost_and_nothing_wrong_is_served(world: FaultyWorld, number: int) -> None:
    """After each fault all releases are whole, no answer was of another release than it says, and servers answer."""
    names = list(FAULTS)
    done = do_fault(world, names[number % len(names)], random.Random(f"1-{number}"))

    assert done
    world.check()


def test_the_client_was_answered_throughout(world: FaultyWorld) -> None:
    """The faults were done to servers that had something to do: each kind of question was answered."""
    assert {kind.split()[0] for kind, number in world.answers.items() if kind.endswith("200") and number} >= {
        "query",
        "kept",
        "page",
    }


def test_a_wrong_answer_is_noticed(world: FaultyWorld) -> None:
    """The harness finds an answer of another release than its header names, and a status that is no honest error."""
    version, text = next(iter(world.texts.items()))
    answer = {"results": {"bindings": [{"text": {"type": "literal", "value": text}}]}}
    other = {"results": {"bindings": [{"text": {"type": "literal", "value": "of another release"}}]}}

    assert world.fault_of("query", 200, version, json.dumps(answer).encode()) == ""
    assert "of another release" in world.fault_of("query", 200, version, json.dumps(other).encode())
    assert "another release" in world.fault_of("page", 200, version, b"<html></html>")
    assert "404" in world.fault_of("document", 404, version, b"")


def test_a_flaky_network_does_harm() -> None:
    """Connections are refused, cut and delayed: without that, a client that is always answered would prove nothing."""
    answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 400_000

    def serve(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.recv(1000)
                    connection.sendall(answer)

    whole = 0
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        with FlakyNetwork(listener.getsockname()[1], random.Random(3), calm=0.2) as network:
            for _ in range(20):
                received = b""
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", network.port)) as client:
                    client.sendall(b"GET / HTTP/1.1\r\n\r\n")
                    while piece := client.recv(65536):
                        received += piece
                assert answer.startswith(received)
                whole += received == answer
        listener.shutdown(socket.SHUT_RDWR)

    assert set(network.done) == {"nothing", "cut", "reset", "slow", "refuse"}
    assert 0 < whole < 20
