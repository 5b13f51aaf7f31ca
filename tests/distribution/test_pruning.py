"""Pruning makes room, and never takes what is latest, in use, or the last copy of the statements."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from damage import flip
from noted_releases import build

from nosograph.distribution.pruning import prune_releases
from nosograph.errors import ReleaseError
from nosograph.indexing.preparing import prepare_release
from nosograph.release.ledger import ReleaseShelf, ReleaseState, read_ledger
from nosograph.release.locking import Lease
from nosograph.release.names import ANNOTATIONS, DUMPS, EXCHANGE_DUMPS, TABLES
from nosograph.release.opening import Release, open_release
from nosograph.release.verifying import verify_release


def contents(folder: Path) -> dict[str, int]:
    """Return every file below a folder with its size."""
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()}


def test_older_releases_keep_what_links_and_citations_need(three: list[Release]) -> None:
    """Beyond the number to keep, derived files and dumps go, all but the N-Quads; the rest of the release is whole."""
    one, two, three_ = three
    releases = one.folder.parent

    pruned = {entry.version: entry for entry in prune_releases(releases, keep=2)}

    assert pruned[three_.version].kept == "it is the latest"
    assert (pruned[two.version].derived, pruned[two.version].dropped) == (True, ())
    left = contents(one.folder)
    assert {name for name in left if name.startswith("nosograph.")} == {"nosograph.nq"}
    assert {"manifest.json", "SHA256SUMS", "dcat.ttl", "void.ttl", "ontology.ttl", "report.json"} <= left.keys()
    tombstone = json.loads((one.folder / "tombstone.json").read_text())
    assert tombstone["dropped"]["nosograph.ttl"]["sha256"] == one.manifest.files["nosograph.ttl"].sha256
    assert verify_release(one.folder).whole
    with pytest.raises(ReleaseError, match="was dropped"):
        open_release(one.folder).dump("ttl")


def test_a_pruned_release_can_still_be_asked(three: list[Release]) -> None:
    """Its store is made anew from its N-Quads."""
    prune_releases(three[0].folder.parent, keep=1)

    release = prepare_release(three[0].folder, progress=lambda *_: None)

    assert release.store_folder.is_dir()


def test_a_dry_run_changes_nothing_and_says_the_same(three: list[Release]) -> None:
    """What would go is what goes."""
    releases = three[0].folder.parent
    before = contents(releases)

    said = prune_releases(releases, keep=1, dry_run=True)

    assert contents(releases).keys() - {".lock"} == before.keys() - {".lock"}
    assert prune_releases(releases, keep=1) == said
    assert sum(entry.size for entry in said) > 0


def test_a_release_in_use_is_left_alone(three: list[Release]) -> None:
    """A server holds a lease on what it serves, whichever release that is."""
    one = three[0]
    before = contents(one.folder)
    lease = Lease(one.folder)
    try:
        pruned = {entry.version: entry.kept for entry in prune_releases(one.folder.parent, keep=1)}
    finally:
        lease.close()

    assert pruned[one.version] == "it is in use"
    assert contents(one.folder) == before


def test_a_number_of_nought_keeps_all_dumps(three: list[Release]) -> None:
    """Without a number only derived files go."""
    pruned = prune_releases(three[0].folder.parent, keep=0)

    assert [entry.dropped for entry in pruned] == [(), (), ()]


def test_pruning_again_finishes_what_was_begun(three: list[Release]) -> None:
    """A tombstone that was written before its files went is completed by the next run."""
    one = three[0]
    copy = one.dump("ttl").read_bytes()
    prune_releases(one.folder.parent, keep=1)
    (one.folder / "nosograph.ttl").write_bytes(copy)

    again = {entry.version: entry for entry in prune_releases(one.folder.parent, keep=1)}

    assert again[one.version].dropped == ("nosograph.ttl",)
    assert not (one.folder / "nosograph.ttl").exists()
    others = sum(len(dump.forms(plain=True)) for dump in (*TABLES, *EXCHANGE_DUMPS) if dump is not ANNOTATIONS)
    graphs = 3 * len(one.manifest.terms)
    dropped = json.loads((one.folder / "tombstone.json").read_text())["dropped"]
    assert len(dropped) == 3 * len(DUMPS) - 1 + others + graphs


def test_a_damaged_release_is_left_alone(three: list[Release]) -> None:
    """Nothing is taken from a release whose own record cannot be trusted."""
    (three[0].folder / "nosograph.nq").unlink()

    pruned = {entry.version: entry for entry in prune_releases(three[0].folder.parent, keep=1)}

    assert "damaged" in pruned[three[0].version].kept


def test_nothing_goes_where_the_n_quads_are_damaged(three: list[Release], monkeypatch: pytest.MonkeyPatch) -> None:
    """The other dumps may be the last whole copy, so the digest of the N-Quads is compared before they go."""
    monkeypatch.setattr("nosograph.release.opening.SMALL_BYTES", 0)
    flip(three[0].dump("nq"))
    before = contents(three[0].folder)

    pruned = {entry.version: entry for entry in prune_releases(three[0].folder.parent, keep=1)}

    assert "nosograph.nq" in pruned[three[0].version].kept
    assert contents(three[0].folder) == before


def test_the_ledger_has_every_version_for_ever(three: list[Release]) -> None:
    """Whole, pruned or removed by hand: the ledger names each version, its date, its digest, and what is left of it."""
    one, two, last = three
    releases = one.folder.parent
    prune_releases(releases, keep=2)
    shutil.rmtree(two.folder)

    entries = read_ledger(releases)

    assert [entry.version for entry in entries] == [one.version, two.version, last.version]
    assert [entry.state for entry in entries] == [ReleaseState.PRUNED, ReleaseState.REMOVED, ReleaseState.WHOLE]
    assert all(len(entry.digest) == 64 for entry in entries)
    assert ReleaseShelf(last).open(two.version) is None


def test_a_ledger_is_made_of_what_is_there(three: list[Release]) -> None:
    """A folder of releases that were copied together has a ledger too."""
    (three[0].folder.parent / "ledger.json").unlink()

    assert {entry.version for entry in read_ledger(three[0].folder.parent)} == {entry.version for entry in three}


def test_a_broken_ledger_is_a_clear_error(three: list[Release]) -> None:
    """What cannot be read is not taken for an empty ledger."""
    (three[0].folder.parent / "ledger.json").write_text("{")

    with pytest.raises(ReleaseError, match=r"ledger\.json: The ledger"):
        read_ledger(three[0].folder.parent)


def test_building_again_brings_back_what_was_dropped(three: list[Release]) -> None:
    """A pruned release is not whole, so building its content again puts the whole one in its place."""
    prune_releases(three[0].folder.parent, keep=1)

    again = build(three[0].folder.parent, "one")

    assert again.version == three[0].version
    assert again.dropped == frozenset()
    assert again.dump("ttl").is_file()
