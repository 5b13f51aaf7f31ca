"""Verifying reads everything in a release, and says of each damaged part what is wrong and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from damage import flip, halve

from nosograph.errors import ReleaseError
from nosograph.release.opening import Release
from nosograph.release.verifying import verify_release


def recount(release: Release) -> None:
    """Let the manifest count a quad more, and give it the digest that SHA256SUMS then wants."""
    path = release.folder / "manifest.json"
    content = json.loads(path.read_text())
    content["counts"]["quads"] += 1
    path.write_text(json.dumps(content))


def test_a_whole_release_is_whole(own: Release) -> None:
    """Nothing is damaged, everything was compared, and the finding can be written as text and JSON."""
    found = verify_release(own.folder)

    assert found.whole
    assert found.files == len(own.manifest.files)
    assert found.derived == "whole"
    assert f"Release {own.version} is whole" in found.to_text()
    assert found.to_json()["whole"] is True


@pytest.mark.parametrize(
    ("damage", "file", "words"),
    [
        (lambda release: flip(release.dump("trig", "zst")), "nosograph.trig.zst", "SHA-256"),
        (lambda release: halve(release.dump("nt")), "nosograph.nt", "bytes where the manifest says"),
        (lambda release: release.dump("ttl").unlink(), "nosograph.ttl", "missing"),
        (lambda release: flip(release.folder / "SHA256SUMS"), "SHA256SUMS", "does not have the digests"),
        (lambda release: (release.folder / "SHA256SUMS").unlink(), "SHA256SUMS", "cannot be read"),
        (recount, "nosograph.nq", "where the manifest counts"),
    ],
)
def test_damage_is_named(own: Release, damage: Callable[[Release], object], file: str, words: str) -> None:
    """Each damaged file is named once with what is wrong and a hint; the others are still compared."""
    damage(own)

    found = verify_release(own.folder)

    named = {part.file: part for part in found.damaged}
    assert not found.whole
    assert words in named[file].what
    assert named[file].hint
    assert found.files == len(own.manifest.files)


def test_several_damaged_files_are_all_named(own: Release) -> None:
    """Verifying does not stop at the first."""
    flip(own.dump("nt"))
    flip(own.dump("rdf"))

    assert {part.file for part in verify_release(own.folder).damaged} == {"nosograph.nt", "nosograph.rdf"}


def test_a_damaged_search_index_asks_for_a_new_one(own: Release) -> None:
    """Derived files are compared with their record; the hint is to make them anew."""
    flip(own.search_database)

    found = verify_release(own.folder)

    assert "SHA-256 of search.sqlite" in found.derived
    assert "nosograph index" in found.damaged[0].hint


def test_what_is_no_release_is_an_error(own: Release) -> None:
    """Without a manifest there is nothing to compare with."""
    with pytest.raises(ReleaseError, match="not a release"):
        verify_release(own.folder.parent)
