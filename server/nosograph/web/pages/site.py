"""What every page needs of the release that is served, held once for each release."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pyoxigraph
from flask import current_app

from nosograph.release.reading import Release
from nosograph.store.interface import Store
from nosograph.web.pages.addresses import Addresses
from nosograph.web.pages.facts import Reader
from nosograph.web.pages.searching import SearchDatabase
from nosograph.web.pages.triples import Triples

EXTENSION: Final = "nosograph.pages"
CACHE_BYTES: Final = 64 * 1024 * 1024
"""Bytes of rendered pages that are kept; a release never changes, so a page that was rendered once stays right."""


class PageCache:
    """Rendered pages by address, the ones used longest ago dropped first; safe to use from several threads."""

    def __init__(self, limit: int = CACHE_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._pages: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str, render: Callable[[], str]) -> str:
        """Give the page with this key, rendering it if it is not there."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
                return page
        page = render()
        with self._lock:
            if key not in self._pages and len(page) <= self._limit // 8:
                self._pages[key] = page
                self._size += len(page)
                while self._size > self._limit:
                    self._size -= len(self._pages.popitem(last=False)[1])
        return page


@dataclass
class Site:
    """One release as the pages see it.

    Attributes:
        release: the release.
        site_url: where the site is reached, ending with a slash.
        triples: its triples, by pattern.
        pages: pages that were rendered already.
        query_timeout: seconds that a query may take.
    """

    release: Release
    site_url: str
    triples: Triples
    pages: PageCache = field(default_factory=PageCache)
    query_timeout: float = 30.0

    @property
    def addresses(self) -> Addresses:
        """Turns IRIs into addresses."""
        return Addresses(self.release.base, self.site_url)

    @functools.cached_property
    def search(self) -> SearchDatabase:
        """Its search database."""
        return SearchDatabase(self.release.search_database)

    def reader(self) -> Reader:
        """Give a reader of facts; it remembers labels, so make one for each page."""
        return Reader(self.triples, self.addresses)


def open_site(release: Release, site_url: str, query_timeout: float = 30.0) -> Site:
    """Give the site of a release; its store is opened read-only, which takes milliseconds."""
    triples = Triples(pyoxigraph.Store.read_only(str(release.store_folder)))
    return Site(release, site_url, triples, query_timeout=query_timeout)


def current_site() -> Site:
    """Give the site of the release that the running application serves.

    Raises:
        KeyError: the application serves no release.
    """
    from nosograph.web.context import current  # the context module needs the store, which pages do not

    context = current()
    held = current_app.extensions.get(EXTENSION)
    if not isinstance(held, Site) or held.release is not context.release or held.site_url != context.site_url:
        held = open_site(context.release, context.site_url, context.settings.query_timeout)
        current_app.extensions[EXTENSION] = held
    return held


def current_store() -> Store:
    """Give the store that answers queries for the running application."""
    from nosograph.web.context import current

    return current().store
