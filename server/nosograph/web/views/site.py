"""What every page needs of the release that is served, held once for each release."""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from nosograph.release.ledger import ReleaseShelf
from nosograph.release.opening import Release
from nosograph.search.database import SearchDatabase
from nosograph.store.documents import DocumentFile
from nosograph.store.reader import GraphReader, QuadSource
from nosograph.web.views.addresses import Addresses
from nosograph.web.views.facts import Reader

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
        """Return the page with this key, rendering it if it is not there."""
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


_IN_BULK: Final = 2
"""Requests with many questions that are worked on at one moment."""


@dataclass
class Site:
    """One release as the pages see it.

    Attributes:
        release: the release.
        site_url: where the site is reached, ending with a slash.
        source: its opened store.
        documents: the documents and lists that were made ahead.
        pages: pages that were rendered already.
        query_timeout: seconds that a query may take.
        bulk: whoever answers many questions in one request holds it for a part of them, so that however many such
            requests there are, all else gets its share of the interpreter.
    """

    release: Release
    site_url: str
    source: QuadSource
    documents: DocumentFile
    pages: PageCache = field(default_factory=PageCache)
    query_timeout: float = 30.0
    bulk: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_IN_BULK))

    @property
    def addresses(self) -> Addresses:
        """Turns IRIs into addresses."""
        return Addresses(self.release.base, self.site_url, self.release.vocabulary.concepts)

    @property
    def shelf(self) -> ReleaseShelf:
        """The releases beside it, and those that were there."""
        return ReleaseShelf(self.release)

    @functools.cached_property
    def search(self) -> SearchDatabase:
        """Its search database."""
        return SearchDatabase(self.release.search_database, self.release.vocabulary)

    def triples(self) -> GraphReader:
        """Return a reader of its graph; it remembers what it read, so make one for each request."""
        return GraphReader(self.source)

    def reader(self, triples: GraphReader | None = None) -> Reader:
        """Return what makes values from its graph, read through a reader of the same request where there is one."""
        return Reader(triples or self.triples(), self.addresses, self.release.vocabulary)
