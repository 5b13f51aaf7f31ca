"""Imports point one way, importing does nothing, and each thing is defined once."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "server" / "nosograph"
MODULES = sorted(PACKAGE.rglob("*.py"))

FOUNDATION = {"errors", "formats", "namespaces", "assets", "settings", "jsonld"}
READING = "nosograph.release.reading"
MAY_IMPORT = {
    "facts": FOUNDATION | {"facts"},
    "importers": FOUNDATION | {"facts", "importers"},
    "validation": FOUNDATION | {"facts", "importers", "validation"},
    "release": FOUNDATION | {"facts", "importers", "validation", "release"},
    "store": FOUNDATION | {"store"},
    "web": FOUNDATION | {"store", "web"},
    "cli": FOUNDATION | {"facts", "importers", "validation", "release", "store", "web"},
}
"""Layer → layers that it may import; ``store`` and ``web`` may also read a release back."""


def imports_of(path: Path) -> Iterator[str]:
    """Give the modules that a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def layer_of(module: str) -> str:
    """Give the layer of a module, ``facts`` for ``nosograph.facts.loading``."""
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_one_way(path: Path) -> None:
    """Building knows nothing of HTTP, serving nothing of curation; both rest on the foundation."""
    layer = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    allowed = MAY_IMPORT.get(layer, FOUNDATION)

    for module in imports_of(path):
        if module.startswith("nosograph.") and not (layer in ("store", "web") and module == READING):
            assert layer_of(module) in allowed, f"{layer} imports {module}"
        if module.split(".")[0] in ("flask", "werkzeug", "gunicorn", "jinja2"):
            assert layer == "web", f"{layer} imports {module}"


def test_reading_a_release_needs_only_the_foundation() -> None:
    """Serving imports it, so it must not pull building in."""
    for module in imports_of(PACKAGE / "release" / "reading.py"):
        if module.startswith("nosograph."):
            assert layer_of(module) in FOUNDATION


def test_only_settings_reads_the_environment() -> None:
    """What a run depends on is in one value; the command line hands the environment to it, and nobody else looks.

    A worker process may set a variable for the engine that it loads.
    """
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if re.search(r"getenv|os\.environ(?!\[\"\w+\"\] = )", path.read_text(encoding="utf-8"))
    }

    assert readers == {"cli.py"}


def test_importing_does_nothing() -> None:
    """Every module can be imported on its own, prints nothing, starts no thread and opens no socket."""
    names = [
        ".".join(("nosograph", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for path in MODULES
        if path.name != "__main__.py"
    ]
    script = (
        "import importlib, socket, threading\n"
        "def refuse(*_, **__): raise AssertionError('a socket was opened')\n"
        "socket.socket.connect = socket.socket.bind = refuse\n"
        f"for name in {names!r}: importlib.import_module(name)\n"
        "assert threading.active_count() == 1, threading.enumerate()\n"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_media_types_are_written_once() -> None:
    """A media type that stands in two modules will one day differ between them."""
    wanted = ("text/turtle", "application/n-triples", "application/sparql-results+json", "application/trig")
    holders = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and node.value in wanted
    }

    assert holders == {"formats.py"}


def test_project_names_no_machine_and_no_registry() -> None:
    """The project speaks of itself alone."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = listing.stdout.splitlines()
    if not files:
        pytest.skip("the files of the project are listed by git, and this is no checkout")
    folders = [f"/{name}/" for name in ("root", "home", "work")]
    hosts = [".".join(parts) for parts in (("pypi", "org"), ("files", "pythonhosted"), ("registry", "npmjs"))]

    found = [
        (name, mark)
        for name in files
        if (ROOT / name).is_file() and (ROOT / name).suffix not in {".png", ".ico"}
        for mark in (*folders, *hosts)
        if mark in (ROOT / name).read_text(encoding="utf-8", errors="replace")
    ]

    assert found == []
