"""Every example of the guides works: commands, Python and SPARQL are run as they stand, with a real server."""

from __future__ import annotations

import doctest
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

import nosograph
from nosograph.assets import FOLDERS, Assets
from nosograph.release.opening import Release

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
WRITTEN_ADDRESS = "http://127.0.0.1:8000/"
NOT_RUN = {"console", "json", "toml", "turtle", "nginx", "ini", "text", ""}
"""Blocks that show a file, or a command that does not end."""


@dataclass(frozen=True)
class Example:
    """A fenced block of a guide."""

    guide: str
    line: int
    words: tuple[str, ...]
    text: str

    @property
    def language(self) -> str:
        """The first word behind the fence."""
        return self.words[0] if self.words else ""

    def __str__(self) -> str:
        """Return the location of the block."""
        return f"{self.guide}:{self.line}"


def examples() -> list[Example]:
    """Return the fenced blocks of all guides."""
    found = []
    for path in [ROOT / "README.md", *GUIDES]:
        for token in MarkdownIt("commonmark").parse(path.read_text(encoding="utf-8")):
            if token.type == "fence" and token.map:
                found.append(Example(path.name, token.map[0] + 1, tuple(token.info.split()), token.content))
    return found


EXAMPLES = examples()


def of(language: str) -> list[Example]:
    """Return the examples in a language."""
    return [example for example in EXAMPLES if example.language == language]


@pytest.fixture(scope="module")
def folder(assets: Assets, release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a working folder like a clone with one release, whose data an example may change."""
    work = tmp_path_factory.mktemp("guides")
    for name in FOLDERS:
        shutil.copytree(assets.root / name, work / name)
    shutil.copytree(ROOT / "tests" / "vocabularies" / "plants", work / "plants")
    shutil.copytree(release.folder, work / "releases" / release.version)
    (work / "releases" / "latest").symlink_to(release.version)
    programs = work / "bin"
    programs.mkdir()
    command = programs / "nosograph"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m nosograph.cli "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return work


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """Return an environment in which ``nosograph`` is the command of this checkout and works on the folder."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NOSOGRAPH_")}
    return clean | {
        "NOSOGRAPH_ASSETS": str(folder),
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path if entry),
    }


@pytest.fixture(scope="module")
def built() -> set[str]:
    """Return the lines that built a release, which several guides have: each takes half a minute, and runs once."""
    return set()


def run(command: list[str], text: str, folder: Path, environment: dict[str, str]) -> None:
    """Run a text by a program, and fail with what it said."""
    done = subprocess.run(
        command, input=text, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_block_is_run_or_known_not_to_be() -> None:
    """A block in a language that nothing runs would rot unseen."""
    assert {example.language for example in EXAMPLES} <= {"sh", "python", "r", "sparql"} | NOT_RUN


@pytest.mark.parametrize("example", of("sh"), ids=str)
def test_commands(
    example: Example,
    folder: Path,
    environment: dict[str, str],
    site: str,
    built: set[str],
    request: pytest.FixtureRequest,
) -> None:
    """Each line of a block of commands succeeds."""
    if "sources" in example.words:
        texts = request.getfixturevalue("source_texts")
        shutil.copytree(texts, folder / "texts", dirs_exist_ok=True)
    if "curl" in example.text and shutil.which("curl") is None:
        pytest.skip("curl is not installed")

    lines = [line for line in example.text.splitlines(keepends=True) if line not in built]
    run(["sh", "-eu"], "".join(lines).replace(WRITTEN_ADDRESS, site), folder, environment)
    built.update(line for line in lines if line.startswith("nosograph build ") and not line.endswith("\\\n"))


@pytest.mark.parametrize("example", [entry for entry in of("python") if ">>>" not in entry.text], ids=str)
def test_programs(example: Example, folder: Path, environment: dict[str, str], site: str) -> None:
    """Each Python program runs by itself."""
    run([sys.executable, "-"], example.text.replace(WRITTEN_ADDRESS, site), folder, environment)


@pytest.mark.parametrize("example", of("r"), ids=str)
def test_r_programs(example: Example, folder: Path, environment: dict[str, str]) -> None:
    """Each R program runs by itself."""
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R is not installed, so its examples are not run here")
    if subprocess.run([program, "-e", "library(nanoparquet)"], capture_output=True, check=False).returncode:
        pytest.skip("the R package nanoparquet is not installed, so the R examples are not run here")
    run([program, "-"], example.text, folder, environment)


@pytest.mark.parametrize("guide", sorted({entry.guide for entry in of("python") if ">>>" in entry.text}))
def test_sessions(guide: str, folder: Path, site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python sessions of a guide, one after another, print what the guide says."""
    monkeypatch.chdir(folder)
    text = "".join(entry.text for entry in of("python") if entry.guide == guide).replace(WRITTEN_ADDRESS, site)
    session = doctest.DocTestParser().get_doctest(text, {}, guide, guide, 0)
    messages: list[str] = []

    failed = doctest.DocTestRunner(verbose=False).run(session, out=messages.append).failed

    assert not failed, "".join(messages)


@pytest.mark.parametrize("example", of("sparql"), ids=str)
def test_queries(example: Example, release: Release) -> None:
    """Each query has an answer with rows."""
    assert nosograph.query(release, example.text).rows
