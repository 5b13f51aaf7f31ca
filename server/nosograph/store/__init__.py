"""Reads a release: by query in worker processes, by pattern in this one; or asks a remote SPARQL service.

This module stays empty of imports: worker processes import it, and they must start fast and small.
"""
