"""A release appears whole or not at all, whatever happens to the build: real processes are killed and starved here."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from small_release import ASSETS, CONFORMING, small_knowledge

from nosograph.build.pipeline import build_release
from nosograph.errors import ReleaseError
from nosograph.facts.knowledge import KnowledgeGraph
from nosograph.release.opening import Release, latest_release, open_release
from nosograph.release.placing import is_whole, point_latest

PROGRAM = Path(__file__).parents[1] / "support" / "small_release.py"
STEPS = ["sort quads", "write nosograph.ttl", "load store", "check nosograph.jsonld", "check store"]
SIZES = [int(10_000 * 1.3**step) for step in range(20)]
"""Bytes at which the disk ends, from before the first file to beyond most of them."""


def _command(releases: Path, *options: str) -> list[str]:
    return [sys.executable, "-W", "error", str(PROGRAM), str(releases), *options]


@contextmanager
def paused_build(releases: Path, step: str) -> Iterator[subprocess.Popen[str]]:
    """A build in a process of its own that has come to a step and waits there."""
    with subprocess.Popen(
        _command(releases, "--pause-at", step), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == step
        yield process
        process.kill()


def _older_release(releases: Path) -> Release:
    """Publish a release of other content, as the one that was there before."""
    other = Graph()
    other.add((URIRef("https://e.org/s"), URIRef("https://e.org/p"), Literal("before")))
    return build_release(small_knowledge(facts=other), CONFORMING, releases, assets=ASSETS)


@pytest.fixture(scope="session")
def older(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release of other content that no test changes."""
    return _older_release(tmp_path_factory.mktemp("older") / "releases")


@pytest.fixture
def before(older: Release, tmp_path: Path) -> Release:
    """Return a release of other content, which ``latest`` names in a folder of releases of the test's own."""
    shutil.copytree(older.folder.parent, tmp_path / "releases", symlinks=True)
    return replace(older, folder=tmp_path / "releases" / older.version)


def _staging(releases: Path) -> list[Path]:
    return sorted(releases.glob(".staging-*"))


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_build_leaves_the_previous_release_alone(before: Release, step: str) -> None:
    """SIGKILL at any step changes neither the release nor latest, and the next build sweeps up and succeeds."""
    releases = before.folder.parent

    with paused_build(releases, step) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert latest_release(releases) == before.folder.resolve()
    assert is_whole(before.folder)
    assert len(_staging(releases)) == 1
    after = build_release(small_knowledge(), CONFORMING, releases, assets=ASSETS)

    assert latest_release(releases) == after.folder.resolve() != before.folder.resolve()
    assert is_whole(before.folder)
    assert _staging(releases) == []


@pytest.mark.parametrize(
    "size", [4_000, 60_000, 200_000, 1_000_000, *(pytest.param(size, marks=pytest.mark.slow) for size in SIZES)]
)
def test_a_build_that_cannot_write_leaves_the_previous_release_alone(before: Release, size: int) -> None:
    """When no more can be written the build says so with what to do, and cleans up behind itself."""
    releases = before.folder.parent

    done = subprocess.run(
        _command(releases, "--file-size", str(size)), capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "What was published before is as it was." in done.stderr
    assert "Traceback" not in done.stderr
    assert latest_release(releases) == before.folder.resolve()
    assert _staging(releases) == []


def test_a_living_build_is_not_swept(tmp_path: Path) -> None:
    """While one build works another finishes, and then the first one finds its own work still there."""
    with paused_build(tmp_path, "load store") as process:
        first = build_release(small_knowledge(), CONFORMING, tmp_path, assets=ASSETS)
        assert len(_staging(tmp_path)) == 1
        output, _ = process.communicate("go on\n")

    assert process.returncode == 0
    assert output.split()[-1] == first.version
    assert is_whole(first.folder)
    assert _staging(tmp_path) == []


def test_two_builds_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    """Started together into an empty folder, both succeed and leave one whole release."""
    builds = [subprocess.Popen(_command(tmp_path), stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [build.communicate(timeout=60)[0] for build in builds]

    assert [build.returncode for build in builds] == [0, 0]
    assert len(set(outputs)) == 1
    assert is_whole(tmp_path / outputs[0].strip())
    found = {path.name for path in tmp_path.iterdir()}
    assert found == {".lock", "latest", "ledger.json", outputs[0].strip()}


def test_building_the_same_again_keeps_what_is_there(own: Release, knowledge: KnowledgeGraph) -> None:
    """The same content is the same version: it is verified, kept, and progress says so."""
    heard: list[str] = []
    inode = (own.folder / "nosograph.ttl").stat().st_ino

    again = build_release(
        knowledge,
        CONFORMING,
        own.folder.parent,
        assets=ASSETS,
        progress=lambda step, done, total: heard.append(step),
    )

    assert again.version == own.version
    assert (again.folder / "nosograph.ttl").stat().st_ino == inode
    assert heard[-1].startswith("kept")


def test_a_damaged_release_of_the_same_version_is_replaced(own: Release, knowledge: KnowledgeGraph) -> None:
    """A file that changed by one byte is not kept: the build puts a whole release in its place."""
    content = bytearray(own.dump("nt").read_bytes())
    content[10] ^= 1
    own.dump("nt").write_bytes(content)

    again = build_release(knowledge, CONFORMING, own.folder.parent, assets=ASSETS)

    assert again.folder == own.folder
    assert open_release(again.folder, deep=True).version == own.version
    assert _staging(own.folder.parent) == []


def test_latest_moves_back_when_older_content_is_built_again(before: Release, knowledge: KnowledgeGraph) -> None:
    """Building content that was published before points latest to that release again."""
    releases = before.folder.parent
    after = build_release(knowledge, CONFORMING, releases, assets=ASSETS)
    assert latest_release(releases) == after.folder.resolve()

    again = _older_release(releases)

    assert again.version == before.version
    assert latest_release(releases) == before.folder.resolve()


def test_latest_is_a_relative_link(own: Release, tmp_path: Path) -> None:
    """The folder of releases can be moved or copied as a whole."""
    moved = tmp_path / "elsewhere"
    own.folder.parent.rename(moved)

    assert (moved / "latest").readlink() == Path(own.version)
    assert latest_release(moved) == (moved / own.version).resolve()


def test_latest_is_swapped_without_a_gap(own: Release) -> None:
    """A reader that looks again and again while latest is swapped always finds a release."""
    releases = own.folder.parent
    (releases / "other").symlink_to(own.version)

    for turn in range(200):
        point_latest(releases, own.version if turn % 2 else "other")
        assert (releases / "latest" / "manifest.json").exists()


def test_a_folder_named_latest_is_a_clear_error(tmp_path: Path, knowledge: KnowledgeGraph) -> None:
    """Where ``latest`` is a folder instead of a link, it is not destroyed; the message names the path."""
    (tmp_path / "latest").mkdir()

    with pytest.raises(ReleaseError, match="cannot be written"):
        build_release(knowledge, CONFORMING, tmp_path, assets=ASSETS)

    assert (tmp_path / "latest").is_dir()
