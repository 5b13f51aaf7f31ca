"""Publish facts about medical conditions as linked data in which every statement carries its evidence."""

__version__ = "0.1.0"
