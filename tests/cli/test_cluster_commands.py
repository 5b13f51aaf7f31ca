"""export and query --on as a user meets them: what is wrong is told at once, and no Spark is started for it."""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
from pathlib import Path

import pytest
from damage import flip
from test_command_line import run

from nosograph.release.opening import Release

ASK = ("-e", "ASK { ?s ?p ?o }")


@pytest.fixture(scope="module")
def exported(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of tables that the command made of the curated release."""
    out = tmp_path_factory.mktemp("exported")
    done = run("export", release.folder, "--out", out, "--json", "--quiet")
    assert done.returncode == 0, done.stderr
    described = json.loads(done.stdout)
    assert described["release"] == release.version
    assert described["files"]["quads.parquet"]["rows"] == release.manifest.counts.quads
    return Path(described["folder"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--on", "local[1]"), "belong together"),
        (("--on", "local[1]", "--tables", "t", "--releases", "r"), "neither a release nor a service"),
    ],
)
def test_options_that_do_not_fit_are_told(options: tuple[str, ...], message: str) -> None:
    """A cluster is asked about tables, and about nothing else."""
    asked = run("query", *options, *ASK)

    assert asked.returncode == 2
    assert message in asked.stderr


def test_damaged_and_missing_tables_are_told(exported: Path, tmp_path: Path) -> None:
    """Nothing is asked of tables that are not as they were written."""
    copied = Path(shutil.copytree(exported, tmp_path / "copied"))
    flip(copied / "terms.parquet")

    damaged = run("query", "--on", "local[1]", "--tables", copied, *ASK)
    none = run("query", "--on", "local[1]", "--tables", tmp_path, *ASK)

    assert (damaged.returncode, none.returncode) == (3, 3)
    assert "terms.parquet: The tables are damaged" in damaged.stderr
    assert "There are no tables" in none.stderr and "nosograph export" in none.stderr


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="without pyspark, that is what is told")
def test_a_master_that_is_not_there_is_told(exported: Path) -> None:
    """The address is told, at once."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    asked = run("query", "--on", f"spark://127.0.0.1:{port}", "--tables", exported, *ASK)
    wrong = run("query", "--on", "yarn", "--tables", exported, *ASK)

    assert (asked.returncode, wrong.returncode) == (3, 2)
    assert f"127.0.0.1:{port}" in asked.stderr and "cannot be reached" in asked.stderr
    assert "spark://HOST:PORT" in wrong.stderr


@pytest.mark.skipif(importlib.util.find_spec("pyspark") is not None, reason="pyspark is installed")
def test_without_pyspark_the_extra_is_named(exported: Path) -> None:
    """The message says what to install."""
    asked = run("query", "--on", "local[1]", "--tables", exported, *ASK)

    assert asked.returncode == 2
    assert "nosograph[cluster]" in asked.stderr
