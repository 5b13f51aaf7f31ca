"""The build of the query editor: locked, and left out with a word where npm is missing or fails."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
FRONTEND = ROOT / "server" / "nosograph" / "web" / "frontend"


INSTALLS_AND_BUILDS = """
if [ "$1" = run ]; then
    mkdir -p ../static/built
    echo made > ../static/built/editor.js
else
    for name in $(sed -n 's/^    "\\(node_modules[^"]*\\)": {$/\\1/p' package-lock.json); do
        mkdir -p "$name"
        echo "Copyright of $name" > "$name/LICENSE"
    done
fi
"""
"""What npm does, as far as the build sees it: a folder with a licence for each library, and the built editor."""


class Application:
    """Stands in for hatch: keeps the warnings that the hook shows."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, message: str) -> None:
        """Keep a warning."""
        self.warnings.append(message)


@pytest.fixture
def hook_module() -> ModuleType:
    """Return the build hook as hatch loads it."""
    specification = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path: Path, hook_module: ModuleType) -> Path:
    """Return a folder with the frontend's sources alone."""
    folder = tmp_path / "checkout" / hook_module.FRONTEND
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", "editor.js"):
        (folder / name).write_bytes((FRONTEND / name).read_bytes())
    return tmp_path / "checkout"


def run_hook(module: ModuleType, root: Path, target: str = "wheel") -> list[str]:
    """Run the hook and give the warnings that it showed."""
    application = Application()
    hook: Any = module.FrontendBuildHook(str(root), {}, None, None, str(root), target, application)
    hook.initialize("standard", {})
    return application.warnings


def fake_npm(folder: Path, script: str) -> None:
    """Put a program named npm into a folder."""
    folder.mkdir()
    program = folder / "npm"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)


def test_every_library_is_locked_by_digest() -> None:
    """The lock file has each package with a digest and names no host, so any registry that holds it will do."""
    manifest = json.loads((FRONTEND / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    wanted = manifest["dependencies"] | manifest["devDependencies"]

    assert wanted == lock["packages"][""]["dependencies"] | lock["packages"][""]["devDependencies"]
    assert {f"node_modules/{name}" for name in wanted} <= set(packages)
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())


def test_no_library_is_kept_in_the_repository() -> None:
    """What is built or installed is ignored by git."""
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()

    assert {"node_modules/", "server/nosograph/web/static/built/"} <= set(ignored)


def test_without_npm_the_package_is_built_without_the_editor(
    hook_module: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build goes on, and says what was left out."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("NOSOGRAPH_FRONTEND", raising=False)

    warnings = run_hook(hook_module, checkout)

    assert len(warnings) == 1
    assert "npm is not installed" in warnings[0]
    assert not (checkout / hook_module.BUILT).exists()


def test_a_registry_that_cannot_be_reached_is_no_end_of_the_build(
    hook_module: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What npm said last is passed on."""
    fake_npm(tmp_path / "bin", "echo 'network request failed' >&2; exit 1")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("NOSOGRAPH_FRONTEND", raising=False)

    warnings = run_hook(hook_module, checkout)

    assert "npm ci failed: network request failed" in warnings[0]


def test_a_release_of_the_package_can_insist_on_the_editor(
    hook_module: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With NOSOGRAPH_FRONTEND=require a missing editor is an error."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NOSOGRAPH_FRONTEND", "require")

    with pytest.raises(RuntimeError, match="npm is not installed"):
        run_hook(hook_module, checkout)


def test_the_built_editor_is_put_beside_the_static_files(
    hook_module: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build script's output is copied; the sources stay as they are."""
    fake_npm(tmp_path / "bin", INSTALLS_AND_BUILDS)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("NOSOGRAPH_FRONTEND", raising=False)

    warnings = run_hook(hook_module, checkout)

    assert warnings == []
    assert (checkout / hook_module.BUILT / "editor.js").read_text(encoding="utf-8") == "made\n"
    assert not (checkout / hook_module.FRONTEND / "node_modules").exists()


def test_the_licences_of_the_libraries_are_put_beside_the_editor(
    hook_module: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every library that is bundled is named with its version and its licence; tools of the build are not in it."""
    fake_npm(tmp_path / "bin", INSTALLS_AND_BUILDS)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("NOSOGRAPH_FRONTEND", raising=False)
    lock = json.loads((FRONTEND / "package-lock.json").read_text(encoding="utf-8"))

    run_hook(hook_module, checkout)

    notices = (checkout / hook_module.BUILT / "notices.txt").read_text(encoding="utf-8")
    for location, package in lock["packages"].items():
        bundled = location and not package.get("dev")
        name = location.removeprefix("node_modules/")
        assert (f"\n{name} {package['version']} (" in notices) == bool(bundled), name
    assert "Copyright of node_modules/@codemirror/view" in notices


def test_a_library_without_a_licence_text_is_not_shipped(
    hook_module: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be shipped with its notice is not shipped."""
    fake_npm(tmp_path / "bin", INSTALLS_AND_BUILDS + "\nrm -f node_modules/crelt/LICENSE")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("NOSOGRAPH_FRONTEND", raising=False)

    warnings = run_hook(hook_module, checkout)

    assert "crelt has no licence file" in warnings[0]
    assert not (checkout / hook_module.BUILT / "editor.js").exists()


@pytest.mark.parametrize(("target", "choice"), [("sdist", ""), ("wheel", "skip")])
def test_nothing_is_built_where_nothing_is_wanted(
    hook_module: ModuleType, checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, choice: str
) -> None:
    """A source distribution holds sources, and whoever says skip gets no build."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("NOSOGRAPH_FRONTEND", choice)

    assert run_hook(hook_module, checkout, target) == []
