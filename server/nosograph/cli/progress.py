"""Shows the steps of a build on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

_SOON: Final = 3.0
"""Seconds after which a step shows how long it will take."""


class StepDisplay:
    """Shows steps in place on a terminal, and a line for each elsewhere; shows nothing when ``quiet``."""

    def __init__(self, quiet: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._clock = clock
        self._began: dict[str, float] = {}
        self._done: dict[str, int] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show a step, how much of it is done and how much there is; 0 and 0 where nobody knows.

        Steps may go on side by side; one that begins again is shown again.
        """
        if self._quiet:
            return
        is_new = step not in self._began or done < self._done[step]
        if is_new:
            self._began[step] = self._clock()
        self._done[step] = done
        if self._terminal:
            share = f" {done * 100 // total} %{self._remaining(step, done, total)}" if total else ""
            sys.stderr.write(f"\r\x1b[K{step}{share}")
        elif is_new:
            sys.stderr.write(f"{step}\n")
        sys.stderr.flush()

    def end(self) -> None:
        """Clear the line on a terminal, so that what follows stands alone."""
        if self._terminal and not self._quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def _remaining(self, step: str, done: int, total: int) -> str:
        """Return how long the rest of a step takes if it goes on as before, once that can be told."""
        elapsed = self._clock() - self._began[step]
        if elapsed < _SOON or not 0 < done < total:
            return ""
        minutes, seconds = divmod(round(elapsed * (total - done) / done), 60)
        return f", {minutes}:{seconds:02} left"
