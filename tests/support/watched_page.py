"""A browser page with what went on in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

SHIFT = 0.1
"""Cumulative layout shift that still counts as good (web.dev/articles/cls)."""

WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""
"""Adds up in ``window.shifted`` how far the content of a page jumps while it loads."""


@dataclass
class Watched:
    """A page, and what a test may ask about it afterwards.

    Attributes:
        page: the page.
        errors: errors on its console, refusals by its policy among them.
        requests: addresses that it asked for.
        dialogs: dialogs that it opened.
    """

    page: Any
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)


Opener = Callable[..., Watched]
