"""Small releases of the fixtures."""

from built_release import published

__all__ = ["published"]
