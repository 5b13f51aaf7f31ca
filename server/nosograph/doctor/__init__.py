"""Examines a publisher of linked data or a SPARQL endpoint, ours or anybody's, with few and small requests."""
