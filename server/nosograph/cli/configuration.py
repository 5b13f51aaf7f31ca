"""Reads ``nosograph.toml``, and finds settings that nobody knows, in the file and in the environment."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from nosograph.errors import Location, SettingsError
from nosograph.settings import Settings

CONFIGURATION_FILE: Final = "nosograph.toml"
VARIABLE_PREFIX: Final = "NOSOGRAPH_"
STANDARD_VARIABLES: Final = {"source_date_epoch": "SOURCE_DATE_EPOCH"}
"""Settings whose environment variable has a name that many tools share (https://reproducible-builds.org/specs/)."""
OTHER_VARIABLES: Final = {
    "NOSOGRAPH_CONFIG": "the configuration file",
    "NOSOGRAPH_CHECKERS": "`require`: tests fail where the checkers of markup cannot be installed",
    "NOSOGRAPH_COMUNICA": "`require`: tests fail where the Comunica client cannot be installed",
    "NOSOGRAPH_LDES": "`require`: tests fail where the client of event streams cannot be installed",
    "NOSOGRAPH_RECONCILIATION_SCHEMAS": "a folder with the schemas of the Reconciliation API 0.2, for their tests",
    "NOSOGRAPH_DOMAIN": "the host of the site, for the files of docs/deploy",
    "NOSOGRAPH_PREFIX": "the path below which the site is, for the files of docs/deploy",
    "NOSOGRAPH_SITE": "the address of the site, for the files of docs/deploy",
    "NOSOGRAPH_UPSTREAMS": "the servers behind a proxy, for the files of docs/deploy",
    "NOSOGRAPH_FRONTEND": "`require` or `skip`: whether an installation builds the query editor",
    "NOSOGRAPH_RDF_TESTS": "folder of the W3C's rdf-tests, for the tests",
    "NOSOGRAPH_TEST_MUTATIONS": "number of mutated graphs on which the validators are compared, for the tests",
}
"""Variables that are no setting: read by the commands, the package build, files for operators, and tests."""
_HINT: Final = "Correct the file, or name another one with --config."
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def variable_of(name: str) -> str:
    """Return the environment variable of a setting."""
    return STANDARD_VARIABLES.get(name, VARIABLE_PREFIX + name.upper())


@dataclass(frozen=True)
class Configuration:
    """What a configuration file sets.

    Attributes:
        file: the file; None when there is none.
        values: setting → value as TOML has it.
        lines: setting → line, from 1.
    """

    file: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int] = field(default_factory=dict)

    def location(self, name: str) -> Location:
        """Return where the file sets something."""
        return Location(str(self.file), self.lines.get(name))


def read_configuration(named: Path | None, folder: Path = Path()) -> Configuration:
    """Return what the named file sets, or without one the ``nosograph.toml`` in the folder if it is there.

    Raises:
        SettingsError: the file cannot be read, is not TOML, or has a key that is no setting.
    """
    file = named or folder / CONFIGURATION_FILE
    if named is None and not file.exists():
        return Configuration()
    text = _read_text(file)
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"The configuration file is not TOML: {error}.", location=Location(str(file)), hint=_HINT
        ) from error
    lines = {name: _line_of(name, text) for name in values}
    configuration = Configuration(file, values, {name: line for name, line in lines.items() if line})
    known = [entry.name for entry in fields(Settings)]
    for name in values:
        if name not in known:
            raise SettingsError(
                f"There is no setting named {name!r}.",
                location=configuration.location(name),
                hint=_suggest(name, known) or f"The settings are: {', '.join(known)}.",
            )
    return configuration


def check_variables(environment: Iterable[str]) -> None:
    """Check that every ``NOSOGRAPH_…`` variable is one that something reads.

    Raises:
        SettingsError: one is not; a mistyped name would otherwise have no effect and no message.
    """
    known = [*(variable_of(entry.name) for entry in fields(Settings)), *OTHER_VARIABLES]
    for name in sorted(environment):
        if name.startswith(VARIABLE_PREFIX) and name not in known:
            raise SettingsError(
                f"There is no setting for the environment variable {name}.",
                hint=_suggest(name, known) or f"Unset it. The variables are: {', '.join(known)}.",
            )


def _read_text(file: Path) -> str:
    location = Location(str(file))
    try:
        content = file.read_bytes()
    except OSError as error:
        raise SettingsError(
            f"The configuration file cannot be read: {error.strerror}.", location=location, hint=_HINT
        ) from error
    if content.startswith(_BYTE_ORDER_MARK):
        raise SettingsError(
            "The configuration file begins with a byte order mark, which TOML does not allow.",
            location=location,
            hint="Save it as UTF-8 without a byte order mark (BOM).",
        )
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"The configuration file is not UTF-8 text: {error.reason} at byte {error.start}.",
            location=location,
            hint="Save it as UTF-8.",
        ) from error


def _line_of(name: str, text: str) -> int | None:
    """Return the line of a key or a table; ``tomllib`` tells none."""
    found = re.search(rf"""^[ \t]*\[*[ \t]*["']?{re.escape(name)}["']?[ \t]*[=.\]]""", text, re.MULTILINE)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _suggest(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
    return f"Did you mean {close[0]}?" if close else ""
