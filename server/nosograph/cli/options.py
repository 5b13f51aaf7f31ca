"""Options that several commands share: one for each setting, and the shape of what a command prints."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from nosograph.settings import Settings, load_settings


def setting(name: str, **more: Any) -> Callable[[Any], Any]:
    """Return an option that sets the setting of the same name, with the setting's own description as its help."""
    entry = Settings.__dataclass_fields__[name.replace("-", "_")]
    default = "" if entry.default in (None, "") else f"  [default: {entry.default}]"
    about = str(entry.metadata["about"])
    return click.option(f"--{name}", help=about[0].upper() + about[1:] + "." + default, metavar="VALUE", **more)


def read_settings(context: click.Context, **flags: Any) -> Settings:
    """Return the settings from the options that were given, the environment and the configuration file."""
    return load_settings(flags, os.environ, context.obj)


def json_option(what: str) -> Callable[[Any], Any]:
    """Return the option ``--json``, which prints something as JSON."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON.")


def folder_option(name: str, parameter: str, help: str, *, required: bool = False) -> Callable[[Any], Any]:
    """Return an option that names a folder."""
    return click.option(name, parameter, type=click.Path(path_type=Path), required=required, metavar="DIR", help=help)


def print_json(value: object) -> None:
    """Print a value as JSON, indented."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
