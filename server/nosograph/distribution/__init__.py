"""Moves releases about and makes room: what a folder of releases keeps, and what it lets go."""
