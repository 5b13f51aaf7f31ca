"""Differences are kept beside the releases, whole or not at all, and those between any two follow from them."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rdflib import SKOS, Dataset, Literal
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.comparison.changelog import changelog, read_history
from nosograph.comparison.comparing import compare_releases
from nosograph.comparison.difference_file import DifferenceFile
from nosograph.comparison.keeping import keep_difference, keep_differences
from nosograph.comparison.kept import KeptDifferences, difference_path, most_changes
from nosograph.comparison.walking import ChangedResource
from nosograph.comparison.writing import patch_chunks, tsv_chunks
from nosograph.distribution.pruning import prune_releases
from nosograph.errors import ReleaseError
from nosograph.rdf.names import Base
from nosograph.release.ledger import read_publications
from nosograph.release.opening import Release, open_release

BASE = Base()
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DRYNESS, ITCH = BASE.resource("condition", "dryness"), BASE.resource("finding", "itch")


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[Release, Release, Release]:
    """Return three releases of one folder: a label changes, then another one, and the first goes back."""
    folder = tmp_path_factory.mktemp("three")
    found = []
    for dryness, itch in ((None, None), ("xerosis", None), (None, "pruritus")):
        graph = small_knowledge().graphs["conditions"]
        for subject, label in ((DRYNESS, dryness), (ITCH, itch)):
            if label:
                graph.set((subject, SKOS.prefLabel, Literal(label, "en")))
        found.append(build_release(small_knowledge(conditions=graph), CONFORMING, folder, assets=ASSETS))
    keep_differences(folder, NOW)
    return found[0], found[1], found[2]


def copied(three: Sequence[Release], folder: Path) -> list[Release]:
    """Return a copy of the releases, with what stands beside them, that a test may change."""
    shutil.copytree(three[0].folder.parent, folder, symlinks=True)
    return [open_release(folder / release.version) for release in three]


def lines(resources: Sequence[ChangedResource]) -> list[tuple[bytes, tuple[bytes, ...], tuple[bytes, ...]]]:
    """Return what resources that differ have in both releases."""
    return [(resource.key, resource.before, resource.after) for resource in resources]


def test_what_is_kept_is_what_was_found(three: Sequence[Release]) -> None:
    """A kept difference has the resources and the summary of the comparison of the two dumps."""
    found = compare_releases(three[0], three[1])
    kept = KeptDifferences(three[0].folder.parent).compare(three[0].version, three[1].version, BASE)

    assert kept is not None
    assert lines(list(kept.resources())) == lines(list(found.resources()))
    assert kept.summary == found.summary
    assert kept.counts["labels_changed"] == 1


def test_the_difference_of_any_two_follows_from_those_that_are_kept(three: Sequence[Release], tmp_path: Path) -> None:
    """Over several publications, and backward, it is that of the two dumps, though no dump is there any more."""
    expected = {
        (old.version, new.version): lines(list(compare_releases(old, new).resources()))
        for old in three
        for new in three
    }
    releases = copied(three, tmp_path / "releases")
    for release in releases:
        shutil.rmtree(release.folder)
    kept = KeptDifferences(tmp_path / "releases")

    for (old, new), differing in expected.items():
        comparison = kept.compare(old, new, BASE)
        assert comparison is not None
        assert lines(list(comparison.resources())) == differing


def test_how_much_a_way_takes_is_known_before_it_is_gone(three: Sequence[Release]) -> None:
    """A kept difference takes nothing more; one over several is bounded by the changes of these, which are added up."""
    kept = KeptDifferences(three[0].folder.parent)
    direct = kept.way(three[0].version, three[1].version)
    over, back = (kept.way(old.version, new.version) for old, new in ((three[0], three[2]), (three[1], three[0])))

    assert direct is not None and over is not None and back is not None
    assert most_changes(direct) == 0
    assert most_changes(over) == sum(step.file.summary.changes for step in over) == 3
    assert most_changes(back) == 1
    assert kept.way(three[0].version, "2020-01-01-0123456789ab") is None


def test_a_patch_makes_the_older_release_the_newer_one(three: Sequence[Release]) -> None:
    """D and A lines, applied to the quads of the one, give the quads of the other; the header names both."""
    quads = set(three[0].dump("nq").read_bytes().splitlines())
    patch = b"".join(patch_chunks(compare_releases(three[0], three[2]))).splitlines()

    for line in patch:
        if line.startswith(b"D "):
            quads.remove(line[2:])
        elif line.startswith(b"A "):
            assert line[2:] not in quads
            quads.add(line[2:])

    assert quads == set(three[2].dump("nq").read_bytes().splitlines())
    assert patch[0] == f"H id <{BASE.iri}release/{three[2].version}> .".encode()
    assert patch[1] == f"H prev <{BASE.iri}release/{three[0].version}> .".encode()


@pytest.mark.filterwarnings("ignore:Dataset.default_context is deprecated")  # rdflib's own parser asks for it
def test_rdflib_applies_a_patch(three: Sequence[Release]) -> None:
    """A reader of RDF Patch that is not ours makes the same of the older release."""
    old, new = Dataset(), Dataset()
    for dataset, release in ((old, three[0]), (new, three[2])):
        dataset.parse(data=release.dump("nq").read_bytes(), format="nquads")
    patch = b"".join(patch_chunks(compare_releases(three[0], three[2])))
    assert set(old.quads()) != set(new.quads())

    old.parse(data=patch, format="patch")

    assert set(old.quads()) == set(new.quads())


def test_a_table_has_a_row_for_each_change(three: Sequence[Release]) -> None:
    """TSV has the columns of a change, and no cell breaks a row."""
    comparison = compare_releases(three[0], three[1])
    rows = [line.split(b"\t") for line in b"".join(tsv_chunks(comparison)).splitlines()]

    assert len(rows) == 1 + len(list(comparison.changes()))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert [b"labels_changed", str(DRYNESS).encode(), b"xerosis", b"dryness"] == rows[1][:4]


def test_keeping_again_changes_nothing(three: Sequence[Release], tmp_path: Path) -> None:
    """What is kept stays, byte for byte; what was removed or not finished is made again."""
    copied(three, tmp_path / "releases")
    folder = tmp_path / "releases" / "changes"
    paths = sorted(folder.glob("*.sqlite"))
    before = [path.read_bytes() for path in paths]
    paths[1].unlink()
    (folder / f".{paths[1].name}-0123456789abcdef").write_bytes(b"not finished")

    found = keep_differences(tmp_path / "releases", NOW)

    assert [entry.made for entry in sorted(found, key=lambda entry: f"{entry.old}..{entry.new}")] == [False, True]
    assert sorted(folder.glob("*.sqlite")) == paths
    assert [path.read_bytes() for path in paths] == before
    assert list(folder.glob(".*.sqlite-*")) == []


def test_pruning_leaves_what_differences_are_made_from(three: Sequence[Release], tmp_path: Path) -> None:
    """After pruning the kept differences are there, and one that was removed can be made again."""
    copied(three, tmp_path / "releases")
    prune_releases(tmp_path / "releases", keep=1)
    for path in (tmp_path / "releases" / "changes").glob("*.sqlite"):
        path.unlink()

    assert all(entry.made for entry in keep_differences(tmp_path / "releases", NOW))


def test_a_damaged_difference_is_never_read(three: Sequence[Release], tmp_path: Path) -> None:
    """Whatever byte of it is another one, the difference is as it was or an error that names the file."""
    path = difference_path(three[0].folder.parent, three[0].version, three[1].version)
    sound = lines(list(DifferenceFile(path).resources())), DifferenceFile(path).summary
    content = path.read_bytes()
    damaged = tmp_path / "damaged.sqlite"
    refused = 0
    for position in range(0, len(content), len(content) // 60):
        damaged.write_bytes(content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :])
        try:
            found = lines(list(DifferenceFile(damaged).resources())), DifferenceFile(damaged).summary
        except ReleaseError as error:
            assert "damaged.sqlite" in str(error)
            refused += 1
        else:
            assert found == sound, position

    assert refused > 5


def test_a_damaged_release_is_not_compared(three: Sequence[Release], tmp_path: Path) -> None:
    """What would be kept for ever is not made from a dump whose digest is not its own."""
    releases = copied(three, tmp_path / "releases")
    for path in (tmp_path / "releases" / "changes").glob("*.sqlite"):
        path.unlink()
    dump = releases[1].dump("nq")
    content = dump.read_bytes()
    dump.write_bytes(content.replace(b"xerosis", b"xerosiz"))

    found = keep_differences(tmp_path / "releases", NOW)

    assert all(dump.name in entry.missing for entry in found)
    assert not list((tmp_path / "releases" / "changes").glob("*.sqlite"))


def test_any_two_releases_can_be_kept(three: Sequence[Release], tmp_path: Path) -> None:
    """A difference that no publication made is kept when someone asks for it."""
    releases = copied(three, tmp_path / "releases")

    keep_difference(releases[0], releases[2])

    found = KeptDifferences(tmp_path / "releases").find(releases[0].version, releases[2].version)
    assert found is not None
    assert lines(list(found.resources())) == lines(list(compare_releases(releases[0], releases[2]).resources()))


def test_releases_of_two_folders_have_no_place_for_a_difference(three: Sequence[Release], tmp_path: Path) -> None:
    """The error says so instead of writing into one of them."""
    releases = copied(three, tmp_path / "releases")

    with pytest.raises(ReleaseError, match="different folders"):
        keep_difference(three[0], releases[1])


def test_going_back_to_a_release_is_a_publication(three: Sequence[Release], tmp_path: Path) -> None:
    """Where ``latest`` was set by hand, that is recorded once, with a time after the others; the others stay."""
    copied(three, tmp_path / "releases")
    before = read_publications(tmp_path / "releases")
    latest = tmp_path / "releases" / "latest"
    latest.unlink()
    latest.symlink_to(three[0].version)

    keep_differences(tmp_path / "releases", NOW)
    keep_differences(tmp_path / "releases", NOW)
    after = read_publications(tmp_path / "releases")

    assert after[:-1] == before
    assert (after[-1].version, after[-1].previous) == (three[0].version, three[2].version)
    assert after[-1].time > before[-1].time


def test_the_changelog_is_written_from_what_is_kept(three: Sequence[Release]) -> None:
    """Newest first; each publication with its changes in words; of the first, that nothing is known before it."""
    folder = three[0].folder.parent
    text = changelog(read_history(KeptDifferences(folder), read_publications(folder)), three[0].base, "small data")

    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert headings == [release.version for release in reversed(three)]
    assert "* Labels changed: 2" in text
    assert "  * finding:itch itch → pruritus" in text
    assert "What came before is not known here." in text


def test_the_commands_show_and_keep(three: Sequence[Release], tmp_path: Path) -> None:
    """`nosograph changes` makes what is missing and prints the changelog; `compare` writes each format."""
    releases = copied(three, tmp_path / "releases")
    shutil.rmtree(tmp_path / "releases" / "changes")
    program = [sys.executable, "-m", "nosograph.cli"]

    def run(*arguments: str) -> str:
        return subprocess.run([*program, *arguments], capture_output=True, text=True, check=True).stdout

    told = json.loads(run("changes", "--releases", str(tmp_path / "releases"), "--json", "--quiet"))
    pair = str(releases[0].folder), str(releases[2].folder)

    assert [entry["version"] for entry in told["publications"]] == [release.version for release in reversed(three)]
    assert told["publications"][0]["counts"]["labels_changed"] == 2
    assert run("compare", *pair, "--format", "rdfp").startswith("H id ")
    assert run("compare", *pair, "--keep", "--format", "tsv").startswith("section\t")
    assert difference_path(tmp_path / "releases", releases[0].version, releases[2].version).is_file()


def test_a_difference_of_another_format_is_refused(three: Sequence[Release], tmp_path: Path) -> None:
    """A file that has lost a block is not whole."""
    path = tmp_path / "lost.sqlite"
    shutil.copy(difference_path(three[0].folder.parent, three[0].version, three[1].version), path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DELETE FROM blocks")
        database.commit()

    with pytest.raises(ReleaseError, match="not whole"):
        list(DifferenceFile(path).resources())
