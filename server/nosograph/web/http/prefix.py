"""Where the site stands below the root of its host, where a proxy in front leaves that in the address."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes, urlsplit

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

ENCODED_PATH: Final = "nosograph.encoded_path"
"""Where the server leaves a path as it was sent, if a slash in it is encoded: clients count no segment there."""


def site_prefix(site_url: str, is_own: Callable[[str], bool]) -> str:
    """Return the path of the site's address without its last slash, as WSGI spells paths; empty for none.

    It is empty as well where addresses of the site begin alike: what a proxy has left there could not be told.

    Args:
        site_url: where the site is reached.
        is_own: tells whether addresses of the site begin with a segment.
    """
    prefix = unquote_to_bytes(urlsplit(site_url).path.rstrip("/")).decode("latin-1")
    return "" if prefix and is_own(prefix[1:].partition("/")[0]) else prefix


def take_prefix(environ: WSGIEnvironment, prefix: str) -> None:
    """Move the prefix of the site from the path of a request to what WSGI calls the name of the application."""
    for name in ("PATH_INFO", ENCODED_PATH):
        path = environ.get(name, "")
        if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in ("", "/"):
            environ[name] = path[len(prefix) :]
            if name == "PATH_INFO":
                environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix


def path_of(environ: WSGIEnvironment) -> str:
    """Return the path of a request below the root of the site, with as many segments as its client sees."""
    path = environ.get(ENCODED_PATH) or environ.get("PATH_INFO") or "/"
    assert isinstance(path, str)
    return path
