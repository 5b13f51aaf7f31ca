"""Makes the derived files of a release from its N-Quads, whenever those that are there do not fit."""
