"""Fetches what a program for Java needs, by Maven and a ``pom.xml`` that names it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

SECONDS: Final = 600


class NotInstalled(Exception):
    """What a server or a client of other people needs cannot be had here; the message says why."""


def fetch_libraries(pom: Path, folder: Path) -> None:
    """Bring the files that a ``pom.xml`` names, and those that they need, into a folder, unless they are there.

    Raises:
        NotInstalled: there is no Maven or no Java, or Maven could not fetch them.
    """
    done = folder / "fetched"
    if done.exists():
        return
    if shutil.which("mvn") is None or shutil.which("java") is None:
        raise NotInstalled("Maven or Java is not installed")
    goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
    command = ["mvn", "-B", "-q", "-f", str(pom), *goal]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    if ended.returncode:
        raise NotInstalled(f"Maven could not fetch what {pom} names: {ended.stdout[-300:]}")
    done.touch()
