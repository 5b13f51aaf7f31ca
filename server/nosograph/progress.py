"""How a step that takes long tells how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Takes a step's name, how much of it is done, and how much there is; 0 and 0 where nobody knows."""


def quiet(step: str, done: int, total: int) -> None:
    """Take a report of progress and say nothing."""
