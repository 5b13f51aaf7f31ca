"""What the code imports is what an installation brings."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path

ROOT = Path(__file__).parent.parent
ABSENT_AT_RUN_TIME = {"_typeshed"}
"""Imported for types alone."""


def names(requirements: list[str]) -> set[str]:
    """Return the normalised names of distributions that requirements name, without those of extras (PEP 503)."""
    plain = [entry for entry in requirements if "extra ==" not in entry]
    return {re.sub(r"[-_.]+", "-", re.split(r"[ \[<>=!~;(]", entry, maxsplit=1)[0]).lower() for entry in plain}


def imported(room: Path) -> set[str]:
    """Return the names of the packages that a module, or those below a folder, import from elsewhere."""
    found = set()
    for path in [room] if room.suffix == ".py" else room.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - ABSENT_AT_RUN_TIME - {"nosograph"}


def test_every_imported_package_is_declared() -> None:
    """A fresh installation holds what the package imports: declared, or brought by Flask, whose parts it uses.

    A room may import besides what the extra of its name brings: nothing else imports that room.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    provided = names(project["dependencies"]) | names(requires("flask") or [])
    distributions = packages_distributions()

    for room in (ROOT / "server" / "nosograph").iterdir():
        extra = names(project["optional-dependencies"].get(room.name, []))
        for package in imported(room):
            owners = {re.sub(r"[-_.]+", "-", name).lower() for name in distributions.get(package, [])}
            assert owners & (provided | extra), f"{package} is imported, and no dependency in pyproject.toml brings it"
