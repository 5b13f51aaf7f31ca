"""``nosograph load`` as a user meets it: what it takes, what it prints, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fake_service import running_service
from test_command_line import run

from nosograph.release.opening import Release


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ((), "--into"),
        (("--into", "http://127.0.0.1:1/", "--to-file", "x.nq"), "--to-file"),
        (("--into", "http://127.0.0.1:1/"), "--graph-store"),
        (("--into", "http://127.0.0.1:1/", "--graph-store", "http://127.0.0.1:1/", "--check"), "--check"),
    ],
)
def test_a_command_that_says_too_little_or_too_much_is_refused(arguments: tuple[str, ...], word: str) -> None:
    """Before any release is opened."""
    done = run("load", *arguments)

    assert done.returncode == 2
    assert word in done.stderr


@pytest.mark.slow
def test_a_service_is_filled_and_compared(release: Release, tmp_path: Path) -> None:
    """By one command, whose report names the release; credentials come from a file and are shown nowhere."""
    secret = tmp_path / "credentials"
    secret.write_text("me:very-secret")
    with running_service() as fake:
        arguments = ("load", release.folder, "--into", fake.query, "--store-credentials", secret)
        empty = run(*arguments, "--check")
        filled = run(*arguments, "--graph-store", fake.graphs, "--json")

        assert (empty.returncode, filled.returncode) == (1, 0), filled.stderr
        assert set(fake.authorizations) == {"Basic bWU6dmVyeS1zZWNyZXQ="}
    found = json.loads(filled.stdout)
    assert found["version"] == release.version
    assert found["sent"] == release.manifest.counts.stored
    assert set(found["conformance"]["counts"]) == {"same"}
    assert "no release as a whole" in empty.stderr
    assert "secret" not in empty.stdout + empty.stderr + filled.stdout + filled.stderr


def test_nobody_there_is_exit_code_3(release: Release) -> None:
    """The address is named."""
    done = run("load", release.folder, "--into", "http://127.0.0.1:1/query", "--check")

    assert done.returncode == 3
    assert "http://127.0.0.1:1/query cannot be asked" in done.stderr
