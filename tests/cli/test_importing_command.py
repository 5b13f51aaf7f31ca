"""``nosograph import`` writes a named graph with an account of every row, or says what is wrong and writes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from imported import SAMPLE

from nosograph.cli.progress import StepDisplay


def command(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder."""
    path = os.pathsep.join(entry for entry in sys.path if entry)
    return subprocess.run(
        [sys.executable, "-P", "-m", "nosograph.cli", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_import_is_written_with_its_report(tmp_path: Path) -> None:
    """The JSON on standard output is that of the report, and says how many rows became what."""
    done = command(
        tmp_path, "import", "hpoa", SAMPLE / "annotations.hpoa", SAMPLE / "terms.obo", "--name", "made-up", "--json"
    )
    said = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made-up.import.json", "made-up.nq.gz"]
    assert said["path"] == "made-up.nq.gz"
    assert (said["files"][0]["read"], said["files"][0]["published"]) == (15, 14)
    assert said["license"] == "https://terms.example/license"
    assert json.loads((tmp_path / "made-up.import.json").read_text()).items() <= said.items()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["everything", "a.txt"], 1, "There is no kind of import 'everything'"),
        (["hpoa", "a.hpoa", "a.obo"], 1, "There is no such file"),
        (["hpoa", "a.hpoa", "a.obo", "--option", "electronic=perhaps"], 2, "not true or false"),
        (["hpoa", "a.hpoa", "a.obo", "--option", "colour=red"], 2, "electronic"),
        (["hpo-genes", str(SAMPLE / "genes_to_disease.txt")], 1, "licence"),
        (["hpo-genes", str(SAMPLE / "genes_to_disease.txt"), "--name", "Not A Name"], 1, "cannot be called"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    """Exit codes and messages are those of other commands."""
    done = command(tmp_path, "import", *arguments)

    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_step_tells_how_long_it_will_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a few seconds, from how far it has come in that time."""
    times = iter([0.0, 0.0, 1.0, 10.0])
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    display = StepDisplay(quiet=False, clock=lambda: next(times))

    display("import rows", 0, 100)
    display("import rows", 10, 100)
    display("import rows", 25, 100)

    assert capsys.readouterr().err.rpartition("\x1b[K")[2] == "import rows 25 %, 0:30 left"


def test_steps_side_by_side_are_told_once_each(capsys: pytest.CaptureFixture[str]) -> None:
    """In a log each step has one line, however often two of them report in turn; one that begins again has another."""
    display = StepDisplay(quiet=False)
    for done in (0, 50, 100, 0):
        display("write a", done, 100)
        display("write b", max(done, 0) + 1, 100)

    assert capsys.readouterr().err.splitlines() == ["write a", "write b", "write a", "write b"]
