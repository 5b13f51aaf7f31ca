"""Serves a release as a WSGI application."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from nosograph.api.releases import opened
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.web.application import create_application

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def application(release: Release | str | PathLike[str], **settings: Any) -> WSGIApplication:
    """Return the WSGI application that serves a release, to run in any WSGI server with threads.

    It starts processes for queries with the first query, so a server that forks may fork first.

    Args:
        release: an open release, or the folder of one.
        settings: settings by name, such as ``site_url`` or ``query_timeout``.

    Raises:
        SettingsError: a setting has a value that cannot be used.
        ReleaseError: the folder is not a release.
    """
    chosen = Settings(**settings)
    return create_application(opened(release, cache=chosen.cache), chosen)
