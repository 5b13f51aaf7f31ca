"""What every view needs of the one release that is served: a value that the application carries."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final

from flask import Flask, current_app, request

from nosograph.rdf import jsonld
from nosograph.release.opening import Release
from nosograph.settings import Settings
from nosograph.store.interface import Store
from nosograph.store.lookup import ResourceLookup
from nosograph.web.http.delivery import midnight
from nosograph.web.http.prefix import path_of
from nosograph.web.server.metrics import Metrics
from nosograph.web.views.site import Site

EXTENSION: Final = "nosograph"


@dataclass(frozen=True)
class ServerContext:
    """The release that an application serves, and what asks it.

    Attributes:
        release: the release.
        settings: the settings that the server was started with.
        store: answers SPARQL queries.
        jsonld: the JSON-LD context of the release.
        metrics: counters that outlive the release.
        site: the release as the pages see it.
    """

    release: Release
    settings: Settings
    store: Store
    jsonld: jsonld.Context
    metrics: Metrics
    site: Site

    def lookup(self) -> ResourceLookup:
        """Return what looks resources up without a query; it remembers what it read, so make one for each request."""
        return ResourceLookup(self.release.base, self.site.triples(), self.site.documents)

    @property
    def site_url(self) -> str:
        """The address under which the site is reached, with its last slash; absolute links start with it."""
        return self.site.site_url

    @property
    def modified(self) -> datetime.datetime:
        """When everything that is served was last changed: the date of the release, at midnight UTC."""
        return midnight(self.release.manifest.date)


def attach(app: Flask, context: ServerContext) -> None:
    """Return an application its context."""
    app.extensions[EXTENSION] = context


def current() -> ServerContext:
    """Return the context of the application that handles this request."""
    context = current_app.extensions[EXTENSION]
    assert isinstance(context, ServerContext)
    return context


def own_address() -> str:
    """Return the absolute address of what this request asks for, as the settings have it, without its query."""
    return current().site_url + path_of(request.environ).removeprefix("/")
