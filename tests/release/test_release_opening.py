"""A release that is not whole is refused, and the message names what is wrong."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from damage import flip

from nosograph.errors import ReleaseError
from nosograph.release.opening import Release, latest_release, open_release


def _edit(release: Release, change: Callable[[dict[str, Any]], object]) -> None:
    path = release.folder / "manifest.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def test_a_whole_release_opens(published: Release) -> None:
    """Reading gives what building gave, in depth as well."""
    assert open_release(published.folder) == published
    assert open_release(published.folder, deep=True) == published


def test_a_copied_release_opens(published: Release, tmp_path: Path) -> None:
    """A release does not depend on where it lies."""
    copy = tmp_path / "copy"
    shutil.copytree(published.folder, copy)

    assert open_release(copy, deep=True).manifest == published.manifest


def test_files_are_found_by_name(published: Release) -> None:
    """Dumps, context, questions, store and search index have their paths; another name is an error."""
    assert published.dump("nq", "gz").name == "nosograph.nq.gz"
    assert published.context.is_file()
    assert [path.name for path in published.questions] == ["01-conditions.rq", "02-any-doubt.rq"]
    assert published.store_folder.is_dir()
    assert published.search_database.is_file()
    with pytest.raises(ReleaseError, match=r"no file 'nosograph\.hdt'"):
        published.dump("hdt")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """The message says that there is no such folder and names it."""
    with pytest.raises(ReleaseError, match=r"nowhere: There is no such folder"):
        open_release(tmp_path / "nowhere")


def test_a_folder_that_is_no_release(tmp_path: Path) -> None:
    """A folder without a manifest is not a release."""
    with pytest.raises(ReleaseError, match="not a release"):
        open_release(tmp_path)


def test_a_folder_of_releases_is_told_from_a_release(published: Release) -> None:
    """Who names the folder that holds the releases is told to name one of them."""
    releases = published.folder.parent

    with pytest.raises(ReleaseError, match="is not a release") as caught:
        open_release(releases)

    assert caught.value.hint == f"It holds releases: name one of them, such as {releases / 'latest'}."


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b"[]", b"null", b"{}"])
def test_a_manifest_that_is_broken(own: Release, content: bytes) -> None:
    """What is not JSON, not UTF-8 or not an object is refused with the manifest's path."""
    (own.folder / "manifest.json").write_bytes(content)

    with pytest.raises(ReleaseError, match=r"manifest\.json: The manifest"):
        open_release(own.folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content.update(format=99), "format is 99"),
        (lambda content: content.update(format="1"), "'format'"),
        (lambda content: content.update(version="../../etc"), "not a date and a hash"),
        (lambda content: content.update(date="yesterday"), "date"),
        (lambda content: content["counts"].update(quads="many"), "'quads'"),
        (lambda content: content["counts"].pop("statuses"), "'statuses'"),
        (lambda content: content["counts"]["kinds"].update(condition=True), "'condition'"),
        (lambda content: content["counts"].update(overlaps=[["facts"]]), "overlaps"),
        (lambda content: content["files"]["void.ttl"].update(sha256="abc"), r"digest of void\.ttl"),
        (lambda content: content["files"]["void.ttl"].update(compression="rar"), "compression"),
        (lambda content: content["files"].update({"../x": content["files"]["void.ttl"]}), "leads out"),
        (lambda content: content["files"].update({"/x": content["files"]["void.ttl"]}), "leads out"),
        (lambda content: content["files"].update({"x": 1}), "'x'"),
    ],
)
def test_a_manifest_with_a_wrong_member(own: Release, change: Callable[[dict[str, Any]], object], message: str) -> None:
    """Each member that is missing, of another type or unsafe is named."""
    _edit(own, change)

    with pytest.raises(ReleaseError, match=message) as caught:
        open_release(own.folder)

    assert caught.value.hint
    assert caught.value.location is not None


def test_a_newer_format_asks_for_a_newer_program(own: Release) -> None:
    """A manifest of a later format is not guessed at."""
    _edit(own, lambda content: content.update(format=99))

    with pytest.raises(ReleaseError, match="Install a newer nosograph"):
        open_release(own.folder)


def test_a_missing_file_is_named(own: Release) -> None:
    """A dump that is gone is found at once."""
    own.dump("ttl").unlink()

    with pytest.raises(ReleaseError, match=r"nosograph\.ttl: .*missing"):
        open_release(own.folder)


def test_a_file_of_another_size_is_named(own: Release) -> None:
    """A dump that was cut off is found without reading it."""
    own.dump("rdf").write_bytes(own.dump("rdf").read_bytes()[:-1])

    with pytest.raises(ReleaseError, match=r"nosograph\.rdf: .*bytes where the manifest says"):
        open_release(own.folder)


def test_a_changed_byte_of_a_small_file_is_found(own: Release) -> None:
    """A change that keeps the size of a question or a description is found whenever a release is opened."""
    flip(own.folder / "questions" / "01-conditions.rq")

    with pytest.raises(ReleaseError, match=r"01-conditions\.rq: .*SHA-256"):
        open_release(own.folder)


def test_a_changed_byte_of_a_large_file_is_found_in_depth(own: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is compared by size when a release is opened, and by digest in depth."""
    monkeypatch.setattr("nosograph.release.opening.SMALL_BYTES", 0)
    flip(own.dump("trig", "zst"))

    assert open_release(own.folder).version == own.version
    with pytest.raises(ReleaseError, match=r"nosograph\.trig\.zst: .*SHA-256"):
        open_release(own.folder, deep=True)


def test_checksums_that_differ_from_the_manifest_are_refused(own: Release) -> None:
    """SHA256SUMS must have the digests of the manifest, and that of the manifest itself."""
    flip(own.folder / "SHA256SUMS")

    with pytest.raises(ReleaseError, match=r"SHA256SUMS: .*does not have the digests"):
        open_release(own.folder)


def test_a_small_file_is_read_as_published_or_not_at_all(own: Release) -> None:
    """What changes after a release was opened is not read."""
    assert own.read("questions/01-conditions.rq").startswith(b"# SELECT")
    flip(own.folder / "questions" / "01-conditions.rq")

    with pytest.raises(ReleaseError, match="SHA-256"):
        own.read("questions/01-conditions.rq")


def test_a_release_of_the_format_before_opens(own: Release) -> None:
    """A manifest of format 2 is read, with the licence and the publisher that its software stated."""
    path = own.folder / "manifest.json"
    content = json.loads(path.read_text())
    del content["profile"], content["terms"]
    path.write_text(json.dumps(content | {"format": 2, "tools": {"python": "3.11.2"}}))
    sums = own.folder / "SHA256SUMS"
    sums.write_text(re.sub(r"\w{64}(?=  manifest)", hashlib.sha256(path.read_bytes()).hexdigest(), sums.read_text()))

    manifest = open_release(own.folder).manifest

    assert manifest.licenses() == ("https://creativecommons.org/licenses/by/4.0/",)
    assert manifest.profile.publisher == "Nosograph contributors"


def test_no_release_yet_is_no_error(tmp_path: Path) -> None:
    """Where nothing was built, there is no latest release."""
    assert latest_release(tmp_path) is None
    assert latest_release(tmp_path / "nowhere") is None


def test_a_dangling_link_is_an_error(tmp_path: Path) -> None:
    """A latest that points to nothing is not taken for a folder without releases."""
    (tmp_path / "latest").symlink_to("2026-01-31-000000000000")

    with pytest.raises(ReleaseError, match="which is not there"):
        latest_release(tmp_path)
