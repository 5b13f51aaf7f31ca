"""Whatever befalls builders, servers, disks, clocks and networks, nothing is lost or wrong, all comes back."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from faulty_world import FaultyWorld
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
