"""One frozen value with every setting; the only reader of the environment and of the configuration file.

A command-line flag wins over an environment variable (``NOSOGRAPH_`` and the name in capitals), which wins over
the configuration file (TOML; ``nosograph.toml`` in the working folder, or the one named), which wins over the default.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nosograph.errors import Location, SettingsError
from nosograph.rdf.names import DEFAULT_BASE, Base

CONFIGURATION_FILE = "nosograph.toml"
ENVIRONMENT_PREFIX = "NOSOGRAPH_"
STANDARD_VARIABLES = {"source_date_epoch": "SOURCE_DATE_EPOCH"}
"""Settings whose environment variable has a name that many tools share (https://reproducible-builds.org/specs/)."""


def _setting(default: Any, about: str, *, least: float | None = None, most: float | None = None) -> Any:
    return field(default=default, metadata={"about": about, "least": least, "most": most})


@dataclass(frozen=True)
class Settings:
    """Every setting, checked; ``about`` in a field's metadata says what it is, ``least`` and ``most`` bound it."""

    assets: Path | None = _setting(None, "folder with ontology/, shapes/ and data/ to build from")
    base_iri: str = _setting(DEFAULT_BASE, "base of every IRI in the published data")
    releases: Path = _setting(Path("releases"), "folder that holds the releases")
    source_date_epoch: int | None = _setting(
        None, "seconds since 1970 whose day dates a release; default: the date of the data", least=0, most=253402300799
    )
    host: str = _setting("127.0.0.1", "address that the server listens on")
    port: int = _setting(8000, "port that the server listens on", least=0, most=65535)
    site_url: str = _setting("", "address under which the site is reached, for absolute links; default: the base IRI")
    threads: int = _setting(64, "requests that the server handles at once", least=1, most=512)
    query_workers: int = _setting(2, "processes that evaluate queries", least=1, most=64)
    query_timeout: float = _setting(30.0, "seconds that a query may take", least=0.1, most=3600)
    query_memory: int = _setting(1024, "MiB of memory that a query may use", least=64, most=1048576)
    query_result: int = _setting(256, "MiB that the answer to a query may have", least=1, most=65536)
    query_queue: int = _setting(40, "queries that may wait for a worker", least=0, most=10000)
    query_queue_client: int = _setting(16, "queries of one client that may wait for a worker", least=0, most=10000)
    query_text: int = _setting(1024, "KiB that the text of a query may have", least=1, most=65536)
    query_service_allow: tuple[str, ...] = _setting(
        (), "addresses that a query may call by SERVICE, with commas between"
    )
    answer_cache: int = _setting(64, "MiB of answers that are kept in memory; 0 keeps none", least=0, most=65536)
    trusted_proxies: int = _setting(
        0, "reverse proxies in front whose X-Forwarded-For names the client", least=0, most=16
    )

    @property
    def base(self) -> Base:
        """The base IRI as a value that builds IRIs."""
        return Base(self.base_iri)


def load_settings(
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    configuration: Path | None = None,
    folder: Path = Path(),
) -> Settings:
    """Return the settings from flags, environment and configuration file.

    Args:
        flags: values from the command line by field name; None means not given.
        environment: environment variables.
        configuration: the configuration file that was named, or None to use the one in ``folder`` if there is one.
        folder: the working folder.

    Raises:
        SettingsError: the file cannot be read, or a name or a value in any of the three is wrong.
    """
    fields = {entry.name: entry for entry in dataclasses.fields(Settings)}
    values: dict[str, Any] = {}
    named = configuration or (Path(environment["NOSOGRAPH_CONFIG"]) if environment.get("NOSOGRAPH_CONFIG") else None)
    file = named or folder / CONFIGURATION_FILE
    if named is not None or file.exists():
        for name, value in _read_configuration(file).items():
            if name not in fields:
                raise SettingsError(
                    f"There is no setting named {name!r}.",
                    location=Location(str(file)),
                    hint=f"The settings are: {', '.join(fields)}.",
                )
            values[name] = _checked(fields[name], value, f"setting {name!r}", Location(str(file)))
    for name in fields:
        variable = STANDARD_VARIABLES.get(name, ENVIRONMENT_PREFIX + name.upper())
        if environment.get(variable):
            values[name] = _checked(fields[name], environment[variable], f"environment variable {variable}", None)
    for name, value in flags.items():
        if value is not None:
            values[name] = _checked(fields[name], value, f"option --{name.replace('_', '-')}", None)
    settings = Settings(**values)
    Base(settings.base_iri)
    if settings.site_url:
        parts = urlsplit(settings.site_url)
        if parts.scheme not in ("http", "https") or not parts.netloc or not settings.site_url.endswith("/"):
            raise SettingsError(
                f"The site address {settings.site_url!r} is not an http(s) address that ends with a slash.",
                hint="Write it like http://127.0.0.1:8000/.",
            )
    return settings


def _read_configuration(file: Path) -> dict[str, Any]:
    hint = "Correct the file, or leave it out with another --config."
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            f"The configuration file is not TOML: {error}.", location=Location(str(file)), hint=hint
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(
            f"The configuration file is not UTF-8 text: {error.reason} at byte {error.start}.",
            location=Location(str(file)),
            hint=hint,
        ) from error
    except OSError as error:
        raise SettingsError(
            f"The configuration file cannot be read: {error.strerror}.", location=Location(str(file)), hint=hint
        ) from error


def _checked(entry: dataclasses.Field[Any], value: Any, name: str, location: Location | None) -> Any:
    kind = str(entry.type).removesuffix(" | None")
    try:
        if "Path" in kind:
            result: Any = Path(value)
        elif kind in ("int", "float"):
            if isinstance(value, bool):
                raise ValueError
            result = int(str(value)) if kind == "int" else float(value)
        elif kind.startswith("tuple"):
            parts = value.split(",") if isinstance(value, str) else list(value)
            result = tuple(part.strip() for part in parts if part.strip())
        else:
            if not isinstance(value, str):
                raise ValueError
            result = value
    except (AttributeError, TypeError, ValueError):
        wanted = {"int": "a whole number", "float": "a number"}.get(kind, "a text")
        raise SettingsError(
            f"The {name} is {value!r}, which is not {wanted}.",
            location=location,
            hint=f"It is the {entry.metadata['about']}.",
        ) from None
    least, most = entry.metadata["least"], entry.metadata["most"]
    if least is not None and not least <= result <= most:
        raise SettingsError(
            f"The {name} is {value!r}, which is not from {least} to {most}.",
            location=location,
            hint=f"It is the {entry.metadata['about']}.",
        )
    return result
