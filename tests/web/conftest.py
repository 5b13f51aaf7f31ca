"""Fixtures of a real server over a real socket, and of sites of an invented family of conditions."""

from __future__ import annotations

import pytest
from live import server, shelf
from plant_site import plant_knowledge, plant_release, plant_report, plants
from small_site import make_site

from nosograph.web.views.site import Site

__all__ = [
    "hostile_site",
    "plant_knowledge",
    "plant_release",
    "plant_report",
    "plants",
    "server",
    "shelf",
    "small_site",
]


@pytest.fixture(scope="session")
def small_site() -> Site:
    """Return the site of the invented family of conditions."""
    return make_site("small.trig")


@pytest.fixture(scope="session")
def hostile_site() -> Site:
    """Return a site whose literals and IRIs try to break its pages."""
    return make_site("small.trig", "hostile.trig")
