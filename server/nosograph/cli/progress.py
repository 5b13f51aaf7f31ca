"""Shows the steps of a build on standard error."""

from __future__ import annotations

import sys


class StepDisplay:
    """Shows steps in place on a terminal, and a line for each elsewhere; shows nothing when ``quiet``."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._step = ""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show a step, how much of it is done and how much there is; 0 and 0 where nobody knows."""
        if self._quiet:
            return
        if self._terminal:
            share = f" {done * 100 // total} %" if total else ""
            sys.stderr.write(f"\r\x1b[K{step}{share}")
        elif step != self._step:
            sys.stderr.write(f"{step}\n")
        self._step = step
        sys.stderr.flush()

    def end(self) -> None:
        """Clear the line on a terminal, so that what follows stands alone."""
        if self._terminal and not self._quiet:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
