"""An address names a folder of releases in one of few ways, and a web server cannot lead or hold a mirror elsewhere."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from publisher_site import PublisherSite, published_at

from nosograph.distribution.addresses import open_source
from nosograph.distribution.sources import SourceFailed, read_small
from nosograph.distribution.websites import WebSource
from nosograph.errors import ReleaseError, SettingsError


@pytest.fixture
def site(tmp_path: Path) -> Iterator[PublisherSite]:
    """Return a web server of a folder with a ledger and a file."""
    (tmp_path / "ledger.json").write_text("{}", encoding="utf-8")
    (tmp_path / "file").write_bytes(b"0123456789")
    with published_at(tmp_path) as site:
        yield site


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a\x00b",
        "simplecache::https://e.org/",
        "https://e.org/a::file:///etc",
        "ftp://e.org/",
        "github://e.org/",
        "memory://x",
        "reference://x",
        "zip://x",
        "http://e.org/",
        "https://",
        "https://user:secret@e.org/",
        "https://e.org/?x",
        "https://e.org/#x",
        "https://e.org:0/",
        "https://e.org:99999/",
        "https://[::1/",
        "https://e .org/",
        "s3://",
        "s3://user@bucket/",
        "file://host/srv",
        "file:srv",
    ],
)
def test_other_addresses_are_refused(address: str) -> None:
    """No protocol but https, http on this machine, s3 and files; nothing chained, nothing secret, nothing malformed."""
    with pytest.raises(SettingsError):
        open_source(address)


def test_a_folder_without_a_ledger_is_none(site: PublisherSite, tmp_path: Path) -> None:
    """Folders and sites are told apart from others by their ledger, also below ``dumps/``."""
    (tmp_path / "below" / "dumps").mkdir(parents=True)
    for address in (str(tmp_path / "below"), f"{site.address}below/"):
        with pytest.raises(ReleaseError, match="There are no releases at"):
            open_source(address)

    (tmp_path / "below" / "dumps" / "ledger.json").write_text("{}", encoding="utf-8")

    assert open_source(f"{site.address}below").address == f"{site.address}below/dumps/"


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    """A pipe or a folder in the way is as if nothing were there; nothing waits for it."""
    os.mkfifo(tmp_path / "ledger.json")

    with pytest.raises(ReleaseError, match="There are no releases at"):
        open_source(str(tmp_path))


def test_redirects_lead_nowhere_private(site: PublisherSite, tmp_path: Path) -> None:
    """A redirect is followed on the same host, and not to another one that only this network reaches."""
    source = WebSource(site.address)
    with published_at(tmp_path) as other:
        site.redirects = {
            "own": "/file",
            "private": f"{other.address}file",
            "name": f"http://localhost:{other.port}/file",
            "local": f"file://{tmp_path}/file",
            "round": "/round",
            "nowhere": "",
        }

        assert read_small(source, "own", 100) == b"0123456789"
        for name in ("private", "name", "local", "round", "nowhere"):
            with pytest.raises(ReleaseError, match="redirects"):
                read_small(source, name, 100)
        assert other.requests == []


def test_a_long_answer_is_not_read(site: PublisherSite) -> None:
    """A file of a kind that is small has a bound."""
    with pytest.raises(ReleaseError, match="more than 9 bytes"):
        read_small(WebSource(site.address), "file", 9)


def test_a_server_that_drips_is_left(site: PublisherSite) -> None:
    """One that sends a byte now and then, never silent for long, does not hold a mirror on."""
    site.drip = 0.1

    with pytest.raises(SourceFailed):
        read_small(WebSource(site.address, start=0.3), "file", 10)


def test_a_server_that_is_silent_is_left() -> None:
    """One that takes the connection and says nothing, too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held: list[socket.socket] = []
        thread = threading.Thread(target=lambda: held.append(listener.accept()[0]), daemon=True)
        thread.start()

        with pytest.raises(SourceFailed, match="timed out"):
            read_small(WebSource(f"http://127.0.0.1:{listener.getsockname()[1]}/", silence=0.2), "file", 10)

        thread.join(10)
        held[0].close()
