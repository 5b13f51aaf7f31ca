"""Commands that a test runs for what they print."""

from __future__ import annotations

import subprocess

SECONDS = 900


def output(*command: object) -> str:
    """Return what a command prints; it must succeed."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout
