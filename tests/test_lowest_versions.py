"""The lowest version of each dependency that the project allows is tried."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def lowest_versions() -> list[str]:
    """Return each dependency at its lower bound, as pip takes constraints."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bounds = (re.match(r"([\w.-]+)(?:\[[^]]*\])?>=([\w.]+)", dependency) for dependency in project["dependencies"])
    return [f"{bound[1]}=={bound[2]}" for bound in bounds if bound]


def test_every_dependency_has_a_lower_bound() -> None:
    """A dependency without one could not be tried."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert len(lowest_versions()) == len(project["dependencies"])


@pytest.mark.slow
def test_the_lowest_versions_build_and_answer(tmp_path: Path) -> None:
    """With every dependency at its lower bound a release is built, asked and served."""
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(lowest_versions()) + "\n")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    environment = os.environ | {"NOSOGRAPH_FRONTEND": "skip"}
    subprocess.run(
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-c",
            str(constraints),
            str(ROOT),
        ],
        check=True,
        env=environment,
    )

    def nosograph(*arguments: str) -> str:
        command = [str(tmp_path / "venv" / "bin" / "nosograph"), *arguments]
        return subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout

    nosograph("build", "--out", "releases", "--quiet")
    answer = nosograph("query", "-e", "SELECT (COUNT(*) AS ?n) { ?f a noso:Fact }", "--format", "csv")
    served = subprocess.run(
        [str(python), "-c", SERVE], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=300
    ).stdout

    assert int(answer.splitlines()[1]) > 100
    assert served.strip() == "200"


SERVE = """
import re, subprocess, sys, urllib.request
server = subprocess.Popen([sys.executable, "-m", "nosograph.cli", "serve", "--port", "0"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
try:
    for line in server.stdout:
        found = re.search(r"at (http://[^ ]+)", line)
        if found:
            with urllib.request.urlopen(found[1] + "readyz") as reply:
                print(reply.status)
            break
finally:
    server.terminate()
    server.wait(60)
"""
