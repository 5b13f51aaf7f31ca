"""Makes the store and the search index of a release from its N-Quads, whenever those that are there do not fit."""
