"""Offers a release to programs that speak the Model Context Protocol: on the public API alone."""
