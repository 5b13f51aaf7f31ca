"""Swapping releases: requests in flight keep the release that they began with."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nosograph.errors import ReleaseError
from nosograph.store.interface import StoreStatistics
from nosograph.web.server.metrics import Metrics
from nosograph.web.server.release_switch import Generation, ReleaseSwitch


class Recorded:
    """Stands for a store: remembers whether it was started and closed."""

    def __init__(self) -> None:
        self.started = False
        self.closed = False

    def start(self) -> None:
        """Remember that it was started."""
        self.started = True

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def statistics(self) -> StoreStatistics:
        """Return counters of nothing."""
        return StoreStatistics()


class Shelf:
    """Makes generations for folders and remembers their stores."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.broken = False
        self.made: list[Recorded] = []

    def find(self) -> Path:
        """Return the folder that is the newest."""
        return self.folder

    def create(self, folder: Path) -> Generation[str]:
        """Make a generation whose service is its version."""
        if self.broken:
            raise ReleaseError("The release is not whole.")
        store = Recorded()
        self.made.append(store)
        release: Any = SimpleNamespace(version=folder.name)
        return Generation(release, folder.name, store)  # type: ignore[arg-type]


def ask(switch: ReleaseSwitch[str]) -> str:
    """Return the service that answers a request, which is done at once."""
    with held(switch) as service:
        return service


@contextlib.contextmanager
def held(switch: ReleaseSwitch[str]) -> Iterator[str]:
    """Return the service that answers a request; the request is done at the end of the block."""
    generation = switch.enter()
    assert generation is not None
    store: Any = generation.store
    assert store.started
    assert not store.closed
    try:
        yield generation.service
    finally:
        if generation.leave():
            generation.close()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return a shelf with two releases on it, the first one newest."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    return Shelf(tmp_path / "one")


@pytest.fixture
def switch(shelf: Shelf) -> ReleaseSwitch[str]:
    """Return a switch that serves the first release."""
    return ReleaseSwitch(shelf.find, shelf.create, Metrics())


def test_the_newest_release_takes_over(shelf: Shelf, switch: ReleaseSwitch[str]) -> None:
    """After a reload new requests go to the new release and the old store is closed."""
    assert ask(switch) == "one"
    shelf.folder = shelf.folder.parent / "two"

    assert switch.reload()
    assert ask(switch) == "two"
    assert [store.closed for store in shelf.made] == [True, False]


def test_a_request_keeps_the_release_it_began_with(shelf: Shelf, switch: ReleaseSwitch[str]) -> None:
    """The old store stays open until the last answer from it was sent."""
    with held(switch) as service:
        shelf.folder = shelf.folder.parent / "two"
        switch.reload()

        assert not shelf.made[0].closed
        assert service == "one"
    assert shelf.made[0].closed


def test_the_last_of_several_requests_ends_the_release(shelf: Shelf, switch: ReleaseSwitch[str]) -> None:
    """A store is not closed under another request."""
    with held(switch):
        with held(switch):
            shelf.folder = shelf.folder.parent / "two"
            switch.reload()
        assert not shelf.made[0].closed
    assert shelf.made[0].closed


def test_a_broken_release_changes_nothing(
    shelf: Shelf, switch: ReleaseSwitch[str], caplog: pytest.LogCaptureFixture
) -> None:
    """The release that is served stays, and the log says why."""
    shelf.folder = shelf.folder.parent / "two"
    shelf.broken = True

    assert not switch.reload()
    assert ask(switch) == "one"
    assert "not whole" in caplog.text
    assert not shelf.made[0].closed


def test_watching_tries_a_release_once(shelf: Shelf, switch: ReleaseSwitch[str]) -> None:
    """A folder that was tried is tried again only when it changed, or when someone asks."""
    assert not switch.reload(again=False)
    assert len(shelf.made) == 1

    assert switch.reload()
    assert len(shelf.made) == 2


def test_watching_complains_once(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """A folder that is not there is named in the log once, however often the server looks."""
    gone = False

    def find() -> Path:
        if gone:
            raise ReleaseError("There is no release.")
        return shelf.folder

    switch = ReleaseSwitch(find, shelf.create, Metrics())
    gone = True
    for _ in range(3):
        assert not switch.reload(again=False)

    assert caplog.text.count("There is no release.") == 1


def test_closing_waits_for_the_last_request(shelf: Shelf, switch: ReleaseSwitch[str]) -> None:
    """A stopping server closes the store after what is in flight."""
    with held(switch):
        switch.close()

        assert not shelf.made[0].closed
    assert shelf.made[0].closed


def test_a_request_after_the_end_is_refused(shelf: Shelf) -> None:
    """A switch that was closed has no release for a request, instead of looking for one for ever."""
    switch = ReleaseSwitch(shelf.find, shelf.create, Metrics())
    switch.close()

    assert switch.enter() is None
