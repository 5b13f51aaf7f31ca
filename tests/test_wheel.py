"""The installed wheel works from an empty folder, with its own copy of ontology, shapes and data."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder into which a freshly built wheel was unpacked, as an installer does."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what a command of the unpacked wheel ended with, run in a folder."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "nosograph.cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


def test_wheel_builds_and_answers_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    """A release is built from the packaged assets, and can be asked."""
    built = run(installed, tmp_path, "build", "--quiet")
    asked = run(installed, tmp_path, "query", "--format", "csv", "-e", "SELECT (COUNT(?f) AS ?n) { ?f a noso:Fact }")

    assert built.returncode == 0, built.stderr
    assert (tmp_path / "releases" / "latest" / "nosograph.ttl").is_file()
    assert asked.stdout.split() == ["n", "160"], asked.stderr


def test_wheel_has_the_guides(installed: Path) -> None:
    """The site of an installation shows the same guides as that of a clone."""
    packaged = installed / "nosograph" / "assets_packaged" / "docs"

    assert {path.name for path in packaged.glob("*.md")} == {path.name for path in (ROOT / "docs").glob("*.md")}


def test_wheel_is_what_runs(installed: Path, tmp_path: Path) -> None:
    """The test above would show nothing if the checkout ran instead."""
    script = "import nosograph.assets as a; print(a.find_assets().root)"
    environment = {**os.environ, "PYTHONPATH": str(installed)}

    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == str(installed / "nosograph" / "assets_packaged")
