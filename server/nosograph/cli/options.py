"""Options that several commands share: one for each setting, and the shape of what a command prints.

Click chooses each value: an option, else its environment variable, else the configuration file (click's
``default_map``), else the default of the declaration.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from dataclasses import Field
from enum import Enum
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource

from nosograph.cli.configuration import Configuration, check_variables, read_configuration, variable_of
from nosograph.errors import Location, SettingsError
from nosograph.settings import Settings, read_value

METAVARS: Final = {"int": "NUMBER", "float": "NUMBER"}
"""Type of a setting → the word that stands for its value in ``--help``."""

Decorator = Callable[[Callable[..., int]], Callable[..., int]]


class ConfiguredCommand(click.Command):
    """A command whose options have the defaults that the configuration file sets."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Return the context of a run; ``--help`` is answered even where the configuration is wrong.

        Raises:
            SettingsError: the configuration file or a variable cannot be used.
        """
        named = parent.params.get("config") if parent else None
        configuration, problem = Configuration(), None
        try:
            check_variables(os.environ)
            configuration = read_configuration(named)
        except SettingsError as error:
            problem = error
        context = super().make_context(
            info_name, args, parent, default_map=configuration.values, obj=configuration, **extra
        )
        if problem is not None:
            raise problem
        return context


class SettingType(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2 only
    """Reads and checks the value of a setting; an error says which option, variable or line of a file it came from."""

    name = "value"

    def __init__(self, entry: Field[Any]) -> None:
        self._entry = entry

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the value of the setting.

        Raises:
            SettingsError: it is not one.
        """
        try:
            return read_value(self._entry, value)
        except SettingsError as error:
            location, source = _source(ctx, param, self._entry.name)
            raise SettingsError(f"{source}: {error.what}", location=location, hint=error.hint) from None


def _source(context: click.Context | None, parameter: click.Parameter | None, name: str) -> tuple[Location | None, str]:
    """Return where the value of a setting came from: a location when it is a file, and a name."""
    kind = context.get_parameter_source(name) if context else None
    if context and kind is ParameterSource.DEFAULT_MAP:
        configuration: Configuration = context.obj
        return configuration.location(name), f"setting {name}"
    if kind is ParameterSource.ENVIRONMENT:
        return None, f"environment variable {variable_of(name)}"
    return None, f"option {parameter.opts[0] if parameter else name}"


def setting(name: str, flag: str = "") -> Decorator:
    """Return the option that sets a setting, with the setting's own description as its help.

    Args:
        name: the setting.
        flag: how the option is called, when not after the setting.
    """
    entry = Settings.__dataclass_fields__[name]
    about = str(entry.metadata["about"])
    return click.option(
        flag or f"--{name.replace('_', '-')}",
        name,
        type=SettingType(entry),
        envvar=variable_of(name),
        # Click would show the name of a member, where people write its value.
        default=entry.default.value if isinstance(entry.default, Enum) else entry.default,
        show_default=entry.default not in (None, "", ()),
        help=about[0].upper() + about[1:] + ".",
        metavar=_metavar(str(entry.type).removesuffix(" | None"), about),
    )


def _metavar(type_name: str, about: str) -> str:
    if type_name == "Path":
        return "FILE" if about.startswith("file ") else "DIR"
    return METAVARS.get(type_name, "TEXT")


def uses(*names: str, **flags: str) -> Decorator:
    """Return a decorator that adds options for settings and calls the command with ``settings``.

    Args:
        names: the settings that the command uses; every other one has its default.
        flags: settings whose option is not called after them, with what it is called.
    """

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        @functools.wraps(function)
        def run(*arguments: Any, **values: Any) -> int:
            chosen = {name: values.pop(name) for name in (*names, *flags)}
            return function(*arguments, settings=Settings(**chosen), **values)

        decorated: Callable[..., int] = run
        for name in reversed((*names, *flags)):
            decorated = setting(name, flags.get(name, ""))(decorated)
        return decorated

    return decorate


def json_option(what: str) -> Decorator:
    """Return the option ``--json``, which prints something as JSON."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON.")


def quiet_option() -> Decorator:
    """Return the option ``--quiet``, which shows no progress."""
    return click.option("--quiet", is_flag=True, help="Show no progress.")


def folder_option(name: str, parameter: str, help: str, *, required: bool = False) -> Decorator:
    """Return an option that names a folder."""
    return click.option(name, parameter, type=click.Path(path_type=Path), required=required, metavar="DIR", help=help)


def print_json(value: object) -> None:
    """Print a value as JSON, indented."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))
