"""Fixtures of the views of an invented family of conditions."""

from __future__ import annotations

import pytest
from small_site import AMBER

from nosograph.store.documents import DocumentFile
from nosograph.web.views.condition import Condition, condition_view
from nosograph.web.views.facts import Reader
from nosograph.web.views.site import Site


@pytest.fixture
def reader(small_site: Site) -> Reader:
    """Return a reader of the invented family."""
    return small_site.reader()


@pytest.fixture
def documents(small_site: Site) -> DocumentFile:
    """Return the documents of the invented family that were made ahead."""
    return small_site.documents


@pytest.fixture
def amber(reader: Reader) -> Condition:
    """Return the view of the broad condition."""
    return condition_view(reader, AMBER)
