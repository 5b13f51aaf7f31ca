"""Builds the query editor of the site from its locked npm manifest when the package is built.

Nothing of those libraries stands in the repository. Where npm is missing or cannot reach its registry the package is
built without the editor: every page works, and the query page keeps its plain form. NOSOGRAPH_FRONTEND=require makes
that an error, NOSOGRAPH_FRONTEND=skip leaves the editor out. The licences of the libraries that are bundled are written
beside the editor, as they ask for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path("server/nosograph/web/frontend")
BUILT = Path("server/nosograph/web/static/built")
NOTICES = "notices.txt"
"""File beside the editor with the licence of every library in it."""

SECONDS = 180


class FrontendBuildHook(BuildHookInterface[Any]):
    """Runs ``npm ci`` and the build script in a copy of the frontend folder, so that the sources stay as they are."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make ``static/built/editor.js`` before the wheel is put together."""
        choice = os.environ.get("NOSOGRAPH_FRONTEND", "")
        if choice == "skip" or self.target_name != "wheel":
            return
        root = Path(self.root)
        npm = shutil.which("npm")
        problem = "npm is not installed" if npm is None else self._build(npm, root)
        if problem and choice == "require":
            raise RuntimeError(f"The query editor was not built: {problem}.")
        if problem:
            self.app.display_warning(f"The query editor was left out: {problem}. The pages work without it.")

    def _build(self, npm: str, root: Path) -> str:
        """Give what went wrong, or nothing."""
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder) / "frontend"
            shutil.copytree(root / FRONTEND, work, ignore=shutil.ignore_patterns("node_modules"))
            for command in (["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ["run", "build"]):
                try:
                    subprocess.run([npm, *command], cwd=work, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603
                except subprocess.TimeoutExpired:
                    return f"npm {command[0]} took longer than {SECONDS} seconds"
                except subprocess.CalledProcessError as error:
                    said = error.stderr.decode(errors="replace").strip().splitlines()
                    return f"npm {command[0]} failed: {said[-1] if said else 'it said nothing'}"
                except OSError as error:
                    return f"npm could not be run: {error.strerror}"
            made = Path(folder) / "static" / "built"
            try:
                (made / NOTICES).write_text(collect_notices(work), encoding="utf-8")
            except (OSError, ValueError) as error:
                return f"the licences of its libraries could not be collected: {error}"
            (root / BUILT).mkdir(parents=True, exist_ok=True)
            for path in made.iterdir():
                shutil.copyfile(path, root / BUILT / path.name)
        return ""


def collect_notices(frontend: Path) -> str:
    """Return name, version and licence text of every library that the lock file brings into the editor.

    Raises:
        ValueError: a library comes without a licence text.
        OSError: a file cannot be read.
    """
    lock = json.loads((frontend / "package-lock.json").read_text(encoding="utf-8"))
    notices = ["The query editor of this site is built from the libraries below, under their licences.\n"]
    for location, package in sorted(lock["packages"].items()):
        if not location or package.get("dev"):
            continue
        name = location.rpartition("node_modules/")[2]
        texts = sorted(path for path in (frontend / location).glob("*") if path.stem.upper() in ("LICENSE", "LICENCE"))
        if not texts:
            raise ValueError(f"{name} has no licence file")
        text = texts[0].read_text(encoding="utf-8").strip()
        notices.append(f"{name} {package['version']} ({package.get('license', 'see below')})\n\n{text}\n")
    return f"\n{'-' * 80}\n\n".join(notices)
