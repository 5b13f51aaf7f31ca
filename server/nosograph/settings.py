"""Every setting, declared once: its name, type, default, bounds, and what it is.

The command line makes its options, variables and keys of the configuration file from these declarations
(``cli.options``), and the tables of the documentation are compared with them.
"""

from __future__ import annotations

import re
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from nosograph.errors import SettingsError
from nosograph.rdf.names import DEFAULT_BASE, Base
from nosograph.sparql.engine_choice import Engine

_MAILBOX: Final = re.compile(r"mailto:[^\s<>@]+@[^\s<>@]+\Z")


def _setting(default: Any, about: str, *, least: float | None = None, most: float | None = None) -> Any:
    return field(default=default, metadata={"about": about, "least": least, "most": most})


@dataclass(frozen=True)
class Settings:
    """Every setting; ``about`` in a field's metadata says what it is, ``least`` and ``most`` bound it.

    Raises:
        SettingsError: a value is not of its type or out of its bounds, or an address is not one.
    """

    assets: Path | None = _setting(None, "folder with ontology/, shapes/ and data/ to build from")
    imports: tuple[str, ...] = _setting(
        (), "imports of data/imports.toml that a build makes, with commas between, or all"
    )
    dumps: tuple[str, ...] = _setting(
        (), "dumps for other tools that a build writes, with commas between, all, or none; default: by its size"
    )
    base_iri: str = _setting(DEFAULT_BASE, "base of every IRI in the published data")
    releases: Path = _setting(Path("releases"), "folder that holds the releases")
    cache: Path | None = _setting(
        None, "folder for stores and search indexes; default: in each release, which must be writable"
    )
    keep_releases: int = _setting(
        0,
        "newest releases that keep all their dumps when a build has published another; 0 keeps all",
        least=0,
        most=100000,
    )
    pull_size: int = _setting(64, "GiB that a release which is pulled may have", least=1, most=1048576)
    source_date_epoch: int | None = _setting(
        None, "seconds since 1970 whose day dates a release; default: the date of the data", least=0, most=253402300799
    )
    host: str = _setting("127.0.0.1", "address that the server listens on")
    port: int = _setting(8000, "port that the server listens on", least=0, most=65535)
    site_url: str = _setting("", "address under which the site is reached, for absolute links; default: the base IRI")
    base_resolves: bool = _setting(
        False,
        "whether requests to the base IRI are redirected to the site (yes or no); while they are not, /about says so",
    )
    security_contact: str = _setting(
        "", "mailto: or https: address for reports of security faults; default: the contact of the data"
    )
    threads: int = _setting(
        16, "threads that make pages and documents; queries and kept answers need none", least=1, most=512
    )
    threads_queue: int = _setting(
        256, "requests that may wait for a thread; half of them of one client", least=1, most=10000
    )
    connections: int = _setting(4096, "connections that may be open at once", least=1, most=100000)
    connections_client: int = _setting(
        256,
        "connections of one address (IPv6: of one /64) that may be open at once; not counted behind trusted proxies",
        least=1,
        most=100000,
    )
    query_workers: int = _setting(
        2, "long queries that are evaluated at once; two more processes evaluate quick ones", least=1, most=64
    )
    query_timeout: float = _setting(30.0, "seconds that a query may take", least=0.1, most=3600)
    query_memory: int = _setting(1024, "MiB of memory that a query may use", least=64, most=1048576)
    query_result: int = _setting(256, "MiB that the answer to a query may have", least=1, most=65536)
    query_text: int = _setting(1024, "KiB that the text of a query may have", least=1, most=65536)
    query_service_allow: tuple[str, ...] = _setting(
        (), "addresses that a query may call by SERVICE, with commas between"
    )
    query_engine: Engine = _setting(
        Engine.AUTOMATIC,
        "engine that answers queries which choose none: automatic, store, or analysis as far as it can",
    )
    analysis_workers: int = _setting(
        1,
        "long queries that the analysis engine evaluates at once; one more process evaluates quick ones; 0 starts none",
        least=0,
        most=64,
    )
    analysis_memory: int = _setting(512, "MiB of memory that a query may use in analysis", least=64, most=1048576)
    analysis_replay: float = _setting(
        0.0,
        "share of answers that are compared with the other engine's when nobody waits, from 0 to 1",
        least=0,
        most=1,
    )
    cluster_timeout: float = _setting(3600.0, "seconds that a query may take on a cluster", least=1, most=604800)
    cluster_memory: int = _setting(
        1024, "MiB of memory for what starts and ends a query on a cluster (the driver)", least=512, most=1048576
    )
    store: str = _setting(
        "",
        "address of a SPARQL service that holds the release and answers queries, in which {version} stands for the "
        "release's version; default: the release's own store",
    )
    store_credentials: Path | None = _setting(
        None, "file with user:password, or with bearer and a token, for the SPARQL service"
    )
    store_connections: int = _setting(8, "long queries that the SPARQL service is asked at once", least=1, most=256)
    answer_cache: int = _setting(64, "MiB of answers that are kept in memory; 0 keeps none", least=0, most=65536)
    trusted_proxies: int = _setting(
        0, "reverse proxies in front whose X-Forwarded-For names the client", least=0, most=16
    )

    def __post_init__(self) -> None:
        """Check every value, and turn text into the type of its setting."""
        for entry in fields(self):
            value = getattr(self, entry.name)
            if value is not entry.default:
                object.__setattr__(self, entry.name, read_value(entry, value))

    @property
    def base(self) -> Base:
        """The base IRI as a value that builds IRIs."""
        return Base(self.base_iri)


