"""Asks one release (embedded) or a remote SPARQL service, behind one small interface.

This module stays empty of imports: worker processes import it, and they must start fast and small.
"""
