"""The markup of every kind of page, read by two checkers: html-validate and the Nu Html Checker.

Both are pinned in ``tests/browser/checkers/package-lock.json``; the second needs Java.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from kinds_of_pages import PAGES, fetch_page, hashed_pages
from npm import Packages

from nosograph.release.opening import Release

CHECKERS = Packages(
    "html-validate and vnu-jar",
    Path(__file__).parents[2] / "browser" / "checkers",
    required_by="NOSOGRAPH_CHECKERS",
)
RULES = {
    "extends": ["html-validate:recommended", "html-validate:standard"],
    "rules": {
        # A title is cut by whoever shows it; the sentence of a fact is its name.
        "long-title": "off",
    },
}
"""Rules of html-validate: the recommended ones, which hold more than the standard's, with the standard's on top."""

DAMAGED = '<!DOCTYPE html><html><head><title>x</title></head><body><p id="a">1<p id="a">2</body></html>'


@pytest.fixture(scope="module")
def checkers(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder in which the checkers are installed."""
    return CHECKERS.install(pytestconfig, tmp_path_factory)


@pytest.fixture(scope="module")
def pages(site: str, release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with every kind of page."""
    folder = tmp_path_factory.mktemp("pages")
    for number, path in enumerate([*PAGES, *hashed_pages(site, release)]):
        name = re.sub(r"\W+", "_", path)[:60]
        (folder / f"{number:02}-{name}.html").write_text(fetch_page(site, path))
    return folder


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """Return a folder with a page in which two elements have one id and the root has no language."""
    (tmp_path / "damaged.html").write_text(DAMAGED)
    return tmp_path


def validate(checkers: Path, pages: Path) -> list[str]:
    """Return what html-validate finds."""
    (checkers / "rules.json").write_text(json.dumps({"root": True, **RULES}))
    program = checkers / "node_modules" / "html-validate" / "bin" / "html-validate.mjs"
    report = pages / "html-validate.json"
    command = ["node", str(program), "--config", str(checkers / "rules.json"), "--formatter", f"json={report}"]
    done = subprocess.run([*command, *map(str, sorted(pages.glob("*.html")))], capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return [
        f"{Path(page['filePath']).name}:{found['line']}: {found['ruleId']}: {found['message']}"
        for page in json.loads(report.read_text())
        for found in page["messages"]
    ]


def check_by_nu(checkers: Path, pages: Path) -> list[str]:
    """Return what the Nu Html Checker finds, warnings included."""
    java = shutil.which("java")
    if java is None:
        CHECKERS.unavailable("Java is not installed, which the Nu Html Checker needs")
    jar = checkers / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    command = [java, "-jar", str(jar), "--format", "json", "--exit-zero-always"]
    done = subprocess.run([*command, *map(str, sorted(pages.glob("*.html")))], capture_output=True, text=True)
    return [
        f"{Path(found['url']).name}:{found.get('lastLine')}: {found['message']}"
        for found in json.loads(done.stderr)["messages"]
    ]


@pytest.mark.slow
def test_html_validate_finds_nothing(checkers: Path, pages: Path) -> None:
    """No page breaks a rule of html-validate's recommended or standard preset."""
    assert validate(checkers, pages) == []


def test_the_nu_checker_finds_nothing(checkers: Path, pages: Path) -> None:
    """No page has an error or a warning of the checker of the HTML standard."""
    assert check_by_nu(checkers, pages) == []


@pytest.mark.slow
def test_the_checkers_find_what_is_wrong(checkers: Path, damaged: Path) -> None:
    """A damaged page is found by both, so that nothing found means that they looked."""
    assert any("no-dup-id" in found for found in validate(checkers, damaged))
    assert any("Duplicate ID" in found for found in check_by_nu(checkers, damaged))
