"""index, verify and prune as a user meets them: exit codes, text and JSON."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from damage import flip
from test_command_line import run

from nosograph.release.opening import Release


@pytest.fixture
def copied(release: Release, tmp_path: Path) -> Path:
    """Return a folder of releases with a copy of one that has no derived files."""
    folder = tmp_path / "releases"
    shutil.copytree(release.folder, folder / release.version, ignore=shutil.ignore_patterns("derived"))
    (folder / "latest").symlink_to(release.version)
    return folder


def test_a_release_is_indexed_verified_and_pruned(copied: Path, release: Release) -> None:
    """The three commands take the latest release, and say what they did as text or JSON."""
    indexed = run("index", "--releases", copied, "--json", "--quiet")
    verified = run("verify", "--releases", copied, "--json", "--quiet")
    pruned = run("prune", "--releases", copied, "--keep", "1", "--json")

    assert (indexed.returncode, verified.returncode, pruned.returncode) == (0, 0, 0)
    assert json.loads(indexed.stdout)["stored"] == release.manifest.counts.stored
    assert json.loads(verified.stdout)["whole"] is True
    assert json.loads(verified.stdout)["derived"] == "whole"
    assert json.loads(pruned.stdout)["releases"][0]["kept"] == "it is the latest"


def test_damage_is_exit_code_1_and_no_release_is_3(copied: Path, release: Release) -> None:
    """A script can tell a damaged release from a folder that is none."""
    flip(copied / release.version / "nosograph.rdf")

    damaged = run("verify", copied / release.version)
    none = run("verify", copied)

    assert (damaged.returncode, none.returncode) == (1, 3)
    assert "nosograph.rdf: The release is damaged" in damaged.stdout
    assert "nosograph build" in damaged.stdout


def test_a_query_makes_the_store_that_it_asks(copied: Path) -> None:
    """A release without a store is asked after one was made; the step is told on standard error."""
    asked = run("query", "--releases", copied, "-e", "SELECT (COUNT(*) AS ?n) { ?f a noso:Fact }", "--format", "csv")

    assert asked.returncode == 0, asked.stderr
    assert asked.stdout.split()[0] == "n"
    assert int(asked.stdout.split()[1]) > 100
    assert "make store and search index" in asked.stderr
