"""Fixtures of the second vocabulary."""

from __future__ import annotations

from plant_site import plant_knowledge, plant_release, plant_report, plant_server, plants

__all__ = ["plant_knowledge", "plant_release", "plant_report", "plant_server", "plants"]
