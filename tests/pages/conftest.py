"""Fixtures of the page tests: sites of an invented family of conditions."""

from __future__ import annotations

import pytest
from small_site import make_site

from nosograph.web.pages.site import Site


@pytest.fixture(scope="session")
def small_site() -> Site:
    """Give the site of the invented family of conditions."""
    return make_site("small.trig")


@pytest.fixture(scope="session")
def hostile_site() -> Site:
    """Give a site whose literals and IRIs try to break its pages."""
    return make_site("small.trig", "hostile.trig")
