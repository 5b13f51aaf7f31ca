"""The group knows its commands without loading them."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

import nosograph.cli
from nosograph.cli.program import COMMANDS, module_of

SUPPORT = {"configuration", "exit_codes", "options", "program", "progress", "__init__", "__main__"}
"""Modules of the command line that are no command."""


@pytest.mark.parametrize("arguments", [("--version",), ("--help",)])
def test_help_and_version_load_no_command(arguments: tuple[str, ...]) -> None:
    """What needs neither graphs nor a server does not wait for them to be imported."""
    script = (
        "import json, sys\n"
        "from nosograph.cli import cli\n"
        f"cli.main({list(arguments)!r}, standalone_mode=False)\n"
        "print(json.dumps(sorted(name for name in sys.modules if name.startswith(('nosograph', 'rdflib', 'flask')))))"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout.splitlines()[-1]) == [
        "nosograph",
        "nosograph.assets",
        "nosograph.cli",
        "nosograph.cli.exit_codes",
        "nosograph.cli.program",
        "nosograph.errors",
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_the_name_it_is_listed_under(name: str) -> None:
    """The table of commands and the module of a command agree."""
    command = importlib.import_module(f"nosograph.cli.{module_of(name)}").command

    assert isinstance(command, click.Command)
    assert command.name == name


def test_every_module_of_a_command_is_listed() -> None:
    """A command whose line is forgotten would be dead code."""
    modules = {path.stem for path in Path(nosograph.cli.__file__).parent.glob("*.py")} - SUPPORT

    assert modules == {module_of(name) for name in COMMANDS}


@pytest.mark.parametrize("home", ["", "/proc/none"])
def test_a_user_whose_home_cannot_be_written_can_build(home: str, tmp_path: Path) -> None:
    """A service may not write into a home: no library that a command loads needs to, or leaves a file there."""
    environment = {name: value for name, value in os.environ.items() if name not in ("HOME", "PYSTOW_HOME")}
    environment |= {"HOME": home or str(tmp_path), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    command = [sys.executable, "-m", "nosograph.cli", "build", "--help"]
    done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
