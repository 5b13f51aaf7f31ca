"""Small releases of the fixtures."""

from built_release import knowledge, own, pristine, published

__all__ = ["knowledge", "own", "pristine", "published"]
