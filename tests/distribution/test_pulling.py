"""A mirror gets what is new, whole and as it was published, or nothing; what it has stays as it is."""

from __future__ import annotations

import json
import resource
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from damage import flip
from publisher_site import PublisherSite, published_at, rewrite_manifest
from signing import Signer

from nosograph.distribution.addresses import open_source
from nosograph.distribution.pruning import prune_releases
from nosograph.distribution.pulling import Mirror, PullChoice, PullReport
from nosograph.distribution.signatures import read_key
from nosograph.errors import ReleaseError
from nosograph.release.ledger import read_ledger, read_publications
from nosograph.release.locking import try_lock
from nosograph.release.names import CANONICAL_DUMP, SIGNATURE_NAME
from nosograph.release.opening import Release, latest_release, open_release
from nosograph.release.verifying import verify_release


@pytest.fixture
def site(three: list[Release]) -> Iterator[PublisherSite]:
    """Return a web server of a folder of three releases that the test may change."""
    with published_at(three[0].folder.parent) as site:
        yield site


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """Return the path of a folder that nothing was pulled into yet."""
    return tmp_path / "mirror"


def pull(site: PublisherSite | Path, mirror: Path, **choice: object) -> PullReport:
    """Pull from a site or a folder without waiting between attempts."""
    source = open_source(str(site) if isinstance(site, Path) else site.address)
    clock = lambda: datetime.now(UTC)  # noqa: E731
    return Mirror(source, mirror, PullChoice(**choice), clock, sleep=lambda seconds: None).pull()


def visible(mirror: Path) -> list[str]:
    """Return what stands in a folder of releases and is not hidden."""
    return sorted(path.name for path in mirror.iterdir() if not path.name.startswith(".")) if mirror.is_dir() else []