def read_value(entry: Field[Any], value: Any) -> Any:
    """Return the value of a setting from a text, or from a value of its type.

    Raises:
        SettingsError: it is not one; the message does not say where the value came from.
    """
    hint = f"It is the {entry.metadata['about']}."
    result, wanted = _convert(str(entry.type).removesuffix(" | None"), value)
    if result is None:
        raise SettingsError(f"{value!r} is not {wanted}.", hint=hint)
    least, most = entry.metadata["least"], entry.metadata["most"]
    if least is not None and not least <= result <= most:
        raise SettingsError(f"{value!r} is not from {least} to {most}.", hint=hint)
    if entry.name == "base_iri":
        Base(result)
    elif entry.name == "site_url" and result and not _is_site_address(result):
        raise SettingsError(
            f"{value!r} is not an http(s) address that ends with a slash, with no query, dots or empty segment.",
            hint="Write it like http://127.0.0.1:8000/ or https://example.org/kg/.",
        )
    elif entry.name == "security_contact" and result and not _is_contact(result):
        raise SettingsError(
            f"{value!r} is neither a mailto: nor an https: address.", hint="Write it like mailto:security@example.org."
        )
    elif entry.name == "query_service_allow":
        for address in result:
            if not _is_web_address(address):
                raise SettingsError(
                    f"{address!r} is not an http(s) address.",
                    hint="Write addresses like https://sparql.example.org/query, with commas between them.",
                )
    return result


def _convert(kind: str, value: Any) -> tuple[Any, str]:
    """Return a value as the type that a declaration names, or None, and that type in words."""
    match kind:
        case "bool":
            return (value if isinstance(value, bool) else _ANSWERS.get(str(value).strip().lower())), "yes or no"
        case "int":
            return _number(int, str(value) if not isinstance(value, bool) else ""), "a whole number"
        case "float":
            return _number(float, value if not isinstance(value, bool) else ""), "a number"
        case "Path":
            return (Path(value) if isinstance(value, str | Path) and str(value) else None), "a path"
        case "Engine":
            names = [engine.value for engine in Engine]
            return (Engine(value) if value in names else None), f"one of {', '.join(names)}"
        case "str":
            return (value if isinstance(value, str) else None), "a text"
        case _:
            parts = value.split(",") if isinstance(value, str) else value
            if not isinstance(parts, list | tuple) or not all(isinstance(part, str) for part in parts):
                return None, "a text, nor a list of texts"
            return tuple(part.strip() for part in parts if part.strip()), ""


_ANSWERS: Final = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def _number(kind: type[int] | type[float], value: Any) -> int | float | None:
    try:
        return kind(value)
    except (TypeError, ValueError):
        return None


def _is_site_address(text: str) -> bool:
    """Return whether a text is a web address to which the paths of a site can be added."""
    if not _is_web_address(text) or "?" in text or "#" in text or not text.endswith("/"):
        return False
    return not {"", ".", ".."} & set(urlsplit(text).path.split("/")[1:-1])


def _is_contact(text: str) -> bool:
    """Return whether a text is an address that security.txt may name (RFC 9116 section 2.5.3)."""
    return (text.startswith("https://") and _is_web_address(text)) or bool(_MAILBOX.match(text))


def _is_web_address(text: str) -> bool:
    """Return whether a text is an absolute http(s) address that names a host (RFC 9110 section 4.2)."""
    try:
        parts = urlsplit(text)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        return whole and not set(text) & set(' <>"')
    except ValueError:
        return False
