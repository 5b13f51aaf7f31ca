"""The real server of the web tests."""

from live import server, shelf

__all__ = ["server", "shelf"]