def test_a_mirror_has_what_the_publisher_has(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """Every published file, the history and ``latest`` are the same; derived files are not pulled."""
    report = pull(site, mirror, everything=True)

    assert report.complete and all(release.pulled for release in report.releases)
    assert latest_release(mirror) == mirror.resolve() / three[2].version
    assert read_ledger(mirror) == read_ledger(site.folder)
    assert read_publications(mirror) == read_publications(site.folder)
    for release in three:
        assert verify_release(mirror / release.version).whole
        assert not (mirror / release.version / "derived").exists()
    assert not any("derived" in path or path.endswith("build.json") for path in site.asked())


def test_only_what_is_new_is_fetched(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """A second pull reads no file of a release, and a file that another release has is copied from that."""
    pull(site, mirror)
    first = len(site.requests)
    again = pull(site, mirror)
    later = site.asked()[first:]
    older = pull(site, mirror, everything=True)

    assert not again.releases[0].pulled
    assert {path.rpartition("/")[2] for path in later} == {"ledger.json", SIGNATURE_NAME}
    assert all(release.reused > 20 for release in older.releases[1:])


def test_what_was_interrupted_goes_on_where_it_ended(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """The bytes that came are kept, and the rest is asked for by Range and If-Range."""
    size = three[2].manifest.files[CANONICAL_DUMP].size
    site.cut = size * 3 // 4

    report = pull(site, mirror)

    parts = [headers for path, headers in site.requests if path.endswith(CANONICAL_DUMP)]
    assert report.releases[0].size == sum(file.size for file in three[2].manifest.files.values())
    assert [part.get("Range") for part in parts] == [None, f"bytes={site.cut}-"]
    assert parts[1]["If-Range"].startswith('"')
    assert verify_release(mirror / three[2].version).whole


def test_a_pull_that_failed_is_continued_by_the_next(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """A publisher who is too bad to go on with is asked again later, for what is missing alone."""
    site.cut = three[2].manifest.files[CANONICAL_DUMP].size // 20
    with pytest.raises(ReleaseError, match="broke off"):
        pull(site, mirror)
    assert visible(mirror) == []

    site.cut = 0
    report = pull(site, mirror)

    assert 0 < report.releases[0].size < sum(file.size for file in three[2].manifest.files.values())
    assert verify_release(mirror / three[2].version).whole


@pytest.mark.parametrize("ignores_if_range", [False, True])
def test_a_part_of_another_file_is_not_continued(
    site: PublisherSite, mirror: Path, three: list[Release], ignores_if_range: bool
) -> None:
    """Where the bytes that are here are of another state of a file, it is fetched from its beginning."""
    path = three[2].folder / CANONICAL_DUMP
    content = path.read_bytes()
    path.write_bytes(b"#" * len(content))
    site.cut = len(content) // 20
    with pytest.raises(ReleaseError, match="broke off"):
        pull(site, mirror)

    path.write_bytes(content)
    site.cut, site.ignores_if_range = 0, ignores_if_range
    pull(site, mirror)

    assert verify_release(mirror / three[2].version).whole


@pytest.mark.parametrize("name", [CANONICAL_DUMP, "manifest.json", "SHA256SUMS", "nosograph.ttl.gz"])
def test_what_is_not_as_published_is_refused(
    site: PublisherSite, mirror: Path, three: list[Release], name: str
) -> None:
    """One wrong byte anywhere, and nothing of the release can be seen; what was here stays the latest."""
    site.folder.joinpath("ledger.json").write_text(_ledger_up_to(site.folder, 2), encoding="utf-8")
    pull(site, mirror)
    before = visible(mirror)
    site.folder.joinpath("ledger.json").write_text(_ledger_up_to(three[0].folder.parent, 3), encoding="utf-8")
    flip(three[2].folder / name)

    with pytest.raises(ReleaseError):
        pull(site, mirror)

    assert visible(mirror) == before
    assert latest_release(mirror) == mirror.resolve() / three[1].version


def _ledger_up_to(releases: Path, number: int) -> str:
    """Return the ledger as it was after some publications; the whole one is kept beside it."""
    kept = releases / "ledger-all.json"
    if not kept.exists():
        shutil.copy(releases / "ledger.json", kept)
    ledger = json.loads(kept.read_bytes())
    return json.dumps({name: part if name == "format" else part[:number] for name, part in ledger.items()})


HOSTILE = {
    "../outside": "leads out",
    "/etc/outside": "leads out",
    "a/../../outside": "leads out",
    "derived/store/CURRENT": "not that of a published file",
    "tombstone.json": "not that of a published file",
    "SHA256SUMS.minisig": "not that of a published file",
    ".hidden": "not that of a published file",
    "graphs/.hidden": "not that of a published file",
    "a\x00b": "not that of a published file",
    "a\nb": "not that of a published file",
    "a\\b": "not that of a published file",
    "x" * 300: "not that of a published file",
    "ontology.ttl/inside": "a file and a folder",
}


@pytest.mark.parametrize(("name", "problem"), HOSTILE.items(), ids=[ascii(name)[:20] for name in HOSTILE])
def test_a_hostile_name_is_refused(
    site: PublisherSite, mirror: Path, three: list[Release], name: str, problem: str
) -> None:
    """No name in a manifest leads out of the release, or to what a mirror makes itself."""
    entry = {"size": 1, "sha256": "0" * 64, "media_type": "text/plain", "compression": None}
    rewrite_manifest(three[2].folder, {name: entry})

    with pytest.raises(ReleaseError, match=problem):
        pull(site, mirror)

    assert visible(mirror) == []


@pytest.mark.parametrize(
    ("size", "problem"), [(-1, "is -1"), (2**60, "pull_size allows"), (3, "more than the 3 bytes")]
)
def test_a_hostile_size_is_refused(
    site: PublisherSite, mirror: Path, three: list[Release], size: int, problem: str
) -> None:
    """No more bytes are taken than the manifest says, and it may not say more than is allowed."""
    old = json.loads((three[2].folder / "manifest.json").read_bytes())["files"]["ontology.ttl"]
    rewrite_manifest(three[2].folder, {"ontology.ttl": old | {"size": size}})

    with pytest.raises(ReleaseError, match=problem):
        pull(site, mirror)

    assert visible(mirror) == []


@pytest.mark.parametrize("name", [CANONICAL_DUMP, "ontology.ttl"])
def test_a_release_of_which_nothing_can_be_made_is_refused(
    site: PublisherSite, mirror: Path, three: list[Release], name: str
) -> None:
    """Without its N-Quads or its vocabulary a release cannot be served."""
    rewrite_manifest(three[2].folder, {name: None})

    with pytest.raises(ReleaseError, match=f"it lists no {name}"):
        pull(site, mirror)

    assert visible(mirror) == []


def test_a_release_larger_than_the_disk_is_not_begun(
    site: PublisherSite, mirror: Path, three: list[Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that a release needs is compared with what is free before a byte comes."""
    rewrite_manifest(
        three[2].folder,
        {"big": {"size": 2**50, "sha256": "0" * 64, "media_type": "text/plain", "compression": None}},
    )

    with pytest.raises(ReleaseError, match=r"needs \d+ bytes, and \d+ are free"):
        pull(site, mirror, most_bytes=2**60)


def test_a_disk_that_fills_leaves_what_came(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """Where a file cannot be written to its end, the error says so, and the next pull goes on."""
    size = three[2].manifest.files[CANONICAL_DUMP].size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, before[1]))
    try:
        with pytest.raises(ReleaseError, match="cannot be written: File too large"):
            pull(site, mirror)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert visible(mirror) == []

    pull(site, mirror)

    assert verify_release(mirror / three[2].version).whole


def test_an_older_ledger_changes_nothing(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """A cache that still has the ledger of yesterday does not bring the release of yesterday back."""
    pull(site, mirror, everything=True)
    site.folder.joinpath("ledger.json").write_text(_ledger_up_to(site.folder, 2), encoding="utf-8")

    report = pull(site, mirror)

    assert report.latest == three[2].version
    assert latest_release(mirror) == mirror.resolve() / three[2].version


def test_a_publication_in_the_future_is_refused(site: PublisherSite, mirror: Path) -> None:
    """One that would stay the newest for ever is not believed."""
    ledger = json.loads((site.folder / "ledger.json").read_bytes())
    ledger["publications"][-1]["time"] = "9999-01-01T00:00:00+00:00"
    (site.folder / "ledger.json").write_text(json.dumps(ledger), encoding="utf-8")

    with pytest.raises(ReleaseError, match="in the future"):
        pull(site, mirror)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "[" * 100_000, '{"releases": [{"version": "../x"}]}', '{"releases": 3}', '{"releases": [[]]}'],
)
def test_a_ledger_that_is_none_is_refused(site: PublisherSite, mirror: Path, text: str) -> None:
    """Whatever stands there, the error says where and what."""
    (site.folder / "ledger.json").write_text(text, encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"ledger\.json: .*cannot be read"):
        pull(site, mirror)


def test_a_pruned_release_is_mirrored_as_it_is(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """What the publisher dropped is dropped here, with its digests; the rest is whole."""
    prune_releases(site.folder, keep=1)

    report = pull(site, mirror, everything=True)

    assert report.complete
    assert open_release(mirror / three[0].version).dropped == open_release(three[0].folder).dropped != frozenset()
    assert verify_release(mirror / three[0].version).whole


def test_a_release_that_is_pruned_meanwhile(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """A file that went while the release was pulled is missing for a reason that the publisher states."""
    (three[2].folder / "nosograph.ttl").unlink()
    with pytest.raises(ReleaseError, match=r"nosograph\.ttl: .*404"):
        pull(site, mirror)

    def prune(seconds: float) -> None:
        tombstone = {"dropped": {"nosograph.ttl": {}}}
        (three[2].folder / "tombstone.json").write_text(json.dumps(tombstone), encoding="utf-8")
        site.statuses.clear()

    site.statuses[f"{three[2].version}/nosograph.ttl"] = 503  # waits, and meanwhile the publisher prunes
    clock = lambda: datetime.now(UTC)  # noqa: E731
    Mirror(open_source(site.address), mirror, PullChoice(), clock, sleep=prune).pull()

    assert open_release(mirror / three[2].version).dropped == {"nosograph.ttl"}


@pytest.mark.parametrize(
    ("dropped", "words"),
    [
        (["nosograph.nq"], "dropped nosograph.nq, which no pruning drops"),
        (["nosograph.ttl", "ontology.ttl"], "dropped ontology.ttl, which no pruning drops"),
        (["shapes.ttl"], "dropped shapes.ttl, which no pruning drops"),
        ([1, "x"], "names 1, which the release never had"),
        (7, "cannot be read"),
    ],
)
def test_a_tombstone_of_what_no_pruning_drops_is_refused(
    site: PublisherSite, mirror: Path, three: list[Release], dropped: object, words: str
) -> None:
    """Nothing signs a tombstone, so it excuses no more than pruning itself does."""
    (three[2].folder / "tombstone.json").write_text(json.dumps({"dropped": dropped}), encoding="utf-8")

    with pytest.raises(ReleaseError, match=words):
        pull(site, mirror)
    assert visible(mirror) == []


def test_a_release_that_is_gone_back_to_is_filled_up(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """An older release, which is here without its dumps, gets them when it becomes the latest."""
    pull(site, mirror, everything=True, keep=1)
    assert open_release(mirror / three[0].version).dropped
    ledger = json.loads((site.folder / "ledger.json").read_text())
    ledger["publications"].append(
        {"version": three[0].version, "time": datetime.now(UTC).isoformat(), "previous": three[2].version}
    )
    (site.folder / "ledger.json").write_text(json.dumps(ledger), encoding="utf-8")

    report = pull(site, mirror)
    again = pull(site, mirror)

    assert report.latest == three[0].version and report.releases[0].pulled and report.releases[0].reused > 0
    assert not open_release(mirror / three[0].version).dropped
    assert verify_release(mirror / three[0].version).whole
    assert not again.releases[0].pulled


def test_older_releases_come_without_what_pruning_drops(
    site: PublisherSite, mirror: Path, three: list[Release]
) -> None:
    """What would be dropped at once is not fetched."""
    report = pull(site, mirror, everything=True, keep=2)

    assert report.complete
    assert not any(path.startswith(three[0].version) and path.endswith(".ttl.gz") for path in site.asked())
    assert not open_release(mirror / three[1].version).dropped
    assert "nosograph.ttl" in open_release(mirror / three[0].version).dropped


def test_two_pulls_into_one_folder(site: PublisherSite, mirror: Path) -> None:
    """The second one ends at once, and says why."""
    (mirror / ".pulling").mkdir(parents=True)
    holder = try_lock(mirror / ".pulling" / "lock")
    assert holder is not None

    with pytest.raises(ReleaseError, match="Another pull works on this folder"):
        pull(site, mirror)


def test_one_release_that_cannot_be_had_does_not_keep_the_others_back(
    site: PublisherSite, mirror: Path, three: list[Release]
) -> None:
    """The report says which one, and why."""
    flip(three[1].folder / CANONICAL_DUMP)

    report = pull(site, mirror, everything=True)

    assert [bool(release.refused) for release in report.releases] == [False, True, False]
    assert "SHA-256" in report.releases[1].refused and not report.complete
    assert visible(mirror / three[1].version) == []


def test_a_damaged_release_is_pulled_again(site: PublisherSite, mirror: Path, three: list[Release]) -> None:
    """What is seen to be damaged gives way to what the publisher has."""
    pull(site, mirror)
    flip(mirror / three[2].version / "ontology.ttl")

    report = pull(site, mirror)

    assert report.releases[0].pulled
    assert verify_release(mirror / three[2].version).whole


def test_releases_of_another_publisher_stay_apart(site: PublisherSite, mirror: Path, published: Release) -> None:
    """A folder has releases of one base, so that the history in it is of one data set."""
    pull(site, mirror)
    path = mirror / latest_release(mirror).name / "manifest.json"  # type: ignore[union-attr]
    path.write_text(path.read_text().replace("https://w3id.org/nosograph/", "https://e.org/"), encoding="utf-8")

    with pytest.raises(
        ReleaseError, match=r"its base is https://w3id.org/nosograph/, and that of .* is https://e.org/"
    ):
        pull(site, mirror)


def test_a_signed_release_is_checked(three: list[Release], mirror: Path, tmp_path: Path) -> None:
    """A key that was named once is asked for ever after; a wrong, missing or unknown signature is refused."""
    publisher = three[0].folder.parent
    signer, other = Signer.named("publisher"), Signer.named("another")
    key = read_key(signer.write_key(tmp_path / "key.pub"))
    sums = [release.folder / "SHA256SUMS" for release in three]
    with pytest.raises(ReleaseError, match="has no signature, and one by a trusted key is wanted"):
        pull(publisher, mirror, keys=(key,))
    other.sign(sums[2])
    with pytest.raises(ReleaseError, match="which is not trusted"):
        pull(publisher, mirror, keys=(key,))
    Signer(signer.number, other.key).sign(sums[2])
    with pytest.raises(ReleaseError, match="is wrong"):
        pull(publisher, mirror, keys=(key,))
    assert visible(mirror) == []

    signer.sign(sums[2])
    signer.sign(sums[1], hashed=False)
    signed = pull(publisher, mirror, keys=(key,))
    later = pull(publisher, mirror, everything=True)

    assert signed.releases[0].signed_by == key.name
    assert [release.signed_by for release in later.releases] == [key.name, key.name, ""]
    assert "one by a trusted key is wanted" in later.releases[2].refused
    assert (mirror / three[2].version / SIGNATURE_NAME).read_bytes() == sums[2].with_name(SIGNATURE_NAME).read_bytes()


def test_a_publisher_who_no_longer_signs_is_refused(three: list[Release], mirror: Path) -> None:
    """Who signed once, and does not now, may be somebody else; without a key too."""
    publisher = three[0].folder.parent
    (publisher / "ledger.json").write_text(_ledger_up_to(publisher, 2), encoding="utf-8")
    Signer.named("publisher").sign(three[1].folder / "SHA256SUMS")
    pull(publisher, mirror)
    (publisher / "ledger.json").write_text(_ledger_up_to(publisher, 3), encoding="utf-8")

    with pytest.raises(ReleaseError, match="has no signature, and earlier ones had one"):
        pull(publisher, mirror)
    accepted = pull(publisher, mirror, unsigned=True)

    assert accepted.releases[0].pulled


def test_a_signature_by_another_key_takes_the_place_of_the_first(
    three: list[Release], mirror: Path, tmp_path: Path
) -> None:
    """The publisher signs anew when a key is exchanged; a signature that a full disk has cut is fetched again."""
    publisher = three[0].folder.parent
    signers = [Signer.named("first"), Signer.named("second")]
    keys = [read_key(signer.write_key(tmp_path / f"{number}.pub")) for number, signer in enumerate(signers)]
    here = mirror / three[2].version / SIGNATURE_NAME
    signers[0].sign(three[2].folder / "SHA256SUMS")
    pull(publisher, mirror, keys=(keys[0],))
    signature = signers[1].sign(three[2].folder / "SHA256SUMS")

    exchanged = pull(publisher, mirror, keys=(keys[1],))
    here.write_bytes(b"")
    healed = pull(publisher, mirror)

    assert [report.releases[0].signed_by for report in (exchanged, healed)] == [keys[1].name] * 2
    assert here.read_bytes() == signature.read_bytes()
    signature.unlink()
    here.write_bytes(b"")
    with pytest.raises(ReleaseError, match="no signature"):
        pull(publisher, mirror)


def test_a_ledger_with_half_a_character_is_refused(site: PublisherSite, mirror: Path) -> None:
    """JSON can hold what no file can."""
    ledger = json.loads((site.folder / "ledger.json").read_text())
    ledger["releases"][0]["title"] = "\ud800"
    (site.folder / "ledger.json").write_text(json.dumps(ledger), encoding="utf-8")

    with pytest.raises(ReleaseError, match="ledger of the releases cannot be read"):
        pull(site, mirror)
    assert visible(mirror) == []


def test_a_signature_that_comes_later_is_taken(three: list[Release], mirror: Path) -> None:
    """A release that is here gets the signature that its publisher made meanwhile, for mirrors of this mirror."""
    publisher = three[0].folder.parent
    pull(publisher, mirror)
    Signer.named("publisher").sign(three[2].folder / "SHA256SUMS")

    pull(publisher, mirror)

    assert (mirror / three[2].version / SIGNATURE_NAME).is_file()
