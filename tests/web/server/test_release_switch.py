"""Swapping releases: requests in flight keep the release that they began with."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import Client

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

    def create(self, folder: Path) -> Generation:
        """Make a generation that answers with its version."""
        if self.broken:
            raise ReleaseError("The release is not whole.")
        store = Recorded()
        self.made.append(store)
        version = folder.name

        def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
            assert store.started
            assert not store.closed
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [version.encode()]

        release: Any = SimpleNamespace(version=version)
        return Generation(release, application, store)  # type: ignore[arg-type]


def body(switch: ReleaseSwitch) -> bytes:
    """Return the body of an answer whose response was closed, as a server does it."""
    return Client(switch).get("/", buffered=True).data


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """Return a shelf with two releases on it, the first one newest."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manifest.json").write_text("{}")
    return Shelf(tmp_path / "one")


@pytest.fixture
def switch(shelf: Shelf) -> ReleaseSwitch:
    """Return a switch that serves the first release."""
    return ReleaseSwitch(shelf.find, shelf.create, Metrics())


def test_the_newest_release_takes_over(shelf: Shelf, switch: ReleaseSwitch) -> None:
    """After a reload new requests go to the new release and the old store is closed."""
    assert body(switch) == b"one"
    shelf.folder = shelf.folder.parent / "two"

    assert switch.reload()
    assert body(switch) == b"two"
    assert [store.closed for store in shelf.made] == [True, False]


def test_a_request_keeps_the_release_it_began_with(shelf: Shelf, switch: ReleaseSwitch) -> None:
    """The old store stays open until the last answer from it was sent."""
    content = switch({}, lambda *_: None)
    shelf.folder = shelf.folder.parent / "two"
    switch.reload()

    assert not shelf.made[0].closed
    assert list(content) == [b"one"]
    content.close()  # type: ignore[attr-defined]
    assert shelf.made[0].closed


def test_a_request_is_counted_out_once(shelf: Shelf, switch: ReleaseSwitch) -> None:
    """A server that closes a response twice does not close the store under another request."""
    first, second = (switch({}, lambda *_: None) for _ in range(2))
    shelf.folder = shelf.folder.parent / "two"
    switch.reload()

    first.close()  # type: ignore[attr-defined]
    first.close()  # type: ignore[attr-defined]
    assert not shelf.made[0].closed
    second.close()  # type: ignore[attr-defined]
    assert shelf.made[0].closed


def test_a_broken_release_changes_nothing(
    shelf: Shelf, switch: ReleaseSwitch, caplog: pytest.LogCaptureFixture
) -> None:
    """The release that is served stays, and the log says why."""
    shelf.folder = shelf.folder.parent / "two"
    shelf.broken = True

    assert not switch.reload()
    assert body(switch) == b"one"
    assert "not whole" in caplog.text
    assert not shelf.made[0].closed


def test_watching_tries_a_release_once(shelf: Shelf, switch: ReleaseSwitch) -> None:
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


def test_an_application_that_fails_is_counted_out(shelf: Shelf) -> None:
    """A request that ends in an exception does not hold its release for ever."""
    store = Recorded()

    def failing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise RuntimeError("fault")

    release: Any = SimpleNamespace(version="one")
    generation = Generation(release, failing, store)  # type: ignore[arg-type]
    switch = ReleaseSwitch(shelf.find, lambda _: generation, Metrics())

    with pytest.raises(RuntimeError, match="fault"):
        switch({}, lambda *_: None)
    switch.close()
    assert store.closed


def test_closing_waits_for_the_last_request(shelf: Shelf, switch: ReleaseSwitch) -> None:
    """A stopping server closes the store after what is in flight."""
    content = switch({}, lambda *_: None)

    switch.close()

    assert not shelf.made[0].closed
    content.close()  # type: ignore[attr-defined]
    assert shelf.made[0].closed


def test_a_request_after_the_end_is_refused(shelf: Shelf) -> None:
    """A server that was closed answers 503 instead of looking for a release for ever."""
    switch = ReleaseSwitch(shelf.find, shelf.create, Metrics())
    switch.close()

    reply = Client(switch).get("/")

    assert (reply.status_code, reply.json["code"]) == (503, "stopping")
