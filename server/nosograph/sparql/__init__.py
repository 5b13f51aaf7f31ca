"""The text of SPARQL queries: tokens and query forms, without an engine."""
