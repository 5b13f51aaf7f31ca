"""Differences of two releases."""
