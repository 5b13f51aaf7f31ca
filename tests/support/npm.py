"""Packages of npm that tests use: installed exactly as a lock file says, once for each lock file.

They go into pytest's cache folder (for one run where the cache is switched off). Installing them is the only thing in
the tests that needs a package registry; where npm, Node.js or the registry cannot be had, the tests say so and skip.
An environment variable set to ``require`` makes that a failure.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest
from sharing import alone_in

OLDEST_NODE = 20
INSTALL_SECONDS = 300


@dataclass(frozen=True)
class Packages:
    """What a test needs of npm.

    Attributes:
        name: what the packages are called in a reason for skipping.
        manifest: the folder of ``package.json`` and ``package-lock.json``.
        required_by: the environment variable that makes a skip a failure.
    """

    name: str
    manifest: Path
    required_by: str

    def unavailable(self, reason: str) -> NoReturn:
        """Skip with a reason, or fail with it where the packages are required."""
        if os.environ.get(self.required_by) == "require":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)

    def install(self, config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
        """Return the folder in which the packages are installed, exactly those of the lock file."""
        npm, node = shutil.which("npm"), shutil.which("node")
        if npm is None or node is None:
            self.unavailable(f"npm is not installed, so {self.name} cannot be")
        said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
        major = int(said.lstrip("v").split(".")[0])
        if major < OLDEST_NODE:
            self.unavailable(f"{self.name} needs Node.js {OLDEST_NODE} or newer, and this is {major}")
        files = [self.manifest / "package.json", self.manifest / "package-lock.json"]
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        cache = getattr(config, "cache", None)
        name = f"{self.manifest.name}-{digest[:16]}"
        folder = cache.mkdir(name) if cache else factory.mktemp(name)
        with alone_in(folder):
            if not (folder / "installed").exists():
                for file in files:
                    shutil.copyfile(file, folder / file.name)
                self._run_npm(npm, folder)
                (folder / "installed").touch()
        return folder

    def _run_npm(self, npm: str, folder: Path) -> None:
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        try:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            self.unavailable(f"npm did not install {self.name} within {INSTALL_SECONDS} seconds")
        if done.returncode == 0:
            return
        said = " ".join(done.stderr.split())
        # A lock file that does not fit its manifest is a mistake of ours, not of the network.
        assert "EUSAGE" not in said, said
        self.unavailable(f"npm could not install {self.name}: {said[-300:]}")
