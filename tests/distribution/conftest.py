"""Small releases of the fixtures."""

from built_release import knowledge, own, published

__all__ = ["knowledge", "own", "published"]
