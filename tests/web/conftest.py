"""Fixtures of a real server over a real socket."""

from live import server, shelf

__all__ = ["server", "shelf"]
