"""Damages files as disks and people do."""

from __future__ import annotations

from pathlib import Path


def flip(path: Path) -> None:
    """Change one bit in the middle of a file, which keeps its size."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def remove(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def halve(path: Path) -> None:
    """Cut a file in half."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
